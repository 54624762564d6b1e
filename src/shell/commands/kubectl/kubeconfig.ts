/** Kubeconfig files: finding, reading and joining them, and what they say for one command (staging:client-go/tools/clientcmd). */
import { parseYaml } from '#kube/yaml.ts';
import { normalize } from '#node/files.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Io } from '../../command.ts';
import type { GlobalFlags } from './global-flags.ts';
import type { Version } from './version.ts';
import { KubectlError } from './errors.ts';

export interface ClusterEntry {
  readonly server?: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly [field: string]: unknown;
}

export interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly [field: string]: unknown;
}

export interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly [field: string]: unknown;
}

/** A kubeconfig with its lists as maps, as kubectl holds it (clientcmd/api.Config). */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly 'current-context': string;
  readonly preferences: unknown;
  readonly extensions?: unknown;
}

export const emptyKubeconfig: Kubeconfig = {
  clusters: new Map(),
  users: new Map(),
  contexts: new Map(),
  'current-context': '',
  preferences: {},
};

interface Named {
  readonly name?: string;
  readonly [kind: string]: unknown;
}

/** The text read last: every kubectl reads its kubeconfig, and it seldom is another. */
let last: { readonly text: string; readonly parsed: ReturnType<typeof parseYaml> } | undefined;

/** The kubeconfig a file's text is; throws with client-go's words. */
export function decodeKubeconfig(text: string, file: string): Kubeconfig {
  const refuse = (why: string) => new KubectlError(`error loading config file "${file}": ${why}`);
  if (last?.text !== text) last = { text, parsed: parseYaml(text) };
  const { parsed } = last;
  if (!parsed.ok) throw refuse(parsed.error);
  const value = parsed.value ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw refuse(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const config = value as Record<string, unknown>;
  const [apiVersion, kind] = [config['apiVersion'] ?? 'v1', config['kind'] ?? 'Config'];
  if (apiVersion !== 'v1' || kind !== 'Config') {
    throw refuse(
      `no kind "${String(kind)}" is registered for version "${String(apiVersion)}" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`,
    );
  }
  const entries = <T>(
    list: 'clusters' | 'users' | 'contexts',
    field: 'cluster' | 'user' | 'context',
    type: string,
  ): ReadonlyMap<string, T> => {
    const items = config[list] ?? [];
    if (!Array.isArray(items))
      throw refuse(`json: cannot unmarshal ${jsonKind(items)} into Go struct field Config.${list} of type []v1.${type}`);
    const map = new Map<string, T>();
    for (const item of items as readonly Named[]) if (!map.has(item.name ?? '')) map.set(item.name ?? '', (item[field] ?? {}) as T);
    return map;
  };
  return {
    clusters: entries<ClusterEntry>('clusters', 'cluster', 'NamedCluster'),
    users: entries<UserEntry>('users', 'user', 'NamedAuthInfo'),
    contexts: entries<ContextEntry>('contexts', 'context', 'NamedContext'),
    'current-context': String(config['current-context'] ?? ''),
    preferences: config['preferences'] ?? {},
    ...(config['extensions'] !== undefined && { extensions: config['extensions'] }),
  };
}

function jsonKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** The files that make up the configuration, the first of them first. `explicit` is `--kubeconfig`. */
export function kubeconfigFiles(io: Pick<Io, 'env' | 'cwd'>, explicit: string): readonly string[] {
  if (explicit !== '') return [normalize(explicit, io.cwd)];
  const listed = (io.env.get('KUBECONFIG') ?? '').split(':').filter((one) => one !== '');
  if (listed.length > 0) return [...new Set(listed)].map((one) => normalize(one, io.cwd));
  return [`${homeOf(io)}/.kube/config`];
}

export function homeOf(io: Pick<Io, 'env'>): string {
  return io.env.get('HOME') ?? '/root';
}

/** One file's configuration, paths in it made absolute; undefined when the file is missing. */
export function readKubeconfig(io: Io, file: string, shown = file): Kubeconfig | undefined {
  const text = file === '/dev/null' ? '' : io.files.read(file);
  return text === undefined ? undefined : decodeKubeconfig(text, shown);
}

/**
 * All files joined: the first to name something decides (clientcmd.ClientConfigLoadingRules.Load). A file that a flag names must be there,
 * unless it is to be changed (`modifies`).
 */
export function loadKubeconfig(io: Io, explicit: string, { modifies = false } = {}): Kubeconfig {
  const files = kubeconfigFiles(io, explicit);
  if (!modifies && explicit !== '' && files[0] !== '/dev/null' && io.files.stat(files[0]!) === undefined)
    throw new KubectlError(`stat ${explicit}: no such file or directory`);
  const found = files.map((file) => {
    const config = readKubeconfig(io, file, explicit === '' ? file : explicit);
    return config === undefined ? undefined : withAbsolutePaths(config, file.slice(0, file.lastIndexOf('/')));
  });
  return found.filter((one) => one !== undefined).reduce(joined, emptyKubeconfig);
}

function joined(first: Kubeconfig, second: Kubeconfig): Kubeconfig {
  return {
    clusters: new Map([...second.clusters, ...first.clusters]),
    users: new Map([...second.users, ...first.users]),
    contexts: new Map([...second.contexts, ...first.contexts]),
    'current-context': first['current-context'] || second['current-context'],
    preferences: first === emptyKubeconfig ? second.preferences : first.preferences,
  };
}

const clusterPaths = ['certificate-authority'] as const;
const userPaths = ['client-certificate', 'client-key', 'tokenFile'] as const;

function withAbsolutePaths(config: Kubeconfig, directory: string): Kubeconfig {
  const absolute = <T extends object>(entry: T, fields: readonly string[]): T =>
    Object.fromEntries(
      Object.entries(entry).map(([field, value]) => [
        field,
        fields.includes(field) && typeof value === 'string' && value !== '' ? normalize(value, directory) : (value as unknown),
      ]),
    ) as T;
  return {
    ...config,
    clusters: new Map([...config.clusters].map(([name, one]) => [name, absolute(one, clusterPaths)])),
    users: new Map([...config.users].map(([name, one]) => [name, absolute(one, userPaths)])),
  };
}

/** What one command works with. */
export interface ClientConfig {
  /** A URL without a path's end: `https://10.0.0.1:6443`. */
  readonly server: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  readonly userName: string;
  readonly impersonate: { readonly user: string; readonly groups: readonly string[]; readonly uid: string };
}

const noServer = 'http://localhost:8080';

/** The context in force: `--context`, else current-context. */
export function contextNameOf(config: Kubeconfig, flags: GlobalFlags): string {
  return flags.context || config['current-context'];
}

/** Reports on the namespace in force, and whether a flag gave it (clientcmd.ClientConfig.Namespace). */
export function namespaceOf(io: Io, config: Kubeconfig, flags: GlobalFlags): { readonly name: string; readonly enforced: boolean } {
  if (flags.namespace !== '') return { name: flags.namespace, enforced: true };
  checkContext(config, flags);
  const context = config.contexts.get(contextNameOf(config, flags));
  if (context?.namespace !== undefined && context.namespace !== '') return { name: context.namespace, enforced: false };
  if (config.contexts.size === 0) {
    const own = io.files.read('/var/run/secrets/kubernetes.io/serviceaccount/namespace')?.trim();
    if (own !== undefined && own !== '') return { name: own, enforced: false };
  }
  return { name: 'default', enforced: false };
}

function checkContext(config: Kubeconfig, flags: GlobalFlags): void {
  const name = contextNameOf(config, flags);
  if (name !== '' && !config.contexts.has(name)) throw new KubectlError(`error: context was not found for specified context: ${name}`);
}

/** The server and the credentials; throws what is wrong with the configuration (clientcmd: DirectClientConfig.ClientConfig). */
export function clientConfigOf(io: Io, config: Kubeconfig, flags: GlobalFlags): ClientConfig {
  const contextName = contextNameOf(config, flags);
  if (contextName !== '' && !config.contexts.has(contextName)) {
    throw new ConfigurationError([`context was not found for specified context: ${contextName}`], true);
  }
  const context = config.contexts.get(contextName) ?? {};
  const clusterName = flags.cluster || (context.cluster ?? '');
  const userName = flags.user || (context.user ?? '');
  if (flags.user !== '' && !config.users.has(flags.user))
    throw new ConfigurationError([`auth info ${JSON.stringify(flags.user)} does not exist`]);
  if (flags.cluster !== '' && !config.clusters.has(flags.cluster) && flags.server === '') {
    throw new ConfigurationError([`no server found for cluster ${JSON.stringify(flags.cluster)}`]);
  }
  const cluster = { ...config.clusters.get(clusterName), ...clusterOverrides(flags) };
  const user = { ...config.users.get(userName), ...userOverrides(flags) };
  const problems = [...userProblems(io, user, userName), ...clusterProblems(io, cluster, clusterName)];
  if (problems.length > 0) throw new ConfigurationError(problems, problems.length > 1);
  const impersonate = { user: flags.as || (user.as ?? ''), groups: flags['as-group'], uid: flags['as-uid'] };
  if (impersonate.user === '' && (impersonate.groups.length > 0 || impersonate.uid !== '')) {
    throw new ConfigurationError([`requesting uid, groups or user-extra for ${userName} without impersonating a user`]);
  }
  return { server: serverUrl(cluster.server ?? ''), cluster, user, userName, impersonate };
}

/** The configuration cannot be used; `wrapped` is how the text begins when kubectl knows it for a configuration error. */
export class ConfigurationError extends KubectlError {
  readonly problems: readonly string[];
  readonly wrapped: boolean;

  constructor(problems: readonly string[], wrapped = false) {
    super(problems.join(', '));
    this.problems = problems;
    this.wrapped = wrapped;
  }
}

function given(fields: Readonly<Record<string, string | boolean>>): Record<string, string | boolean> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== false));
}

function clusterOverrides(flags: GlobalFlags): ClusterEntry {
  const overrides = given({
    server: flags.server,
    'tls-server-name': flags['tls-server-name'],
    'certificate-authority': flags['certificate-authority'],
    'insecure-skip-tls-verify': flags['insecure-skip-tls-verify'],
  });
  return flags['certificate-authority'] === '' ? overrides : { ...overrides, 'certificate-authority-data': '' };
}

function userOverrides(flags: GlobalFlags): UserEntry {
  return given({
    token: flags.token,
    username: flags.username,
    password: flags.password,
    'client-certificate': flags['client-certificate'],
    'client-key': flags['client-key'],
  });
}

/** (clientcmd: validateAuthInfo) */
function userProblems(io: Io, user: UserEntry, name: string): readonly string[] {
  const problems: string[] = [];
  const methods = [
    ...(user.token !== undefined && user.token !== '' ? ['token'] : []),
    ...(user.username || user.password ? ['basicAuth'] : []),
  ];
  const certificate = user['client-certificate'] || user['client-certificate-data'];
  if (certificate) {
    if (!user['client-key'] && !user['client-key-data']) {
      problems.push(`client-key-data or client-key must be specified for ${name} to use the clientCert authentication method.`);
    }
    for (const [field, shown] of [
      ['client-certificate', 'client-cert'],
      ['client-key', 'client-key'],
    ] as const) {
      const path = user[field];
      if (path && !user[`${field}-data`] && io.files.stat(path) === undefined)
        problems.push(`unable to read ${shown} ${path} for ${name} due to open ${path}: no such file or directory`);
    }
  }
  if (methods.length > 1)
    problems.push(`more than one authentication method found for ${name}; found [${methods.join(' ')}], only one is allowed`);
  return problems;
}

/** (clientcmd: validateClusterInfo) */
function clusterProblems(io: Io, cluster: ClusterEntry, name: string): readonly string[] {
  const path = cluster['certificate-authority'];
  if (!path || cluster['certificate-authority-data'] || io.files.stat(path) !== undefined) return [];
  return [`unable to read certificate-authority ${path} for ${name} due to open ${path}: no such file or directory`];
}

/** (client-go/rest: DefaultServerURL) */
function serverUrl(server: string): string {
  if (server === '') return noServer;
  const url = /^https?:\/\//.test(server) ? server : `http://${server}`;
  if (!/^https?:\/\/(\[[^\]]*\]|[^/[\]]+)/.test(url))
    throw new KubectlError(`host must be a URL or a host:port pair: ${JSON.stringify(server)}`);
  return url.replace(/\/+$/, '');
}

/** The configuration as a file holds it, its lists sorted by name (clientcmd/api/latest: the v1 Config). */
export function kubeconfigValue(config: Kubeconfig, version: Version): KubeObject {
  const list = (map: ReadonlyMap<string, object>, field: 'cluster' | 'user') => {
    const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => ({ name, [field]: withoutEmpty(entry, field) }));
    return entries.length === 0 ? null : entries;
  };
  const contexts = new Map(
    [...config.contexts].map(([name, { cluster = '', user = '', ...rest }]) => [name, { cluster, user, ...withoutEmpty(rest, 'context') }]),
  );
  return {
    kind: 'Config',
    apiVersion: 'v1',
    ...(version.minor < 34 && { preferences: config.preferences }),
    clusters: list(config.clusters, 'cluster'),
    users: list(config.users, 'user'),
    contexts: contexts.size === 0 ? null : [...contexts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, context]) => ({ name, context })),
    'current-context': config['current-context'],
    ...(config.extensions !== undefined && { extensions: config.extensions }),
  } as unknown as KubeObject;
}

/** The fields in the order of Go's structs (client-go: tools/clientcmd/api/v1/types.go). */
const order: Readonly<Record<'cluster' | 'user' | 'context', readonly string[]>> = {
  cluster: [
    'server',
    'tls-server-name',
    'insecure-skip-tls-verify',
    'certificate-authority',
    'certificate-authority-data',
    'proxy-url',
    'disable-compression',
  ],
  user: [
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'token',
    'tokenFile',
    'as',
    'as-uid',
    'as-groups',
    'as-user-extra',
    'username',
    'password',
    'auth-provider',
    'exec',
  ],
  context: ['cluster', 'user', 'namespace'],
};

/** Go leaves empty texts and false out (`omitempty`). */
function withoutEmpty(entry: object, what: keyof typeof order): object {
  const rank = (field: string) => (order[what].indexOf(field) + order[what].length + 1) % (order[what].length + 1);
  return Object.fromEntries(
    Object.entries(entry)
      .filter(([, value]) => value !== '' && value !== false && value !== undefined)
      .sort(([a], [b]) => rank(a) - rank(b)),
  );
}
