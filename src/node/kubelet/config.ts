/** The kubelet's configuration: command line, `--config` file, and what it refuses to start with (cmd/kubelet/app/server.go). */
import { load } from 'js-yaml';
import { readFile } from '../files.ts';
import type { Host, UnitState } from '../host.ts';
import type { StartResult } from '../systemd/systemd.ts';
import { execStartOf, knownUnit } from '../systemd/unit-file.ts';

export const kubeletUnit = 'kubelet.service';
const defaultConfigPath = '/var/lib/kubelet/config.yaml';

export interface KubeletConfiguration {
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  /** The file pods with dnsPolicy Default get: `/etc/resolv.conf` unless told otherwise; `''` for none. */
  readonly resolvConf: string;
  readonly staticPodPath: string;
  readonly maxPods: number;
  readonly containerRuntimeEndpoint: string;
  readonly hairpinMode: string;
}

/** Flags that matter to the simulation, and those that are known and accepted. Removed flags are refused, as by the real kubelet. */
const knownFlags = new Set([
  'bootstrap-kubeconfig',
  'kubeconfig',
  'config',
  'config-dir',
  'container-runtime-endpoint',
  'image-service-endpoint',
  'hostname-override',
  'node-ip',
  'node-labels',
  'register-with-taints',
  'register-node',
  'pod-infra-container-image',
  'cluster-dns',
  'cluster-domain',
  'resolv-conf',
  'max-pods',
  'pod-manifest-path',
  'cgroup-driver',
  'v',
  'cloud-provider',
  'root-dir',
  'cert-dir',
  'fail-swap-on',
  'feature-gates',
  'address',
  'port',
  'read-only-port',
  'authentication-token-webhook',
  'authorization-mode',
  'client-ca-file',
  'anonymous-auth',
  'rotate-certificates',
  'tls-cert-file',
  'tls-private-key-file',
  'eviction-hard',
  'pod-cidr',
  'runtime-cgroups',
  'kubelet-cgroups',
  'healthz-port',
  'healthz-bind-address',
]);
/** Gone with dockershim in 1.24. */
const dockershimFlags = new Set([
  'network-plugin',
  'cni-conf-dir',
  'cni-bin-dir',
  'cni-cache-dir',
  'network-plugin-mtu',
  'docker-endpoint',
]);

/** The kubelet's command line as the unit starts it. */
export function kubeletArgv(host: Host): readonly string[] {
  const unit = knownUnit(host, kubeletUnit);
  return unit === undefined ? [] : execStartOf(host.files, unit);
}

export function flagOf(argv: readonly string[], name: string): string | undefined {
  for (let i = argv.length - 1; i >= 0; i--) {
    const word = argv[i]!;
    if (word.startsWith(`--${name}=`)) return word.slice(name.length + 3);
    if (word === `--${name}`) return argv[i + 1] !== undefined && !argv[i + 1]!.startsWith('--') ? argv[i + 1] : 'true';
  }
  return undefined;
}

/** What starting the kubelet comes to. */
export function startKubelet(host: Host, now: number, pid: number, version: string): StartResult {
  const minorVersion = Number(version.split('.')[1]);
  const argv = kubeletArgv(host);
  const stamp = `${klogStamp(now)} ${String(pid).padStart(7)}`;
  const fatal = (message: string): StartResult => ({
    runs: false,
    exitCode: 1,
    logs: [`E${stamp} run.go:72] "command failed" err=${JSON.stringify(message)}`],
  });
  for (const word of argv.slice(1)) {
    const flag = /^--([\w-]+)/.exec(word)?.[1];
    if (flag === undefined) continue;
    if (!knownFlags.has(flag) && !(minorVersion < 24 && dockershimFlags.has(flag)))
      return fatal(`failed to parse kubelet flag: unknown flag: --${flag}`);
    if (flag === 'pod-infra-container-image' && minorVersion >= 35) return fatal(`failed to parse kubelet flag: unknown flag: --${flag}`);
  }
  const path = flagOf(argv, 'config');
  const loaded = new Map<string, string>([['argv', argv.join('\n')]]);
  if (path !== undefined) {
    const text = readFile(host.files, path);
    if (text === undefined) {
      return fatal(
        `failed to load kubelet config file, path: ${path}, error: failed to load Kubelet config file ${path}, error failed to read kubelet config file ${JSON.stringify(path)}, error: open ${path}: no such file or directory`,
      );
    }
    const parsed = parseConfiguration(text);
    if (typeof parsed === 'string')
      return fatal(
        `failed to load kubelet config file, path: ${path}, error: failed to load Kubelet config file ${path}, error failed to decode: ${parsed}`,
      );
    loaded.set(path, text);
  }
  const kubeconfig = flagOf(argv, 'kubeconfig');
  const bootstrap = flagOf(argv, 'bootstrap-kubeconfig');
  if (kubeconfig !== undefined && readFile(host.files, kubeconfig) === undefined) {
    const wanted = bootstrap !== undefined && readFile(host.files, bootstrap) === undefined ? bootstrap : undefined;
    if (wanted !== undefined || bootstrap === undefined) {
      return fatal(
        wanted === undefined
          ? `failed to run Kubelet: failed to construct kubelet dependencies: invalid kubeconfig: stat ${kubeconfig}: no such file or directory`
          : `failed to run Kubelet: unable to load bootstrap kubeconfig: stat ${wanted}: no such file or directory`,
      );
    }
  }
  if (kubeconfig !== undefined) loaded.set(kubeconfig, readFile(host.files, kubeconfig) ?? '');
  return {
    runs: true,
    loaded,
    logs: [
      `I${stamp} server.go:525] "Kubelet version" kubeletVersion="${version}"`,
      `I${stamp} kubelet.go:2452] "Starting kubelet main sync loop"`,
    ],
  };
}

/** `1123 10:00:00.000000` */
export function klogStamp(now: number): string {
  const text = new Date(now).toISOString();
  return `${text.slice(5, 7)}${text.slice(8, 10)} ${text.slice(11, 23)}000`;
}

function parseConfiguration(text: string): Record<string, unknown> | string {
  let value: unknown;
  try {
    value = load(text);
  } catch (error) {
    const mark = error as { reason?: string; mark?: { line: number } };
    return `yaml: line ${(mark.mark?.line ?? 0) + 1}: ${mark.reason ?? 'did not find expected key'}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'couldn\'t get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  const fields = value as Record<string, unknown>;
  if (fields['apiVersion'] !== 'kubelet.config.k8s.io/v1beta1' || fields['kind'] !== 'KubeletConfiguration')
    return `no kind ${JSON.stringify(fields['kind'] ?? '')} is registered for version ${JSON.stringify(fields['apiVersion'] ?? '')} in scheme "pkg/kubelet/apis/config/scheme/scheme.go:33"`;
  return fields;
}

/** The configuration the running kubelet works by: what it read when it started. Defaults when it does not run. */
export function kubeletConfiguration(host: Host): KubeletConfiguration {
  const unit = host.units.get(kubeletUnit);
  const kept = unit === undefined ? undefined : known.get(unit);
  if (kept !== undefined) return kept;
  const configuration = readConfiguration(host);
  if (unit !== undefined) known.set(unit, configuration);
  return configuration;
}

const known = new WeakMap<UnitState, KubeletConfiguration>();

function readConfiguration(host: Host): KubeletConfiguration {
  const loaded = host.units.get(kubeletUnit)?.loaded ?? new Map<string, string>();
  const argv = loaded.get('argv')?.split('\n') ?? kubeletArgv(host);
  const text = loaded.get(flagOf(argv, 'config') ?? defaultConfigPath) ?? '';
  const fields = text === '' ? {} : parseConfiguration(text);
  const config = typeof fields === 'string' ? {} : fields;
  const words = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);
  const word = (key: string, flag: string, otherwise: string) =>
    flagOf(argv, flag) ?? (typeof config[key] === 'string' ? config[key] : otherwise);
  return {
    clusterDNS: flagOf(argv, 'cluster-dns')?.split(',') ?? words(config['clusterDNS']),
    clusterDomain: word('clusterDomain', 'cluster-domain', ''),
    resolvConf: word('resolvConf', 'resolv-conf', '/etc/resolv.conf'),
    staticPodPath: word('staticPodPath', 'pod-manifest-path', ''),
    maxPods: Number(flagOf(argv, 'max-pods') ?? config['maxPods'] ?? 110),
    containerRuntimeEndpoint: word('containerRuntimeEndpoint', 'container-runtime-endpoint', ''),
    hairpinMode: word('hairpinMode', 'hairpin-mode', 'promiscuous-bridge'),
  };
}
