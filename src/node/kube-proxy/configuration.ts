/** KubeProxyConfiguration and its defaults. (staging:kube-proxy/config/v1alpha1/types.go, pkg/proxy/apis/config/v1alpha1/defaults.go) */

export type ProxyMode = 'iptables' | 'ipvs' | 'nftables' | 'userspace';
export type DetectLocalMode = 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix';

/** The configuration as kube-proxy serves it on `/configz`: the order of fields is the order of printing. Durations are Go's. */
export interface KubeProxyConfiguration {
  readonly kind: 'KubeProxyConfiguration';
  readonly apiVersion: 'kubeproxy.config.k8s.io/v1alpha1';
  readonly featureGates?: { readonly [gate: string]: boolean };
  readonly clientConnection: {
    readonly kubeconfig: string;
    readonly acceptContentTypes: string;
    readonly contentType: string;
    readonly qps: number;
    readonly burst: number;
  };
  readonly logging: {
    readonly format: string;
    readonly flushFrequency: string | number;
    readonly verbosity: number;
    readonly options: { readonly text: { readonly infoBufferSize: string }; readonly json: { readonly infoBufferSize: string } };
  };
  readonly hostnameOverride: string;
  readonly bindAddress: string;
  readonly healthzBindAddress: string;
  readonly metricsBindAddress: string;
  readonly bindAddressHardFail: boolean;
  readonly enableProfiling: boolean;
  readonly showHiddenMetricsForVersion: string;
  /** Empty: the platform's default, iptables. */
  readonly mode: string;
  readonly iptables: {
    readonly masqueradeBit: number;
    readonly masqueradeAll: boolean;
    readonly localhostNodePorts: boolean;
    readonly syncPeriod: string;
    readonly minSyncPeriod: string;
  };
  readonly ipvs: {
    readonly syncPeriod: string;
    readonly minSyncPeriod: string;
    readonly scheduler: string;
    readonly excludeCIDRs: readonly string[] | null;
    readonly strictARP: boolean;
    readonly tcpTimeout: string;
    readonly tcpFinTimeout: string;
    readonly udpTimeout: string;
  };
  readonly nftables: {
    readonly masqueradeBit: number;
    readonly masqueradeAll: boolean;
    readonly syncPeriod: string;
    readonly minSyncPeriod: string;
  };
  readonly winkernel: {
    readonly networkName: string;
    readonly sourceVip: string;
    readonly enableDSR: boolean;
    readonly rootHnsEndpointName: string;
    readonly forwardHealthCheckVip: boolean;
  };
  readonly detectLocalMode: string;
  readonly detectLocal: { readonly bridgeInterface: string; readonly interfaceNamePrefix: string };
  readonly clusterCIDR: string;
  readonly nodePortAddresses: readonly string[] | null;
  readonly oomScoreAdj: number;
  readonly conntrack: {
    readonly maxPerCore: number;
    readonly min: number;
    readonly tcpEstablishedTimeout: string;
    readonly tcpCloseWaitTimeout: string;
    readonly tcpBeLiberal: boolean;
    readonly udpTimeout: string;
    readonly udpStreamTimeout: string;
  };
  readonly configSyncPeriod: string;
  readonly portRange: string;
}

const zero = '0s';
const syncPeriods = { syncPeriod: '30s', minSyncPeriod: '1s' };
const noPeriods = { syncPeriod: zero, minSyncPeriod: zero };

/** What an empty file means. */
export const defaults: KubeProxyConfiguration = {
  kind: 'KubeProxyConfiguration',
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  clientConnection: {
    kubeconfig: '',
    acceptContentTypes: '',
    contentType: 'application/vnd.kubernetes.protobuf',
    qps: 5,
    burst: 10,
  },
  logging: {
    format: 'text',
    flushFrequency: '5s',
    verbosity: 0,
    options: { text: { infoBufferSize: '0' }, json: { infoBufferSize: '0' } },
  },
  hostnameOverride: '',
  bindAddress: '0.0.0.0',
  healthzBindAddress: '0.0.0.0:10256',
  metricsBindAddress: '127.0.0.1:10249',
  bindAddressHardFail: false,
  enableProfiling: false,
  showHiddenMetricsForVersion: '',
  mode: '',
  iptables: { masqueradeBit: 14, masqueradeAll: false, localhostNodePorts: true, ...noPeriods },
  ipvs: {
    ...noPeriods,
    scheduler: '',
    excludeCIDRs: null,
    strictARP: false,
    tcpTimeout: zero,
    tcpFinTimeout: zero,
    udpTimeout: zero,
  },
  nftables: { masqueradeBit: 14, masqueradeAll: false, ...noPeriods },
  winkernel: { networkName: '', sourceVip: '', enableDSR: false, rootHnsEndpointName: '', forwardHealthCheckVip: false },
  detectLocalMode: 'ClusterCIDR',
  detectLocal: { bridgeInterface: '', interfaceNamePrefix: '' },
  clusterCIDR: '',
  nodePortAddresses: null,
  oomScoreAdj: -999,
  conntrack: {
    maxPerCore: 32768,
    min: 131072,
    tcpEstablishedTimeout: '24h0m0s',
    tcpCloseWaitTimeout: '1h0m0s',
    tcpBeLiberal: false,
    udpTimeout: zero,
    udpStreamTimeout: zero,
  },
  configSyncPeriod: '15m0s',
  portRange: '',
};

/** What depends on the mode: its own sync periods, and that nftables takes node ports on primary addresses only. */
export function withModeDefaults(config: KubeProxyConfiguration): KubeProxyConfiguration {
  const mode = config.mode === '' ? 'iptables' : config.mode;
  if (mode !== 'iptables' && mode !== 'ipvs' && mode !== 'nftables') return config;
  const { syncPeriod, minSyncPeriod } = config[mode];
  return {
    ...config,
    mode,
    [mode]: {
      ...config[mode],
      syncPeriod: syncPeriod === zero ? syncPeriods.syncPeriod : syncPeriod,
      minSyncPeriod: minSyncPeriod === zero ? syncPeriods.minSyncPeriod : minSyncPeriod,
    },
    ...(mode === 'nftables' && config.nodePortAddresses === null && { nodePortAddresses: ['primary'] }),
  };
}
