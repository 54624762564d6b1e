/** portmap's configuration (plugins/meta/portmap/main.go, parseConfig). */
import { fail, ok, type Result } from '#kube/status.ts';
import { familyOf, type Prefixed } from '#net/ip.ts';
import { goBool, goInt, goSlice, goString, goStruct, unmarshal, type GoInfer } from '../../go-json.ts';
import type { CniResult } from '../../result.ts';
import { atLeast, hasFullPaths } from '../../versions.ts';
import { netConf } from '../net-conf.ts';
import { prevResultOf } from '../prev-result.ts';

const goPortMapEntry = goStruct('main.PortMapEntry', { hostPort: goInt(), containerPort: goInt(), protocol: goString, hostIP: goString });

const goPortMapConf = netConf(
  {
    snat: goBool,
    conditionsV4: goSlice(goString),
    conditionsV6: goSlice(goString),
    masqAll: goBool,
    markMasqBit: goInt(),
    externalSetMarkChain: goString,
    runtimeConfig: goStruct('struct { PortMaps []main.PortMapEntry "json:\\"portMappings,omitempty\\"" }', {
      portMappings: goSlice(goPortMapEntry),
    }),
  },
  'main.PortMapConf',
);

export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: string;
  readonly hostIP: string;
}

export interface PortMapConfig {
  readonly name: string;
  readonly cniVersion: string;
  readonly prevResult: CniResult | undefined;
  readonly mappings: readonly PortMapping[];
  readonly snat: boolean;
  readonly masqAll: boolean;
  /** The bit that marks packets for masquerading: 13, as Kubernetes takes 14 and 15. */
  readonly markBit: number;
  readonly setMarkChain: string | undefined;
  readonly conditions: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
  /** The container's first address of each family. */
  readonly addresses: readonly Prefixed[];
}

export function loadPortMapConfig(stdin: string, ifName: string, version: string): Result<PortMapConfig, string> {
  const decoded = unmarshal(stdin, goPortMapConf, hasFullPaths(version));
  if (!decoded.ok) return fail(`failed to parse network configuration: ${decoded.error}`);
  const config: GoInfer<typeof goPortMapConf> = decoded.value ?? {};
  const prevResult = prevResultOf(config.prevResult);
  if (!prevResult.ok) return prevResult;
  if (config.markMasqBit !== undefined && config.externalSetMarkChain !== undefined)
    return fail('Cannot specify externalSetMarkChain and markMasqBit');
  const markBit = config.markMasqBit ?? 13;
  if (markBit < 0 || markBit > 31) return fail('MasqMarkBit must be between 0 and 31');
  const mappings = (config.runtimeConfig?.portMappings ?? []).map(({ hostPort = 0, containerPort = 0, protocol = '', hostIP = '' }) => ({
    hostPort,
    containerPort,
    protocol,
    hostIP,
  }));
  for (const { hostPort, containerPort } of mappings) {
    if (containerPort <= 0) return fail(`Invalid container port number: ${containerPort}`);
    if (hostPort <= 0) return fail(`Invalid host port number: ${hostPort}`);
  }
  return ok({
    name: config.name ?? '',
    cniVersion: config.cniVersion ?? '',
    prevResult: prevResult.value,
    mappings,
    snat: config.snat ?? true,
    masqAll: atLeast(version, '1.4.0') && config.masqAll === true,
    markBit,
    setMarkChain: config.externalSetMarkChain,
    conditions: { ipv4: config.conditionsV4 ?? [], ipv6: config.conditionsV6 ?? [] },
    addresses: containerAddresses(prevResult.value, ifName),
  });
}

function containerAddresses(result: CniResult | undefined, ifName: string): readonly Prefixed[] {
  const found = new Map<string, Prefixed>();
  for (const { address, interface: index } of result?.ips ?? []) {
    const named = index === undefined ? undefined : result!.interfaces[index];
    if (named !== undefined && (named.name !== ifName || (named.sandbox ?? '') === '')) continue;
    if (!found.has(familyOf(address.ip))) found.set(familyOf(address.ip), address);
  }
  return [...found.values()].sort((a, b) => (familyOf(a.ip) < familyOf(b.ip) ? -1 : 1));
}
