/** busybox, called by its name: its applets speak as busybox does, whatever the place. (busybox: libbb/appletlib.c) */
import { failure, output, type Command } from '../../command.ts';
import { asApplet, userlandAt } from '../../network/dialect.ts';

/** Programs of the terminal that have a voice of busybox's. */
const applets: Readonly<Record<string, () => Promise<Command>>> = {
  nc: async () => (await import('../nc/index.ts')).nc,
  nslookup: async () => (await import('../dns-tools.ts')).nslookup,
  ping: async () => (await import('../ping/index.ts')).ping,
  ping6: async () => (await import('../ping/index.ts')).ping6,
  telnet: async () => (await import('../telnet/telnet.ts')).telnet,
  timeout: async () => (await import('../timeout/timeout.ts')).timeout,
  traceroute: async () => (await import('../traceroute/traceroute.ts')).traceroute,
  wget: async () => (await import('../wget/index.ts')).wget,
};

const usage = `
Usage: busybox [function [arguments]...]
   or: busybox --list[-full]
   or: busybox --show SCRIPT
   or: busybox --install [-s] [DIR]
   or: function [arguments]...
`;

export const busybox: Command = {
  name: 'busybox',
  async run(args, io, here) {
    const [name, ...rest] = args;
    if (name === undefined || name === '--help') return output(`${userlandAt(here).busyboxBanner}\n${usage}`);
    if (name === '--list')
      return output(
        Object.keys(applets)
          .map((one) => `${one}\n`)
          .join(''),
      );
    const applet = applets[name];
    if (applet !== undefined) return (await applet()).run(rest, io, asApplet(here));
    if (io.has(name)) return io.run(args, { stdin: io.stdin });
    return failure(`${name}: applet not found\n`, 127);
  },
};
