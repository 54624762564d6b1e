/** arp(8) of net-tools: the IPv4 neighbours. */
import { familyOf, parseIp } from '#net/ip.ts';
import { failure, output, type Command, type Output } from '../../command.ts';
import { isApplet } from '../../network/dialect.ts';
import { networkAt } from '../../network/entered.ts';

const head = 'Address                  HWtype  HWaddress           Flags Mask            Iface\n';

export const arp: Command = {
  name: 'arp',
  run(args, _io, here): Output {
    let dev: string | undefined;
    let bsd = false;
    const words: string[] = [];
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (arg === '-i' || arg === '--device') dev = args[++i];
      else if (/^-[sdf]/.test(arg)) return failure(`cka-net: arp: ${arg} is not simulated; use "ip neigh"\n`);
      else if (/^-[anev]+$/.test(arg)) bsd ||= arg.includes('a');
      else if (arg.startsWith('-')) return failure(`cka-net: arp: ${arg} is not simulated\n`);
      else words.push(arg);
    }
    const { namespace } = networkAt(here);
    const asked = words[0];
    const address = asked === undefined ? undefined : parseIp(asked);
    if (asked !== undefined && address === undefined) return failure(`${asked}: Unknown host\n`, 255);
    const shown = namespace.neighbours.filter(
      (one) => familyOf(one.ip) === 'IPv4' && (dev === undefined || one.dev === dev) && (address === undefined || one.ip === address),
    );
    if (shown.length === 0 && asked !== undefined) return output(`${asked} (${asked}) -- no entry\n`, '', 1);
    if (shown.length === 0) return output('');
    const applet = isApplet(here, 'arp');
    if (bsd || applet)
      return output(
        shown
          .map((one) => {
            const permanent = one.state === 'PERMANENT' ? ' PERM' : '';
            return one.mac === undefined
              ? `? (${one.ip}) at <incomplete>${applet ? ' ' : ''} on ${one.dev}\n`
              : `? (${one.ip}) at ${one.mac} [ether]${permanent}${applet ? ' ' : ''} on ${one.dev}\n`;
          })
          .join(''),
      );
    return output(
      head +
        shown
          .map((one) =>
            one.mac === undefined
              ? `${one.ip.padEnd(33)}${'(incomplete)'.padEnd(42)}${one.dev}\n`
              : `${one.ip.padEnd(24)} ether   ${one.mac.padEnd(19)} ${(one.state === 'PERMANENT' ? 'CM' : 'C').padEnd(21)} ${one.dev}\n`,
          )
          .join(''),
    );
  },
};
