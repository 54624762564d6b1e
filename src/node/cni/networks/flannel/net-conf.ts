/** net-conf.json: which network flannel spans, and how (flannel pkg/subnet/config.go, pkg/backend/manager.go). */
import { fail, ok, type Result } from '#kube/status.ts';
import { parseCidr, type Cidr, type Family } from '#net/ip.ts';
import { decodeValue, goBool, goCustom, goInt, goRaw, goString, goStruct, unmarshal, type GoValue } from '../../go-json.ts';

export interface NetConf {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  readonly network: Cidr | undefined;
  readonly ipv6Network: Cidr | undefined;
  readonly backendType: string;
  readonly backend: GoValue | undefined;
}

const goNet = goCustom(goString, (text = '') => {
  const network = parseCidr(text);
  return network === undefined ? fail(`invalid CIDR address: ${text}`) : ok(network);
});

const goConfig = goStruct('subnet.Config', {
  EnableIPv4: goBool,
  EnableIPv6: goBool,
  EnableNFTables: goBool,
  Network: goNet,
  IPv6Network: goNet,
  SubnetLen: goInt('uint', 0),
  Backend: goRaw,
});

const goBackendType = goStruct('struct { Type string }', { Type: goString });

/** subnet.ParseConfig. Without `Backend` the oldest one is meant, udp. */
export function parseNetConf(text: string): Result<NetConf, string> {
  const decoded = unmarshal(text, goConfig);
  if (!decoded.ok) return decoded;
  const { EnableIPv4 = true, EnableIPv6 = false, Network, IPv6Network, Backend } = decoded.value ?? {};
  const base = { ipv4: EnableIPv4, ipv6: EnableIPv6, network: Network, ipv6Network: IPv6Network, backend: Backend };
  if (Backend === undefined) return ok({ ...base, backendType: 'udp' });
  const type = decodeValue(Backend, goBackendType);
  return type.ok ? ok({ ...base, backendType: type.value?.Type ?? '' }) : fail(`error decoding Backend property of config: ${type.error}`);
}

/** The families that are enabled. */
export function familiesOf({ ipv4, ipv6 }: NetConf): readonly Family[] {
  return [...(ipv4 ? (['IPv4'] as const) : []), ...(ipv6 ? (['IPv6'] as const) : [])];
}

/** The network of a family. */
export function networkOf({ network, ipv6Network }: NetConf, family: Family): Cidr | undefined {
  return family === 'IPv4' ? network : ipv6Network;
}

const goVxlan = goStruct('struct { VNI int; Port int; MTU int; GBP bool; Learning bool; DirectRouting bool }', {
  VNI: goInt(),
  Port: goInt(),
  MTU: goInt(),
  GBP: goBool,
  Learning: goBool,
  DirectRouting: goBool,
});

export interface VxlanConfig {
  readonly vni: number;
  readonly port: number;
  readonly directRouting: boolean;
  /** As the daemon logs it. */
  readonly text: string;
}

/** The backend's own settings (pkg/backend/vxlan/vxlan.go); port 0 is the kernel's default. */
export function vxlanConfig(backend: GoValue | undefined): Result<VxlanConfig, string> {
  const decoded = decodeValue(backend ?? { kind: 'null' }, goVxlan);
  if (!decoded.ok) return fail(`error decoding VXLAN backend config: ${decoded.error}`);
  const { VNI = 1, Port = 0, GBP = false, Learning = false, DirectRouting = false } = decoded.value ?? {};
  const text = `VNI=${VNI} Port=${Port} GBP=${GBP} Learning=${Learning} DirectRouting=${DirectRouting}`;
  return ok({ vni: VNI, port: Port === 0 ? 8472 : Port, directRouting: DirectRouting, text });
}
