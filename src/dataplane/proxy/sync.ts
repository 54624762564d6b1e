/** kube-proxy's writing of its rules into a node's kernel: everything else there stays as it is. */
import { hexOf } from '#kube/chance.ts';
import type { Family, Ip } from '#net/ip.ts';
import type { Address, Link, NetworkNamespace } from '#node/kernel.ts';
import { forced, type IpSets, type Netfilter } from '#node/netfilter.ts';
import type { NftTable } from '#node/nftables.ts';
import type { ProxyInput } from './input.ts';
import type { Desired } from './iptables/desired.ts';
import { iptablesRules } from './iptables/rules.ts';
import { cleanTables, syncTables } from './iptables/sync.ts';
import { ipvsRules, type IpvsRules } from './ipvs/rules.ts';
import { nftablesTable } from './nftables/rules.ts';
import { proxiedFamily, userspaceRules } from './userspace/rules.ts';

const families = ['IPv4', 'IPv6'] as const;
const keys = { IPv4: 'ipv4', IPv6: 'ipv6' } as const;

type Lazy<T> = T | (() => T);

/** What a lazily made value of kube-proxy's was laid over: the next sync begins there, so that syncs do not pile up. */
const bases = new WeakMap<object, Lazy<object>>();

/** A value over another one, made when somebody looks. Laid over an earlier value of kube-proxy's, it takes that one's place. */
function laidOver<T extends object>(base: Lazy<T>, make: (base: T) => T): () => T {
  const under = typeof base === 'function' ? ((bases.get(base) as Lazy<T> | undefined) ?? base) : base;
  const value = () => make(forced(under));
  bases.set(value, under);
  return value;
}

/**
 * The namespace with the rules that a running kube-proxy with this input keeps there. They are made when somebody looks, or a packet
 * passes.
 */
export function syncProxy(namespace: NetworkNamespace, input: ProxyInput): NetworkNamespace {
  switch (input.config.mode) {
    case 'nftables':
      return withNetfilter(namespace, {
        nftables: laidOver<readonly NftTable[]>(namespace.netfilter.nftables ?? [], (tables) => [
          ...tables.filter(isForeign),
          ...families.map((family) => nftablesTable(input, family)),
        ]),
      });
    case 'ipvs':
      return syncIpvs(namespace, input);
    case 'userspace':
      return withTables(namespace, (family) => userspaceRules(input, family), [proxiedFamily(input)]);
    default:
      return withTables(namespace, (family) => iptablesRules(input, family));
  }
}

/**
 * What a starting kube-proxy clears away before it syncs: nftables' rules when it is to use iptables, and the other way round. From ipvs to
 * iptables it clears nothing: kube-ipvs0 and the virtual servers stay. (cmd/kube-proxy/app/server_linux.go, platformCleanup)
 */
export function startProxy(namespace: NetworkNamespace, input: ProxyInput): NetworkNamespace {
  return input.config.mode === 'nftables' ? withoutIpvs(withoutIptables(namespace, input)) : withoutNftables(namespace);
}

/** What `kube-proxy --cleanup` leaves: nothing of any mode. */
export function cleanProxy(namespace: NetworkNamespace, input: ProxyInput): NetworkNamespace {
  return withoutNftables(withoutIpvs(withoutIptables(namespace, input)));
}

const proxyTable = 'kube-proxy';
const dummy = 'kube-ipvs0';

function isForeign(table: NftTable): boolean {
  return table.name !== proxyTable;
}

function withNetfilter(namespace: NetworkNamespace, changed: Partial<Netfilter>): NetworkNamespace {
  return { ...namespace, netfilter: { ...namespace.netfilter, ...changed } };
}

function withTables(
  namespace: NetworkNamespace,
  desired: (family: Family) => Desired,
  written: readonly Family[] = families,
): NetworkNamespace {
  const tables = written.map((family) => {
    const key = keys[family];
    return [key, laidOver(namespace.netfilter[key], (base) => syncTables(base, desired(family), family))] as const;
  });
  return withNetfilter(namespace, Object.fromEntries(tables));
}

function syncIpvs(namespace: NetworkNamespace, input: ProxyInput): NetworkNamespace {
  const made = new Map<Family, IpvsRules>();
  const rules = (family: Family): IpvsRules => {
    let known = made.get(family);
    if (known === undefined) made.set(family, (known = ipvsRules(input, family)));
    return known;
  };
  const synced = withTables(namespace, (family) => rules(family).tables);
  const ours = withNetfilter(synced, {
    ipvs: () => ({ servers: families.flatMap((family) => rules(family).servers) }),
    ipsets: laidOver<IpSets>(namespace.netfilter.ipsets ?? new Map(), (base) => {
      const mine = families.flatMap((family) => rules(family).sets.map((set) => [set.name, set] as const));
      return new Map([...base, ...mine]);
    }),
  });
  return withAddresses(
    ours,
    families.flatMap((family) => rules(family).bound),
  );
}

/** kube-ipvs0 with these addresses, made when it is missing. */
function withAddresses(namespace: NetworkNamespace, ips: readonly Ip[]): NetworkNamespace {
  const addresses = ips.map((ip): Address => ({ ip, length: ip.includes(':') ? 128 : 32, scope: 'global' }));
  const known = namespace.links.find((link) => link.name === dummy);
  if (known !== undefined) {
    return { ...namespace, links: namespace.links.map((link) => (link === known ? { ...link, addresses } : link)) };
  }
  const index = Math.max(0, ...namespace.links.map((link) => link.index)) + 1;
  const digits = hexOf(`${ips.join()}/${dummy}`, 11);
  const mac = `${digits.slice(0, 1)}e:${digits.slice(1).replace(/(..)(?=.)/g, '$1:')}`;
  const link: Link = { index, name: dummy, kind: 'dummy', mac, mtu: 1500, queueLength: 0, up: false, addresses };
  return { ...namespace, links: [...namespace.links, link] };
}

function withoutIptables(namespace: NetworkNamespace, input: ProxyInput): NetworkNamespace {
  const bare = families.map((family) => {
    const tables = namespace.netfilter[keys[family]];
    const under = typeof tables === 'function' ? (bases.get(tables) as typeof tables | undefined) : undefined;
    const cleaned = () => {
      const empty = { ...input, services: [], endpointSlices: [] };
      const modes = [iptablesRules(empty, family), ipvsRules(empty, family).tables, userspaceRules(empty, family)];
      return modes.reduce((rest, desired) => cleanTables(rest, desired, family), forced(tables));
    };
    return [keys[family], under ?? cleaned] as const;
  });
  return withNetfilter(namespace, Object.fromEntries(bare));
}

function withoutIpvs(namespace: NetworkNamespace): NetworkNamespace {
  const { ipsets } = namespace.netfilter;
  const rest = withNetfilter(namespace, {
    ipvs: { servers: [] },
    ...(ipsets !== undefined && { ipsets: () => foreignSets(forced(ipsets)) }),
  });
  return { ...rest, links: namespace.links.filter((link) => link.name !== dummy) };
}

function foreignSets(sets: IpSets): IpSets {
  return new Map([...sets].filter(([name]) => !name.startsWith('KUBE-')));
}

function withoutNftables(namespace: NetworkNamespace): NetworkNamespace {
  const { nftables } = namespace.netfilter;
  if (nftables === undefined) return namespace;
  return withNetfilter(namespace, { nftables: () => forced(nftables).filter(isForeign) });
}
