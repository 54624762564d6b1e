/** What a rule compares packets with, made ready once: a function for each match. (kernel: net/netfilter/xt_*.c) */
import type { Ip } from '#net/ip.ts';
import type { IpSets, Match } from '#node/netfilter.ts';
import { addressTest, interfaceTest, portTest } from '../ip-match.ts';
import { membershipOf, type Membership } from '../ipset-match.ts';
import type { Packet, PacketContext } from '../packet.ts';

/** Reports whether a packet fits. */
export type PacketTest = (packet: Packet, context: PacketContext) => boolean;

type Testable = Exclude<Match, { readonly kind: 'statistic' }>;

/** Rules have most of their matches in common: those of a protocol, a port, a source. */
const known = new WeakMap<Match, PacketTest | typeof always>();
const always = Symbol('every packet fits');

/** The test of one match of a rule; undefined where every packet fits. What chance alone decides is no test of the packet. */
export function packetTest(match: Testable): PacketTest | undefined {
  let test = known.get(match);
  if (test === undefined) {
    const make = makers[match.kind] as (match: Match) => PacketTest | undefined;
    known.set(match, (test = make(match) ?? always));
  }
  return test === always ? undefined : (test as PacketTest);
}

type MatchOf<K extends Match['kind']> = Match & { readonly kind: K };

const makers: { readonly [K in Exclude<Match['kind'], 'statistic'>]: (match: MatchOf<K>) => PacketTest | undefined } = {
  source: ({ cidr, not }) => {
    const test = addressTest(cidr);
    return unless(not, ({ src, srcOrdinal }) => test(src, srcOrdinal));
  },
  destination: ({ cidr, not }) => {
    const test = addressTest(cidr);
    return unless(not, ({ dst, dstOrdinal }) => test(dst, dstOrdinal));
  },
  in: ({ interface: pattern, not }) => {
    const test = interfaceTest(pattern);
    return unless(not, (packet) => packet.in !== undefined && test(packet.in));
  },
  out: ({ interface: pattern, not }) => {
    const test = interfaceTest(pattern);
    return unless(not, (packet) => packet.out !== undefined && test(packet.out));
  },
  protocol: ({ protocol, not }) => {
    const wanted = protocol.replace('ipv6-icmp', 'icmpv6');
    return unless(not, (packet) => packet.protocol === wanted);
  },
  ports: portsTest,
  multiport: ({ which, ports, not }) => {
    const tests = ports.split(',').map(portTest);
    const has = (port: number) => tests.some((test) => test(port));
    return unless(not, ({ sport, dport }) => (which !== 'dports' && has(sport)) || (which !== 'sports' && has(dport)));
  },
  icmp: ({ type }) => {
    if (type === 'any') return undefined;
    const wanted = Number(type.split('/')[0]);
    return ({ icmpType }) => icmpType === wanted;
  },
  mark: ({ value, mask, not }) => unless(not, ({ mark }) => (mark & mask) >>> 0 === value),
  ctstate: ({ states, not }) => {
    const [dnat, snat] = [states.includes('DNAT'), states.includes('SNAT')];
    return unless(not, ({ connection }) => states.includes(connection.state) || (dnat && connection.dnat) || (snat && connection.snat));
  },
  addrtype: ({ src, dst, notSrc, notDst }) => {
    const from = src === undefined ? undefined : addressTypeTest(src, notSrc);
    const to = dst === undefined ? undefined : addressTypeTest(dst, notDst);
    return (packet, context) =>
      (from === undefined || from(packet.src, packet.srcOrdinal, context)) &&
      (to === undefined || to(packet.dst, packet.dstOrdinal, context));
  },
  iprange: ({ src, dst, notSrc, notDst }) => {
    const from = src === undefined ? undefined : addressTest(src);
    const to = dst === undefined ? undefined : addressTest(dst);
    return (packet) =>
      (from === undefined || from(packet.src, packet.srcOrdinal) !== (notSrc === true)) &&
      (to === undefined || to(packet.dst, packet.dstOrdinal) !== (notDst === true));
  },
  'statistic-nth': ({ every, not }) => unless(not, (_, { chooser }) => chooser.pick(every) === 0),
  recent: ({ action, name, seconds, not }) =>
    unless(not, (packet, context) => action === 'set' || context.remembers(name, packet.src, seconds)),
  set: setTest,
  physdev: ({ text }) => physdevTest(text),
  comment: () => undefined,
  nfacct: () => undefined,
  limit: () => undefined,
  opaque: () => () => false,
};

function unless(not: boolean | undefined, test: PacketTest): PacketTest {
  return not === true ? (packet, context) => !test(packet, context) : test;
}

function portsTest({ protocol, sport, dport, notSport, notDport, syn }: MatchOf<'ports'>): PacketTest {
  const from = sport === undefined ? undefined : portTest(sport);
  const to = dport === undefined ? undefined : portTest(dport);
  return (packet) =>
    protocol === packet.protocol &&
    (from === undefined || from(packet.sport) !== (notSport === true)) &&
    (to === undefined || to(packet.dport) !== (notDport === true)) &&
    (syn === undefined || (packet.connection.state === 'NEW') === syn);
}

function setTest({ set: name, flags, not }: MatchOf<'set'>): PacketTest {
  // Every machine has its own sets, which are the same for as long as nobody changes one.
  const known = new WeakMap<IpSets, Membership>();
  return unless(not, (packet, { ipsets }) => {
    let isIn = known.get(ipsets);
    if (isIn === undefined) {
      const set = ipsets.get(name);
      known.set(ipsets, (isIn = set === undefined ? inNone : membershipOf(set, flags)));
    }
    return isIn(packet);
  });
}

const inNone: Membership = () => false;

type AddressTypeTest = (ip: Ip, ordinal: number | undefined, context: PacketContext) => boolean;

function addressTypeTest(types: string, not: boolean | undefined): AddressTypeTest {
  if (types === 'LOCAL') return (ip, ordinal, context) => context.isLocal(ip, ordinal) !== (not === true);
  const wanted = types.split(',');
  return (ip, ordinal, context) => wanted.includes(addressType(ip, ordinal, context)) !== (not === true);
}

function addressType(ip: Ip, ordinal: number | undefined, context: PacketContext): string {
  if (context.isLocal(ip, ordinal)) return 'LOCAL';
  if (ip === '255.255.255.255') return 'BROADCAST';
  return /^(22[4-9]|23\d)\.|^ff/.test(ip) ? 'MULTICAST' : 'UNICAST';
}

function physdevTest(options: string): PacketTest {
  const wanted = [...options.matchAll(/(! )?--physdev-(\S+)(?: (?!--|! )(\S+))?/g)].map(([, not, option, name]) => ({
    option,
    not: not !== undefined,
    isNamed: interfaceTest(name ?? ''),
  }));
  return ({ bridgePort }) =>
    wanted.every(({ option, not, isNamed }) => {
      const fits = option === 'in' ? bridgePort !== undefined && isNamed(bridgePort) : option === 'is-in' && bridgePort !== undefined;
      return fits !== not;
    });
}
