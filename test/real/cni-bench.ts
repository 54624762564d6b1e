/** Runs CNI plugins twice: the real binaries in network namespaces of this machine, and the simulated ones; both leave the same kind of record. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeName } from '#kube/names.ts';
import { familyOf } from '#net/ip.ts';
import { execute, pluginBinary } from '#node/cni/invoke.ts';
import { findInPath } from '#node/cni/invoke.ts';
import { KernelDraft } from '#node/cni/kernel-draft.ts';
import { Machine } from '#node/cni/machine.ts';
import type { Call } from '#node/cni/plugin.ts';
import { emptyTree, withFiles } from '#node/files.ts';
import type { Host } from '#node/host.ts';
import type { Kernel, NetworkNamespace, Route } from '#node/kernel.ts';
import { noRules, tablesOf, type Match, type Rule, type Target } from '#node/netfilter.ts';

export interface Step {
  readonly plugin: string;
  readonly config: unknown;
  readonly command?: Call['command'];
  readonly id?: string;
  readonly ifName?: string;
  readonly pod?: string;
  readonly args?: string;
}

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Files that are there before, on the host. */
  readonly files?: Readonly<Record<string, string>>;
  /** Links of the host before: name and address. */
  readonly bridges?: Readonly<Record<string, string>>;
}

export interface Record_ {
  readonly answers: readonly unknown[];
  readonly files: Readonly<Record<string, string>>;
  readonly namespaces: Readonly<Record<string, unknown>>;
  readonly rules: readonly string[];
  readonly forwarding: readonly string[];
}

export const binDir = '/usr/lib/cni';
const version = '1.1.1';
const pods = ['pod-1', 'pod-2', 'pod-3'];

export function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  if (!existsSync(`${binDir}/bridge`)) return `no plugins in ${binDir} (apt-get install containernetworking-plugins)`;
  if (spawnSync('unshare', ['-m', '-n', 'ip', 'link', 'add', 'br0', 'type', 'bridge']).status !== 0) return 'no network namespaces here';
  if (spawnSync('iptables', ['--version']).status !== 0) return 'no iptables';
  return undefined;
}

const text = (config: unknown) => (typeof config === 'string' ? config : JSON.stringify(config));
const podOf = (one: Case) => pods.filter((pod) => one.steps.some((step) => (step.pod ?? 'pod-1') === pod));

// --- the real ones ---

export function runReal(one: Case, run: string): Record_ {
  const directory = mkdtempSync(join(tmpdir(), 'cni-'));
  const real = (name: string) => `ckn-${run}-${name}`;
  const lines = ['set -u', `mkdir ${directory}/lib`, 'mkdir -p /var/lib/cni', `mount --bind ${directory}/lib /var/lib/cni`];
  for (const name of ['host', ...podOf(one)]) lines.push(`ip netns add ${real(name)}`);
  lines.push(`ip -n ${real('host')} link set lo up`);
  for (const [bridge, address] of Object.entries(one.bridges ?? {}))
    lines.push(
      `ip -n ${real('host')} link add ${bridge} address 0a:00:00:00:00:01 type bridge`,
      `ip -n ${real('host')} link set ${bridge} up`,
      `ip -n ${real('host')} addr add ${address} brd + dev ${bridge}`,
    );
  Object.entries(one.files ?? {}).forEach(([path, content], i) => {
    writeFileSync(`${directory}/file.${i}`, content);
    lines.push(`mkdir -p ${path.replace(/\/[^/]*$/, '')}`, `cp ${directory}/file.${i} ${path}`);
  });
  one.steps.forEach((step, i) => {
    writeFileSync(`${directory}/stdin.${i}`, text(step.config));
    const netns = `/var/run/netns/${real(step.pod ?? 'pod-1')}`;
    const env = [
      `CNI_COMMAND=${step.command ?? 'ADD'}`,
      `CNI_CONTAINERID='${step.id ?? 'c1'}'`,
      `CNI_IFNAME='${step.ifName ?? 'eth0'}'`,
      `CNI_NETNS=${step.pod === 'gone' ? '/var/run/netns/gone' : netns}`,
      `CNI_PATH=${binDir}`,
      `CNI_ARGS='${step.args ?? ''}'`,
    ];
    lines.push(
      `env ${env.join(' ')} ip netns exec ${real('host')} ${binDir}/${step.plugin} < ${directory}/stdin.${i} > ${directory}/stdout.${i} 2>${directory}/stderr.${i}`,
    );
  });
  for (const name of ['host', ...podOf(one)]) {
    lines.push(`ip -n ${real(name)} -j -d addr > ${directory}/${name}.addr`);
    lines.push(`ip -n ${real(name)} -j route > ${directory}/${name}.route4`);
    lines.push(`ip -n ${real(name)} -j -6 route > ${directory}/${name}.route6`);
    lines.push(`ip netns exec ${real(name)} sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding > ${directory}/${name}.forward`);
  }
  for (const tool of ['iptables-save', 'ip6tables-save']) lines.push(`ip netns exec ${real('host')} ${tool} > ${directory}/${tool}`);
  const spawned = spawnSync('unshare', ['-m', 'sh', '-c', lines.join('\n')], { encoding: 'utf8' });
  const read = (name: string) => readFileSync(`${directory}/${name}`, 'utf8');
  try {
    if (spawned.stderr.trim() !== '') throw new Error(spawned.stderr);
    const rename = (value: string) => value.replaceAll(`ckn-${run}-`, '');
    return {
      answers: one.steps.map((_, i) => answerOf(rename(read(`stdout.${i}`)))),
      files: Object.fromEntries(
        filesBelow(`${directory}/lib`).map((path) => [path.slice(`${directory}/lib`.length), readFileSync(path, 'utf8')]),
      ),
      namespaces: Object.fromEntries(
        ['host', ...podOf(one)].map((name) => [
          name,
          {
            links: realLinks(read(`${name}.addr`)),
            routes: [...realRoutes(read(`${name}.route4`)), ...realRoutes(read(`${name}.route6`))],
          },
        ]),
      ),
      rules: [...savedRules(read('iptables-save')), ...savedRules(read('ip6tables-save'))],
      forwarding: read('host.forward').trim().split('\n'),
    };
  } finally {
    for (const name of ['host', ...podOf(one)]) spawnSync('ip', ['netns', 'del', real(name)]);
    rmSync(directory, { recursive: true, force: true });
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(`${directory}/${entry.name}`) : [`${directory}/${entry.name}`]))
    .sort();
}

function answerOf(stdout: string): unknown {
  return stdout === '' ? '' : (JSON.parse(stdout) as unknown);
}

interface IpLink {
  ifindex: number;
  ifname: string;
  mtu: number;
  flags: string[];
  address: string;
  link_index?: number;
  master?: string;
  linkinfo?: { info_kind?: string; info_slave_data?: { hairpin?: boolean } };
  addr_info: { local?: string; prefixlen?: number; scope?: string; broadcast?: string }[];
}

function realLinks(json: string): unknown {
  return (JSON.parse(json) as IpLink[]).map((link) => ({
    index: link.ifindex,
    name: link.ifname,
    kind: link.linkinfo?.info_kind ?? 'loopback',
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    mac: link.address,
    master: link.master,
    hairpin: link.linkinfo?.info_slave_data?.hairpin ?? false,
    addresses: link.addr_info
      .filter((address) => address.local !== undefined && address.scope !== 'link')
      .map((address) => `${address.local!}/${address.prefixlen!} ${address.scope!} ${address.broadcast ?? '-'}`)
      .sort(),
  }));
}

interface IpRoute {
  dst: string;
  gateway?: string;
  dev?: string;
  protocol?: string;
  scope?: string;
  prefsrc?: string;
  metric?: number;
}

function realRoutes(json: string): string[] {
  return (JSON.parse(json) as IpRoute[])
    .filter((route) => !route.dst.startsWith('fe80') && !route.dst.startsWith('ff00') && route.dst !== 'multicast')
    .map(
      (route) =>
        `${route.dst} via ${route.gateway ?? '-'} dev ${route.dev ?? '-'} proto ${route.protocol ?? 'boot'} scope ${route.scope ?? 'global'} src ${route.prefsrc ?? '-'} metric ${route.metric ?? '-'}`,
    );
}

function savedRules(save: string): string[] {
  return save.split('\n').filter((line) => line.startsWith('-A') || (line.startsWith(':') && line.includes(' - ')));
}

// --- ours ---

function blankHost(): Host {
  const blank: NetworkNamespace = {
    name: '',
    links: [],
    routes: [],
    neighbours: [],
    forwarding: [],
    sysctls: new Map(),
    netfilter: noRules,
  };
  const lo = { index: 1, name: 'lo', kind: 'loopback', mac: '00:00:00:00:00:00', mtu: 65536, up: false, addresses: [] } as const;
  const kernel: Kernel = { release: '6.12.0', modules: new Set(), namespaces: new Map([['', { ...blank, links: [lo] }]]), nextIndex: 2 };
  const draft = new KernelDraft(kernel, 'bench');
  draft.setUp('', 'lo');
  draft.setSysctl('', 'net.ipv4.ip_forward', '0');
  const modified = '2026-01-01T00:00:00Z';
  const binaries = readdirSync(binDir).map((name) => [`${binDir}/${name}`, pluginBinary(name, modified, version)] as const);
  return {
    name: nodeName('bench'),
    controlPlane: false,
    addresses: [],
    bootedAt: 0,
    files: withFiles(emptyTree, binaries, modified),
    units: new Map(),
    journal: [],
    kernel: draft.kernel,
    sandboxes: new Map(),
  } as Pick<Host, 'name' | 'files' | 'kernel' | 'sandboxes'> as Host;
}

export function runOurs(one: Case): Record_ {
  const machine = new Machine(blankHost(), { now: 0 });
  for (const pod of podOf(one)) machine.kernel.addNamespace(pod);
  for (const [bridge, address] of Object.entries(one.bridges ?? {})) {
    machine.kernel.addLink('', { name: bridge, kind: 'bridge', mac: '0a:00:00:00:00:01' });
    machine.kernel.setUp('', bridge);
    const [ip, length] = address.split('/');
    machine.kernel.addAddress('', bridge, { ip: ip as never, length: Number(length) });
  }
  for (const [path, content] of Object.entries(one.files ?? {})) machine.write(path, content);
  const answers = one.steps.map((step) => {
    const file = findInPath(machine, step.plugin, [binDir]);
    if (!file.ok) throw new Error(file.error);
    const answer = execute(machine, file.value, {
      command: step.command ?? 'ADD',
      containerId: step.id ?? 'c1',
      netns: `/var/run/netns/${step.pod ?? 'pod-1'}`,
      ifName: step.ifName ?? 'eth0',
      args: step.args ?? '',
      path: [binDir],
      stdin: text(step.config),
    });
    return answer.ok ? answerOf(answer.value) : answer.error;
  });
  const host = machine.publish();
  const own = [...host.files].filter(([path, node]) => path.startsWith('/var/lib/cni/') && node.kind === 'file');
  return {
    answers,
    files: Object.fromEntries(
      own
        .map(([path, node]) => [path.slice('/var/lib/cni'.length), node.kind === 'file' ? node.content : ''])
        .sort(([a], [b]) => (a! < b! ? -1 : 1)),
    ) as Record<string, string>,
    namespaces: Object.fromEntries(
      ['host', ...podOf(one)].map((name) => [name, ourNamespace(host.kernel.namespaces.get(name === 'host' ? '' : name)!)]),
    ),
    rules: [...ourRules(host, 'ipv4'), ...ourRules(host, 'ipv6')],
    forwarding: ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'].map(
      (key) => host.kernel.namespaces.get('')!.sysctls.get(key) ?? '0',
    ),
  };
}

function ourNamespace(namespace: NetworkNamespace): unknown {
  const routes = namespace.routes.filter((route) => !route.dst.startsWith('fe80'));
  return {
    links: namespace.links.map((link) => ({
      index: link.index,
      name: link.name,
      kind: link.kind,
      mtu: link.mtu,
      up: link.up,
      mac: link.mac,
      master: link.master,
      hairpin: link.hairpin ?? false,
      addresses: link.addresses
        .filter((address) => address.scope !== 'link')
        .map((address) => `${address.ip}/${address.length} ${address.scope} ${address.broadcast ?? '-'}`)
        .sort(),
    })),
    routes: [...routes.filter((route) => familyOf(route.dst) === 'IPv4'), ...routes.filter((route) => familyOf(route.dst) === 'IPv6')].map(
      routeText,
    ),
  };
}

function routeText(route: Route): string {
  const dst = route.dst.endsWith('/0') ? 'default' : route.dst.replace(/\/(32|128)$/, '');
  const v6 = familyOf(route.dst) === 'IPv6';
  return `${dst} via ${route.via ?? '-'} dev ${route.dev ?? '-'} proto ${route.proto} scope ${v6 ? 'global' : route.scope} src ${route.src ?? '-'} metric ${route.metric ?? '-'}`;
}

/** As iptables-save prints, chains in the order of their names. */
function ourRules(host: Host, family: 'ipv4' | 'ipv6'): string[] {
  const lines: string[] = [];
  const tables = tablesOf(host.kernel.namespaces.get('')!.netfilter, family);
  for (const name of ['mangle', 'raw', 'filter', 'nat'] as const) {
    const chains = [...(tables.get(name)?.chains.values() ?? [])];
    const own = chains.filter((chain) => chain.policy === undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
    lines.push(...own.map((chain) => `:${chain.name} - [0:0]`));
    for (const chain of [...chains.filter((one) => one.policy !== undefined), ...own])
      lines.push(...chain.rules.map((rule) => `-A ${chain.name} ${ruleText(rule)}`));
  }
  return lines;
}

export function ruleText({ matches, target }: Rule): string {
  return [...matches.map(matchText), ...(target === undefined ? [] : [targetText(target)])].join(' ');
}

const quoted = (value: string) => (/[\s"']/.test(value) ? `"${value.replaceAll('"', '\\"')}"` : value);
const hex = (value: number) => `0x${value.toString(16)}`;

function matchText(match: Match): string {
  const not = 'not' in match && match.not === true ? '! ' : '';
  if (match.kind === 'source') return `${not}-s ${match.cidr}`;
  if (match.kind === 'destination') return `${not}-d ${match.cidr}`;
  if (match.kind === 'in') return `${not}-i ${match.interface}`;
  if (match.kind === 'out') return `${not}-o ${match.interface}`;
  if (match.kind === 'protocol') return `${not}-p ${match.protocol}`;
  if (match.kind === 'comment') return `-m comment --comment ${quoted(match.text)}`;
  if (match.kind === 'ports') return `-m ${match.protocol} --dport ${match.dport!}`;
  if (match.kind === 'multiport') return `-m multiport --${match.which} ${match.ports}`;
  if (match.kind === 'mark') return `-m mark --mark ${hex(match.value)}/${hex(match.mask)}`;
  if (match.kind === 'addrtype') return `-m addrtype --dst-type ${match.dst!}`;
  if (match.kind === 'ctstate') return `-m ${match.module} --ctstate ${match.states.join(',')}`;
  throw new Error(`unexpected match ${match.kind}`);
}

function targetText(target: Target): string {
  if (target.kind === 'jump') return `-j ${target.chain}`;
  if (target.kind === 'DNAT') return `-j DNAT --to-destination ${target.to}`;
  if (target.kind === 'MARK') return `-j MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`;
  if (target.kind === 'MASQUERADE') return target.randomFully === true ? '-j MASQUERADE --random-fully' : '-j MASQUERADE';
  return `-j ${target.kind}`;
}

/** Random names and MAC addresses replaced by their order of appearance. */
export function normalised(record: Record_): unknown {
  const seen = new Map<string, string>();
  const replaced = JSON.stringify(record).replace(/veth[0-9a-f]{8}|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/g, (found) => {
    if (found === '00:00:00:00:00:00') return found;
    if (!seen.has(found)) seen.set(found, `${found.startsWith('veth') ? 'veth' : 'mac'}#${seen.size}`);
    return seen.get(found)!;
  });
  return JSON.parse(replaced) as unknown;
}
