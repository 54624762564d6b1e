import { describe, expect, it } from '@jest/globals';
import { nodeName } from '#kube/names.ts';
import { ip, type Ip } from '#net/ip.ts';
import type { Balanced } from '#node/conntrack.ts';
import type { VirtualServer } from '#node/ipvs.ts';
import { noRules } from '#node/netfilter.ts';
import { ipvsadm } from '#shell/commands/ipvsadm/ipvsadm.ts';
import { NetfilterTerminal } from '../../../support/netfilter-terminal.ts';

function server(protocol: VirtualServer['protocol'], address: string, port: number, ...reals: readonly string[]): VirtualServer {
  const realServers = reals.map((real) => ({ ip: ip(real), port, forward: 'Masq' as const, weight: 1 }));
  return { protocol, ip: ip(address), port, scheduler: 'rr', realServers };
}

const servers = [
  server('UDP', '10.96.0.10', 53, '10.244.1.3', '10.244.0.2'),
  server('TCP', '10.96.0.1', 443, '172.18.0.2'),
  { ...server('TCP', 'fd00::1', 80, 'fd01::2'), persistent: 10800 },
  server('TCP', '172.18.0.3', 30080),
];

describe('ipvsadm', () => {
  it('lists by protocol, then by address as the kernel compares it', async () => {
    const terminal = new NetfilterTerminal([ipvsadm], { ...noRules, ipvs: { servers } });
    expect((await terminal.type('ipvsadm -Ln')).stdout).toBe(
      `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  172.18.0.3:30080 rr
TCP  10.96.0.1:443 rr
  -> 172.18.0.2:443               Masq    1      0          0         
UDP  10.96.0.10:53 rr
  -> 10.244.0.2:53                Masq    1      0          0         
  -> 10.244.1.3:53                Masq    1      0          0         
TCP  [fd00::1]:80 rr persistent 10800
  -> [fd01::2]:80                 Masq    1      0          0         
`,
    );
    expect((await terminal.type('ipvsadm -Ln --stats -u 10.96.0.10:53')).stdout).toBe(
      `Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
UDP  10.96.0.10:53                       0        0        0        0        0
  -> 10.244.0.2:53                       0        0        0        0        0
  -> 10.244.1.3:53                       0        0        0        0        0
`,
    );
    expect((await terminal.type('ipvsadm -L -t 10.96.0.1:443')).stdout).toContain('TCP  10.96.0.1:https rr\n');
  });

  it('saves what makes the table again', async () => {
    const terminal = new NetfilterTerminal([ipvsadm], { ...noRules, ipvs: { servers } });
    const saved = (await terminal.type('ipvsadm -S -n')).stdout;
    expect(saved).toContain('-A -t [fd00::1]:80 -s rr -p 10800\n-a -t [fd00::1]:80 -r [fd01::2]:80 -m -w 1\n');
    await terminal.type('ipvsadm -C');
    expect((await terminal.type('ipvsadm -S -n')).stdout).toBe('');
    await terminal.type('ipvsadm -R', { stdin: saved });
    expect((await terminal.type('ipvsadm -Sn')).stdout).toBe(saved);
  });

  it('changes servers, and says what cannot be', async () => {
    const terminal = new NetfilterTerminal([ipvsadm]);
    const text = await terminal.session([
      'ipvsadm -A -t 10.0.0.1:80 -s rr',
      'ipvsadm -A -t 10.0.0.1:80 -s rr',
      'ipvsadm -A -t 10.0.0.2:80 -s nosuch',
      'ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m',
      'ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m',
      'ipvsadm -a -t 10.0.0.9:80 -r 10.0.1.1:8080 -m',
      'ipvsadm -E -t 10.0.0.1:80 -p 60',
      'ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.1:8080 -w 5 -m',
      'ipvsadm -S -n',
      'ipvsadm -d -t 10.0.0.1:80 -r 10.0.1.7:80',
      'ipvsadm -D -t 10.0.0.7:80',
      'ipvsadm -A -s rr',
      'ipvsadm -L -w 3',
      'ipvsadm -A -D -t 10.0.0.1:80',
      'ipvsadm --foo',
      'ipvsadm foo',
      'ipvsadm -A -t 10.0.0.1 -s rr',
      'ipvsadm -L --timeout',
    ]);
    expect(text).toBe(
      `$ ipvsadm -A -t 10.0.0.1:80 -s rr
$ ipvsadm -A -t 10.0.0.1:80 -s rr
Service already exists
[255]
$ ipvsadm -A -t 10.0.0.2:80 -s nosuch
Scheduler or persistence engine not found
[255]
$ ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m
$ ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m
Destination already exists
[255]
$ ipvsadm -a -t 10.0.0.9:80 -r 10.0.1.1:8080 -m
Service not defined
[255]
$ ipvsadm -E -t 10.0.0.1:80 -p 60
$ ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.1:8080 -w 5 -m
$ ipvsadm -S -n
-A -t 10.0.0.1:80 -s wlc -p 60
-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 5
$ ipvsadm -d -t 10.0.0.1:80 -r 10.0.1.7:80
No such destination
[255]
$ ipvsadm -D -t 10.0.0.7:80
No such service
[255]
$ ipvsadm -A -s rr
You need to supply the 'service-address' option for the 'add-service' command
[2]
$ ipvsadm -L -w 3
Illegal 'weight' option with the 'list' command
[2]
$ ipvsadm -A -D -t 10.0.0.1:80
multiple commands specified
[2]
$ ipvsadm --foo
--foo: unknown option
[255]
$ ipvsadm foo
unexpected argument foo
[2]
$ ipvsadm -A -t 10.0.0.1 -s rr
Zero port specified for non-persistent service
[2]
$ ipvsadm -L --timeout
Timeout (tcp tcpfin udp): 900 120 300
`,
    );
  });

  it('loads its module on a node, and does without in a pod', async () => {
    const terminal = new NetfilterTerminal([ipvsadm]);
    expect((await terminal.type('ipvsadm -Ln', { pod: 'privileged' })).stderr).toBe(
      `modprobe: FATAL: Module ip_vs not found in directory /lib/modules/6.8.0-88-generic
Can't initialize ipvs: Protocol not available
Are you sure that IP Virtual Server is built in the kernel or as module?
`,
    );
    expect((await terminal.type('ipvsadm -Ln', { pod: 'plain' })).exitCode).toBe(2);
    expect(terminal.modules.has('ip_vs')).toBe(false);
    expect((await terminal.type('ipvsadm -Ln')).exitCode).toBe(0);
    expect(terminal.modules.has('ip_vs')).toBe(true);
  });

  it('shows the connections that it has balanced until each has expired, and whom persistent servers remember', async () => {
    const virtual = { ...server('TCP', '10.96.0.9', 80, '10.244.0.2', '10.244.1.3'), persistent: 10800 };
    const terminal = new NetfilterTerminal([ipvsadm], {
      ...noRules,
      ipvs: { servers: [virtual, server('UDP', '10.96.0.10', 53, '10.244.0.2')] },
    });
    const { lab } = terminal;
    // The first use loads the module, which takes a second.
    await terminal.type('ipvsadm -L');
    const at = { node: nodeName('worker'), namespace: '' };
    const [client, stranger] = [ip('10.244.2.7'), ip('172.18.0.9')];
    const known = (
      protocol: 'tcp' | 'udp',
      src: Ip,
      dst: string,
      dport: number,
      to: string,
      state: Balanced['state'],
      seconds: number,
    ) => ({
      ...at,
      entry: {
        protocol,
        timeout: 30,
        original: { src, dst: ip(dst), sport: 40123, dport },
        reply: { src: ip(to), dst: src, sport: dport, dport: 40123 },
        mark: 0,
      },
      until: lab.now,
      balanced: { state, until: lab.now + seconds * 1000 + 500 },
    });
    lab.restore({
      ...lab.snapshot,
      connections: [
        known('tcp', client, '10.96.0.9', 80, '10.244.0.2', 'TIME_WAIT', 119),
        known('tcp', stranger, '10.96.0.9', 80, '10.244.1.3', 'SYN_RECV', 59),
        known('udp', client, '10.96.0.10', 53, '10.244.0.2', 'UDP', 290),
        { ...known('udp', client, '10.96.0.10', 53, '10.244.0.2', 'UDP', 290), node: nodeName('other') },
        known('udp', stranger, '10.96.0.10', 53, '10.244.0.2', 'UDP', -1),
      ],
      remembered: [
        { ...at, list: 'ipvs TCP 10.96.0.9:80 10.244.1.3:80', ip: stranger, at: lab.now - 500 },
        { ...at, list: 'ipvs TCP 10.96.0.9:80 10.244.0.2:80', ip: client, at: lab.now - 500 },
        { ...at, list: 'ipvs TCP 10.96.0.9:80 10.244.0.2:80', ip: client, at: lab.now - 60_000 },
        { ...at, list: 'ipvs TCP 10.96.0.9:80 10.244.0.2:80', ip: ip('10.244.2.8'), at: lab.now - 10_800_000 },
      ],
    });
    expect(await terminal.session(['ipvsadm -Lnc', 'ipvsadm -Ln', 'ipvsadm -Ln --persistent-conn -t 10.96.0.9:80'])).toBe(
      `$ ipvsadm -Lnc
IPVS connection entries
pro expire state       source             virtual            destination
TCP 01:59  TIME_WAIT   10.244.2.7:40123   10.96.0.9:80       10.244.0.2:80
TCP 00:59  SYN_RECV    172.18.0.9:40123   10.96.0.9:80       10.244.1.3:80
UDP 04:50  UDP         10.244.2.7:40123   10.96.0.10:53      10.244.0.2:53
TCP 179:59 ASSURED     10.244.2.7:0       10.96.0.9:80       10.244.0.2:80
TCP 179:59 NONE        172.18.0.9:0       10.96.0.9:80       10.244.1.3:80
$ ipvsadm -Ln
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.0.9:80 rr persistent 10800
  -> 10.244.0.2:80                Masq    1      0          1         
  -> 10.244.1.3:80                Masq    1      0          1         
UDP  10.96.0.10:53 rr
  -> 10.244.0.2:53                Masq    1      0          1         
$ ipvsadm -Ln --persistent-conn -t 10.96.0.9:80
Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn 
  -> RemoteAddress:Port
TCP  10.96.0.9:80
  -> 10.244.0.2:80                1         1           0          1         
  -> 10.244.1.3:80                1         1           0          1         
`,
    );
  });
});
