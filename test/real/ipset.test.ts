/** The simulated ipset beside the real one. The kernel's hash decides on the order of members and on memory: neither is compared. */
import { describe, expect, it } from '@jest/globals';
import { runIpset } from '#dataplane/netfilter/ipset/run.ts';
import type { IpSets } from '#node/netfilter.ts';
import { cannotRun, inNamespace, shellWords, type RealOutput } from '../support/real-tools.ts';

const why = cannotRun('ipset');
if (why !== undefined) console.warn(`test/real/ipset: skipped, ${why}`);

const session: readonly string[] = [
  'ipset',
  'ipset list',
  'ipset create E hash:ip',
  'ipset create E hash:ip',
  'ipset -exist create E hash:ip',
  'ipset create',
  'ipset create F',
  'ipset create F foo',
  'ipset create F hash:ip family inet6',
  'ipset create G hash:ip,port',
  'ipset create H hash:ip,port,ip hashsize 64 maxelem 100',
  'ipset create I hash:ip,port,net',
  'ipset create J hash:net',
  'ipset create K bitmap:port',
  'ipset create K bitmap:port range 0-65535',
  'ipset create L list:set',
  'ipset create M hash:ip foo',
  'ipset create M hash:ip maxelem',
  'ipset create M hash:ip maxelem x',
  'ipset add E 10.0.0.1',
  'ipset add E 10.0.0.1',
  'ipset add E 10.0.0.1 -exist',
  'ipset -! add E 10.0.0.1',
  'ipset add E 10.0.0.0/30',
  'ipset add E fd00::1',
  'ipset add E foo',
  'ipset add E 10.0.0.9-10.0.0.11',
  'ipset add nosuch 10.0.0.1',
  'ipset add E',
  'ipset add',
  'ipset add E 1.2.3.4 foo',
  'ipset add G 10.0.0.1,tcp:80',
  'ipset add G 10.0.0.1,80',
  'ipset add G 10.0.0.1,udp:53',
  'ipset add G 10.0.0.1',
  'ipset add G 10.0.0.1,foo:53',
  'ipset add G 10.0.0.1,tcp:http',
  'ipset add G 10.0.0.1,tcp:99999',
  'ipset add H 10.0.0.1,tcp:80,10.0.0.1',
  'ipset add I 10.0.0.1,tcp:80,10.0.0.0/8',
  'ipset add J 10.0.0.1/8',
  'ipset add J 10.0.0.1',
  'ipset add K 80',
  'ipset add K 80-82',
  'ipset add K tcp:83',
  'ipset add K 99999',
  'ipset add L E',
  'ipset add L nosuch',
  'ipset add L J',
  'ipset add F fd00::1',
  'ipset list',
  'ipset list E',
  'ipset list -n',
  'ipset -n list',
  'ipset list -t',
  'ipset -t list G',
  'ipset list nosuch',
  'ipset list E G',
  'ipset save',
  'ipset save G',
  'ipset -o save list G',
  'ipset list G -o xml',
  'ipset -s list E',
  'ipset test E 10.0.0.1',
  'ipset test E 10.0.0.77',
  'ipset -q test E 10.0.0.77',
  'ipset test nosuch 10.0.0.1',
  'ipset test J 10.1.1.1',
  'ipset test E',
  'ipset del E 10.0.0.1',
  'ipset del E 10.0.0.1',
  'ipset del -exist E 10.0.0.1',
  'ipset del nosuch 1.1.1.1',
  'ipset flush E',
  'ipset list E',
  'ipset destroy E',
  'ipset rename E Q',
  'ipset rename G Q',
  'ipset rename nosuch Q',
  'ipset rename Q H',
  'ipset swap Q H',
  'ipset swap Q J',
  'ipset swap Q nosuch',
  'ipset flush nosuch',
  'ipset destroy nosuch',
  'ipset destroy K',
  'ipset destroy',
  'ipset flush',
  'ipset foo',
  'ipset version',
  'ipset -v',
  'ipset -L -n',
  'ipset -N Z iphash',
  'ipset -A Z 1.1.1.1',
  'ipset -D Z 1.1.1.1',
  'ipset -T Z 1.1.1.1',
  'ipset -X Z',
  'ipset list Q',
  'ipset destroy Q',
  'ipset list R',
  'ipset add R 1.1.1.1 timeout 5',
  `restore create R hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x11223344\\nadd R 1.1.1.1\\n`,
  'ipset list R',
  'restore add R 1.1.1.2\\nadd R 1.1.1.1\\n',
  'restore add nosuch 1.1.1.1\\n',
  'restore foo nosuch 1.1.1.1\\n',
  'ipset save R',
];

function comparable({ stdout, stderr, exitCode }: RealOutput): RealOutput {
  const blocks = stdout
    .replace(/initval 0x[0-9a-f]+/g, 'initval X')
    .replace(/<initval>0x[0-9a-f]+/g, '<initval>X')
    .replace(/^Size in memory: \d+$/gm, 'Size')
    .replace(/<memsize>\d+/g, '<memsize>')
    .replace(/(?<=^Members:\n)(?:.+\n)+/gm, (members) => members.split('\n').sort().join('\n'))
    .replace(/(?:^(?:add |<member>).*\n)+/gm, (adds) => adds.split('\n').sort().join('\n'));
  return { stdout: blocks, stderr, exitCode };
}

function restoreText(line: string): string | undefined {
  return line.startsWith('restore ') ? line.slice(8).replaceAll('\\n', '\n') : undefined;
}

(why === undefined ? describe : describe.skip)('ipset, simulated and real', () => {
  it('says the same', () => {
    const real = inNamespace(session.map((line) => (restoreText(line) === undefined ? line : `printf '${line.slice(8)}' | ipset restore`)));
    let sets: IpSets = new Map();
    const simulated = session.map((line) => {
      const stdin = restoreText(line);
      const argv = stdin === undefined ? shellWords(line).slice(1) : ['restore'];
      const ran = runIpset(argv, {
        sets,
        references: () => 0,
        permitted: true,
        stdin: stdin ?? '',
        read: () => undefined,
        write: () => undefined,
      });
      sets = ran.sets ?? sets;
      return ran;
    });
    expect(session.map((line, i) => ({ line, ...comparable(simulated[i]!) }))).toEqual(
      session.map((line, i) => ({ line, ...comparable(real[i]!) })),
    );
  });
});
