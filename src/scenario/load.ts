/** From texts to a scenario: sound, or refused with everything that is wrong with it. */
import type * as z from 'zod';
import { faultOf } from '#learn/faults/index.ts';
import type { KubeObject } from '#kube/object.ts';
import { observedSettings } from '#lab/bring-up/observed-settings.ts';
import { nodesOfQuestion, Question } from '#learn/question.ts';
import { familyOf, parseIp, parsePrefixed } from '#net/ip.ts';
import { breakLines, namedFaults, placeOfLine } from './break-lines.ts';
import { problemsOf, shown } from './issue.ts';
import { didYouMean, nearest } from './nearest.ts';
import { isPack } from './pack.ts';
import { sortedProblems, type Problem } from './problem.ts';
import type { Loaded, Scenario, WrittenJson, WrittenObject } from './scenario.ts';
import { BreakStep, type ClusterSpec, defaultNodes, NodeFile, NodeSpec, scenarioApiVersion, ScenarioDocument } from './schema.ts';
import { parseSource, positionOf, problemAt, type Path, type SourceDocument, type SourceFile } from './source.ts';
import { replaced, replacementsFor, varyProblems } from './vary.ts';

/**
 * Reads a stream of YAML that stands in one or several files. The documents' order does not matter; without a Scenario document it
 * is a cluster with defaults. Every mistake is reported, in the order of the files. The seed draws the words that vary.
 */
export function loadScenario(files: readonly SourceFile[], seed = '0'): Loaded {
  const parsed = files.map(parseSource);
  const asWritten = parsed.flatMap((one) => one.documents);
  const problems = parsed.flatMap((one) => [...one.problems]);
  const replacements = replacementsFor(asWritten.find(isScenario), seed);
  const documents = asWritten.map((document) => replaced(document, isScenario(document), replacements));

  const [lesson, ...others] = documents.filter(isScenario);
  for (const other of others) {
    problems.push(
      problemAt(
        other.file,
        other.keyAt(['kind']),
        'a second Scenario',
        `the first is in ${lesson!.file.name}, line ${lineOf(lesson!, ['kind'])}; a stream describes one lesson`,
      ),
    );
  }
  const written = documents.filter((document) => !isScenario(document)).map(objectsOf);
  problems.push(...written.flatMap((one) => one.problems));
  const objects = written.flatMap((one) => one.objects);
  problems.push(...duplicateObjects(objects));

  const result = ScenarioDocument.safeParse(
    lesson?.value ?? { apiVersion: scenarioApiVersion, kind: 'Scenario', metadata: { name: defaultName(files) } },
  );
  if (!result.success && lesson !== undefined) problems.push(...problemsOf(result.error, ScenarioDocument, lesson));
  if (!result.success && lesson === undefined) throw new Error(`unreachable: the empty scenario is refused: ${result.error.message}`);

  if (lesson !== undefined) {
    const parts = partsOf(lesson, objects);
    problems.push(...rules.flatMap((rule) => rule(parts)), ...varyProblems(asWritten.find(isScenario)!, asWritten));
  }
  if (result.success && problems.length === 0) {
    const varied = (other: string) => loadScenario(files, other);
    return {
      ok: true,
      scenario: { ...scenarioOf(result.data, objects, lesson), seed, varies: result.data.spec.vary.length > 0, replacements, varied },
    };
  }
  return {
    ok: false,
    problems: sortedProblems(
      problems,
      files.map((file) => file.name),
    ),
  };
}

/** Reports whether a document describes the lesson, be it with its version or its kind misspelt. */
function isScenario(document: SourceDocument): boolean {
  const { value } = document;
  if (!isMapping(value) || isPack(document)) return false;
  const { apiVersion, kind } = value;
  if (typeof apiVersion === 'string' && apiVersion.startsWith('cka-net/')) return true;
  return kind === 'Scenario' && (typeof apiVersion !== 'string' || nearest(apiVersion, [scenarioApiVersion]) !== undefined);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lineOf(document: SourceDocument, path: Path): number {
  return positionOf(document.file.text, document.keyAt(path)).line;
}

function defaultName(files: readonly SourceFile[]): string {
  const base = (files[0]?.name ?? '').replace(/^.*\//, '').replace(/\.(ya?ml|json)$/, '');
  const name = base
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);
  return name === '' ? 'cluster' : name;
}

function scenarioOf(
  { metadata, spec }: ScenarioDocument,
  objects: readonly WrittenObject[],
  document: SourceDocument | undefined,
): Omit<Scenario, 'seed' | 'varies' | 'replacements' | 'varied'> {
  const hasNodes = objects.some(isNode);
  const problem = document === undefined ? problemOfNoFile : problemIn(document);
  const { name, title, topic, difficulty, tags, subjects, faults, after, licence } = metadata;
  return {
    name,
    title: title ?? name,
    ...(topic !== undefined && { topic }),
    ...(difficulty !== undefined && { difficulty }),
    tags,
    subjects,
    ...(spec.clock !== undefined && { clock: spec.clock }),
    story: spec.story,
    cluster: { ...clusterOf(spec.cluster, objects, document), nodes: spec.cluster.nodes ?? (hasNodes ? [] : defaultNodes) },
    files: spec.files,
    break: breakLines(spec.break),
    faults: namedFaults(spec.break, faults),
    after,
    ...(licence !== undefined && { licence }),
    questions: spec.questions,
    objects,
    problem,
    problemOfBreak(line, message, note) {
      const { path, text, before } = placeOfLine(spec.break, line);
      return problem(['spec', 'break', ...path], message, note, text, before);
    },
  };
}

/** What the scenario says of its cluster, and for the rest what a dump in it tells. */
function clusterOf(
  cluster: ClusterSpec,
  objects: readonly WrittenObject[],
  document: SourceDocument | undefined,
): Omit<Scenario['cluster'], 'nodes'> {
  const { podSubnet, serviceSubnet, dnsDomain, ...found } = observedSettings(objects.map(({ object }) => object as unknown as KubeObject));
  const said = fieldOf(fieldOf(document?.value, 'spec'), 'cluster');
  const unsaid = <T extends object>(told: T, of: unknown): Partial<T> =>
    Object.fromEntries(
      Object.entries(told).filter(([field, value]) => value !== undefined && fieldOf(of, field) === undefined),
    ) as Partial<T>;
  const { network, ...rest } = unsaid(found, said);
  return {
    ...cluster,
    ...rest,
    networking: { ...cluster.networking, ...unsaid({ podSubnet, serviceSubnet, dnsDomain }, fieldOf(said, 'networking')) },
    ...(network !== undefined && fieldOf(said, 'cni') === undefined && { network }),
  } as Omit<Scenario['cluster'], 'nodes'>;
}

const problemOfNoFile: Parts['problem'] = (_path, message, note) => ({ file: '', message, ...(note !== undefined && { note }) });

function problemIn(document: SourceDocument): Parts['problem'] {
  return (path, message, note, within, before = 0) => {
    const offset = document.valueAt(path);
    let inside = offset - 1;
    for (let found = 0; within !== undefined && found <= before && inside !== -1; found++)
      inside = document.file.text.indexOf(within, inside + 1);
    return problemAt(document.file, Math.max(inside, offset), message, note);
  };
}

/** The objects of a document: itself, or the items of a list, each with its place. */
function objectsOf(document: SourceDocument): { readonly objects: readonly WrittenObject[]; readonly problems: readonly Problem[] } {
  const objects: WrittenObject[] = [];
  const problems: Problem[] = [];
  const visit = (value: unknown, path: Path) => {
    const refuse = (at: Path, message: string, note?: string) =>
      problems.push(problemAt(document.file, document.valueAt([...path, ...at]), message, note));
    if (isPack(document))
      return refuse(['kind'], 'this is the index of a pack, not a scenario', 'name its directory, or one of the scenarios in it');
    if (!isMapping(value))
      return refuse(
        [],
        `neither a Scenario nor a Kubernetes object: it is ${Array.isArray(value) ? 'a list' : `the ${typeof value === 'string' ? 'text' : 'value'} ${shown(value)}`}`,
        objectForm,
      );
    const { apiVersion, kind, metadata, items } = value;
    if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
      // `kubectl get pods -o yaml` says the kind once, at every item or only in the list's own name (PodList).
      const itemKind = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
      return items.forEach((item: unknown, index) => visit(isMapping(item) ? { ...itemKind, ...item } : item, [...path, 'items', index]));
    }
    if (typeof kind !== 'string' || kind === '') return refuse(['kind'], 'the object has no kind', objectForm);
    if (typeof apiVersion !== 'string' || apiVersion === '')
      return refuse(['apiVersion'], `the ${kind} has no apiVersion`, versionNote(kind));
    if (kind.endsWith('List') && !('spec' in value))
      return refuse(['items'], `the ${kind} has no items`, 'write `items: []`, or what is in it');
    if (isForTools(apiVersion, kind))
      return refuse(['kind'], `the ${kind} is a file of a tool, no object of the API`, 'lay it on a node with spec.files, or leave it out');
    if (!isMapping(metadata)) return refuse(['metadata'], `the ${kind} has no metadata`, 'write metadata.name');
    if (typeof metadata['name'] !== 'string' && typeof metadata['generateName'] !== 'string') {
      return refuse(
        ['metadata', 'name'],
        `the ${kind} has no name`,
        metadata['name'] === undefined ? 'write metadata.name' : 'a name is a text: put it in quotes',
      );
    }
    objects.push({
      object: value as unknown as WrittenJson,
      problem: (at, message, note) => problemAt(document.file, document.valueAt([...path, ...at]), message, note),
    });
  };
  visit(document.value, []);
  return { objects, problems };
}

const objectForm = 'a document is a Kubernetes object (apiVersion, kind, metadata) or a Scenario, which `cka-net new` begins';

/** The versions of the kinds that scenarios are made of; the others are told in general. */
const versions: Readonly<Record<string, string>> = {
  v1: 'ConfigMap Endpoints Namespace Node PersistentVolume PersistentVolumeClaim Pod Secret Service ServiceAccount',
  'apps/v1': 'DaemonSet Deployment ReplicaSet StatefulSet',
  'batch/v1': 'CronJob Job',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'gateway.networking.k8s.io/v1': 'Gateway GatewayClass HTTPRoute',
  'networking.k8s.io/v1': 'Ingress IngressClass NetworkPolicy',
};

function versionNote(kind: string): string {
  const found = Object.entries(versions).find(([, kinds]) => kinds.split(' ').includes(kind));
  return found === undefined ? 'it names the API and its version, like apps/v1' : `write apiVersion: ${found[0]}`;
}

/** Files that look like objects and are read by kubectl, kubeadm, kustomize and the components alone. */
function isForTools(apiVersion: string, kind: string): boolean {
  if (apiVersion === 'v1' && kind === 'Config') return true;
  return /^(kubeadm\.k8s\.io|kustomize\.config\.k8s\.io|(kubelet|kubeproxy|apiserver|kubescheduler)\.config\.k8s\.io)\//.test(apiVersion);
}

function duplicateObjects(objects: readonly WrittenObject[]): readonly Problem[] {
  const first = new Map<string, WrittenObject>();
  return objects.flatMap((written) => {
    const { apiVersion, kind, metadata } = written.object;
    if (metadata.name === undefined) return [];
    const namespace = metadata.namespace ?? 'default';
    const key = [apiVersion.replace(/\/?v\w+$/, ''), kind, namespace, metadata.name].join(' ');
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, written);
      return [];
    }
    const place = earlier.problem(['metadata', 'name'], '');
    return [
      written.problem(
        ['metadata', 'name'],
        `${kind} ${namespace}/${metadata.name} is there twice`,
        `the first is in ${place.file}, line ${place.at!.line}`,
      ),
    ];
  });
}

/** A part of the Scenario document that is sound by itself, and where it stands. */
interface Located<T> {
  readonly part: T;
  readonly path: Path;
}

/** What the rules look at. Where the schema refuses a document, its sound parts are still held against each other. */
interface Parts {
  readonly nodes: readonly Located<NodeSpec>[];
  readonly files: readonly Located<NodeFile>[];
  readonly questions: readonly Located<Question>[];
  /** Those of questions that are not sound are among them. */
  readonly questionIds: readonly Located<string>[];
  readonly break: readonly Located<BreakStep>[];
  readonly podSubnet: string;
  /** The length of a node's range, by the schema's default where none is written. */
  readonly maskSize: { readonly IPv4: number; readonly IPv6: number };
  /** The names of all nodes. */
  readonly nodeNames: readonly string[];
  /** A problem at a place; `within` is the part of the text there that is meant, `before` how often it stands there before that. */
  problem(path: Path, message: string, note?: string, within?: string, before?: number): Problem;
  lineOf(path: Path): number;
}

function partsOf(document: SourceDocument, objects: readonly WrittenObject[]): Parts {
  const spec = fieldOf(document.value, 'spec');
  const cluster = fieldOf(spec, 'cluster');
  const nodes = fieldOf(cluster, 'nodes');
  const names =
    nodes === undefined
      ? objects.some(isNode)
        ? []
        : defaultNodes.map((node) => node.name)
      : texts(nodes, 'name', []).map(({ part }) => part);
  const steps = fieldOf(spec, 'break');
  const podSubnet = fieldOf(fieldOf(cluster, 'networking'), 'podSubnet');
  return {
    nodes: sound(NodeSpec, nodes, ['spec', 'cluster', 'nodes']),
    files: sound(NodeFile, fieldOf(spec, 'files'), ['spec', 'files']),
    questions: sound(Question, fieldOf(spec, 'questions'), ['spec', 'questions']),
    questionIds: texts(fieldOf(spec, 'questions'), 'id', ['spec', 'questions']),
    break: typeof steps === 'string' ? [{ part: steps, path: ['spec', 'break'] }] : sound(BreakStep, steps, ['spec', 'break']),
    podSubnet: typeof podSubnet === 'string' ? podSubnet : '',
    maskSize: { IPv4: numberOr(24, fieldOf(cluster, 'nodeCIDRMaskSize')), IPv6: numberOr(64, fieldOf(cluster, 'nodeCIDRMaskSizeIPv6')) },
    nodeNames: [...new Set([...names, ...writtenNodes(objects)])],
    problem: problemIn(document),
    lineOf: (path) => lineOf(document, path),
  };
}

/** The entries of a list that are sound, each with its place. */
function sound<T>(schema: z.ZodType<T>, list: unknown, path: Path): readonly Located<T>[] {
  return listOf(list).flatMap((entry, index) => {
    const result = schema.safeParse(entry);
    return result.success ? [{ part: result.data, path: [...path, index] }] : [];
  });
}

/** One text field of every entry of a list, sound or not, each with its place. */
function texts(list: unknown, field: string, path: Path): readonly Located<string>[] {
  return listOf(list).flatMap((entry, index) => {
    const text = fieldOf(entry, field);
    return typeof text === 'string' ? [{ part: text, path: [...path, index, field] }] : [];
  });
}

function fieldOf(value: unknown, field: string): unknown {
  return isMapping(value) ? value[field] : undefined;
}

function numberOr(otherwise: number, value: unknown): number {
  return typeof value === 'number' ? value : otherwise;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Everything but the first of those that are called the same, with the first. */
function repeated<T>(
  all: readonly Located<T>[],
  keyOf: (part: T) => string,
): readonly { readonly again: Located<T>; readonly first: Located<T> }[] {
  const seen = new Map<string, Located<T>>();
  return all.flatMap((one) => {
    const key = keyOf(one.part);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, one);
    return first === undefined ? [] : [{ again: one, first }];
  });
}

/** What a schema cannot say: how the parts of a scenario fit together. */
const rules: readonly ((parts: Parts) => readonly Problem[])[] = [
  function questionIdsAreUnique({ questionIds, problem, lineOf }) {
    return repeated(questionIds, (id) => id).map(({ again, first }) =>
      problem(again.path, `two questions are called "${again.part}"`, `the first is in line ${lineOf(first.path)}; progress is kept by id`),
    );
  },

  function nodesAreUnique({ nodes, problem, lineOf }) {
    return repeated(nodes, (node) => node.name).map(({ again, first }) =>
      problem([...again.path, 'name'], `two nodes are called "${again.part.name}"`, `the first is in line ${lineOf(first.path)}`),
    );
  },

  function nodeAddressesAreUnique({ nodes, problem, lineOf }) {
    const addresses = nodes.flatMap((node) =>
      (node.part.addresses ?? []).map((address, at) => ({ part: address, path: [...node.path, 'addresses', at] })),
    );
    return repeated(addresses, (address) => parseIp(address)!).map(({ again, first }) =>
      problem(again.path, `${again.part} is another node's address already`, `the first is in line ${lineOf(first.path)}`),
    );
  },

  function thereIsAControlPlane({ nodes, nodeNames, problem }) {
    if (nodes.length === 0 || nodes.some(({ part }) => part.roles.includes('control-plane')) || nodeNames.length > nodes.length) return [];
    return [problem(['spec', 'cluster', 'nodes'], 'no node has the role control-plane', 'write `roles: [control-plane]` at one of them')];
  },

  function podRangesAreOfThePodSubnetsFamilies({ nodes, podSubnet, problem }) {
    const isIpv6 = podSubnet === '' ? [false] : podSubnet.split(',').map((text) => text.includes(':'));
    return nodes.flatMap(({ part, path }) =>
      (part.podCIDRs ?? []).flatMap((range, at) =>
        isIpv6.includes(range.includes(':'))
          ? []
          : [
              problem(
                [...path, 'podCIDRs', at],
                `${range} is of a family that podSubnet does not have`,
                'give podSubnet a range of each family, with a comma between them, or leave this one out',
              ),
            ],
      ),
    );
  },

  /** kubeadm refuses such a cluster (cmd/kubeadm/app/apis/kubeadm/validation/validation.go, ValidatePodSubnetNodeMask). */
  function nodesFindRangesInThePodSubnet({ podSubnet, maskSize, problem }) {
    const path = ['spec', 'cluster', 'networking', 'podSubnet'];
    return podSubnet.split(',').flatMap((text) => {
      const subnet = parsePrefixed(text);
      if (subnet === undefined) return [];
      const [field, size] =
        familyOf(subnet.ip) === 'IPv4'
          ? (['nodeCIDRMaskSize', maskSize.IPv4] as const)
          : (['nodeCIDRMaskSizeIPv6', maskSize.IPv6] as const);
      if (size < subnet.length)
        return [
          problem(
            path,
            `${text} has no room for a node's range of /${size}`,
            `write a larger range, or ${field}: ${subnet.length} or more`,
          ),
        ];
      if (size - subnet.length > 16)
        return [
          problem(
            path,
            `${text} falls into more than 2^16 ranges of /${size}, which kubeadm refuses`,
            `write a smaller range, or ${field}: ${subnet.length + 16} or less`,
          ),
        ];
      return [];
    });
  },

  function filesAreLaidOnce({ files, problem, lineOf }) {
    return repeated(files, ({ node, path }) => `${node ?? ''}:${path}`).map(({ again, first }) =>
      problem(
        [...again.path, 'path'],
        `${again.part.path} is laid ${again.part.node === undefined ? 'on every node' : `on ${again.part.node}`} already`,
        `the first is in line ${lineOf(first.path)}; of two, only the last would be there`,
      ),
    );
  },

  function filesAreOnNodesThatExist(parts) {
    return parts.files.flatMap(({ part: { node }, path }) => (node === undefined ? [] : unknownNode(parts, node, [...path, 'node'])));
  },

  function questionsNameNodesThatExist(parts) {
    return parts.questions.flatMap((question) =>
      nodesOfQuestion(question.part).flatMap(({ path, node }) => unknownNode(parts, node, [...question.path, ...path])),
    );
  },

  function breakGoesToNodesThatExist(parts) {
    const addresses = parts.nodes.flatMap(({ part }) => part.addresses ?? []);
    return parts.break.flatMap(({ part, path }) => {
      const lines = typeof part === 'string' ? part : '';
      return [...lines.matchAll(/(?<=^|[\s;&|(])ssh\s+(?:-\S+\s+)*(?:\w+@)?([a-z0-9][a-z0-9.-]*)/gm)].flatMap(([call, node]) =>
        addresses.includes(node!) ? [] : unknownNode(parts, node!, path, call),
      );
    });
  },

  function faultsStrikeWhatTheyCan(parts) {
    return parts.break.flatMap(({ part, path }) => {
      if (typeof part === 'string') return [];
      const known = Object.keys(faultOf(part.fault)!.parameters);
      return Object.entries(part.with).flatMap(([name, value]) => {
        const place = [...path, 'with', name];
        if (!known.includes(name))
          return [
            parts.problem(
              place,
              `the fault ${part.fault} has no parameter "${name}"${didYouMean(name, known)}`,
              known.length === 0 ? 'it has none at all' : `it has ${known.join(', ')}`,
            ),
          ];
        return name === 'node' ? unknownNode(parts, value, place) : [];
      });
    });
  },
];

/** The names of all nodes, those that are objects of the stream included. */
export function nodeNames({ cluster, objects }: Pick<Scenario, 'cluster' | 'objects'>): readonly string[] {
  return [...new Set([...cluster.nodes.map((node) => node.name), ...writtenNodes(objects)])];
}

function writtenNodes(objects: readonly WrittenObject[]): readonly string[] {
  return objects.filter(isNode).flatMap(({ object }) => object.metadata.name ?? []);
}

function isNode({ object }: WrittenObject): boolean {
  return object.kind === 'Node' && object.apiVersion === 'v1';
}

function unknownNode({ nodeNames, problem }: Parts, node: string, path: Path, within?: string): readonly Problem[] {
  if (nodeNames.includes(node)) return [];
  return [problem(path, `no node is called "${node}"${didYouMean(node, nodeNames)}`, `the nodes are ${nodeNames.join(', ')}`, within)];
}
