/** Chooses the addresses a server block listens on. (coredns: plugin/bind) */
import { parseIp } from '#net/ip.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { quote } from '../../go/quote.ts';
import type { CorednsPlugin, Environment } from '../../plugin.ts';

export const bind: CorednsPlugin = {
  name: 'bind',
  setup(setup) {
    const hosts: string[] = [];
    while (setup.next()) {
      const args = setup.remainingArgs();
      if (args.length === 0) throw new CorefileError('at least one address or interface name is expected');
      const except: string[] = [];
      while (setup.nextBlock()) {
        if (setup.word() !== 'except') throw setup.error(`unknown option ${quote(setup.word())}`);
        const excluded = setup.remainingArgs();
        if (excluded.length === 0) throw setup.error('at least one address or interface must be given to except subdirective');
        except.push(...addressesOf(excluded, setup.environment));
      }
      hosts.push(...addressesOf(args, setup.environment).filter((ip) => !except.includes(ip)));
    }
    setup.block.listenHosts = hosts;
  },
};

function addressesOf(words: readonly string[], { interfaces }: Environment): string[] {
  const all = words.flatMap((word) => {
    const named = interfaces.get(word);
    if (named !== undefined) return named;
    const ip = parseIp(word.replace(/%.*/, ''));
    if (ip === undefined) throw new CorefileError(`not a valid IP address or interface name: ${quote(word)}`);
    return [ip];
  });
  return [...new Set(all)];
}
