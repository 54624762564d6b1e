/** kube-proxy's start: what it writes to its log, which sysctls it sets, and whether it lives. (cmd/kube-proxy/app/{options,server,server_linux}.go) */
import { familyOf, parseCidr, type Ip } from '#net/ip.ts';
import type { KubeProxyConfiguration } from './configuration.ts';
import { klogLine, type LogEntry } from './klog.ts';
import { kubeconfigError } from './kubeconfig.ts';
import { parseDuration } from './duration.ts';
import { readConfiguration } from './read.ts';
import { sourceOf, type Source } from './sources.ts';
import { isKnownScheduler } from './validate.ts';

/** What it finds when it starts. */
export interface Surroundings {
  /** Unix milliseconds of the start. */
  readonly at: number;
  readonly pid: number;
  /** `v1.36.2` */
  readonly version: string;
  readonly minorVersion: number;
  /** `--config`; `/var/lib/kube-proxy/config.conf` of a kubeadm cluster. */
  readonly configPath: string;
  file(path: string): string | undefined;
  /** KUBERNETES_SERVICE_HOST is set, as in every pod. */
  readonly inCluster: boolean;
  /** What becomes of the first request; a refused or wrong answer is tried again for ever. */
  readonly apiServer: ApiServerAnswer;
  /** The address in the kubeconfig, for messages: `https://172.30.1.2:6443`. */
  readonly server: string;
  readonly nodeName: string;
  /** InternalIPs of the Node object, one a family; undefined while there is no such object. */
  readonly nodeIps: readonly Ip[] | undefined;
  /** EndpointSlices without the label of a Service. */
  readonly strayEndpointSlices: readonly string[];
  readonly sysctl: (name: string) => number | undefined;
  readonly modules: ReadonlySet<string>;
  readonly kernelRelease: string;
  /** Families whose nftables table `kube-proxy` is there already. */
  readonly nftables: readonly ('ip' | 'ip6')[];
}

export type ApiServerAnswer = 'ok' | 'silent' | 'unauthorized' | 'unknown-authority' | 'plain-http';

export interface Start {
  /** Lines of stderr. */
  readonly lines: readonly string[];
  /** Absent: it runs. */
  readonly exitCode?: number;
  /** Absent when it has none, or hangs before it makes rules. */
  readonly config?: KubeProxyConfiguration;
  /** Sysctls it sets. */
  readonly sysctls: ReadonlyMap<string, string>;
}

/** Milliseconds to the next attempt at a watch, about doubling. */
const retries = [1300, 3100, 7600];

class Log {
  readonly lines: string[] = [];
  readonly #surroundings: Surroundings;
  #now: number;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#now = surroundings.at * 1000;
  }

  /** Writes an entry `after` microseconds have passed. */
  write(severity: LogEntry['severity'], source: Source, message: string, values?: LogEntry['values'], after = 60): void {
    this.#now += after;
    const entry = { severity, source: sourceOf(source, this.#surroundings.minorVersion), message, ...(values !== undefined && { values }) };
    this.lines.push(klogLine(entry, this.#now, this.#surroundings.pid));
  }

  plain(line: (time: string) => string): void {
    this.lines.push(line(`${new Date(Math.floor(this.#now / 1000)).toISOString().slice(0, 19)}Z`));
  }
}

export function startKubeProxy(surroundings: Surroundings): Start {
  const { minorVersion, configPath } = surroundings;
  const log = new Log(surroundings);
  const sysctls = new Map<string, string>();
  const read = readConfiguration(surroundings.file(configPath), configPath, minorVersion);
  const { strictError, modeUnset } = read.ok ? read.value : read.error;
  if (strictError !== undefined) log.write('I', 'strict', 'Using lenient decoding as strict decoding failed', [['err', strictError]]);
  if (modeUnset) log.write('I', 'usingMode', 'Using iptables proxy', []);
  const end = (message: string, running: boolean): Start => {
    if (running) log.write('E', 'running', 'Error running ProxyServer', [['err', message]], 100);
    log.write('E', 'failed', 'command failed', [['err', message]], 100);
    return { lines: log.lines, exitCode: 1, sysctls };
  };
  if (!read.ok) return end(read.error.message, false);
  const { config } = read.value;

  const { kubeconfig } = config.clientConnection;
  if (kubeconfig === '') {
    log.write('I', 'inCluster', 'Neither kubeconfig file nor master URL was specified, falling back to in-cluster config', []);
    if (!surroundings.inCluster) {
      const variables = 'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT';
      return end(`unable to load in-cluster configuration, ${variables} must be defined`, true);
    }
  } else {
    const problem = kubeconfigError(kubeconfig, surroundings.file(kubeconfig));
    if (problem !== undefined) return end(problem, true);
  }

  waitForCaches(log, surroundings, 'nodeWaiting', minorVersion >= 36 ? undefined : 'node informer cache', 75_000);
  if (surroundings.apiServer !== 'ok') {
    watchFailures(log, surroundings);
    return { lines: log.lines, sysctls };
  }
  cachesSynced(log, surroundings, 'nodeSynced', minorVersion >= 36 ? undefined : 'node informer cache', 100_300);
  const { nodeIps } = surroundings;
  // Without its Node object it waits for one before it goes on.
  if (nodeIps === undefined || nodeIps.length === 0) return { lines: log.lines, sysctls };
  const shown = { text: `[${nodeIps.map((ip) => JSON.stringify(ip)).join(',')}]` };
  if (minorVersion >= 33) log.write('I', 'nodeIps', 'Successfully retrieved NodeIPs', [['NodeIPs', shown]]);
  else log.write('I', 'nodeIps', 'Successfully retrieved node IP(s)', [['IPs', shown]]);

  setConntrack(log, surroundings, config, sysctls);
  if ((config.nodePortAddresses ?? []).length === 0) {
    const hint =
      'nodePortAddresses is unset; NodePort connections will be accepted on all local IPs. Consider using `--nodeport-addresses primary`';
    log.write('E', 'incomplete', 'Kube-proxy configuration may be incomplete or incorrect', [['err', hint]], 1800);
  }
  const primary = familyOf(nodeIps[0]!);
  if (config.mode !== 'userspace') {
    log.write('I', 'dualStack', 'kube-proxy running in dual-stack mode', [[`primary ipFamily`, primary]], 5600);
  }
  noClusterCidr(log, config, primary);
  const problem = startProxier(log, surroundings, config, sysctls);
  if (problem !== undefined) return end(problem, true);

  log.write('I', 'version', 'Version info', [['version', surroundings.version]], 300);
  log.write('I', 'golang', 'Golang settings', [
    ['GOGC', ''],
    ['GOMAXPROCS', ''],
    ['GOTRACEBACK', ''],
  ]);
  metricsServer(log, config);
  watchObjects(log, surroundings);
  if (config.mode === 'nftables') nftablesFirstSync(log, surroundings, config);
  return { lines: log.lines, config, sysctls };
}

function waitForCaches(log: Log, { minorVersion }: Surroundings, source: Source, controller: string | undefined, after = 20): void {
  if (minorVersion < 33) log.write('I', source, `Waiting for caches to sync for ${controller}`, undefined, after);
  else log.write('I', source, 'Waiting for caches to sync', controller === undefined ? [] : [['controller', controller]], after);
}

function cachesSynced(log: Log, { minorVersion }: Surroundings, source: Source, controller: string | undefined, after = 20): void {
  if (minorVersion < 33) log.write('I', source, `Caches are synced for ${controller}`, undefined, after);
  else log.write('I', source, 'Caches are synced', controller === undefined ? [] : [['controller', controller]], after);
}

function watchFailures(log: Log, { apiServer, server, nodeName }: Surroundings): void {
  const reasons: Readonly<Record<ApiServerAnswer, string | undefined>> = {
    ok: undefined,
    silent: undefined,
    unauthorized: 'Unauthorized',
    'plain-http': 'the server rejected our request for an unknown reason (get nodes)',
    'unknown-authority': `Get "${server}/api/v1/nodes?fieldSelector=metadata.name%3D${nodeName}&limit=500&resourceVersion=0": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  };
  const reason = reasons[apiServer];
  if (reason === undefined) return;
  for (const after of [11, ...retries]) {
    log.write(
      'E',
      'watch',
      'Failed to watch',
      [
        ['err', `failed to list *v1.Node: ${reason}`],
        ['logger', 'UnhandledError'],
        ['reflector', 'k8s.io/client-go/informers/factory.go:177'],
        ['type', '*v1.Node'],
      ],
      after * 1000,
    );
  }
}

function setConntrack(log: Log, { sysctl }: Surroundings, { conntrack }: KubeProxyConfiguration, sysctls: Map<string, string>): void {
  const set = (name: string, value: number) => {
    const key = `net.netfilter.${name}`;
    if (sysctl(key) === value) return;
    log.write('I', 'sysctlSet', 'Set sysctl', [
      ['entry', `net/netfilter/${name}`],
      ['value', { text: String(value) }],
    ]);
    sysctls.set(key, String(value));
  };
  const max = conntrack.maxPerCore > 0 ? Math.max(conntrack.min, conntrack.maxPerCore * cores) : 0;
  if (max > 0) {
    log.write('I', 'sysctlMax', 'Setting nf_conntrack_max', [['nfConntrackMax', { text: String(max) }]], 2600);
    set('nf_conntrack_max', max);
  }
  const seconds = (duration: string) => {
    const parsed = parseDuration(duration);
    return typeof parsed === 'number' ? Math.floor(parsed / 1000) : 0;
  };
  const timeouts = [
    ['nf_conntrack_tcp_timeout_established', seconds(conntrack.tcpEstablishedTimeout)],
    ['nf_conntrack_tcp_timeout_close_wait', seconds(conntrack.tcpCloseWaitTimeout)],
    ['nf_conntrack_udp_timeout', seconds(conntrack.udpTimeout)],
    ['nf_conntrack_udp_timeout_stream', seconds(conntrack.udpStreamTimeout)],
  ] as const;
  for (const [name, value] of timeouts) if (value > 0) set(name, value);
  if (conntrack.tcpBeLiberal) set('nf_conntrack_tcp_be_liberal', 1);
}

/** Processors of a simulated machine. */
const cores = 2;

function noClusterCidr(log: Log, { detectLocalMode, clusterCIDR }: KubeProxyConfiguration, primary: string): void {
  if (detectLocalMode !== 'ClusterCIDR') return;
  const ranges = clusterCIDR === '' ? [] : clusterCIDR.split(',');
  if (ranges.some((range) => familyOf(parseCidr(range)!) === primary)) return;
  const shown = ranges.length === 0 ? 'null' : JSON.stringify(ranges);
  log.write('I', 'noClusterCidr', 'Detect-local-mode set to ClusterCIDR, but no cluster CIDR specified for primary IP family', [
    ['ipFamily', primary],
    ['clusterCIDRs', { text: shown }],
  ]);
}

/** The error that ends it, when it cannot do what its mode needs. */
function startProxier(
  log: Log,
  surroundings: Surroundings,
  config: KubeProxyConfiguration,
  sysctls: Map<string, string>,
): string | undefined {
  const { sysctl } = surroundings;
  switch (config.mode) {
    case 'nftables':
      log.write('I', 'nftablesProxier', 'Using nftables Proxier', [], 40);
      return undefined;
    case 'ipvs':
      return startIpvs(log, surroundings, config, sysctls);
    case 'userspace':
      log.write('I', 'userspaceProxier', 'Using userspace Proxier', [], 40);
      if (surroundings.minorVersion >= 23) {
        const advice = "please use 'iptables' or 'ipvs' instead";
        log.write(
          'I',
          'userspaceDeprecated',
          `The userspace proxier is now deprecated and will be removed in a future release, ${advice}`,
          [],
        );
      }
      return undefined;
    default: {
      log.write('I', 'iptablesProxier', 'Using iptables Proxier', [], 50);
      const loopback =
        (config.nodePortAddresses ?? []).length === 0 || (config.nodePortAddresses ?? []).some((range) => range.startsWith('127.'));
      if (config.iptables.localhostNodePorts && loopback && sysctl('net.ipv4.conf.all.route_localnet') !== 1) {
        const how =
          'to change this either disable iptables.localhostNodePorts (--iptables-localhost-nodeports) or set nodePortAddresses (--nodeport-addresses) to filter loopback addresses';
        log.write('I', 'routeLocalnet', `Setting route_localnet=1 to allow node-ports on localhost; ${how}`, [['ipFamily', 'IPv4']], 9700);
        sysctls.set('net.ipv4.conf.all.route_localnet', '1');
      }
      return undefined;
    }
  }
}

function startIpvs(
  log: Log,
  { modules, kernelRelease, minorVersion }: Surroundings,
  config: KubeProxyConfiguration,
  sysctls: Map<string, string>,
): string | undefined {
  const scheduler = config.ipvs.scheduler === '' ? 'rr' : config.ipvs.scheduler;
  if (!modules.has('ip_vs') || !isKnownScheduler(scheduler)) {
    if (!modules.has('ip_vs')) {
      const modprobe = `modprobe: WARNING: Module ip_vs not found in directory /lib/modules/${kernelRelease}`;
      log.plain(
        (time) => `time="${time}" level=warning msg="Running modprobe ip_vs failed with message: \`${modprobe}\`, error: exit status 1"`,
      );
      const hint = 'It is possible that ipvs is not enabled in your kernel. Native loadbalancing will not work until this is fixed.';
      log.plain((time) => `time="${time}" level=error msg="Could not get ipvs family information from the kernel. ${hint}"`);
    }
    log.write('I', 'dummyServer', 'Dummy VS not created', [['scheduler', scheduler]], 4000);
    return "can't use the IPVS proxier: ipvs not supported";
  }
  log.write('I', 'ipvsProxier', 'Using ipvs Proxier', [], 40);
  if (minorVersion >= 35) {
    log.write(
      'W',
      'ipvsDeprecated',
      "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.",
    );
  }
  if (config.ipvs.scheduler === '') {
    for (const family of ['IPv4', 'IPv6'])
      log.write('I', 'scheduler', 'IPVS scheduler not specified, use rr by default', [['ipFamily', family]]);
  }
  const settings = ['vs.conntrack', 'vs.expire_nodest_conn', 'vs.expire_quiescent_template', 'ip_forward'];
  for (const name of settings) sysctls.set(`net.ipv4.${name}`, '1');
  if (config.ipvs.strictARP) {
    sysctls.set('net.ipv4.conf.all.arp_ignore', '1');
    sysctls.set('net.ipv4.conf.all.arp_announce', '2');
  }
  return undefined;
}

/** Both of its HTTP servers at one port: the second one fails, and is tried again for ever. */
function metricsServer(log: Log, { healthzBindAddress, metricsBindAddress }: KubeProxyConfiguration): void {
  const portOf = (address: string) => address.slice(address.lastIndexOf(':') + 1);
  if (portOf(healthzBindAddress) !== portOf(metricsBindAddress)) return;
  log.write('E', 'metrics', 'starting metrics server failed', [
    ['err', `listen tcp ${metricsBindAddress}: bind: address already in use`],
    ['logger', 'UnhandledError'],
  ]);
}

function watchObjects(log: Log, surroundings: Surroundings): void {
  const { minorVersion, strayEndpointSlices } = surroundings;
  const watches: readonly (readonly [source: Source, starting: string, controller: string])[] = [
    ['serviceConfig', 'Starting service config controller', 'service config'],
    ['sliceConfig', 'Starting endpoint slice config controller', 'endpoint slice config'],
    ...(minorVersion >= 33 ? ([['serviceCidrConfig', 'Starting serviceCIDR config controller', 'serviceCIDR config']] as const) : []),
    ['nodeConfig', 'Starting node config controller', 'node config'],
  ];
  for (const [i, [source, starting, controller]] of watches.entries()) {
    log.write('I', source, starting, [], i === 0 ? 201_600 : 25);
    waitForCaches(log, surroundings, 'waiting', controller);
  }
  cachesSynced(log, surroundings, 'synced', 'node config', 5);
  for (const name of strayEndpointSlices) {
    const err = `no kubernetes.io/service-name label set on endpoint slice: ${name}`;
    log.write('I', 'sliceKeys', 'Error getting endpoint slice cache keys', [['err', err]], 77_000);
  }
  const rest = ['service config', 'endpoint slice config', ...(minorVersion >= 33 ? ['serviceCIDR config'] : [])];
  for (const [i, controller] of rest.entries()) cachesSynced(log, surroundings, 'synced', controller, i === 0 ? 23_000 : 30);
}

/** nft complains of the table that is not there yet; kube-proxy logs it, and makes the table. */
function nftablesFirstSync(log: Log, { nftables, nodeIps }: Surroundings, { nodePortAddresses }: KubeProxyConfiguration): void {
  const loopback = (nodePortAddresses ?? []).find((range) => range.startsWith('127.'));
  if (loopback !== undefined && nodeIps !== undefined) {
    log.write('E', 'nftLoopback', '--nodeport-addresses includes localhost but localhost NodePorts are not supported', [
      ['ipFamily', 'IPv4'],
      ['address', loopback.startsWith('127.0.0.') ? '127.0.0.1' : loopback.slice(0, loopback.indexOf('/'))],
    ]);
  }
  for (const [table, family] of [
    ['ip', 'IPv4'],
    ['ip6', 'IPv6'],
  ] as const) {
    if (nftables.includes(table)) continue;
    const command = `list table ${table} kube-proxy`;
    const marks = `${' '.repeat(command.indexOf('kube-proxy'))}${'^'.repeat('kube-proxy'.length)}`;
    log.write(
      'E',
      'nftList',
      'Failed to list existing nftables objects',
      [
        ['err', `failed to run nft: Error: No such file or directory\n${command}\n${marks}\n`],
        ['ipFamily', family],
      ],
      20_000,
    );
  }
}
