/** Resource types as discovery lists them, and how an argument finds one (apimachinery: api/meta; client-go: restmapper). */
import { NoMatchError } from './errors.ts';

/** A resource type in one version. */
export interface RestMapping {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The plural, as it stands in URLs. */
  readonly resource: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

interface ApiGroup {
  readonly name: string;
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
  readonly preferredVersion?: { readonly version: string };
}

interface ApiResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** One group with its versions, the preferred one first, and all their resources. */
export interface DiscoveredGroup {
  readonly name: string;
  readonly versions: readonly { readonly version: string; readonly resources: readonly RestMapping[] }[];
}

/** Asks for `/api`, `/apis` and every group version; `get` returns a body. */
export function discover(get: (path: string) => unknown): readonly DiscoveredGroup[] {
  const groups: DiscoveredGroup[] = [];
  const core = get('/api') as { readonly versions: readonly string[] };
  groups.push({
    name: '',
    versions: core.versions.map((version) => ({ version, resources: resourcesOf('', version, get(`/api/${version}`)) })),
  });
  for (const group of (get('/apis') as { readonly groups: readonly ApiGroup[] }).groups) {
    const preferred = group.preferredVersion?.version;
    const versions = group.versions.map(({ version }) => version).sort((a, b) => Number(b === preferred) - Number(a === preferred));
    groups.push({
      name: group.name,
      versions: versions.map((version) => ({
        version,
        resources: resourcesOf(group.name, version, get(`/apis/${group.name}/${version}`)),
      })),
    });
  }
  return groups;
}

/** A server in this process gives the same body as long as it serves the same. */
const known = new WeakMap<object, readonly RestMapping[]>();

function resourcesOf(group: string, version: string, body: unknown): readonly RestMapping[] {
  let mappings = known.get(body as object);
  if (mappings === undefined) known.set(body as object, (mappings = mappingsOf(group, version, body)));
  return mappings;
}

function mappingsOf(group: string, version: string, body: unknown): readonly RestMapping[] {
  const resources = (body as { readonly resources: readonly ApiResource[] }).resources;
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((one) => ({
      group,
      version,
      kind: one.kind,
      resource: one.name,
      singular: one.singularName === '' ? one.kind.toLowerCase() : one.singularName,
      namespaced: one.namespaced,
      shortNames: one.shortNames ?? [],
      categories: one.categories ?? [],
      verbs: one.verbs ?? [],
      subresources: resources.filter(({ name }) => name.startsWith(`${one.name}/`)).map(({ name }) => name.slice(one.name.length + 1)),
    }));
}

export class RestMapper {
  readonly groups: readonly DiscoveredGroup[];
  /** Every resource in every version; preferred versions first within a group. */
  readonly all: readonly RestMapping[];

  constructor(groups: readonly DiscoveredGroup[]) {
    this.groups = groups;
    this.all = groups.flatMap((group) => group.versions.flatMap(({ resources }) => resources));
  }

  /** Every resource once, in its preferred version. */
  get preferred(): readonly RestMapping[] {
    const seen = new Set<string>();
    return this.all.filter(({ group, resource }) => !seen.has(`${resource}.${group}`) && seen.add(`${resource}.${group}`));
  }

  /** The type of objects of this kind; undefined when the server has none. */
  forKind(apiVersion: string, kind: string): RestMapping | undefined {
    const { group, version } = parseApiVersion(apiVersion);
    return this.all.find((one) => one.group === group && one.version === version && one.kind === kind);
  }

  /** The type of a kind in any version. */
  forGroupKind(group: string, kind: string): RestMapping | undefined {
    return this.all.find((one) => one.group === group && one.kind === kind);
  }

  /**
   * The type an argument means: `pods`, `po`, `deployments.apps`, `deployments.v1.apps`, `Service` (resource.Builder.mappingFor).
   * Throws {@link NoMatchError}.
   */
  forArgument(argument: string): RestMapping {
    const [resource = '', second, ...rest] = argument.split('.');
    const group = second === undefined ? undefined : [second, ...rest].join('.');
    const full = second !== undefined && rest.length > 0 ? this.#byResource(resource, rest.join('.'), second) : undefined;
    const found = full ?? this.#byResource(resource, group) ?? this.#byKind(argument);
    if (found === undefined) throw new NoMatchError(`the server doesn't have a resource type "${resource}"`);
    return found;
  }

  /** The types of a category (`all`). */
  ofCategory(name: string): readonly RestMapping[] {
    return this.preferred.filter(({ categories }) => categories.includes(name));
  }

  #byResource(resource: string, group?: string, version?: string): RestMapping | undefined {
    const wanted = resource.toLowerCase();
    const fits = (one: RestMapping) =>
      (group === undefined || one.group === group || (group !== '' && version === undefined && one.group.startsWith(group))) &&
      (version === undefined || one.version === version);
    const all = this.all.filter(fits);
    const exact = all.filter((one) => one.group === group);
    for (const candidates of [exact, all]) {
      const found =
        candidates.find((one) => one.resource === wanted || one.singular === wanted) ??
        candidates.find(({ shortNames }) => shortNames.includes(wanted));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #byKind(argument: string): RestMapping | undefined {
    const [kind = '', second, ...rest] = argument.split('.');
    if (second === undefined) return this.all.find((one) => one.kind === kind);
    return (
      this.all.find((one) => one.kind === kind && one.version === second && one.group === rest.join('.')) ??
      this.all.find((one) => one.kind === kind && one.group === [second, ...rest].join('.'))
    );
  }
}

export function parseApiVersion(apiVersion: string): GroupVersion {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function apiVersionText({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `deployments.apps`, `services`. */
export function groupResource({ group, resource }: Pick<RestMapping, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}
