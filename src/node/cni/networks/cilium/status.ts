/** `cilium-dbg status` of a node's agent (cilium v1.17, pkg/client/client.go, FormatStatusResponse). */
import { familyOf } from '#net/ip.ts';
import { readFile } from '../../../files.ts';
import type { Host } from '../../../host.ts';
import { capacityOf, readState } from '../../plugins/cilium-cni/agent.ts';
import { ciliumVersion, conflistPath } from './cilium.ts';

export interface CiliumStatusInput {
  readonly host: Host;
  readonly config: Readonly<Record<string, string>>;
  /** `1.34 (v1.34.0)` */
  readonly kubernetes: string;
  /** How many nodes there are, and how many answer. */
  readonly health: { readonly nodes: number; readonly reachable: number };
  readonly now: number;
}

const apis = ['EndpointSliceOrEndpoint', 'cilium/v2::CiliumClusterwideNetworkPolicy', 'cilium/v2::CiliumEndpoint']
  .concat(['cilium/v2::CiliumNetworkPolicy', 'cilium/v2::CiliumNode', 'cilium/v2alpha1::CiliumCIDRGroup', 'core/v1::Namespace'])
  .concat(['core/v1::Pods', 'core/v1::Service', 'networking.k8s.io/v1::NetworkPolicy']);

/** The text; undefined where the agent has never run. */
export function ciliumStatusText({ host, config, kubernetes, health, now }: CiliumStatusInput): string | undefined {
  const state = readState({ read: (path) => readFile(host.files, path) });
  if (state === undefined) return undefined;
  const used = Object.values(state.addresses).filter((ip) => familyOf(ip) === 'IPv4').length;
  const endpoints = used - 2;
  const native = config['routing-mode'] === 'native';
  const replacement = config['kube-proxy-replacement'] === 'true';
  const [address] = host.addresses;
  const controllers = 20 + 3 * endpoints;
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const rows: readonly (readonly [label: string, text: string])[] = [
    ['KVStore', 'Disabled'],
    ['Kubernetes', `Ok         ${kubernetes} [linux/amd64]`],
    ['Kubernetes APIs', `[${apis.map((api) => `"${api}"`).join(', ')}]`],
    ['KubeProxyReplacement', replacement ? `True   [eth0   ${address ?? ''} (Direct Routing)]` : 'False'],
    ['Host firewall', 'Disabled'],
    ['SRv6', 'Disabled'],
    ['CNI Chaining', 'none'],
    ['CNI Config file', `successfully wrote CNI configuration file to /host${conflistPath}`],
    ['Cilium', `Ok   ${ciliumVersion}`],
    ['NodeMonitor', 'Disabled'],
    ['Cilium health daemon', 'Ok'],
    ['IPAM', `IPv4: ${used}/${capacityOf(state)} allocated from ${state.podCidr},`],
    ['IPv4 BIG TCP', 'Disabled'],
    ['IPv6 BIG TCP', 'Disabled'],
    ['BandwidthManager', 'Disabled'],
    ['Routing', `Network: ${native ? 'Native' : 'Tunnel [vxlan]'}   Host: Legacy`],
    ['Attach Mode', 'TCX'],
    ['Device Mode', 'veth'],
    ['Masquerading', masquerading(config)],
    ['Controller Status', `${controllers}/${controllers} healthy`],
    ['Proxy Status', `OK, ip ${state.addresses['router'] ?? ''}, 0 redirects active on ports 10000-20000, Envoy: embedded`],
    ['Global Identity Range', 'min 256, max 65535'],
    ['Hubble', 'Disabled'],
    ['Encryption', 'Disabled'],
    ['Cluster health', `${health.reachable}/${health.nodes} reachable   (${time})`],
    ['Modules Health', `Stopped(0) Degraded(0) OK(${60 + endpoints})`],
  ];
  return rows.map(([label, text]) => `${`${label}:`.padEnd(25)}${text}\n`).join('');
}

function masquerading(config: CiliumStatusInput['config']): string {
  if (config['enable-ipv4-masquerade'] === 'false') return 'Disabled';
  return `${config['enable-bpf-masquerade'] === 'true' ? 'BPF' : 'IPTables'} [IPv4: Enabled, IPv6: Disabled]`;
}
