/** The device and the rules that node-cache keeps on its node. (kubernetes/dns: cmd/node-cache/app/cache_app.go, pkg/netif) */
import { hexOf } from '#kube/chance.ts';
import { runIptables, type IptablesHost } from '#dataplane/netfilter/iptables/run.ts';
import { tablesOf, type Tables } from '#node/netfilter.ts';
import type { Link, NetworkNamespace } from '#node/kernel.ts';
import type { ContainerContext } from '#node/program.ts';
import { hostOf } from '../../networks/daemon.ts';
import type { NodeCache } from './flags.ts';

interface Rule {
  readonly table: 'raw' | 'filter';
  readonly chain: string;
  readonly args: readonly string[];
}

const words = { NOTRACK: 'skip conntrack', ACCEPT: 'allow DNS traffic' };

/** The rules for each address, in the order in which they are put at the head of their chains. */
function rulesOf({ localIps, port, healthPort }: NodeCache): readonly Rule[] {
  return localIps.flatMap((ip) => {
    const rule = (table: Rule['table'], chain: string, protocol: string, way: 'd' | 's', at: string): Rule => {
      const target = table === 'raw' ? 'NOTRACK' : 'ACCEPT';
      const matches = ['-p', protocol, `-${way}`, ip, `--${way}port`, at];
      return { table, chain, args: [...matches, '-j', target, '-m', 'comment', '--comment', `NodeLocal DNS Cache: ${words[target]}`] };
    };
    const both = (table: Rule['table'], chain: string, way: 'd' | 's') =>
      ['tcp', 'udp'].map((protocol) => rule(table, chain, protocol, way, port));
    return [
      ...both('raw', 'PREROUTING', 'd'),
      ...both('filter', 'INPUT', 'd'),
      ...both('raw', 'OUTPUT', 's'),
      ...both('filter', 'OUTPUT', 's'),
      // From the node itself, and the kubelet's probes.
      ...both('raw', 'OUTPUT', 'd'),
      rule('raw', 'OUTPUT', 'tcp', 'd', healthPort),
      rule('raw', 'OUTPUT', 'tcp', 's', healthPort),
    ];
  });
}

function textOf({ table, chain, args }: Rule): string {
  return `{${table} ${chain} [${args.join(' ')}]}`;
}

function iptablesOf(config: NodeCache): IptablesHost {
  return {
    family: config.six ? 'IPv6' : 'IPv4',
    version: 'v1.8.9 (nf_tables)',
    resolve: () => [],
    nameOf: () => undefined,
    hasSet: () => false,
  };
}

function replaceRoot(context: ContainerContext, root: NetworkNamespace): void {
  const host = hostOf(context);
  const nextIndex = Math.max(host.kernel.nextIndex, ...root.links.map((link) => link.index + 1));
  const namespaces = new Map(host.kernel.namespaces).set('', root);
  context.change.hosts.set(host.name, { ...host, kernel: { ...host.kernel, nextIndex, namespaces } });
}

function rootOf(context: ContainerContext): NetworkNamespace {
  return hostOf(context).kernel.namespaces.get('')!;
}

/** Adds the rules that are missing; what it says of them. */
export function ensureRules(context: ContainerContext, config: NodeCache): readonly string[] {
  const logs: string[] = [];
  editTables(context, config, (tables, run) => {
    let current = tables;
    for (const rule of rulesOf(config)) {
      if (run('-C', rule, current).exitCode === 0) continue;
      current = run('-I', rule, current).tables ?? current;
      logs.push(`[INFO] Added back nodelocaldns rule - ${textOf(rule)}`);
    }
    return current;
  });
  return logs;
}

type Run = (command: '-C' | '-I' | '-D', rule: Rule, tables: Tables) => ReturnType<typeof runIptables>;

function editTables(context: ContainerContext, config: NodeCache, edit: (tables: Tables, run: Run) => Tables): void {
  const root = rootOf(context);
  const key = config.six ? 'ipv6' : 'ipv4';
  const host = iptablesOf(config);
  const before = tablesOf(root.netfilter, key);
  const after = edit(before, (command, { table, chain, args }, tables) =>
    runIptables(['-t', table, command, chain, ...args], tables, host),
  );
  if (after !== before) replaceRoot(context, { ...root, netfilter: { ...root.netfilter, [key]: after } });
}

/** Gives the node the device with the addresses, or the addresses to the device that is there; what it says of it. */
export function ensureLink(context: ContainerContext, { interfaceName, localIps, six }: NodeCache): readonly string[] {
  const root = rootOf(context);
  const known = root.links.find((link) => link.name === interfaceName);
  const missing = localIps.filter((ip) => known?.addresses.some((one) => one.ip === ip) !== true);
  const addresses = [...(known?.addresses ?? []), ...missing.map((ip) => ({ ip, length: six ? 128 : 32, scope: 'global' as const }))];
  if (known !== undefined) {
    if (missing.length > 0)
      replaceRoot(context, { ...root, links: root.links.map((link) => (link === known ? { ...link, addresses } : link)) });
    return [];
  }
  const index = Math.max(0, ...root.links.map((link) => link.index)) + 1;
  const digits = hexOf(`${context.change.objects.seed}/${context.host.name}/${interfaceName}/${context.sandbox.id}`, 11);
  const mac = `${digits.slice(0, 1)}e:${digits.slice(1).replace(/(..)(?=.)/g, '$1:')}`;
  const link: Link = { index, name: interfaceName, kind: 'dummy', mac, mtu: 1500, queueLength: 0, up: false, addresses };
  replaceRoot(context, { ...root, links: [...root.links, link] });
  return [`[INFO] Added interface - ${interfaceName}`];
}

/** Takes the device and the rules away again. */
export function removeNetworking(context: ContainerContext, config: NodeCache): void {
  if (config.setupInterface) {
    const root = rootOf(context);
    replaceRoot(context, { ...root, links: root.links.filter((link) => link.name !== config.interfaceName) });
  }
  if (!config.setupIptables) return;
  editTables(context, config, (tables, run) => {
    let current = tables;
    for (const rule of rulesOf(config))
      while (run('-C', rule, current).exitCode === 0) current = run('-D', rule, current).tables ?? current;
    return current;
  });
}
