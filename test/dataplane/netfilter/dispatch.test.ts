import { describe, expect, it } from '@jest/globals';
import { traverse } from '#dataplane/netfilter/evaluate.ts';
import { parseSave } from '#dataplane/netfilter/iptables/restore.ts';
import { runIptables, type IptablesHost } from '#dataplane/netfilter/iptables/run.ts';
import { saveTables } from '#dataplane/netfilter/iptables/save.ts';
import { SeededChooser, type Packet, type PacketContext } from '#dataplane/netfilter/packet.ts';
import { iptablesRules } from '#dataplane/proxy/iptables/rules.ts';
import { syncTables } from '#dataplane/proxy/iptables/sync.ts';
import { Stream } from '#kube/chance.ts';
import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import type { Service } from '#kube/kinds/service.ts';
import { ip } from '#net/ip.ts';
import { defaults } from '#node/kube-proxy/configuration.ts';
import type { Hook, Tables } from '#node/netfilter.ts';
import { filterPacket } from '../../support/filter-packet.ts';

type Port = readonly [port: number, protocol: 'TCP' | 'UDP'];

const web: Port = [80, 'TCP'];
const secure: Port = [443, 'TCP'];
const dns: Port = [53, 'UDP'];
const addressOf = (n: number) => `10.96.1.${n}`;

/** Two dozen Services, most of them alike to packets: what is different about the others. */
const offers = Array.from({ length: 24 }, (_, n) => ({
  address: addressOf(n),
  ports: n % 6 === 4 ? [web, secure] : n % 6 === 5 ? [dns] : n % 8 === 7 ? [secure] : [web],
  endpoints: n === 3 ? 0 : n === 9 ? 1 : 2 + (n % 4),
  sticky: n === 10,
  nodePort: n === 12 ? 30_012 : undefined,
  local: n === 14,
}));

const services = offers.map(({ address, ports, sticky, nodePort, local }, n) => ({
  metadata: { name: `s${n}`, namespace: 'shop' },
  spec: {
    type: nodePort === undefined ? 'ClusterIP' : 'NodePort',
    clusterIP: address,
    clusterIPs: [address],
    ...(sticky && { sessionAffinity: 'ClientIP' }),
    ...(local && { internalTrafficPolicy: 'Local' }),
    ports: ports.map(([port, protocol]) => ({ name: `p${port}`, port, protocol, ...(nodePort !== undefined && { nodePort }) })),
  },
})) as unknown as readonly Service[];

const slices = offers.map(({ ports, endpoints }, n) => ({
  metadata: { name: `s${n}`, namespace: 'shop', labels: { 'kubernetes.io/service-name': `s${n}` } },
  addressType: 'IPv4',
  ports: ports.map(([port, protocol]) => ({ name: `p${port}`, port: 8000 + port, protocol })),
  endpoints: Array.from({ length: endpoints }, (_, i) => ({
    addresses: [`10.244.${i % 3}.${10 + n}`],
    nodeName: `node0${i % 3}`,
    conditions: { ready: true },
  })),
})) as unknown as readonly EndpointSlice[];

const written = syncTables(
  new Map(),
  iptablesRules(
    {
      services,
      endpointSlices: slices,
      node: undefined,
      nodeName: 'node01',
      config: { ...defaults, clusterCIDR: '10.244.0.0/16' },
      minorVersion: 36,
      nodeIps: [ip('172.30.1.2')],
      addresses: [ip('172.30.1.2'), ip('127.0.0.1')],
      serviceCidrs: [],
      nfacct: false,
    },
    'IPv4',
  ),
  'IPv4',
);

const host: IptablesHost = {
  family: 'IPv4',
  version: 'v1.8.9 (nf_tables)',
  resolve: () => [],
  nameOf: () => undefined,
  hasSet: () => false,
};

/** The tables after commands of somebody else. */
function after(...commands: readonly string[]): Tables {
  return commands.reduce((tables, command) => {
    const { tables: changed, stderr } = runIptables(command.split(' '), tables, host);
    if (changed === undefined) throw new Error(stderr);
    return changed;
  }, written);
}

/** The chain of an endpoint of the Service that is the first. */
const firstEnd = [...written.get('nat')!.chains.keys()].find((name) => name.startsWith('KUBE-SEP-'))!;
const firstService = [...written.get('nat')!.chains.keys()].find((name) => name.startsWith('KUBE-SVC-'))!;

const variants: readonly (readonly [what: string, tables: Tables])[] = [
  ['as kube-proxy has written them', written],
  ['a rule for all before those of Services', after('-t nat -I KUBE-SERVICES 1 -p tcp --dport 443 -j ACCEPT')],
  ['a rule for all among those of Services', after('-t nat -I KUBE-SERVICES 9 -s 10.244.1.7 -j RETURN')],
  [
    'a rule that chance decides, among those of Services',
    after('-t nat -I KUBE-SERVICES 9 -m statistic --mode random --probability 0.5 -j ACCEPT'),
  ],
  ['a rule for a port alone', after('-t nat -I KUBE-SERVICES 5 -p tcp --dport 80 -s 10.244.2.0/24 -j RETURN')],
  ['chance decides what is masqueraded', after('-t nat -I KUBE-MARK-MASQ 1 -m statistic --mode random --probability 0.5 -j RETURN')],
  ['one endpoint is no longer there', after(`-t nat -F ${firstEnd}`)],
  ['one Service drops what it gets from a pod', after(`-t nat -I ${firstService} 1 -s 10.244.1.7 -j ACCEPT`)],
  [
    'a second rule for the address of another Service',
    after(`-t nat -I KUBE-SERVICES 1 -d ${addressOf(6)} -p tcp --dport 80 -j KUBE-MARK-MASQ`),
  ],
];

const senders = ['10.244.1.7', '10.244.2.9', '10.244.0.10', '10.244.1.12', '172.30.1.2', '198.51.100.7'].map(ip);
const packets: readonly Packet[] = senders.flatMap((src) =>
  [...offers.map(({ address }) => address), '172.30.1.2', '192.0.2.1'].flatMap((dst) =>
    ([web, secure, dns, [30_012, 'TCP']] as const).map(([dport, protocol]) =>
      filterPacket({ protocol: protocol === 'TCP' ? 'tcp' : 'udp', src, dst: ip(dst), dport, in: 'eth0' }),
    ),
  ),
);

function context(purpose: string, isSilent: boolean): PacketContext {
  return {
    isLocal: (address) => address === '172.30.1.2' || address.startsWith('127.'),
    chooser: new SeededChooser(new Stream(purpose)),
    remembers: () => false,
    ipsets: new Map(),
    isSilent,
  };
}

/** What becomes of every packet, three times, as chance has it. */
function fates(tables: Tables, hook: Hook, isSilent: boolean): readonly string[] {
  const netfilter = { ipv4: tables, ipv6: new Map() };
  return [0, 1, 2].flatMap((turn) =>
    packets.map((packet, i) => {
      const { verdict, packet: left, translations, remembered } = traverse(netfilter, hook, packet, context(`${turn}/${i}`, isSilent));
      const { src, dst, sport, dport, mark, protocol, connection } = left;
      const from = `${packet.src} > ${packet.dst}:${packet.dport}/${packet.protocol}`;
      return `${from}: ${verdict} ${JSON.stringify({ src, dst, sport, dport, mark, protocol, connection, translations, remembered })}`;
    }),
  );
}

describe('packets to Services, which are learnt of one for all that are alike', () => {
  describe.each(variants)('%s', (_, tables) => {
    // Read back, they are nothing but rules, which are gone through one by one.
    const rules = parseSave(saveTables(tables, { family: 'IPv4', program: 'iptables-save v1.8.9', date: 'now' }), 'IPv4');

    it.each(['prerouting', 'output'] as const)('%s: it becomes of them what the rules say', (hook) => {
      const expected = fates(rules, hook, false);
      expect(fates(tables, hook, true)).toEqual(expected);
      expect(fates(tables, hook, false)).toEqual(expected);
      expect(new Set(expected.map((line) => line.slice(line.indexOf(': ')))).size).toBeGreaterThan(40);
    });
  });

  it('tells of each the rules that are its own', () => {
    const netfilter = { ipv4: written, ipv6: new Map() };
    const told = (isSilent: boolean, n: number) =>
      traverse(
        netfilter,
        'prerouting',
        packets.find(({ dst, dport }) => dst === addressOf(n) && dport === 80)!,
        context('', isSilent),
      ).decisions;
    told(true, 0);
    const chains = (n: number) => told(false, n).map((decision) => (decision.kind === 'iptables' ? [decision.chain, decision.number] : []));
    expect(chains(1)).not.toEqual(chains(2));
    expect(chains(1)[1]![0]).toBe('KUBE-SERVICES');
    expect(chains(1)[2]![0]).toMatch(/^KUBE-SVC-/);
  });
});
