/** kube-proxy: reads its configuration once, and keeps the rules of its node as the Services and EndpointSlices say. */
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Node } from '#kube/kinds/node.ts';
import { Service } from '#kube/kinds/service.ts';
import { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import { nodeName } from '#kube/names.ts';
import { minorVersionOf, serviceCidrsOf, apiServersOf } from '#kube/settings.ts';
import { familyOf, hostPort, ip, parseIp, type Ip, type Port, type Protocol } from '#net/ip.ts';
import type { ProxyInput } from '#dataplane/proxy/input.ts';
import { syncProxy } from '#dataplane/proxy/sync.ts';
import { relaysOf } from '#dataplane/proxy/userspace/rules.ts';
import type { KubeProxyConfiguration } from '#node/kube-proxy/configuration.ts';
import { healthzResponse, metricsResponse, serviceHealthResponse } from '#node/kube-proxy/health.ts';
import { readConfiguration } from '#node/kube-proxy/read.ts';
import { kubeconfigError, serverOf } from '#node/kube-proxy/kubeconfig.ts';
import { startKubeProxy, type ApiServerAnswer } from '#node/kube-proxy/start.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import { nftablesOf } from '#node/netfilter.ts';
import type { ContainerRun, Listener } from '#node/host.ts';
import type { ContainerContext, Program, Started } from '#node/program.ts';
import { parseFlags } from '../control-plane/flags.ts';
import { pidOf } from '../listening.ts';

const configPath = '/var/lib/kube-proxy/config.conf';

function pathOf(context: ContainerContext): string {
  return parseFlags(context.argv.slice(1)).get('config') ?? configPath;
}

/** The names of the nodes that lives of kube-proxies work for, by what each has read at its start, as its command line. */
const nodeNames = new WeakMap<ContainerRun['loaded'], string>();

/** The node it works for: `--hostname-override`, else the host's name. */
function nodeOf(context: ContainerContext, run?: ContainerRun): Node | undefined {
  let name = run && nodeNames.get(run.loaded);
  if (name === undefined) {
    name = parseFlags(context.argv.slice(1)).get('hostname-override') ?? context.host.name;
    if (run !== undefined) nodeNames.set(run.loaded, name);
  }
  return context.change.objects.get(Node, '', name);
}

function internalIps(node: Node | undefined): readonly Ip[] {
  const all = (node?.status?.addresses ?? []).filter((one) => one.type === 'InternalIP').map((one) => ip(one.address));
  return all.filter((address, i) => all.findIndex((other) => familyOf(other) === familyOf(address)) === i);
}

function listenerAt(address: string, pid: number): Listener[] {
  const found = /^(.*):(\d+)$/.exec(address);
  if (found === null) return [];
  const host = found[1]!.replace(/^\[|\]$/g, '');
  return [
    {
      protocol: 'TCP',
      address: host === '0.0.0.0' || host === '' ? '::' : host,
      port: Number(found[2]) as Port,
      process: 'kube-proxy',
      pid,
      speaks: 'http',
    },
  ];
}

/** What becomes of requests to the API server that the kubeconfig names; one that is unsound ends kube-proxy before it asks. */
function apiServerOf(
  context: ContainerContext,
  config: KubeProxyConfiguration | undefined,
): { readonly server: string; readonly answer: ApiServerAnswer } {
  const api = apiServersOf(context.change.objects);
  const usual = `https://${hostPort(api.addresses[0] ?? '127.0.0.1', api.port)}`;
  const path = config?.clientConnection.kubeconfig ?? '';
  const text = path === '' ? undefined : context.file(path);
  if (text === undefined || kubeconfigError(path, text) !== undefined) return { server: usual, answer: 'ok' };
  const server = serverOf(text)!;
  const [, scheme, host = '', port] = /^(https?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(server) ?? [];
  const address = parseIp(host.replace(/^\[|\]$/g, ''));
  // A name stands for the control plane's machines: kubeadm's control plane endpoint.
  const known = address === undefined ? context.change.hosts.has(nodeName(host)) : api.addresses.includes(address);
  const open = Number(port ?? (scheme === 'http' ? 80 : 443)) === api.port;
  if (!known || !open) return { server, answer: 'silent' };
  return { server, answer: scheme === 'http' ? 'plain-http' : 'ok' };
}

function start(context: ContainerContext): Started {
  const { change, host } = context;
  const minorVersion = minorVersionOf(change.objects);
  const node = nodeOf(context);
  const ips = internalIps(node);
  const path = pathOf(context);
  const sysctls = host.kernel.namespaces.get('')!.sysctls;
  const api = apiServerOf(context, configurationOf(context.file(path) ?? '', path, minorVersion));
  const result = startKubeProxy({
    at: context.now,
    pid: 1,
    version: node?.status?.nodeInfo?.kubeletVersion ?? `v1.${minorVersion}.0`,
    minorVersion,
    configPath: path,
    file: (name) => context.file(name),
    inCluster: true,
    apiServer: api.answer,
    server: api.server,
    nodeName: host.name,
    nodeIps: ips.length === 0 ? undefined : ips,
    strayEndpointSlices: change.objects
      .list(EndpointSlice)
      .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === undefined)
      .map((slice) => `${slice.metadata.namespace}/${slice.metadata.name}`),
    sysctl: (name) => (sysctls.has(name) ? Number(sysctls.get(name)) : undefined),
    modules: host.kernel.modules,
    kernelRelease: host.kernel.release,
    nftables: nftablesOf(host.kernel.namespaces.get('')!.netfilter)
      .filter((table) => table.name === 'kube-proxy')
      .map((table) => table.family as 'ip' | 'ip6'),
  });
  const logs = result.lines.map((stderr) => ({ stderr }));
  if (result.exitCode !== undefined) return { listeners: [], logs, exit: { after: 300, code: result.exitCode } };
  if (result.sysctls.size > 0) setSysctls(context, result.sysctls);
  const pid = pidOf(context);
  const { config } = result;
  return {
    listeners: config === undefined ? [] : ownListeners(config, pid),
    logs,
    loaded: new Map(config === undefined ? [] : [[path, context.file(path) ?? '']]),
    stopsAfter: 100,
  };
}

function ownListeners(config: KubeProxyConfiguration, pid: number): readonly Listener[] {
  return [...listenerAt(config.healthzBindAddress, pid), ...listenerAt(config.metricsBindAddress, pid)];
}

/** What the rules of the node follow from, as things are now. */
function inputOf(context: ContainerContext, run: ContainerRun, config: KubeProxyConfiguration): ProxyInput {
  const { objects, hosts } = context.change;
  const host = hosts.get(context.host.name)!;
  const node = nodeOf(context, run);
  return {
    services: objects.list(Service),
    endpointSlices: objects.list(EndpointSlice),
    node,
    nodeName: node?.metadata.name ?? host.name,
    config,
    minorVersion: minorVersionOf(objects),
    nodeIps: internalIps(node),
    addresses: addressesOf(host.kernel.namespaces.get('')!),
    serviceCidrs: serviceCidrsOf(objects),
    nfacct: host.kernel.modules.has('nfnetlink_acct'),
  };
}

function addressesOf({ links }: NetworkNamespace): readonly Ip[] {
  return links.filter((link) => link.name !== 'kube-ipvs0').flatMap((link) => link.addresses.map((address) => address.ip));
}

/** In userspace mode every Service port has a port of kube-proxy's, which hands on what comes. */
function proxyListeners(context: ContainerContext, run: ContainerRun, config: KubeProxyConfiguration, pid: number): readonly Listener[] {
  const address = config.bindAddress === '0.0.0.0' ? '::' : config.bindAddress;
  return relaysOf(inputOf(context, run, config)).map(({ protocol, port, ...relay }) => ({
    protocol: protocol.toUpperCase() as Protocol,
    address,
    port,
    process: 'kube-proxy',
    pid,
    speaks: 'silent',
    relay,
  }));
}

/** The Services whose load balancers ask this node whether it has endpoints. */
function healthChecked(objects: ContainerContext['change']['objects']): readonly Service[] {
  return objects
    .list(Service)
    .filter(({ spec }) => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' && (spec.healthCheckNodePort ?? 0) !== 0);
}

/** How many usable endpoints of a Service a node has. */
function localEndpoints(objects: ContainerContext['change']['objects'], { metadata }: Service, node: string): number {
  const own = objects
    .list(EndpointSlice, metadata.namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name)
    .flatMap((slice) => slice.endpoints)
    .filter((endpoint) => endpoint.nodeName === node && (endpoint.conditions.ready ?? true));
  return new Set(own.map((endpoint) => endpoint.addresses[0])).size;
}

/**
 * Every hour all rules are written anew, in ipvs mode every half minute; and at once where somebody has deleted the chain that is there to
 * notice (iptables.Monitor).
 */
const fullSync = { iptables: 3_600_000, nftables: 3_600_000, ipvs: 30_000, userspace: 30_000 } as const;

function isTampered({ netfilter }: NetworkNamespace, config: KubeProxyConfiguration): boolean {
  // What is not yet made is as kube-proxy left it.
  if (config.mode === 'nftables' || config.mode === 'ipvs' || typeof netfilter.ipv4 === 'function') return false;
  return (['mangle', 'nat', 'filter'] as const).some(
    (table) => netfilter.ipv4 instanceof Map && netfilter.ipv4.get(table)?.chains.has('KUBE-PROXY-CANARY') !== true,
  );
}

function setSysctls({ change, host }: ContainerContext, settings: ReadonlyMap<string, string>): void {
  const current = change.hosts.get(host.name)!;
  const root = current.kernel.namespaces.get('')!;
  const sysctls = new Map(root.sysctls);
  for (const [key, value] of settings) sysctls.set(key, value);
  change.hosts.set(host.name, {
    ...current,
    kernel: { ...current.kernel, namespaces: new Map(current.kernel.namespaces).set('', { ...root, sysctls }) },
  });
}

/** The configuration in a text that kube-proxy has started with. */
function configurationOf(text: string, path: string, minorVersion: number): KubeProxyConfiguration | undefined {
  const result = readConfiguration(text, path, minorVersion);
  return result.ok ? result.value.config : undefined;
}

/** The configuration that a run has started with: the one file it has read. */
function configOf(context: ContainerContext, run: ContainerRun | undefined): KubeProxyConfiguration | undefined {
  const [file] = run?.loaded ?? [];
  return file && configurationOf(file[1], file[0], minorVersionOf(context.change.objects));
}

function fullSyncOf({ mode }: KubeProxyConfiguration): number {
  return fullSync[mode as keyof typeof fullSync] ?? fullSync.iptables;
}

function lastSync(run: ContainerRun): number {
  return Number(run.synced?.at(-1) ?? 0);
}

export const kubeProxy: Program = {
  tools: new Set([
    'kube-proxy',
    'iptables',
    'ip6tables',
    'iptables-save',
    'ip6tables-save',
    'iptables-restore',
    'nft',
    'ipset',
    'conntrack',
    'sh',
    'bash',
    'cat',
    'ls',
    'grep',
  ]),
  entrypoint: ['/usr/local/bin/kube-proxy'],
  cmd: [],
  image: { pull: 2100, size: 31_900_000 },
  start,
  actsOn: (objects, { kernel }) => [
    kernel.namespaces.get(''),
    kernel.modules,
    ...[Service, EndpointSlice, ServiceCIDR, Node].map((kind) => objects.revision(kind)),
  ],
  actsAgain(context, run) {
    const config = configOf(context, run);
    return config === undefined ? Infinity : lastSync(run) + fullSyncOf(config);
  },
  act(context, run) {
    const { objects } = context.change;
    const config = configOf(context, run);
    if (config === undefined) return run;
    const host = context.change.hosts.get(context.host.name)!;
    const root = host.kernel.namespaces.get('')!;
    const addresses = addressesOf(root);
    const synced = [
      objects.revision(Service),
      objects.revision(EndpointSlice),
      objects.revision(ServiceCIDR),
      nodeShape(nodeOf(context, run)),
      addresses.join(),
    ];
    const isSynced = run.synced !== undefined && synced.every((one, i) => one === run.synced![i]);
    if (isSynced && context.now - lastSync(run) < fullSyncOf(config) && !isTampered(root, config)) return run;
    const next = syncProxy(root, inputOf(context, run, config));
    const nextIndex = Math.max(host.kernel.nextIndex, ...next.links.map((link) => link.index + 1));
    const namespaces = new Map(host.kernel.namespaces).set('', next);
    context.change.hosts.set(host.name, { ...host, kernel: { ...host.kernel, nextIndex, namespaces } });
    return { ...run, synced: [...synced, context.now] };
  },
  listensOn(context, run) {
    const config = configOf(context, run);
    if (config === undefined) return [];
    const pid = pidOf(context);
    // In nftables mode node ports, these too, are open on the primary address only.
    const addresses = config.mode === 'nftables' ? internalIps(nodeOf(context, run)) : ['0.0.0.0'];
    const checks = healthChecked(context.change.objects).flatMap(({ spec }) =>
      addresses.flatMap((address) => listenerAt(`${address}:${spec.healthCheckNodePort}`, pid)),
    );
    return [...ownListeners(config, pid), ...checks, ...(config.mode === 'userspace' ? proxyListeners(context, run, config, pid) : [])];
  },
  serve(context, request) {
    const run = context.sandbox.containers.find((one) => one.name === context.container.name)?.run;
    const config = configOf(context, run);
    if (config === undefined) return { status: 503, headers: {}, body: '' };
    const port = Number(config.metricsBindAddress.split(':').at(-1));
    if (request.port === port) return metricsResponse(request.path, config);
    const node = nodeOf(context, run);
    const checked = healthChecked(context.change.objects).find(({ spec }) => spec.healthCheckNodePort === request.port);
    if (checked !== undefined) {
      const { name, namespace = '' } = checked.metadata;
      return serviceHealthResponse(
        { namespace, name },
        localEndpoints(context.change.objects, checked, node?.metadata.name ?? context.host.name),
      );
    }
    return healthzResponse(request.path, {
      now: context.now,
      lastUpdated: { IPv4: context.now },
      nodeEligible: node?.metadata.deletionTimestamp === undefined,
    });
  },
};

const shapes = new WeakMap<Node, string>();

/** What of its Node kube-proxy looks at: its zone, ranges and addresses. */
function nodeShape(node: Node | undefined): string {
  if (node === undefined) return '';
  let shape = shapes.get(node);
  if (shape === undefined) shapes.set(node, (shape = JSON.stringify([node.metadata.labels, node.spec?.podCIDRs, node.status?.addresses])));
  return shape;
}
