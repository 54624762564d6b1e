/** From arguments to objects: TYPE NAME, TYPE/NAME, selectors, files (staging:cli-runtime/pkg/resource/builder.go). */
import { quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { pathOf } from './client.ts';
import { apiVersionText, groupResource, type RestMapping } from './discovery.ts';
import { AggregateErrors, ApiError, isNotFound, KubectlError, NoMatchError } from './errors.ts';
import type { Invocation } from './invocation.ts';
import { buildKustomization } from './kustomization.ts';
import { flattened, isList, sourcesOf, type Manifest, type Source } from './manifests.ts';

/** One object that a command is about. */
export interface Info {
  readonly mapping: RestMapping;
  /** `''` for objects without a namespace. */
  readonly namespace: string;
  readonly name: string;
  /** The file it stands in; `''` when it was named. */
  readonly source: string;
  /** As the server or the file has it; absent when nobody asked for it. */
  readonly object?: KubeObject;
}

export interface BuilderOptions {
  /** Arguments: a type and names, or types with names behind a slash. */
  readonly args?: readonly string[];
  readonly filenames?: readonly string[];
  readonly kustomize?: string;
  readonly recursive?: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  /** A type alone means all of its objects. */
  readonly allowEmptySelector?: boolean;
  readonly singleResourceType?: boolean;
  /** Fetch named objects from the server (default), or only name them. */
  readonly requireObject?: boolean;
  /** Fetch the server's state of objects given by files too. */
  readonly latest?: boolean;
  /** Fetch this subresource of named objects. */
  readonly subresource?: string;
  readonly limit?: number;
  /** Files are checked before they are decoded: the command has --validate. */
  readonly validate?: boolean;
  /** Do without a server: types are taken from the objects. */
  readonly local?: boolean;
}

const missingResource = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** A request that will give objects: for one name, or for all that a selector matches. */
export type Target =
  | { readonly kind: 'name'; readonly mapping: RestMapping; readonly namespace: string; readonly name: string }
  | {
      readonly kind: 'selection';
      readonly mapping: RestMapping;
      readonly namespace: string;
      readonly labelSelector: string;
      readonly fieldSelector: string;
    }
  | { readonly kind: 'source'; readonly source: Source };

/** What the arguments ask for, in order; throws when they make no sense together. */
export function targetsOf(kubectl: Invocation, options: BuilderOptions): readonly Target[] {
  const { args = [], filenames = [], kustomize = '', recursive = false, labelSelector = '', all = false, allNamespaces = false } = options;
  const sources = filesOf(kubectl, filenames, kustomize, recursive);
  if (all && labelSelector !== '') throw new KubectlError("setting 'all' parameter but found a non empty selector. ");
  const words = replaceCategories(kubectl, normalizeTypes(args));
  const combined = words.some((word) => word.includes('/'));
  if (combined && !words.every((word) => word.includes('/'))) {
    throw new KubectlError(
      "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    );
  }
  const tuples = combined ? words.map(typeAndName) : [];
  const types = combined || words.length === 0 ? [] : splitList(words[0]!);
  const names = combined ? [] : words.slice(1);
  const { fieldSelector = '' } = options;
  const selects =
    all || labelSelector !== '' || fieldSelector !== '' || (options.allowEmptySelector === true && words.length === 1 && !combined);
  const namespace = allNamespaces ? '' : kubectl.namespace.name;
  const placed = (mapping: RestMapping) => {
    if (mapping.namespaced && namespace === '') throw new KubectlError('a resource cannot be retrieved by name across all namespaces');
    return mapping.namespaced ? namespace : '';
  };

  if (sources.length > 0) {
    if (types.length > 0)
      throw new KubectlError('when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well');
    if (tuples.length > 0)
      throw new KubectlError('when paths, URLs, or stdin is provided as input, you may not specify a resource by arguments as well');
    return sources.map((source) => ({ kind: 'source', source }));
  }
  if (selects) {
    if (names.length > 0) throw new KubectlError('name cannot be provided when a selector is specified');
    if (tuples.length > 0) throw new KubectlError('selectors and the all flag cannot be used when passing resource/name arguments');
    if (types.length === 0) throw new KubectlError('at least one resource must be specified to use a selector');
    const mappings = types.map((type) => mappingFor(kubectl, type));
    if (mappings.length > 1 && options.singleResourceType === true) throw new KubectlError('you may only specify a single resource type');
    return mappings.map((mapping) => ({
      kind: 'selection',
      mapping,
      namespace: mapping.namespaced ? namespace : '',
      labelSelector,
      fieldSelector,
    }));
  }
  if (tuples.length > 0) {
    const found = tuples.map(([type, name]) => ({ mapping: mappingFor(kubectl, type), name }));
    return found.map(({ mapping, name }) => ({ kind: 'name', mapping, namespace: placed(mapping), name }));
  }
  if (names.length > 0) {
    if (types.length > 1) throw new KubectlError('you must specify only one resource');
    const mapping = mappingFor(kubectl, types[0]!);
    const where = placed(mapping);
    return names.map((name) => ({ kind: 'name', mapping, namespace: where, name }));
  }
  if (types.length > 0) {
    for (const type of types) mappingFor(kubectl, type);
    throw new KubectlError('resource(s) were provided, but no name was specified');
  }
  throw new KubectlError(missingResource);
}

/** The type an argument means, in the words of commands that take TYPE NAME. */
export function mappingFor(kubectl: Invocation, argument: string): RestMapping {
  try {
    return kubectl.client.mapper.forArgument(argument);
  } catch (error) {
    if (error instanceof NoMatchError) throw new KubectlError(error.message);
    throw error;
  }
}

function filesOf(kubectl: Invocation, filenames: readonly string[], kustomize: string, recursive: boolean): readonly Source[] {
  if (kustomize !== '' && filenames.length > 0) throw new KubectlError('only one of -f or -k can be specified');
  if (kustomize !== '' && recursive) throw new KubectlError("the -k flag can't be used with -f or -R");
  if (kustomize !== '') return [() => buildKustomization(kubectl, kustomize)];
  const found: Source[] = [];
  const errors: Error[] = [];
  for (const filename of filenames) {
    try {
      found.push(...sourcesOf(kubectl, filename, recursive));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  if (errors.length > 0) throw new AggregateErrors(errors);
  return found;
}

/** `a,b` without repetitions. */
export function splitList(text: string): readonly string[] {
  return text === '' ? [] : [...new Set(text.split(','))];
}

/** `a,b x` is `a/x b/x`. */
function normalizeTypes(args: readonly string[]): readonly string[] {
  const [first = '', ...names] = args;
  const types = splitList(first);
  return names.length > 0 && types.length > 1 ? types.flatMap((type) => names.map((name) => `${type}/${name}`)) : args;
}

/** `all` stands for the types of that category. */
function replaceCategories(kubectl: Invocation, words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === undefined || first.includes('/')) return words;
  const types = splitList(first).flatMap((type) => {
    if (type !== 'all' && (kubectl.globals.v < 0 || isKnown(kubectl, type))) return [type];
    const members = kubectl.client.mapper.ofCategory(type);
    return members.length === 0 ? [type] : members.map(groupResource);
  });
  return [types.join(','), ...rest];
}

function isKnown(kubectl: Invocation, type: string): boolean {
  try {
    kubectl.client.mapper.forArgument(type);
    return true;
  } catch (error) {
    if (error instanceof NoMatchError) return false;
    throw error;
  }
}

function typeAndName(word: string): readonly [type: string, name: string] {
  const [type = '', name = '', ...more] = word.split('/');
  if (more.length > 0) throw new KubectlError('arguments in resource/name form may not have more than one slash');
  if (type === '' || name === '' || splitList(type).length !== 1)
    throw new KubectlError('arguments in resource/name form must have a single resource and name');
  return [type, name];
}

/** The objects, one after the other; what goes wrong with one of them comes in its place. Requests are made as they are asked for. */
export function* visit(kubectl: Invocation, options: BuilderOptions): Generator<Info | Error> {
  yield* visitTargets(kubectl, targetsOf(kubectl, options), options);
}

export function* visitTargets(kubectl: Invocation, targets: readonly Target[], options: BuilderOptions): Generator<Info | Error> {
  for (const target of targets) {
    if (target.kind === 'source') yield* fromSource(kubectl, target.source, options);
    else if (target.kind === 'selection') yield* fromSelection(kubectl, target, options);
    else {
      const { mapping, namespace, name } = target;
      const info: Info = { mapping, namespace, name, source: '' };
      yield options.requireObject === false ? info : fetched(kubectl, info, options);
    }
  }
}

function fetched(kubectl: Invocation, info: Info, { subresource = '' }: BuilderOptions): Info | Error {
  try {
    const path = pathOf(info.mapping, info.namespace, info.name, subresource);
    return { ...info, object: kubectl.client.request('GET', path).body as KubeObject };
  } catch (error) {
    return missing(kubectl, info, asError(error));
  }
}

/** Of an object that is not there because its namespace is not, the namespace is named (cli-runtime: Info.Get). */
export function missing(kubectl: Invocation, { mapping, namespace }: Info, error: Error): Error {
  if (!isNotFound(error) || !mapping.namespaced || namespace === '' || namespace === 'default') return error;
  try {
    kubectl.client.request('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  } catch (second) {
    if (isNotFound(second)) return asError(second);
  }
  return error;
}

function* fromSelection(
  kubectl: Invocation,
  target: Extract<Target, { kind: 'selection' }>,
  { limit }: BuilderOptions,
): Generator<Info | Error> {
  const { mapping, namespace, labelSelector, fieldSelector } = target;
  let next: string | undefined;
  try {
    do {
      const list = kubectl.client.list(mapping, namespace, {
        labelSelector,
        fieldSelector,
        ...(limit !== undefined && { limit }),
        ...(next !== undefined && { continue: next }),
      });
      for (const object of list.items)
        yield { mapping, namespace: object.metadata.namespace ?? '', name: object.metadata.name, source: '', object };
      next = list.metadata.continue;
    } while (next !== undefined && next !== '');
  } catch (error) {
    yield selectionError(asError(error), mapping, labelSelector, fieldSelector);
  }
}

/** A list that the server refused names the selectors (cli-runtime: Selector.Visit). */
export function selectionError(error: Error, mapping: RestMapping, labelSelector: string, fieldSelector: string): Error {
  if (!(error instanceof ApiError)) return error;
  const { status } = error;
  if (status.reason !== 'BadRequest' && status.reason !== 'NotFound') return error;
  const resource = `${apiVersionText(mapping).includes('/') ? apiVersionText(mapping) : `/${mapping.version}`}, Resource=${mapping.resource}`;
  const message =
    labelSelector === '' && fieldSelector === ''
      ? `Unable to list ${quote(resource)}: ${status.message}`
      : `Unable to find ${quote(resource)} that match label selector ${quote(labelSelector)}, field selector ${quote(fieldSelector)}: ${status.message}`;
  return new ApiError({ ...status, message });
}

function* fromSource(kubectl: Invocation, source: Source, options: BuilderOptions): Generator<Info | Error> {
  try {
    for (const manifest of source({ validate: options.validate === true })) {
      if (manifest instanceof Error) {
        yield manifest;
        continue;
      }
      const inList = isList(manifest);
      for (const one of flattened(manifest)) {
        const info = infoOf(kubectl, one, inList, options);
        yield info instanceof Error || options.latest !== true ? info : fetched(kubectl, info, options);
      }
    }
  } catch (error) {
    yield asError(error);
  }
}

/** The type, the namespace and the name of an object from a file. */
function infoOf(kubectl: Invocation, { value, source }: Manifest, inList: boolean, options: BuilderOptions): Info | Error {
  const object = value as unknown as KubeObject;
  const { apiVersion = '', kind } = object;
  const metadata = (object.metadata ?? {}) as KubeObject['metadata'];
  const name = metadata.name ?? '';
  const own = metadata.namespace ?? '';
  const mapping = options.local === true ? localMapping(apiVersion, kind) : kubectl.client.mapper.forKind(apiVersion, kind);
  if (mapping === undefined) {
    const noMatches = `no matches for kind ${quote(kind)} in version ${quote(apiVersion)}`;
    if (inList) return new NoMatchError(`unable to recognize ${noMatches}`);
    return new KubectlError(
      `resource mapping not found for name: ${quote(name)} namespace: ${quote(own)} from ${quote(source)}: ${noMatches}\nensure CRDs are installed first`,
    );
  }
  if (!mapping.namespaced || options.local === true) return { mapping, namespace: own, name, source, object };
  const { name: wanted, enforced } = kubectl.namespace;
  if (own !== '' && own !== wanted && enforced) {
    return new KubectlError(
      `the namespace from the provided object ${quote(own)} does not match the namespace ${quote(wanted)}. You must pass '--namespace=${own}' to perform this operation.`,
    );
  }
  const namespace = own === '' ? wanted : own;
  return { mapping, namespace, name, source, object: { ...object, metadata: { ...metadata, namespace } } };
}

function localMapping(apiVersion: string, kind: string): RestMapping {
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    resource: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
  };
}

/**
 * Calls `act` for every object. An error of `act` or of fetching an object does not stop the others; at the end they are thrown
 * together (cli-runtime: ContinueOnErrorVisitor). Returns how many objects there were.
 */
export function forEach(infos: Iterable<Info | Error>, act: (info: Info) => void): number {
  const errors: Error[] = [];
  let count = 0;
  for (const info of infos) {
    if (info instanceof Error) {
      errors.push(info);
      continue;
    }
    count++;
    try {
      act(info);
    } catch (error) {
      errors.push(asError(error));
    }
  }
  if (errors.length === 1) throw errors[0]!;
  if (errors.length > 0) throw new AggregateErrors(errors);
  return count;
}

/** All objects, or what went wrong first (resource.Result.Infos without ContinueOnError). */
export function allInfos(infos: Iterable<Info | Error>): readonly Info[] {
  const found: Info[] = [];
  for (const info of infos) {
    if (info instanceof Error) throw info;
    found.push(info);
  }
  return found;
}

export function asError(error: unknown): Error {
  if (error instanceof KubectlError) return error;
  throw error;
}
