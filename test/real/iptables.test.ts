/** The simulated iptables beside the real one: the same lines, in the same order, must say the same. */
import { describe, expect, it } from '@jest/globals';
import { runRestore } from '#dataplane/netfilter/iptables/restore.ts';
import { runIptables, type IptablesHost } from '#dataplane/netfilter/iptables/run.ts';
import { saveTables } from '#dataplane/netfilter/iptables/save.ts';
import { splitWords } from '#dataplane/netfilter/iptables/restore.ts';
import { rulesetText } from '#dataplane/netfilter/nft/ruleset.ts';
import { ip, type Family } from '#net/ip.ts';
import type { Tables } from '#node/netfilter.ts';
import { cannotRun, inNamespace, type RealOutput } from '../support/real-tools.ts';

const why = cannotRun('iptables', 'ip6tables', 'nft');
if (why !== undefined) console.warn(`test/real/iptables: skipped, ${why}`);

/** A session: lines of a shell. `restore TEXT` stands for iptables-restore with that text, `\n` being line ends. */
const sessions: Readonly<Record<string, readonly string[]>> = {
  'chains and rules': [
    'iptables -t nat -L',
    'iptables-save',
    'iptables -A INPUT -p tcp --dport 80 -j DROP',
    'iptables -A INPUT --dport 80 -j DROP',
    'iptables -A INPUT -p tcp --dprt 80 -j DROP',
    'iptables -A INPUT -p tcp --dport http -j REJECT',
    'iptables -A INPUT -p tcp --dport 99999 -j REJECT',
    'iptables -A INPUT -p foo -j REJECT',
    'iptables -A INPUT -s 10.0.0.300 -j REJECT',
    'iptables -A INPUT -j NOSUCH',
    'iptables -A NOSUCH -j ACCEPT',
    'iptables -I INPUT 5 -j ACCEPT',
    'iptables -D INPUT 5',
    'iptables -D INPUT 0',
    'iptables -N FOO',
    'iptables -N FOO',
    'iptables -N INPUT',
    'iptables -X NOSUCH',
    'iptables -X INPUT',
    'iptables -A INPUT -j FOO',
    'iptables -X FOO',
    'iptables -A FOO -j ACCEPT',
    'iptables -X FOO',
    'iptables -F NOSUCH',
    'iptables -P FOO DROP',
    'iptables -P INPUT REJECT',
    'iptables -P INPUT DROP',
    'iptables -E FOO BAR',
    'iptables -E NOSUCH BAR',
    'iptables -L -n',
    'iptables -S',
    'iptables -R INPUT 9 -j ACCEPT',
    'iptables -R INPUT 1 -s 10.0.0.0/8 -j ACCEPT',
    'iptables -S INPUT',
    'iptables -S INPUT 1',
    'iptables -S INPUT 9',
    'iptables -L INPUT 1',
    'iptables -D INPUT -p tcp --dport 80 -j REJECT',
    'iptables -C INPUT -j DROP',
    'iptables -C INPUT -s 10.0.0.0/8 -j ACCEPT',
    'iptables -Z',
    'iptables -F',
    'iptables-save',
    'iptables -X',
    'iptables-save',
    'nft list ruleset',
  ],
  'address translation': [
    'iptables -t nat -A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE',
    'iptables -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.1:80',
    'iptables -t nat -A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 80',
    'iptables -t nat -A INPUT -j MASQUERADE',
    'iptables -A INPUT -j MASQUERADE',
    'iptables -A INPUT -j DNAT --to 1.2.3.4',
    'iptables -t nat -A PREROUTING -j DNAT',
    'iptables -t nat -A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1:99999',
    'iptables -t nat -A PREROUTING -j DNAT --to-destination 10.0.0.1:80',
    'iptables -t nat -D POSTROUTING 7',
    'iptables -t nat -A POSTROUTING -j SNAT --to foo',
    'iptables -t nat -A POSTROUTING -j SNAT',
    'iptables -t nat -A POSTROUTING -j MASQUERADE --random',
    'iptables -t nat -A POSTROUTING -p tcp -j MASQUERADE --to-ports 1000-2000',
    'iptables -t nat -A POSTROUTING -j SNAT --to-source 10.0.0.1',
    'iptables -t nat -A POSTROUTING -j SNAT --to-source 10.0.0.1-10.0.0.9 --persistent',
    'iptables -t nat -A POSTROUTING -p tcp -j SNAT --to-source 10.0.0.1:1000-2000 --random-fully',
    'iptables -t nat -A PREROUTING -j DNAT --to-destination 10.0.0.1',
    'iptables -t nat -A PREROUTING -p tcp -j DNAT --to-destination :80',
    'iptables -t nat -A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1:80 --random --persistent',
    'iptables -t nat -A PREROUTING -p tcp -j REDIRECT',
    'iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 80 --random',
    'iptables -t nat -P PREROUTING DROP',
    'iptables -t nat -S',
    'iptables -t nat -L -n',
    'iptables -t nat -L -n -v --line-numbers',
    'iptables -t nat -F',
    'nft list ruleset',
  ],
  'every match and target': [
    'iptables -N FOO',
    ...[
      '-p icmp',
      '-p icmp --icmp-type 8',
      '-p icmp --icmp-type echo-request',
      '-p icmp --icmp-type 3/4',
      '-p icmp --icmp-type foo',
      '-p tcp --syn',
      '-p tcp ! --syn',
      '-p tcp --sport 1:5 --dport 6:',
      '-p tcp ! --dport 80',
      '-p udp --dport 53',
      '-p sctp --dport 3868',
      '-p 47',
      '-p all',
      '! -p tcp',
      '! -s 10.0.0.1',
      '-s 10.0.0.1,10.0.0.2',
      '-i eth0 ! -o veth+',
      '-p tcp -m multiport --dports 80,443,8000:8100',
      '-p tcp -m multiport ! --ports 80,443',
      '-p tcp -m multiport --sports 80',
      '-p tcp -m multiport --dports 1,foo',
      '-m multiport --dports 1',
      '-m mark --mark 1',
      '-m mark ! --mark 0x4000/0x4000',
      '-m mark ! --mark 0/0x10',
      '-m mark',
      '-m mark --mark foo',
      '-m conntrack --ctstate NEW,ESTABLISHED,RELATED',
      '-m conntrack ! --ctstate DNAT,INVALID',
      '-m conntrack ! --ctstate NEW',
      '-m conntrack --ctstate FOO',
      '-m state --state ESTABLISHED,RELATED',
      '-m state --state FOO',
      '-m addrtype --src-type LOCAL --dst-type UNICAST',
      '-m addrtype ! --dst-type LOCAL',
      '-m addrtype --dst-type LOCAL --limit-iface-in',
      '-m addrtype --dst-type FOO',
      '-m addrtype',
      '-m statistic --mode random --probability 0.5',
      '-m statistic --mode random --probability 0.3333333333',
      '-m statistic --mode random ! --probability 0.25',
      '-m statistic --mode nth --every 3 --packet 1',
      '-m statistic --mode nth --every 3',
      '-m statistic --mode random',
      '-m statistic --mode foo',
      '-m statistic --mode random --probability 2',
      '-m recent --set',
      '-m recent --name x --rcheck --seconds 60 --hitcount 4',
      '-m recent --name x ! --update --seconds 60 --reap',
      '-m recent --name x --remove',
      '-m recent',
      '-m limit --limit 5/min',
      '-m limit --limit 5/second --limit-burst 10',
      '-m limit --limit foo',
      '-m physdev --physdev-is-bridged',
      '-m physdev ! --physdev-is-in',
      '-m physdev --physdev-in veth0',
      '-m comment --comment simple_word-1',
      '-m comment --comment "two words"',
      '-m comment',
      '-m iprange --src-range 10.0.0.1-10.0.0.9',
      '-m iprange ! --dst-range 10.0.0.1-10.0.0.9 --src-range 10.1.0.1-10.1.0.9',
      '-m iprange',
      '-m iprange --src-range 10.0.0.9-10.0.0.1',
      '-m iprange --src-range 10.0.0.1',
      '-m iprange --src-range 10.0.0.x-10.0.0.9',
      '-m owner --uid-owner 4242',
      '-m mac --mac-source 00:11:22:33:44:55',
      '-m pkttype --pkt-type broadcast',
      '-m length --length 100:200',
      '-m socket --transparent',
      '-m connmark --mark 0x1/0xf',
      '-m set --match-set NOSET dst',
      '-m nosuch',
      '-j MARK --set-mark 5',
      '-j MARK --set-mark 0x10/0x30',
      '-j MARK --set-xmark 0x4000/0x4000',
      '-j MARK --or-mark 0x4000',
      '-j MARK --xor-mark 0x4000',
      '-j MARK --and-mark 0x4000',
      '-j MARK',
      '-j CONNMARK --save-mark',
      '-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
      '-j CONNMARK --set-mark 1',
      '-j LOG',
      '-j LOG --log-prefix "x y" --log-level 4',
      '-j LOG --log-prefix hi --log-level info',
      '-j LOG --log-level foo',
      '-j NFLOG --nflog-prefix foo --nflog-group 2',
      '-p tcp -j REJECT --reject-with tcp-reset',
      '-j REJECT --reject-with tcp-reset',
      '-j REJECT --reject-with icmp-host-prohibited',
      '-j REJECT --reject-with icmp-admin-prohibited',
      '-j REJECT --reject-with foo',
      '-j TRACE',
      '-j NFQUEUE --queue-num 0',
      '-j RETURN',
      '-g FOO',
      '-p tcp -j TCPMSS --clamp-mss-to-pmtu',
      '-p tcp -m comment --comment x -m tcp --dport 80 -s 1.2.3.4 -j ACCEPT',
      '-p tcp -s 1.2.3.4 --dport 80 -j ACCEPT',
      '-p tcp -s 1.2.3.4 -i eth0 -m tcp',
      '-p tcp -s 1.2.3.4 -m conntrack --ctstate NEW --dport 80',
      '-p tcp -m mark --mark 1 --dport 80',
      '-p udp --sport 53 -d 1.2.3.4',
      '-j ACCEPT -m comment --comment last',
    ].map((rule) => `iptables -A FOO ${rule}`),
    'iptables-save',
    'iptables -S',
    'iptables -L FOO -n -v',
    'iptables -L FOO',
    'iptables -L -n --line-numbers',
    'iptables -t mangle -A PREROUTING -p tcp -j TPROXY --on-port 15001 --tproxy-mark 0x1',
    'iptables -t raw -A PREROUTING -j CT --notrack',
    'iptables -t mangle -A POSTROUTING -p udp -j CHECKSUM --checksum-fill',
    'iptables -t mangle -L -n',
    'iptables -t raw -L -n',
    'iptables-save',
    'nft list ruleset',
  ],
  'words that are wrong': [
    'iptables',
    'iptables -Q',
    'iptables --foo',
    'iptables foo',
    'iptables -t net -L',
    'iptables -L INPUT OUTPUT FOO',
    'iptables -A',
    'iptables -A INPUT -p tcp --dport',
    'iptables -A INPUT -L',
    'iptables -t filter -L nosuch',
    'iptables -m',
    'iptables -A INPUT -j ACCEPT -j DROP',
    'iptables -A INPUT -p tcp -p udp',
    'iptables -A INPUT ! ! -p tcp',
    'iptables -A INPUT -i',
    'iptables -A INPUT -i aVeryLongInterfaceName',
    'iptables -N averyveryverylongchainname1234567',
    'iptables -N -x',
    'iptables -N ACCEPT',
    'iptables -D INPUT',
    'iptables -I INPUT 0 -j ACCEPT',
    'iptables -L -t',
    'iptables -p tcp',
    'iptables -A INPUT foo',
    'iptables -A INPUT -s 10.0.0.0/33',
    'iptables -A INPUT -s 10.0.0.0/255.255.0.0 -j ACCEPT',
    'iptables -A INPUT -s fd00::1 -j ACCEPT',
    'iptables -A INPUT -d 10.1.2.3/16 -j ACCEPT',
    'iptables -A INPUT -s localhost -j ACCEPT',
    'iptables -A OUTPUT -i eth0',
    'iptables -A INPUT -o eth0',
    'iptables -X FOO BAR',
    'iptables -P INPUT',
    'iptables -E FOO',
    'iptables -R INPUT',
    'iptables -D INPUT x',
    'iptables -L INPUT x',
    'iptables -S',
  ],
  'ways to say it': [
    'iptables -v -A INPUT -p tcp --dport 80 -j ACCEPT',
    'iptables -v -A INPUT -s 10.0.0.0/8 -i eth0 -j DROP',
    'iptables -w -L OUTPUT',
    'iptables -w 5 -L OUTPUT',
    'iptables -nL INPUT',
    'iptables -nvL INPUT',
    'iptables -L INPUT -n --line',
    'iptables --list INPUT --numeric',
    'iptables --table nat --list-rules',
    'iptables -S INPUT -t filter',
    'iptables -I INPUT -s 1.1.1.1 -j ACCEPT',
    'iptables -L INPUT 1 -n',
    'iptables -L -n -v -x --line-numbers',
    'iptables -S -v',
    'iptables --append INPUT --protocol udp --destination-port 53 --jump ACCEPT',
    'iptables --delete INPUT 1',
    'iptables -S',
    'iptables -V',
  ],
  IPv6: [
    'ip6tables -A INPUT -s 10.0.0.1',
    'ip6tables -A INPUT -p icmpv6 -j ACCEPT',
    'ip6tables -A INPUT -p icmpv6 --icmpv6-type 128',
    'ip6tables -A INPUT -p tcp -s fd00::1 --dport 80 -j ACCEPT',
    'ip6tables -A INPUT -p icmpv6 -j REJECT',
    'ip6tables -A INPUT -j REJECT --reject-with icmp6-adm-prohibited',
    'ip6tables -A INPUT -d fd00::/64',
    'ip6tables -A INPUT -p tcp -d fd00::/64 -m comment --comment x -m tcp --dport 80',
    'ip6tables -A INPUT -m recent --set --name f',
    'ip6tables -L -n',
    'ip6tables -S',
    'ip6tables-save',
    'nft list ruleset',
  ],
  restoring: [
    'restore *filter\\n:INPUT ACCEPT [0:0]\\n-A INPUT -p tcp --foo\\nCOMMIT\\n',
    'restore *filter\\n-A NOSUCH -j ACCEPT\\nCOMMIT\\n',
    'restore *filter\\n-A INPUT -j NOSUCH\\nCOMMIT\\n',
    'restore *filter\\n:FOO - [0:0]\\n-A INPUT -j FOO\\n',
    'restore foo\\n',
    'restore *foo\\nCOMMIT\\n',
    'restore *filter\\nbar\\nCOMMIT\\n',
    'restore *filter\\n:FOO - [0:0]\\n:BAR - [0:0]\\n-A INPUT -j FOO\\n-A FOO -s 10.0.0.1 -j BAR\\nCOMMIT\\n',
    'iptables -S',
    'restore -n *filter\\n:FOO - [0:0]\\n-A FOO -j DROP\\nCOMMIT\\n',
    'iptables -S',
    'restore -n *filter\\n:INPUT DROP [5:6]\\n-A INPUT -j LOG --log-prefix "a b"\\n-I INPUT 1 -s 1.1.1.1\\n-D INPUT -s 1.1.1.1\\nCOMMIT\\n',
    'iptables -S',
    'restore -n *filter\\n-D INPUT -j DROP\\nCOMMIT\\n',
    'restore *nat\\n-A INPUT -j MASQUERADE\\nCOMMIT\\n',
    'restore *nat\\n:PREROUTING ACCEPT\\n-A PREROUTING -j DNAT --to-destination 1.2.3.4\\nCOMMIT\\n*filter\\nCOMMIT\\n',
    'iptables-save',
    'restore *filter\\n:INPUT FOO [0:0]\\nCOMMIT\\n',
    'restore [0:0] -A INPUT\\n',
    'nft list ruleset',
  ],
};

/** The date of iptables-save. */
function undated(text: string): string {
  return text.replace(/ on \w{3} \w{3} +\d+ [\d:]+ \d{4}$/gm, ' on DATE');
}

class Simulated {
  readonly #tables: Record<Family, Tables> = { IPv4: new Map(), IPv6: new Map() };

  #host(family: Family): IptablesHost {
    const resolve = (name: string) => (name === 'localhost' ? [ip('127.0.0.1'), ip('::1')] : []);
    return { family, version: 'v1.8.9 (nf_tables)', resolve, nameOf: () => undefined, hasSet: () => false };
  }

  run(line: string): RealOutput {
    const [program = '', ...args] = splitWords(line);
    const family = program.startsWith('ip6') ? 'IPv6' : 'IPv4';
    if (program === 'nft') return rulesetText({ ipv4: this.#tables.IPv4, ipv6: this.#tables.IPv6 });
    if (program.endsWith('-save')) {
      const options = { family, program: `${program} v1.8.9 (nf_tables)`, date: 'DATE' } as const;
      return { stdout: saveTables(this.#tables[family], options), stderr: '', exitCode: 0 };
    }
    const ran =
      program === 'restore'
        ? runRestore(restoreText(line), this.#tables[family], this.#host(family), { noFlush: args[0] === '-n' })
        : runIptables(args, this.#tables[family], this.#host(family));
    if (ran.tables !== undefined) this.#tables[family] = ran.tables;
    return { stdout: ran.stdout, stderr: ran.stderr, exitCode: ran.exitCode };
  }
}

function restoreText(line: string): string {
  return line.replace(/^restore (-n )?/, '').replaceAll('\\n', '\n');
}

/** The same for a real shell. */
function realLine(line: string): string {
  if (!line.startsWith('restore ')) return line;
  const text = restoreText(line).replaceAll('\n', '\\n').replaceAll("'", "'\\''");
  return `printf '${text}' | iptables-restore${line.startsWith('restore -n') ? ' -n' : ''}`;
}

(why === undefined ? describe : describe.skip)('iptables, simulated and real', () => {
  it.each(Object.entries(sessions))('%s', (_name, lines) => {
    const real = inNamespace(lines.map(realLine));
    const simulated = new Simulated();
    const shown = (outputs: readonly RealOutput[]) =>
      lines.map((line, i) => ({ line, stdout: undated(outputs[i]!.stdout), stderr: outputs[i]!.stderr, exitCode: outputs[i]!.exitCode }));
    expect(shown(lines.map((line) => simulated.run(line)))).toEqual(shown(real));
  });
});
