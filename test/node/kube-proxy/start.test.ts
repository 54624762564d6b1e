import { describe, expect, it } from '@jest/globals';
import { ip } from '#net/ip.ts';
import { startKubeProxy, type ApiServerAnswer, type Surroundings } from '#node/kube-proxy/start.ts';
import { market, market6, recorded, type RecordedCluster } from '../../support/kube-proxy.ts';

const configPath = '/var/lib/kube-proxy/config.conf';
const kubeconfigPath = '/var/lib/kube-proxy/kubeconfig.conf';

/** A kubeconfig as kubeadm writes it. */
const kubeconfig = `apiVersion: v1
kind: Config
clusters:
- {name: default, cluster: {server: 'https://172.31.77.10:6443'}}
contexts:
- {name: default, context: {cluster: default, user: default}}
current-context: default
`;

function start(
  of: RecordedCluster,
  nodeName: string,
  config: string | undefined,
  changed: Partial<Surroundings> = {},
  client = kubeconfig,
) {
  const files = new Map([[kubeconfigPath, client]]);
  if (config !== undefined) files.set(configPath, config);
  const node = of.nodes.find((one) => one.metadata.name === nodeName);
  return startKubeProxy({
    at: Date.parse('2026-11-23T03:06:29Z'),
    pid: 5772,
    version: 'v1.36.2',
    minorVersion: 36,
    configPath,
    file: (path) => files.get(path),
    inCluster: false,
    apiServer: 'ok',
    server: 'https://172.31.77.10:6443',
    nodeName,
    nodeIps: node?.status?.addresses?.filter((one) => one.type === 'InternalIP').map((one) => ip(one.address)),
    strayEndpointSlices: of.endpointSlices
      .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === undefined)
      .map((slice) => slice.metadata.name),
    sysctl: () => undefined,
    modules: new Set(),
    kernelRelease: '6.12.48',
    nftables: [],
    ...changed,
  });
}

/** Without times and process ids; what informers, each on its own thread, say in any order is put in one. */
function comparable(log: string): readonly string[] {
  const lines = log
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^([IWE])\d{4} [\d:.]+ +\d+ /, '$1 ').replace(/^time="[^"]*"/, 'time'));
  const anyOrder = (line: string) =>
    /"(Caches are synced|Waiting for caches to sync)" controller|"Starting .* config controller"|"Error getting endpoint slice|localhost NodePorts are not/.test(
      line,
    );
  return [...lines.filter((line) => !anyOrder(line)), ...lines.filter(anyOrder).sort()];
}

const logs: readonly (readonly [variant: string, node: string])[] = [
  ...['iptables', 'nftables'].flatMap((mode) => ['cp1', 'worker-a', 'worker-b', 'worker-c'].map((node) => [mode, node] as const)),
  ...[
    'v-detect-BridgeInterface',
    'v-detect-InterfaceNamePrefix',
    'v-detect-NodeCIDR',
    'v-ipvs',
    'v-localhostNodePorts-false',
    'v-masqueradeAll',
    'v-masqueradeBit15',
    'v-nft-masqueradeAll',
    'v-nft-no-clusterCIDR',
    'v-nft-nodePortAddresses',
    'v-no-clusterCIDR',
    'v-nodePortAddresses-cidr',
    'v-nodePortAddresses-primary',
  ].map((variant) => [variant, 'worker-a'] as const),
  ...['iptables', 'nftables'].flatMap((mode) => ['n1', 'n2'].map((node) => [`market6/${mode}`, node] as const)),
];

describe('the log of its start', () => {
  it.each(logs)('%s %s', (variant, node) => {
    const of = variant.startsWith('market6') ? market6 : market;
    const { lines } = start(of, node, recorded(`${variant}/${node}.config.conf`));
    expect(comparable(lines.join('\n'))).toEqual(comparable(recorded(`${variant}/${node}.kube-proxy.log`)));
  });
});

interface Broken {
  readonly case: string;
  readonly args: readonly string[];
  readonly 'config.conf': string | null;
  readonly stderr: string;
  readonly exitCode: number | string;
}

/** Command lines of kube-proxy itself, which configures nothing here. */
const flagCases = /^(unknown flag|--proxy-mode|--version|argument)/;

const kubeconfigs: Readonly<Record<string, string>> = {
  'kubeconfig: garbage': 'garbage',
  'kubeconfig: empty': '',
  'kubeconfig: current-context unknown': kubeconfig.replace('current-context: default', 'current-context: nosuch'),
};

const answers: Readonly<Record<string, ApiServerAnswer>> = {
  'kubeconfig: wrong port': 'silent',
  'kubeconfig: host not found': 'silent',
  'kubeconfig: wrong token': 'unauthorized',
  'kubeconfig: unknown authority': 'unknown-authority',
  'kubeconfig: server is http': 'plain-http',
};

/** Recorded where kube-proxy might not set sysctls, and where the ports of two servers collided: not of its configuration. */
const elsewhere = [/conntrack maxPerCore 32768/];

const broken = recorded('broken-configs.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Broken)
  .filter((one) => !flagCases.test(one.case) && !elsewhere.some((pattern) => pattern.test(one.case)));

describe('a broken configuration', () => {
  it.each(broken.map((one) => [one.case, one] as const))('%s', (name, one) => {
    const nodeName = /--hostname-override=(\S+)/.exec(one.args.join(' '))?.[1] ?? 'worker-c';
    const config = one['config.conf'] ?? undefined;
    const path = /--config=(\S+)/.exec(one.args.join(' '))?.[1] ?? configPath;
    const result = start(market, nodeName, config, { configPath: path, apiServer: answers[name] ?? 'ok' }, kubeconfigs[name] ?? kubeconfig);
    expect(result.exitCode).toBe(typeof one.exitCode === 'number' ? one.exitCode : undefined);
    const shown = comparable(result.lines.join('\n'));
    const expected = comparable(one.stderr);
    // A recording was stopped after some seconds: fewer attempts.
    expect(shown.slice(0, expected.length)).toEqual(expected);
  });
});
