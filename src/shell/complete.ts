/** Tab: what may stand at the cursor. Programs, paths, and for kubectl its verbs, resources, names and namespaces. */
import { kindsOf } from '#kube/kinds/served.ts';
import { kindsCalled } from '#kube/kinds/lookup.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Cluster } from '#kube/cluster.ts';
import { normalize } from '#node/files.ts';
import type { Lab } from '#lab/lab.ts';
import type { Shell } from './shell.ts';

export interface Completion {
  /** Whole words that could replace the word at the cursor. */
  readonly words: readonly string[];
  /** The word they would replace. */
  readonly of: string;
}

/** The verbs of kubectl, in the order of its help. */
const verbs =
  'create expose run set explain get edit delete rollout scale autoscale certificate cluster-info top cordon uncordon drain taint describe logs attach exec port-forward proxy cp auth debug events diff apply patch replace wait kustomize label annotate completion api-resources api-versions config plugin version'.split(
    ' ',
  );
/** Verbs whose first argument is a resource type. */
const typed = new Set([
  'get',
  'describe',
  'delete',
  'edit',
  'label',
  'annotate',
  'patch',
  'explain',
  'expose',
  'scale',
  'autoscale',
  'wait',
]);
const podVerbs = new Set(['logs', 'exec', 'attach', 'port-forward', 'debug', 'cp']);
const nodeVerbs = new Set(['cordon', 'uncordon', 'drain']);
const creatable =
  'clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token'.split(
    ' ',
  );
const subverbs: Readonly<Record<string, readonly string[]>> = {
  rollout: ['history', 'pause', 'restart', 'resume', 'status', 'undo'],
  set: ['env', 'image', 'resources', 'selector', 'serviceaccount', 'subject'],
  config: [
    'current-context',
    'delete-cluster',
    'delete-context',
    'delete-user',
    'get-clusters',
    'get-contexts',
    'get-users',
    'rename-context',
    'set',
    'set-cluster',
    'set-context',
    'set-credentials',
    'unset',
    'use-context',
    'view',
  ],
  auth: ['can-i', 'reconcile', 'whoami'],
  create: creatable,
  top: ['node', 'pod'],
};
const flags = [
  '--all-namespaces',
  '--as=',
  '--context=',
  '--dry-run=',
  '--field-selector=',
  '--filename=',
  '--help',
  '--kubeconfig=',
  '--namespace=',
  '--output=',
  '--selector=',
  '--show-labels',
  '--sort-by=',
  '--watch',
];
const formats = ['custom-columns=', 'go-template=', 'json', 'jsonpath=', 'name', 'wide', 'yaml'];

/** Completes the last word of the text left of the cursor. */
export function complete(shell: Shell, lab: Lab, text: string): Completion {
  const segment = text
    .split(/[|;&]|\$\(/)
    .at(-1)!
    .replace(/^\s+/, '');
  const words = segment.split(/\s+/);
  const of = words.at(-1)!;
  const before = words.slice(0, -1);
  while (before[0] === 'sudo' || /^\w+=/.test(before[0] ?? '')) before.shift();
  const fitting = (all: readonly string[]) => ({ words: [...new Set(all)].filter((word) => word.startsWith(of)).sort(), of });
  if (before.length === 0) return of.includes('/') ? fitting(paths(shell, of)) : fitting(shell.programs());
  if (before[0] === 'kubectl' || before[0] === 'k') {
    const found = kubectl(lab.snapshot.cluster, before.slice(1), of);
    return fitting(found ?? paths(shell, of));
  }
  if (before[0] === 'ssh') return fitting([...lab.snapshot.hosts.keys()]);
  if ((before[0] === 'systemctl' && before.length > 1) || before.at(-1) === '-u')
    return fitting([...lab.snapshot.hosts.get(shell.place.node)!.units.keys()].map((unit) => unit.replace(/\.service$/, '')));
  if (before[0] === 'systemctl')
    return fitting(['cat', 'daemon-reload', 'disable', 'enable', 'is-active', 'is-enabled', 'restart', 'start', 'status', 'stop']);
  return fitting(paths(shell, of));
}

function paths(shell: Shell, word: string): readonly string[] {
  const slash = word.lastIndexOf('/');
  const typedDirectory = slash < 0 ? '' : word.slice(0, slash + 1);
  const directory = normalize(typedDirectory === '' ? '.' : typedDirectory.replace(/^~/, '/root'), shell.cwd);
  const names = shell.files.list(directory) ?? [];
  return names
    .filter((name) => !name.startsWith('.') || word.slice(slash + 1).startsWith('.'))
    .map((name) => `${typedDirectory}${name}${shell.files.stat(`${directory}/${name}`)?.kind === 'directory' ? '/' : ''}`);
}

/** The words for kubectl's next argument; undefined: a file. */
function kubectl(cluster: Cluster, before: readonly string[], of: string): readonly string[] | undefined {
  const last = before.at(-1);
  if (last === '-n' || last === '--namespace') return cluster.list(Namespace).map((one) => one.metadata.name);
  if (of.startsWith('--namespace=')) return cluster.list(Namespace).map((one) => `--namespace=${one.metadata.name}`);
  if (last === '-o' || last === '--output') return formats;
  if (last === '-f' || last === '--filename' || last === '-k') return undefined;
  if (of.startsWith('-')) return flags;
  const words = positional(before);
  const [verb, type] = words;
  if (verb === undefined) return verbs;
  const namespace = namespaceOf(before);
  if (words.length === 1 && subverbs[verb] !== undefined) return subverbs[verb];
  if (podVerbs.has(verb))
    return [
      ...names(cluster, 'pods', namespace),
      ...(verb === 'port-forward' || verb === 'logs' ? names(cluster, 'services', namespace).map((name) => `svc/${name}`) : []),
    ];
  if (nodeVerbs.has(verb)) return names(cluster, 'nodes', '');
  if (verb === 'taint') return words.length === 1 ? ['nodes'] : names(cluster, 'nodes', '');
  if (verb === 'rollout')
    return words.length === 2
      ? ['deployment', 'daemonset', 'statefulset'].flatMap((kind) => [
          kind,
          ...names(cluster, `${kind}s`, namespace).map((name) => `${kind}/${name}`),
        ])
      : names(cluster, words[2]!, namespace);
  if (!typed.has(verb)) return undefined;
  if (type === undefined) {
    const slash = of.indexOf('/');
    if (slash > 0) return names(cluster, of.slice(0, slash), namespace).map((name) => `${of.slice(0, slash + 1)}${name}`);
    return kindsOf(cluster).flatMap((kind) => [kind.plural, ...kind.shortNames.filter((short) => short.startsWith(of) && of !== '')]);
  }
  return names(cluster, type, namespace);
}

const valued = new Set([
  '-n',
  '--namespace',
  '-o',
  '--output',
  '-l',
  '--selector',
  '-f',
  '--filename',
  '-c',
  '--container',
  '--context',
  '--as',
  '-L',
  '-p',
  '--type',
  '--image',
  '--port',
]);

function positional(words: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let i = 0; i < words.length; i++) {
    if (valued.has(words[i]!)) i++;
    else if (!words[i]!.startsWith('-')) found.push(words[i]!);
  }
  return found;
}

function namespaceOf(words: readonly string[]): string | undefined {
  if (words.includes('-A') || words.includes('--all-namespaces')) return undefined;
  const at = words.findIndex((word) => word === '-n' || word === '--namespace');
  return at >= 0 ? (words[at + 1] ?? 'default') : (words.find((word) => word.startsWith('--namespace='))?.slice(12) ?? 'default');
}

function names(cluster: Cluster, resource: string, namespace: string | undefined): readonly string[] {
  const kind = kindsCalled(kindsOf(cluster), resource)[0];
  return kind === undefined ? [] : cluster.list(kind, kind.namespaced ? namespace : undefined).map((object) => object.metadata.name);
}

/** The prompt of a place, as its shell would show it. */
export function promptOf(shell: Shell, lab: Lab): string {
  const { place, cwd } = shell;
  if (place.kind === 'node') return `${place.node}:${cwd === '/root' ? '~' : cwd}$ `;
  const image =
    lab.snapshot.cluster.get(Pod, place.namespace, place.pod)?.spec.containers.find((one) => one.name === place.container)?.image ?? '';
  return /busybox|alpine|curl/.test(image) ? `${cwd} # ` : `root@${place.pod}:${cwd === '/root' ? '~' : cwd}# `;
}
