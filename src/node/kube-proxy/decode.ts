/**
 * Reading a KubeProxyConfiguration file as kube-proxy does: strictly; where that fails for unknown or repeated fields only, leniently, with a
 * line in the log. (cmd/kube-proxy/app/options.go, loadConfig; staging:apimachinery/pkg/runtime/serializer/json)
 */
import { load, YAML11_SCHEMA } from 'js-yaml';
import { quote } from '#kube/json.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { defaults, type KubeProxyConfiguration } from './configuration.ts';
import { durationText, parseDuration } from './duration.ts';
import { yamlErrorText } from './yaml-error.ts';

type Scalar = 'string' | 'bool' | 'int32' | 'float32' | 'duration' | '[]string' | 'any';

/** A Go struct's name and its fields. */
interface Struct {
  readonly go: string;
  readonly fields: { readonly [name: string]: Scalar | Struct };
}

const periods = { syncPeriod: 'duration', minSyncPeriod: 'duration' } as const;

const shape: Struct = {
  go: 'KubeProxyConfiguration',
  fields: {
    kind: 'string',
    apiVersion: 'string',
    featureGates: 'any',
    clientConnection: {
      go: 'ClientConnectionConfiguration',
      fields: { kubeconfig: 'string', acceptContentTypes: 'string', contentType: 'string', qps: 'float32', burst: 'int32' },
    },
    logging: {
      go: 'LoggingConfiguration',
      fields: { format: 'string', flushFrequency: 'any', verbosity: 'int32', vmodule: 'any', options: 'any' },
    },
    hostnameOverride: 'string',
    bindAddress: 'string',
    healthzBindAddress: 'string',
    metricsBindAddress: 'string',
    bindAddressHardFail: 'bool',
    enableProfiling: 'bool',
    showHiddenMetricsForVersion: 'string',
    mode: 'string',
    iptables: {
      go: 'KubeProxyIPTablesConfiguration',
      fields: { masqueradeBit: 'int32', masqueradeAll: 'bool', localhostNodePorts: 'bool', ...periods },
    },
    ipvs: {
      go: 'KubeProxyIPVSConfiguration',
      fields: {
        ...periods,
        scheduler: 'string',
        excludeCIDRs: '[]string',
        strictARP: 'bool',
        tcpTimeout: 'duration',
        tcpFinTimeout: 'duration',
        udpTimeout: 'duration',
      },
    },
    nftables: { go: 'KubeProxyNFTablesConfiguration', fields: { masqueradeBit: 'int32', masqueradeAll: 'bool', ...periods } },
    winkernel: {
      go: 'KubeProxyWinkernelConfiguration',
      fields: {
        networkName: 'string',
        sourceVip: 'string',
        enableDSR: 'bool',
        rootHnsEndpointName: 'string',
        forwardHealthCheckVip: 'bool',
      },
    },
    detectLocalMode: 'string',
    detectLocal: { go: 'DetectLocalConfiguration', fields: { bridgeInterface: 'string', interfaceNamePrefix: 'string' } },
    clusterCIDR: 'string',
    nodePortAddresses: '[]string',
    oomScoreAdj: 'int32',
    conntrack: {
      go: 'KubeProxyConntrackConfiguration',
      fields: {
        maxPerCore: 'int32',
        min: 'int32',
        tcpEstablishedTimeout: 'duration',
        tcpCloseWaitTimeout: 'duration',
        tcpBeLiberal: 'bool',
        udpTimeout: 'duration',
        udpStreamTimeout: 'duration',
      },
    },
    configSyncPeriod: 'duration',
    portRange: 'string',
    windowsRunAsService: 'bool',
    udpIdleTimeout: 'duration',
    resourceContainer: 'string',
  },
};

export interface Decoded {
  readonly config: KubeProxyConfiguration;
  /** What strict decoding objected to; the file was then read leniently. */
  readonly strictError?: string;
}

/** Decodes a file's text; the error is what follows `failed complete: failed to decode: `. */
export function decodeConfiguration(text: string): Result<Decoded, string> {
  const duplicates: string[] = [];
  let parsed: unknown;
  try {
    parsed = parseYaml(text, duplicates);
  } catch (error) {
    return fail(yamlErrorText(error));
  }
  const kindError = checkKind(parsed, text);
  if (kindError !== undefined) return fail(kindError);

  const unknown: string[] = [];
  let value: unknown;
  try {
    value = decodeStruct(parsed as Fields, shape, '', unknown);
  } catch (error) {
    if (error instanceof DecodeError) return fail(error.message);
    throw error;
  }
  const problems = [
    ...(duplicates.length > 0 ? [`yaml: unmarshal errors:\n${duplicates.map((line) => `  ${line}`).join('\n')}`] : []),
    ...unknown.map((path) => `unknown field ${quote(path)}`),
  ];
  const config = overlaid(defaults, value as Fields) as KubeProxyConfiguration;
  return ok(problems.length === 0 ? { config } : { config, strictError: `strict decoding error: ${problems.join(', ')}` });
}

type Fields = Readonly<Record<string, unknown>>;

class DecodeError extends Error {}

/** Keys that stand twice are noted and dropped from the text, the last one staying: what a lenient decoder sees. */
function parseYaml(text: string, duplicates: string[]): unknown {
  let lines = text.split('\n');
  if (text.trim() === '') return null;
  for (;;) {
    try {
      return load(lines.join('\n'), { schema: YAML11_SCHEMA }) ?? null;
    } catch (error) {
      const { reason, mark } = error as { reason: string; mark: { line: number } };
      if (reason !== 'duplicated mapping key') throw error;
      const line = lines[mark.line]!;
      const key = line.trim().replace(/^["']?([^"':]*).*$/, '$1');
      duplicates.push(`line ${mark.line + 1}: key ${quote(key)} already set in map`);
      const indent = line.slice(0, line.length - line.trimStart().length);
      const first = lines.findIndex((one, i) => i < mark.line && one.startsWith(`${indent}${key}:`));
      if (first < 0) throw error;
      lines = lines.map((one, i) => (i === first ? '' : one));
    }
  }
}

const metaType = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The errors of a file that is no KubeProxyConfiguration at all. (apimachinery/pkg/runtime/error.go) */
function checkKind(parsed: unknown, text: string): string | undefined {
  if (typeof parsed !== 'object' && parsed !== null) {
    return `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(parsed)} into Go value of type ${metaType}`;
  }
  if (Array.isArray(parsed)) {
    return `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${metaType}`;
  }
  const { kind, apiVersion } = (parsed ?? {}) as { kind?: unknown; apiVersion?: unknown };
  if (kind === undefined || kind === '' || kind === null) return `Object 'Kind' is missing in '${text}'`;
  if (apiVersion === undefined || apiVersion === '' || apiVersion === null) return `Object 'apiVersion' is missing in '${text}'`;
  if (kind !== defaults.kind || apiVersion !== defaults.apiVersion) {
    return `no kind ${quote(String(kind))} is registered for version ${quote(String(apiVersion))} in scheme "pkg/proxy/apis/config/scheme/scheme.go:29"`;
  }
  return undefined;
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function decodeStruct(fields: Fields, struct: Struct, path: string, unknown: string[]): Fields {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const at = path === '' ? name : `${path}.${name}`;
    const type = struct.fields[name];
    if (type === undefined) unknown.push(at);
    else if (value !== null) out[name] = decodeValue(value, type, struct, at, unknown);
  }
  return out;
}

function decodeValue(value: unknown, type: Scalar | Struct, owner: Struct, path: string, unknown: string[]): unknown {
  const refuse = (what: string, goType: string): never => {
    throw new DecodeError(`json: cannot unmarshal ${what} into Go struct field ${owner.go}.${path} of type ${goType}`);
  };
  if (typeof type === 'object') {
    if (typeof value === 'object' && !Array.isArray(value)) return decodeStruct(value as Fields, type, path, unknown);
    return refuse(jsonType(value), `v1alpha1.${type.go}`);
  }
  switch (type) {
    case 'any':
      return value;
    case 'string':
      return typeof value === 'string' ? value : refuse(jsonType(value), path === 'mode' ? 'v1alpha1.ProxyMode' : 'string');
    case 'bool':
      return typeof value === 'boolean' ? value : refuse(jsonType(value), 'bool');
    case 'int32':
      if (typeof value !== 'number') return refuse(jsonType(value), 'int32');
      return Number.isInteger(value) ? value : refuse(`number ${value}`, 'int32');
    case 'float32':
      return typeof value === 'number' ? value : refuse(jsonType(value), 'float32');
    case '[]string':
      if (!Array.isArray(value)) return refuse(jsonType(value), '[]string');
      return value.map((item) => (typeof item === 'string' ? item : refuse(jsonType(item), 'string')));
    case 'duration': {
      if (typeof value !== 'string') throw new DecodeError(`json: cannot unmarshal ${jsonType(value)} into Go value of type string`);
      const milliseconds = parseDuration(value);
      if (typeof milliseconds === 'object') throw new DecodeError(milliseconds.error);
      return durationText(milliseconds);
    }
  }
}

/** `over` on top of `base`, struct by struct; an empty text means the default. */
/** Fields whose zero is as good as nothing (pkg/proxy/apis/config/v1alpha1/defaults.go): kubeadm writes them all. */
const zeroMeansDefault = new Set(['configSyncPeriod', 'qps', 'burst', 'flushFrequency']);

function overlaid(base: unknown, over: Fields): unknown {
  const out: Record<string, unknown> = { ...(base as Fields) };
  for (const [name, value] of Object.entries(over)) {
    const below = out[name];
    if (value === '' && typeof below === 'string') continue;
    if (zeroMeansDefault.has(name) && (value === 0 || value === '0s')) continue;
    const nested = typeof below === 'object' && below !== null && !Array.isArray(below);
    out[name] = nested && typeof value === 'object' && value !== null ? overlaid(below, value as Fields) : value;
  }
  return out;
}
