/** kubectl's words: verbs and flags as it defines them, and what the cluster has. (staging:kubectl/pkg/util/completion) */
import { load } from 'js-yaml';
import type { Cluster } from '#kube/cluster.ts';
import { kindsCalled } from '#kube/kinds/lookup.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { kindsOf } from '#kube/kinds/served.ts';
import type { Lab } from '#lab/lab.ts';
import { nodeName } from '#kube/names.ts';
import { uidOnNode } from '#node/kubelet/static-pods.ts';
import type { Flags } from '../commands/kubectl/flags.ts';
import type { Verb } from '../commands/kubectl/verb.ts';
import type { Shell } from '../shell.ts';

/** Verbs whose arguments are a type and names. */
const typed = new Set([
  'annotate',
  'autoscale',
  'delete',
  'describe',
  'edit',
  'explain',
  'expose',
  'get',
  'label',
  'patch',
  'scale',
  'wait',
]);
const podVerbs = new Set(['attach', 'cp', 'debug', 'exec', 'logs', 'port-forward']);
const nodeVerbs = new Set(['cordon', 'drain', 'uncordon']);
const formats = ['custom-columns=', 'go-template=', 'json', 'jsonpath=', 'name', 'wide', 'yaml'];
const scaled = ['deployment', 'replicaset', 'statefulset'];
const rolled = ['daemonset', 'deployment', 'statefulset'];

/** Loads what completing needs, so that the first Tab does not wait for it. */
export async function prepareCompletion(): Promise<void> {
  await Promise.all([import('../commands/kubectl/verbs.ts'), import('../commands/kubectl/global-flags.ts')]);
}

/** The words for kubectl's next argument; undefined: a file. */
export async function completeKubectl(
  shell: Shell,
  lab: Lab,
  before: readonly string[],
  of: string,
): Promise<readonly string[] | undefined> {
  const [{ root }, { globalFlags }] = await Promise.all([
    import('../commands/kubectl/verbs.ts'),
    import('../commands/kubectl/global-flags.ts'),
  ]);
  const { cluster } = lab.snapshot;
  const dash = before.indexOf('--');
  if (dash >= 0) return before.includes('exec') ? programsOfPod(shell, lab, before.slice(0, dash)) : undefined;
  const { verb, path, args, pending } = walk(root, globalFlags, before);
  const namespace = namespaceOf(shell, before);
  const attached = /^--([\w-]+)=/.exec(of)?.[1];
  const flag = attached ?? pending;
  if (flag !== undefined) {
    const values = valuesOf(shell, cluster, verb, flag, { args, namespace, before });
    return attached === undefined ? values : values?.map((value) => `--${attached}=${value}`);
  }
  if (of.startsWith('-')) {
    const all = { ...globalFlags, ...verb.flags } as Flags;
    return [...Object.entries(all).map(([name, { bare }]) => `--${name}${bare === 'true' ? '' : '='}`), '--help'];
  }
  if (verb.verbs !== undefined && args.length === 0) return verb.verbs.filter(({ hidden }) => hidden !== true).map(({ name }) => name);
  return argumentsOf(shell, lab, path, args, namespace, of);
}

/** Where a command line has got to: the verb, its arguments, and the flag that still wants its value. */
function walk(root: Verb, globals: object, words: readonly string[]) {
  let verb = root;
  const path: string[] = [];
  const args: string[] = [];
  let pending: string | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    const flags = { ...globals, ...verb.flags } as Flags;
    const long = /^--([\w-]+)$/.exec(word)?.[1];
    const short = /^-(\w)$/.exec(word)?.[1] ?? /^-\w*(\w)$/.exec(word)?.[1];
    if (word.startsWith('-')) {
      const name = long ?? Object.entries(flags).find(([, { shorthand }]) => shorthand !== undefined && shorthand === short)?.[0];
      const known = name === undefined ? undefined : flags[name];
      if (known !== undefined && known.bare === undefined) pending = name;
      continue;
    }
    const next = args.length === 0 ? verb.verbs?.find(({ name, aliases }) => name === word || aliases?.includes(word) === true) : undefined;
    if (next === undefined) args.push(word);
    else {
      verb = next;
      path.push(next.name);
    }
  }
  return { verb, path, args, pending };
}

interface Around {
  readonly args: readonly string[];
  readonly namespace: string | undefined;
  readonly before: readonly string[];
}

/** Values of a flag; undefined: a file. */
function valuesOf(
  shell: Shell,
  cluster: Cluster,
  verb: Verb,
  flag: string,
  { args, namespace, before }: Around,
): readonly string[] | undefined {
  switch (flag) {
    case 'namespace':
      return cluster.list(Namespace).map(({ metadata }) => metadata.name);
    case 'output':
      return verb.name === 'describe' ? [] : formats;
    case 'container':
      return (podNamed(cluster, namespace, args[0] ?? '')?.spec.containers ?? []).map(({ name }) => name);
    case 'context':
      return contextsOf(shell);
    case 'dry-run':
      return ['client', 'none', 'server'];
    case 'type':
      return verb.name === 'patch' ? ['json', 'merge', 'strategic'] : ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
    case 'restart':
      return ['Always', 'Never', 'OnFailure'];
    case 'cascade':
      return ['background', 'foreground', 'orphan'];
    case 'validate':
      return ['ignore', 'strict', 'warn'];
    case 'for':
      return ['condition=Available', 'condition=Ready', 'create', 'delete', 'jsonpath='];
    case 'selector':
      return labelsOf(cluster, args[0], namespaceOf(shell, before));
    case 'filename':
    case 'kustomize':
    case 'kubeconfig':
    case 'from-file':
    case 'from-env-file':
    case 'cert':
    case 'key':
      return undefined;
    default:
      return [];
  }
}

/** The arguments of a verb; undefined: a file. */
function argumentsOf(
  shell: Shell,
  lab: Lab,
  path: readonly string[],
  args: readonly string[],
  namespace: string | undefined,
  of: string,
): readonly string[] | undefined {
  const { cluster } = lab.snapshot;
  const [verb = '', sub] = path;
  const [first] = args;
  const slash = of.indexOf('/');
  const slashed = slash > 0 ? names(cluster, of.slice(0, slash), namespace).map((name) => `${of.slice(0, slash + 1)}${name}`) : undefined;
  if (podVerbs.has(verb)) {
    if (first !== undefined && verb !== 'cp') return verb === 'port-forward' ? portsOf(cluster, namespace, first) : [];
    const others = verb === 'cp' ? [] : slash > 0 ? (slashed ?? []) : ['deployment/', 'pod/', 'service/'];
    return [...names(cluster, 'pods', namespace).map((name) => (verb === 'cp' ? `${name}:` : name)), ...others];
  }
  if (nodeVerbs.has(verb)) return names(cluster, 'nodes', '');
  if (verb === 'taint') return first === undefined ? ['nodes'] : names(cluster, 'nodes', '');
  if (verb === 'top') return names(cluster, `${sub ?? 'pod'}s`, namespace);
  if (verb === 'config') return sub === 'use-context' || sub === 'set-context' || sub === 'delete-context' ? contextsOf(shell) : [];
  if (verb === 'auth')
    return first === undefined ? ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch', '*'] : typesOf(cluster, of);
  const kinds =
    verb === 'rollout'
      ? rolled
      : verb === 'scale' || verb === 'autoscale'
        ? scaled
        : verb === 'set'
          ? [...rolled, 'replicaset', 'pod']
          : undefined;
  if (kinds !== undefined) {
    if (slashed !== undefined) return slashed;
    if (first === undefined)
      return [...kinds, ...kinds.flatMap((kind) => names(cluster, kind, namespace).map((name) => `${kind}/${name}`))];
    return names(cluster, first, namespace);
  }
  if (!typed.has(verb)) return undefined;
  if (slashed !== undefined) return slashed;
  if (first !== undefined) return first.includes('/') ? [] : first.split(',').flatMap((type) => names(cluster, type, namespace));
  const comma = of.lastIndexOf(',') + 1;
  return typesOf(cluster, of.slice(comma)).map((type) => of.slice(0, comma) + type);
}

/** Resource types: plural names, and short ones that begin as what is typed. */
function typesOf(cluster: Cluster, of: string): readonly string[] {
  return kindsOf(cluster).flatMap((kind) => [kind.plural, ...kind.shortNames.filter((short) => of !== '' && short.startsWith(of))]);
}

function names(cluster: Cluster, resource: string, namespace: string | undefined): readonly string[] {
  const kind = kindsCalled(kindsOf(cluster), resource)[0];
  return kind === undefined ? [] : cluster.list(kind, kind.namespaced ? namespace : undefined).map((object) => object.metadata.name);
}

function labelsOf(cluster: Cluster, resource: string | undefined, namespace: string | undefined): readonly string[] {
  const kind = kindsCalled(kindsOf(cluster), resource ?? 'pods')[0];
  if (kind === undefined) return [];
  const objects = cluster.list(kind, kind.namespaced ? namespace : undefined);
  return objects.flatMap(({ metadata }) => Object.entries(metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`));
}

function podNamed(cluster: Cluster, namespace: string | undefined, name: string): Pod | undefined {
  return cluster.get(Pod, namespace ?? 'default', name.replace(/^pods?\//, ''));
}

function portsOf(cluster: Cluster, namespace: string | undefined, target: string): readonly string[] {
  const pod = podNamed(cluster, namespace, target);
  return (pod?.spec.containers ?? []).flatMap(({ ports = [] }) => ports.map(({ containerPort }) => `${containerPort}`));
}

/** Programs of the container that an `exec` goes to. */
function programsOfPod(shell: Shell, lab: Lab, before: readonly string[]): readonly string[] {
  const namespace = namespaceOf(shell, before);
  const target = before.slice(before.indexOf('exec') + 1).find((word) => podNamed(lab.snapshot.cluster, namespace, word) !== undefined);
  const pod = target === undefined ? undefined : podNamed(lab.snapshot.cluster, namespace, target);
  if (pod === undefined) return [];
  const { name, namespace: of = '' } = pod.metadata;
  const node = nodeName(pod.spec.nodeName ?? '');
  return shell.programs({
    kind: 'pod',
    node,
    podUid: uidOnNode(pod),
    namespace: of,
    pod: name,
    container: pod.spec.containers[0]?.name ?? '',
  });
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context?: { readonly namespace?: string } }[];
}

function kubeconfigOf(shell: Shell): Kubeconfig {
  const path = shell.env['KUBECONFIG']?.split(':')[0] || '/root/.kube/config';
  try {
    return (load(shell.files.read(path) ?? '{}') ?? {}) as Kubeconfig;
  } catch {
    return {};
  }
}

function contextsOf(shell: Shell): readonly string[] {
  return (kubeconfigOf(shell).contexts ?? []).map(({ name }) => name);
}

/** The namespace that a command line means; undefined: all of them. */
function namespaceOf(shell: Shell, words: readonly string[]): string | undefined {
  if (words.includes('-A') || words.includes('--all-namespaces')) return undefined;
  const at = words.findIndex((word) => word === '-n' || word === '--namespace');
  const named =
    at >= 0
      ? words[at + 1]
      : (words.find((word) => word.startsWith('--namespace='))?.slice(12) ?? words.find((word) => /^-n./.test(word))?.slice(2));
  if (named !== undefined) return named;
  const config = kubeconfigOf(shell);
  return config.contexts?.find(({ name }) => name === config['current-context'])?.context?.namespace ?? 'default';
}
