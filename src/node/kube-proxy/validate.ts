/** What kube-proxy refuses of a configuration. (pkg/proxy/apis/config/validation/validation.go) */
import { familyOf, parseCidr, parseIp } from '#net/ip.ts';
import { fieldErrorText, type FieldError } from '#kube/status.ts';
import type { KubeProxyConfiguration } from './configuration.ts';
import { parseDuration } from './duration.ts';

const root = 'KubeProxyConfiguration';

function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'Invalid value', field: `${root}.${field}`, value, detail };
}

/** The text after `failed validate: `; undefined when all is well. */
export function validateConfiguration(config: KubeProxyConfiguration, minorVersion: number): string | undefined {
  const errors = [
    ...iptables(config),
    ...(config.mode === 'ipvs' ? ipvs(config) : []),
    ...conntrack(config),
    ...mode(config, minorVersion),
    ...simple(config),
    ...hostPort(config.healthzBindAddress, 'HealthzBindAddress'),
    ...hostPort(config.metricsBindAddress, 'MetricsBindAddress'),
    ...detectLocal(config),
    ...nodePortAddresses(config),
  ].map(fieldErrorText);
  return errors.length === 0 ? undefined : errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`;
}

function milliseconds(duration: string): number {
  const parsed = parseDuration(duration);
  return typeof parsed === 'number' ? parsed : 0;
}

function syncPeriods({
  syncPeriod,
  minSyncPeriod,
}: {
  readonly syncPeriod: string;
  readonly minSyncPeriod: string;
}): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (milliseconds(syncPeriod) <= 0) errors.push(invalid('SyncPeriod', syncPeriod, 'must be greater than 0'));
  if (milliseconds(minSyncPeriod) < 0) errors.push(invalid('MinSyncPeriod', minSyncPeriod, 'must be greater than or equal to 0'));
  if (milliseconds(minSyncPeriod) > milliseconds(syncPeriod)) {
    errors.push(invalid('SyncPeriod', minSyncPeriod, `must be greater than or equal to ${root}.MinSyncPeriod`));
  }
  return errors;
}

function masqueradeBit(bit: number, struct: string): readonly FieldError[] {
  return bit < 0 || bit > 31 ? [invalid(`${struct}.MasqueradeBit`, bit, 'must be within the range [0, 31]')] : [];
}

function iptables(config: KubeProxyConfiguration): readonly FieldError[] {
  return [
    ...masqueradeBit(config.iptables.masqueradeBit, 'KubeProxyIPTablesConfiguration'),
    ...(config.mode === 'nftables' ? masqueradeBit(config.nftables.masqueradeBit, 'KubeProxyNFTablesConfiguration') : []),
    ...(config.mode === 'iptables' || config.mode === 'nftables' ? syncPeriods(config[config.mode]) : []),
  ];
}

const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'dh', 'sed', 'nq'];

function ipvs(config: KubeProxyConfiguration): readonly FieldError[] {
  const errors = [...syncPeriods(config.ipvs)];
  for (const name of ['tcpTimeout', 'tcpFinTimeout', 'udpTimeout'] as const) {
    if (milliseconds(config.ipvs[name]) < 0) {
      const field = name.replace(/^(tcp|udp)/, (prefix) => prefix.toUpperCase());
      errors.push(invalid(`KubeProxyIPVSConfiguration.${field}`, config.ipvs[name], 'must be greater than or equal to 0'));
    }
  }
  for (const [i, range] of (config.ipvs.excludeCIDRs ?? []).entries()) {
    if (parseCidr(range) === undefined)
      errors.push(invalid(`KubeProxyIPVSConfiguration.ExcludeCIDRs[${i}]`, range, 'must be a valid IP block'));
  }
  return errors;
}

/** Schedulers that every kernel has; another one is tried, and kube-proxy ends when the kernel does not know it. */
export function isKnownScheduler(scheduler: string): boolean {
  return scheduler === '' || scheduler === 'mh' || schedulers.includes(scheduler);
}

function conntrack({ conntrack: config }: KubeProxyConfiguration): readonly FieldError[] {
  const struct = 'KubeProxyLinuxConfiguration.KubeProxyConntrackConfiguration';
  const values: readonly (readonly [name: string, value: number, shown: unknown])[] = [
    ['MaxPerCore', config.maxPerCore, config.maxPerCore],
    ['Min', config.min, config.min],
    ['TCPEstablishedTimeout', milliseconds(config.tcpEstablishedTimeout), config.tcpEstablishedTimeout],
    ['TCPCloseWaitTimeout', milliseconds(config.tcpCloseWaitTimeout), config.tcpCloseWaitTimeout],
    ['UDPTimeout', milliseconds(config.udpTimeout), config.udpTimeout],
    ['UDPStreamTimeout', milliseconds(config.udpStreamTimeout), config.udpStreamTimeout],
  ];
  return values
    .filter(([, value]) => value < 0)
    .map(([name, , shown]) => invalid(`${struct}.${name}`, shown, 'must be greater than or equal to 0'));
}

/** The modes there are: userspace went in 1.26, nftables came (as beta) in 1.31. */
export function proxyModes(minorVersion: number): readonly string[] {
  return ['iptables', 'ipvs', ...(minorVersion >= 31 ? ['nftables'] : []), ...(minorVersion < 26 ? ['userspace'] : [])];
}

function mode({ mode: value }: KubeProxyConfiguration, minorVersion: number): readonly FieldError[] {
  const modes = proxyModes(minorVersion);
  if (value === '' || modes.includes(value)) return [];
  const listed = modes.join(minorVersion >= 31 ? ', ' : ',');
  return [invalid('Mode.ProxyMode', value, `must be ${listed} or blank (blank means the best-available proxy [currently iptables])`)];
}

function simple(config: KubeProxyConfiguration): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { burst } = config.clientConnection;
  if (burst < 0) errors.push(invalid('ClientConnection.Burst', burst, 'must be greater than or equal to 0'));
  if (config.oomScoreAdj < -1000 || config.oomScoreAdj > 1000) {
    errors.push(invalid('KubeProxyLinuxConfiguration.OOMScoreAdj', config.oomScoreAdj, 'must be within the range [-1000, 1000]'));
  }
  if (milliseconds(config.configSyncPeriod) <= 0)
    errors.push(invalid('ConfigSyncPeriod', config.configSyncPeriod, 'must be greater than 0'));
  if (parseIp(config.bindAddress) === undefined) {
    errors.push(invalid('BindAddress', config.bindAddress, 'not a valid textual representation of an IP address'));
  }
  return errors;
}

function hostPort(text: string, field: string): readonly FieldError[] {
  const parts = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text);
  if (parts === null) return [invalid(field, text, 'must be IP:port')];
  const host = parts[1] ?? parts[2] ?? '';
  const port = parts[3]!;
  return [
    ...(parseIp(host) === undefined ? [invalid(field, host, 'must be a valid IP')] : []),
    ...(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535 ? [] : [invalid(field, port, 'must be a valid port')]),
  ];
}

const detectModes = ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix', ''];

function detectLocal({ detectLocalMode, detectLocal: settings, clusterCIDR }: KubeProxyConfiguration): readonly FieldError[] {
  if (!detectModes.includes(detectLocalMode)) {
    const supported = detectModes.map((one) => JSON.stringify(one)).join(', ');
    return [
      { type: 'Unsupported value', field: `${root}.DetectLocalMode`, value: detectLocalMode, detail: `supported values: ${supported}` },
    ];
  }
  const name =
    detectLocalMode === 'BridgeInterface'
      ? settings.bridgeInterface
      : detectLocalMode === 'InterfaceNamePrefix'
        ? settings.interfaceNamePrefix
        : undefined;
  const errors: FieldError[] = [];
  if (name === '') errors.push(invalid('DetectLocalConfiguration.InterfaceName', name, 'must not be empty'));
  if (clusterCIDR === '') return errors;
  const ranges = clusterCIDR.split(',');
  const field = 'DetectLocalConfiguration.ClusterCIDRs';
  const bad = ranges.flatMap((range, i) =>
    parseCidr(range) === undefined
      ? [invalid(`${field}[${i}]`, range, 'must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)')]
      : [],
  );
  if (bad.length > 0) return [...errors, ...bad];
  const families = ranges.map((range) => familyOf(parseCidr(range)!));
  if (ranges.length > 2) {
    errors.push(invalid(field, ranges, 'may only hold two values'));
  } else if (ranges.length === 2 && families[0] === families[1]) {
    errors.push(invalid(field, ranges, 'must be a valid DualStack CIDR (e.g. 10.100.0.0/16,fde4:8dba:82e1::/48)'));
  }
  return errors;
}

function nodePortAddresses({ nodePortAddresses: values }: KubeProxyConfiguration): readonly FieldError[] {
  if (values === null || (values.length === 1 && values[0] === 'primary')) return [];
  return values.flatMap((value, i) => {
    if (value === 'primary') return [invalid(`NodePortAddresses[${i}]`, value, "can't use both 'primary' and CIDRs")];
    return parseCidr(value) === undefined ? [invalid(`NodePortAddresses[${i}]`, value, 'must be a valid CIDR')] : [];
  });
}
