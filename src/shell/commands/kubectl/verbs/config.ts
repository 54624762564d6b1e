/** `kubectl config` (staging:kubectl/pkg/cmd/config). */
import { alignTabs } from '../../../columns.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { normalize } from '#node/files.ts';
import { ExitError, KubectlError } from '../errors.ts';
import { bool, string, stringArray, stringSlice } from '../flags.ts';
import { helpOf } from '../help.ts';
import type { Invocation } from '../invocation.ts';
import {
  contextNameOf,
  emptyKubeconfig,
  kubeconfigFiles,
  kubeconfigValue,
  readKubeconfig,
  type ClusterEntry,
  type ContextEntry,
  type Kubeconfig,
  type UserEntry,
} from '../kubeconfig.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { defineVerb, type Given, type Verb } from '../verb.ts';
import { base64 } from '../generators/configuration.ts';
import { setProperty, unsetProperty } from '../kubeconfig-property.ts';

/** The file that changes go to: where the entry stands, else the first of the files, or the last when none exists. */
function targetFile(kubectl: Invocation, holds: (config: Kubeconfig) => boolean = () => false): string {
  const files = kubeconfigFiles(kubectl.io, kubectl.globals.kubeconfig);
  const read = files.map((file) => ({ file, config: readKubeconfig(kubectl.io, file) }));
  const existing = read.filter(({ config }) => config !== undefined);
  return existing.find(({ config }) => holds(config!))?.file ?? existing[0]?.file ?? files.at(-1)!;
}

/** Reads a file's configuration, lets `change` make another one, and writes it. */
function modify(kubectl: Invocation, file: string, change: (config: Kubeconfig) => Kubeconfig): void {
  const changed = change(readKubeconfig(kubectl.io, file) ?? emptyKubeconfig);
  kubectl.io.files.write(file, yamlText(kubeconfigValue(changed, kubectl.version)));
}

function withEntry<T>(map: ReadonlyMap<string, T>, name: string, entry: T): ReadonlyMap<string, T> {
  return new Map(map).set(name, entry);
}

function without<T>(map: ReadonlyMap<string, T>, name: string): ReadonlyMap<string, T> {
  return new Map([...map].filter(([key]) => key !== name));
}

/** Help, and an error about the arguments (config's helpErrorf). */
function unexpectedArgs(kubectl: Invocation, verb: Verb, { args }: Pick<Given, 'args'>): Error {
  kubectl.out(helpOf(verb, kubectl.path));
  return new KubectlError(`Unexpected args: [${args.join(' ')}]`);
}

const currentContext = defineVerb({
  name: 'current-context',
  use: 'current-context [flags]',
  short: 'Display the current-context',
  flags: {},
  run: (kubectl) => {
    const name = kubectl.kubeconfig['current-context'];
    if (name === '') throw new KubectlError('current-context is not set');
    kubectl.out(`${name}\n`);
  },
});

/** `delete-cluster`, `delete-user`, `delete-context`: they only differ in what they take away. */
function deleteVerb(noun: 'cluster' | 'user' | 'context'): Verb {
  const list = `${noun}s` as const;
  const verb: Verb = defineVerb({
    name: `delete-${noun}`,
    use: `delete-${noun} NAME`,
    short: `Delete the specified ${noun} from the kubeconfig`,
    flags: {},
    run: (kubectl, { args }) => {
      const file = targetFile(kubectl);
      if (args.length !== 1 && noun === 'user') throw kubectl.usageError('user to delete is required');
      if (args.length !== 1) {
        kubectl.out(helpOf(verb, kubectl.path));
        return;
      }
      const [name] = args as [string];
      if (!kubectl.kubeconfig[list].has(name)) throw new KubectlError(`cannot delete ${noun} ${name}, not in ${file}`);
      if (noun === 'context' && kubectl.kubeconfig['current-context'] === name) {
        kubectl.err('warning: this removed your active context, use "kubectl config use-context" to select a different one\n');
      }
      modify(
        kubectl,
        targetFile(kubectl, (config) => config[list].has(name)),
        (config) => ({ ...config, [list]: without<unknown>(config[list], name) }),
      );
      kubectl.out(`deleted ${noun} ${name} from ${file}\n`);
    },
  });
  return verb;
}

/** `get-clusters`, `get-users` */
function namesVerb(list: 'clusters' | 'users', short: string): Verb {
  return defineVerb({
    name: `get-${list}`,
    use: `get-${list} [flags]`,
    short,
    flags: {},
    run: (kubectl) => kubectl.out(['NAME', ...[...kubectl.kubeconfig[list].keys()].sort()].map((name) => `${name}\n`).join('')),
  });
}

const getContexts = defineVerb({
  name: 'get-contexts',
  use: 'get-contexts [(-o|--output=)name)]',
  short: 'Describe one or many contexts',
  flags: { 'no-headers': bool('Leave the line of column names out.'), output: string('Output format: name.', '', { shorthand: 'o' }) },
  run: (kubectl, { args, flags }) => {
    if (flags.output !== '' && flags.output !== 'name') throw new KubectlError(`output must be one of '' or 'name': ${flags.output}`);
    const { contexts, 'current-context': current } = kubectl.kubeconfig;
    const names = (args.length > 0 ? args.filter((name) => contexts.has(name)) : [...contexts.keys()]).toSorted();
    if (flags.output === 'name') kubectl.out(names.map((name) => `${name}\n`).join(''));
    else {
      const header = flags['no-headers'] ? [] : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']];
      const rows = names.map((name) => {
        const { cluster = '', user = '', namespace = '' } = contexts.get(name)!;
        return [name === current ? '*' : '', name, cluster, user, namespace];
      });
      kubectl.out(alignTabs([...header, ...rows].map((row) => `${row.join('\t')}\n`).join('')));
    }
    const missing = args.filter((name) => !contexts.has(name));
    if (missing.length > 0) throw missing.length === 1 ? new KubectlError(`context ${missing[0]!} not found`) : new AggregateNames(missing);
  },
});

class AggregateNames extends ExitError {
  constructor(names: readonly string[]) {
    super(1, names.map((name) => `context ${name} not found\n`).join(''));
  }
}

const renameContext: Verb = defineVerb({
  name: 'rename-context',
  use: 'rename-context CONTEXT_NAME NEW_NAME',
  short: 'Rename a context from the kubeconfig file',
  flags: {},
  run: (kubectl, { args }) => {
    if (args.length !== 2) throw unexpectedArgs(kubectl, renameContext, { args });
    const [name, next] = args as [string, string];
    const { contexts } = kubectl.kubeconfig;
    if (name === '' || next === '') throw new KubectlError('you must specify an original non-empty context name');
    const file = targetFile(kubectl);
    const context = contexts.get(name);
    if (context === undefined) throw new KubectlError(`cannot rename the context ${JSON.stringify(name)}, it's not in ${file}`);
    if (contexts.has(next))
      throw new KubectlError(
        `cannot rename the context ${JSON.stringify(name)}, the context ${JSON.stringify(next)} already exists in ${file}`,
      );
    modify(
      kubectl,
      targetFile(kubectl, (config) => config.contexts.has(name)),
      (config) => ({
        ...config,
        contexts: withEntry(without(config.contexts, name), next, context),
        'current-context': config['current-context'] === name ? next : config['current-context'],
      }),
    );
    kubectl.out(`Context ${JSON.stringify(name)} renamed to ${JSON.stringify(next)}.\n`);
  },
});

const useContext: Verb = defineVerb({
  name: 'use-context',
  aliases: ['use'],
  use: 'use-context CONTEXT_NAME',
  short: 'Set the current-context in a kubeconfig file',
  examples: ['kubectl config use-context kubernetes-admin@kubernetes'],
  flags: {},
  run: (kubectl, { args }) => {
    if (args.length !== 1) throw unexpectedArgs(kubectl, useContext, { args });
    const [name] = args as [string];
    if (!kubectl.kubeconfig.contexts.has(name)) throw new KubectlError(`no context exists with the name: ${JSON.stringify(name)}`);
    modify(
      kubectl,
      targetFile(kubectl, (config) => config['current-context'] !== ''),
      (config) => ({ ...config, 'current-context': name }),
    );
    kubectl.out(`Switched to context ${JSON.stringify(name)}.\n`);
  },
});

const setContext: Verb = defineVerb({
  name: 'set-context',
  use: 'set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  short: 'Set a context entry in kubeconfig',
  examples: ['kubectl config set-context --current --namespace=shop'],
  flags: {
    cluster: string("The context's cluster."),
    current: bool('Change the current context.'),
    namespace: string("The context's namespace."),
    user: string("The context's user."),
  },
  run: (kubectl, { args, flags, changed }) => {
    if (args.length > 1) throw unexpectedArgs(kubectl, setContext, { args });
    if (args.length === 1 && flags.current) throw new KubectlError('you cannot specify both a context name and --current');
    if (args.length === 0 && !flags.current) throw new KubectlError('you must specify a non-empty context name or --current');
    const name = flags.current ? kubectl.kubeconfig['current-context'] : args[0]!;
    if (name === '') throw new KubectlError('no current context is set');
    const exists = kubectl.kubeconfig.contexts.has(name);
    modify(
      kubectl,
      targetFile(kubectl, (config) => config.contexts.has(name)),
      (config) => {
        const entry: ContextEntry = {
          ...config.contexts.get(name),
          ...(changed('cluster') && { cluster: flags.cluster }),
          ...(changed('user') && { user: flags.user }),
          ...(changed('namespace') && { namespace: flags.namespace }),
        };
        return { ...config, contexts: withEntry(config.contexts, name, entry) };
      },
    );
    kubectl.out(`Context ${JSON.stringify(name)} ${exists ? 'modified' : 'created'}.\n`);
  },
});

/** A file's text, as `…-data` holds it. */
function embedded(kubectl: Invocation, path: string, flag: string): string {
  const text = kubectl.io.files.read(normalize(path, kubectl.io.cwd));
  if (text === undefined) throw new KubectlError(`could not stat ${flag} file ${path}: stat ${path}: no such file or directory`);
  return base64(text);
}

const setCluster: Verb = defineVerb({
  name: 'set-cluster',
  use: 'set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  short: 'Set a cluster entry in kubeconfig',
  flags: {
    'certificate-authority': string("A file with the certificate of the server's authority."),
    'embed-certs': bool('Put the certificate itself into the kubeconfig.'),
    'insecure-skip-tls-verify': bool("Do not check the server's certificate."),
    'proxy-url': string('The proxy to go through.'),
    server: string('The address of the server.'),
    'tls-server-name': string("The name the server's certificate must be for."),
  },
  run: (kubectl, { args, flags, changed }) => {
    if (args.length !== 1) throw unexpectedArgs(kubectl, setCluster, { args });
    const [name] = args as [string];
    const ca = flags['certificate-authority'];
    if (flags['embed-certs'] && ca === '') throw new KubectlError('you must specify a --certificate-authority to embed');
    if (flags['insecure-skip-tls-verify'] && ca !== '')
      throw new KubectlError('you cannot specify a certificate authority and insecure mode at the same time');
    modify(
      kubectl,
      targetFile(kubectl, (config) => config.clusters.has(name)),
      (config) => {
        const { 'certificate-authority': _, 'certificate-authority-data': __, ...rest } = config.clusters.get(name) ?? {};
        const old = changed('certificate-authority') ? rest : (config.clusters.get(name) ?? {});
        const entry: ClusterEntry = {
          ...old,
          ...(changed('server') && { server: flags.server.replace(/\/+$/, '') }),
          ...(changed('tls-server-name') && { 'tls-server-name': flags['tls-server-name'] }),
          ...(changed('insecure-skip-tls-verify') && { 'insecure-skip-tls-verify': flags['insecure-skip-tls-verify'] }),
          ...(changed('proxy-url') && { 'proxy-url': flags['proxy-url'] }),
          ...(ca !== '' &&
            (flags['embed-certs']
              ? { 'certificate-authority-data': embedded(kubectl, ca, 'certificate-authority') }
              : { 'certificate-authority': normalize(ca, kubectl.io.cwd) })),
        };
        return { ...config, clusters: withEntry(config.clusters, name, entry) };
      },
    );
    kubectl.out(`Cluster ${JSON.stringify(name)} set.\n`);
  },
});

const setCredentials: Verb = defineVerb({
  name: 'set-credentials',
  use: 'set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]',
  short: 'Set a user entry in kubeconfig',
  flags: {
    'auth-provider': string('The provider of credentials.'),
    'auth-provider-arg': stringSlice("The provider's settings: key=value."),
    'client-certificate': string('A file with the client certificate.'),
    'client-key': string("A file with the certificate's key."),
    'embed-certs': bool('Put certificate and key themselves into the kubeconfig.'),
    'exec-api-version': string('The API version of the command that gives credentials.'),
    'exec-arg': stringSlice('An argument of that command.'),
    'exec-command': string('The command that gives credentials.'),
    'exec-env': stringArray('A variable of its environment: key=value.'),
    'exec-interactive-mode': string('Whether it may ask questions: Never, IfAvailable or Always.'),
    'exec-provide-cluster-info': bool('Whether it is told of the cluster.'),
    password: string('The password.'),
    token: string('A bearer token.'),
    username: string('The user for basic authentication.'),
  },
  run: (kubectl, { args, flags, changed }) => {
    if (args.length !== 1) throw unexpectedArgs(kubectl, setCredentials, { args });
    const [name] = args as [string];
    if (flags.token !== '' && (flags.username !== '' || flags.password !== '')) {
      throw new KubectlError('you cannot specify more than one authentication method at the same time: --token, --username/--password');
    }
    if (flags['embed-certs'] && flags['client-certificate'] === '' && flags['client-key'] === '') {
      throw new KubectlError('you must specify a --client-certificate or --client-key to embed');
    }
    const file = (field: 'client-certificate' | 'client-key') => {
      const path = flags[field];
      if (path === '') return {};
      return flags['embed-certs'] ? { [`${field}-data`]: embedded(kubectl, path, field) } : { [field]: normalize(path, kubectl.io.cwd) };
    };
    modify(
      kubectl,
      targetFile(kubectl, (config) => config.users.has(name)),
      (config) => {
        const entry: UserEntry = {
          ...config.users.get(name),
          ...file('client-certificate'),
          ...file('client-key'),
          ...(changed('token') && { token: flags.token }),
          ...(changed('username') && { username: flags.username }),
          ...(changed('password') && { password: flags.password }),
          ...(flags['exec-command'] !== '' && {
            exec: {
              apiVersion: flags['exec-api-version'],
              args: flags['exec-arg'].length > 0 ? flags['exec-arg'] : null,
              command: flags['exec-command'],
              env: null,
              interactiveMode: flags['exec-interactive-mode'] || 'IfAvailable',
              provideClusterInfo: flags['exec-provide-cluster-info'],
            },
          }),
        };
        return { ...config, users: withEntry(config.users, name, entry) };
      },
    );
    kubectl.out(`User ${JSON.stringify(name)} set.\n`);
  },
});

const set: Verb = defineVerb({
  name: 'set',
  use: 'set PROPERTY_NAME PROPERTY_VALUE',
  short: 'Set an individual value in a kubeconfig file',
  flags: { 'set-raw-bytes': bool('Take the value for the bytes themselves, not for base64.') },
  run: (kubectl, { args, flags }) => {
    if (args.length !== 2) throw unexpectedArgs(kubectl, set, { args });
    const [property, value] = args as [string, string];
    modify(kubectl, targetFile(kubectl), (config) => setProperty(config, property, value, flags['set-raw-bytes']));
    kubectl.out(`Property ${JSON.stringify(property)} set.\n`);
  },
});

const unset: Verb = defineVerb({
  name: 'unset',
  use: 'unset PROPERTY_NAME',
  short: 'Unset an individual value in a kubeconfig file',
  flags: {},
  run: (kubectl, { args }) => {
    if (args.length !== 1) throw unexpectedArgs(kubectl, unset, { args });
    const [property] = args as [string];
    modify(kubectl, targetFile(kubectl), (config) => unsetProperty(config, property));
    kubectl.out(`Property ${JSON.stringify(property)} unset.\n`);
  },
});

const secretFields = ['token', 'password'];
const dataFields = ['client-certificate-data', 'client-key-data', 'certificate-authority-data'];

/** Keys and passwords are for no one's eyes (clientcmd/api.ShortenConfig). */
function shortened<T extends object>(entry: T): T {
  return Object.fromEntries(
    Object.entries(entry).map(([field, value]) => {
      if (dataFields.includes(field) && value !== '') return [field, 'DATA+OMITTED'];
      return secretFields.includes(field) && value !== '' ? [field, 'REDACTED'] : [field, value as unknown];
    }),
  ) as T;
}

function flattened<T extends object>(kubectl: Invocation, entry: T): T {
  const fields = Object.entries(entry).map(([field, value]): [string, unknown] => {
    if (!['certificate-authority', 'client-certificate', 'client-key'].includes(field) || value === '') return [field, value];
    const text = kubectl.io.files.read(String(value));
    if (text === undefined) throw new KubectlError(`open ${String(value)}: no such file or directory`);
    return [`${field}-data`, base64(text)];
  });
  return Object.fromEntries(fields) as T;
}

const view: Verb = defineVerb({
  name: 'view',
  use: 'view [flags]',
  short: 'Display merged kubeconfig settings or a specified kubeconfig file',
  flags: {
    ...printFlags,
    flatten: bool('Put the contents of files in place of their names.'),
    merge: bool('Join all kubeconfig files.', true),
    minify: bool('Leave out what the current context does not use.'),
    output: string('Output format: json, yaml, name, go-template, …, jsonpath, …', 'yaml', { shorthand: 'o' }),
    raw: bool('Show keys and passwords too.'),
  },
  run: (kubectl, { args, flags }) => {
    if (args.length > 0) throw kubectl.usageError(`unexpected arguments: [${args.join(' ')}]`);
    let config = kubectl.kubeconfig;
    if (kubectl.globals.context !== '') config = { ...config, 'current-context': kubectl.globals.context };
    if (flags.minify) config = minified(kubectl, config);
    const each = <T extends object>(map: ReadonlyMap<string, T>, change: (entry: T) => T) =>
      new Map([...map].map(([name, entry]) => [name, change(entry)]));
    if (flags.flatten) {
      config = {
        ...config,
        clusters: each(config.clusters, (one) => flattened(kubectl, one)),
        users: each(config.users, (one) => flattened(kubectl, one)),
      };
    } else if (!flags.raw) config = { ...config, clusters: each(config.clusters, shortened), users: each(config.users, shortened) };
    printerFor({ flags, io: kubectl.io, typed: true }).print(kubeconfigValue(config, kubectl.version), (text) => kubectl.out(text));
  },
});

/** Only the current context, and what it names (clientcmd/api.MinifyConfig). */
function minified(kubectl: Invocation, config: Kubeconfig): Kubeconfig {
  const name = contextNameOf(config, kubectl.globals);
  if (name === '') throw new KubectlError('current-context must exist in order to minify');
  const context = config.contexts.get(name);
  if (context === undefined) throw new KubectlError(`cannot locate context ${name}`);
  const only = <T>(map: ReadonlyMap<string, T>, key: string | undefined, noun: string): ReadonlyMap<string, T> => {
    if (key === undefined || key === '') return new Map();
    const entry = map.get(key);
    if (entry === undefined) throw new KubectlError(`cannot locate ${noun} ${key}`);
    return new Map([[key, entry]]);
  };
  return {
    ...config,
    contexts: new Map([[name, context]]),
    clusters: only(config.clusters, context.cluster, 'cluster'),
    users: only(config.users, context.user, 'user'),
  };
}

export const config = defineVerb({
  name: 'config',
  use: 'config SUBCOMMAND',
  short: 'Modify kubeconfig files',
  flags: {},
  verbs: [
    currentContext,
    deleteVerb('cluster'),
    deleteVerb('context'),
    deleteVerb('user'),
    namesVerb('clusters', 'Display clusters defined in the kubeconfig'),
    getContexts,
    namesVerb('users', 'Display users defined in the kubeconfig'),
    renameContext,
    set,
    setCluster,
    setContext,
    setCredentials,
    unset,
    useContext,
    view,
  ],
});
