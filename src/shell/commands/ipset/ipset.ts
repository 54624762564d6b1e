/** ipset(8) over the sets of the namespace it runs in. */
import { runIpset } from '#dataplane/netfilter/ipset/run.ts';
import { ipsetsOf, tablesOf, type Netfilter } from '#node/netfilter.ts';
import type { Command } from '../../command.ts';
import { changeNetfilter, mayAdminister, netfilterAt } from '../iptables/access.ts';

/** Rules that name a set, in matches or targets. */
function references(netfilter: Netfilter, set: string): number {
  let count = 0;
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const table of tablesOf(netfilter, family).values()) {
      for (const { rules } of table.chains.values()) {
        for (const { matches, target } of rules) {
          if (matches.some((match) => match.kind === 'set' && match.set === set)) count++;
          if (target?.kind === 'opaque' && target.text.startsWith('SET ') && target.text.split(' ').includes(set)) count++;
        }
      }
    }
  }
  return count;
}

export const ipset: Command = {
  name: 'ipset',
  run(args, io, here) {
    const netfilter = netfilterAt(here);
    const pathOf = (file: string) => (file.startsWith('/') ? file : `${io.cwd.replace(/\/$/, '')}/${file}`);
    const { stdout, stderr, exitCode, sets } = runIpset(args, {
      sets: ipsetsOf(netfilter),
      references: (set) => references(netfilter, set),
      permitted: mayAdminister(here),
      stdin: io.stdin,
      read: (file) => io.files.read(pathOf(file)),
      write: (file, text) => io.files.write(pathOf(file), text),
    });
    if (sets !== undefined) changeNetfilter(here, { ...netfilter, ipsets: sets });
    return { stdout, stderr, exitCode };
  },
};
