/** ssh to the machines of the cluster, by name or address, as root; with a command it runs that, and without one opens a shell there. */
import { failure, type Command, type Here, type Output } from '../../command.ts';
import type { Host } from '#node/host.ts';

const withValue = new Set(['-i', '-p', '-l', '-o', '-F', '-E', '-b', '-c', '-D', '-J', '-L', '-m', '-R', '-S', '-W', '-w']);

export const ssh: Command = {
  name: 'ssh',
  async run(args, io, here): Promise<Output> {
    let i = 0;
    while (i < args.length && args[i]!.startsWith('-')) i += withValue.has(args[i]!) ? 2 : 1;
    const target = args[i];
    if (target === undefined)
      return failure(
        'usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface] [-b bind_address]\n           [-c cipher_spec] [-D [bind_address:]port] [-E log_file]\n           [-e escape_char] [-F configfile] [-I pkcs11] [-i identity_file]\n           destination [command [argument ...]]\n',
        255,
      );
    const host = reach(here, target);
    if (typeof host === 'string') return failure(host, 255);
    const at = { kind: 'node', node: host.name } as const;
    const words = args.slice(i + 1);
    if (words.length > 0) return io.shell(words.join(' '), { at, stdin: io.stdin });
    if (io.stdin !== '') return io.shell(io.stdin, { at });
    return { stdout: welcome(host), stderr: '', exitCode: 0, enter: at };
  },
};

/** The machine that `[user@]host` leads to; why none does, in ssh's words, otherwise. */
export function reach(here: Here, target: string): Host | string {
  const [user, name] = target.includes('@') ? target.split('@') : ['root', target];
  const host = hostNamed(here, name!);
  if (host === undefined) return `ssh: Could not resolve hostname ${name}: Name or service not known\n`;
  if (host.units.get('ssh.service')?.active !== 'active') return `ssh: connect to host ${name} port 22: Connection refused\n`;
  if (user !== 'root' && user !== '') return `${user}@${name}: Permission denied (publickey).\n`;
  return host;
}

function hostNamed({ lab }: Here, name: string): Host | undefined {
  for (const host of lab.snapshot.hosts.values()) if (host.name === name || host.addresses.some((address) => address === name)) return host;
  return undefined;
}

function welcome(host: Host): string {
  return `Welcome to Ubuntu 24.04.3 LTS (GNU/Linux ${host.kernel.release} x86_64)\n\n`;
}
