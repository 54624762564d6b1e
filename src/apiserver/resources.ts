/** What the server serves: the built-in kinds of its version, and those of the CustomResourceDefinitions that are in the cluster. */
import type { Objects } from '#kube/cluster.ts';
import { groupBy } from '#kube/group.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import { compareVersions, customKindsOf } from '#kube/kinds/custom-resource.ts';
import { CustomResourceDefinition, type CustomResourceDefinitionVersion } from '#kube/kinds/custom-resource-definition.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { views } from '#kube/kinds/views.ts';
import type { KubeObject } from '#kube/object.ts';
import { minorVersionOf } from '#kube/settings.ts';
import { gatewayColumns } from '#kube/kinds/gateway/columns.ts';

/** A resource type in one served version. */
export interface Resource {
  /** As this version shows it. */
  readonly kind: Kind;
  /** As objects are stored; the same as `kind` for almost all. */
  readonly stored: Kind;
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
  /** What its CustomResourceDefinition says of this version. */
  readonly custom?: CustomResourceDefinitionVersion;
}

export interface ServedGroup {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly { readonly version: string; readonly resources: readonly Resource[] }[];
}

/** The first minor version of Kubernetes 1.x that serves a resource by default, where that is later than what we speak of. */
const firstServed: ReadonlyMap<string, number> = new Map([
  ['selfsubjectreviews.authentication.k8s.io', 28],
  ['validatingadmissionpolicies.admissionregistration.k8s.io', 30],
  ['validatingadmissionpolicybindings.admissionregistration.k8s.io', 30],
  ['ipaddresses.networking.k8s.io', 33],
  ['servicecidrs.networking.k8s.io', 33],
  ['volumeattributesclasses.storage.k8s.io', 34],
  ['deviceclasses.resource.k8s.io', 34],
  ['resourceclaims.resource.k8s.io', 34],
  ['resourceclaimtemplates.resource.k8s.io', 34],
  ['resourceslices.resource.k8s.io', 34],
  ['mutatingadmissionpolicies.admissionregistration.k8s.io', 36],
  ['mutatingadmissionpolicybindings.admissionregistration.k8s.io', 36],
]);

const asIs = (object: KubeObject): KubeObject => object;

/** The built-in kinds, and those that show objects of another. */
const builtInResources: readonly Resource[] = [
  ...builtInKinds.filter((kind) => !views.some((view) => view.kind === kind)).map(stored),
  ...views.map(({ kind, stored, toStored, fromStored }) => ({ kind, stored, toStored, fromStored })),
].sort((a, b) => placeOf(a.kind) - placeOf(b.kind));

function stored(kind: Kind): Resource {
  return { kind, stored: kind, toStored: asIs, fromStored: asIs };
}

/** In the order of discovery; old versions behind all else. */
function placeOf(kind: Kind): number {
  const place = builtInKinds.indexOf(kind);
  return place < 0 ? builtInKinds.length : place;
}

function isServed({ kind }: Resource, minorVersion: number): boolean {
  const gone = views.find((view) => view.kind === kind)?.gone ?? Infinity;
  return (firstServed.get(resourceOf(kind)) ?? 0) <= minorVersion && minorVersion < gone;
}

/** Versions of a custom resource differ in their apiVersion alone. */
function custom(kind: Kind, definition: CustomResourceDefinitionVersion): Resource {
  const apiVersion = `${kind.group}/${kind.version}`;
  const known = gatewayKinds.find((one) => one.group === kind.group && one.kind === kind.kind);
  const served = known === undefined ? kind : { ...kind, schema: known.schema };
  return {
    kind: served,
    stored: served,
    toStored: asIs,
    fromStored: (object) => (object.apiVersion === apiVersion ? object : { ...object, apiVersion }),
    custom: definition,
  };
}

/** What the definition of a resource of the Gateway API would say, were it in the cluster. */
function definitionOf({ version, plural }: Kind): CustomResourceDefinitionVersion {
  return {
    name: version,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: gatewayColumns[plural] ?? [],
  };
}

/** What the server serves beside the built-in kinds. */
interface Custom {
  /** The kinds of the Gateway API of which there are objects. */
  readonly present: readonly Kind[];
  readonly resources: readonly Resource[];
  readonly groups: readonly ServedGroup[];
}

/** By the list of definitions, which is the same as long as none changes. */
const customByDefinitions = new WeakMap<readonly CustomResourceDefinition[], Custom>();

/** Resources of CustomResourceDefinitions; those of the Gateway API also where a dump brought objects without their definitions. */
function customOf(objects: Objects): Custom {
  const definitions = objects.list(CustomResourceDefinition);
  const present = gatewayKinds.filter((kind) => objects.list(kind).length > 0);
  const known = customByDefinitions.get(definitions);
  if (known !== undefined && known.present.length === present.length && known.present.every((kind, i) => kind === present[i])) return known;
  const defined = definitions.flatMap((definition) => customKindsOf(definition).map(({ kind, version }) => custom(kind, version)));
  const names = new Set(defined.map(({ kind }) => resourceOf(kind)));
  const implied = present.filter((kind) => !names.has(resourceOf(kind)));
  const resources = [...defined, ...implied.map((kind) => custom(kind, definitionOf(kind)))].sort((a, b) =>
    a.kind.group !== b.kind.group ? (a.kind.group < b.kind.group ? -1 : 1) : a.kind.plural < b.kind.plural ? -1 : 1,
  );
  const found = { present, resources, groups: groupsOf(resources) };
  customByDefinitions.set(definitions, found);
  return found;
}

function groupsOf(resources: readonly Resource[]): readonly ServedGroup[] {
  return [...groupBy(resources, ({ kind }) => kind.group)].map(([name, all]) => ({
    name,
    versions: [...groupBy(all, ({ kind }) => kind.version)]
      .sort(([a], [b]) => compareVersions(a, b))
      .map(([version, served]) => ({ version, resources: served })),
  }));
}

const builtInByMinor = new Map<number, readonly ServedGroup[]>();

function builtInGroups(minorVersion: number): readonly ServedGroup[] {
  let groups = builtInByMinor.get(minorVersion);
  if (groups === undefined) {
    groups = groupsOf(builtInResources.filter((one) => isServed(one, minorVersion)));
    builtInByMinor.set(minorVersion, groups);
  }
  return groups;
}

/** Every group that is served, in the order of their priorities; those of custom resources last, by name. */
export function servedGroups(objects: Objects): readonly ServedGroup[] {
  return [...builtInGroups(minorVersionOf(objects)), ...customOf(objects).groups];
}

/** The resource of a URL; undefined when it is not served. */
export function findResource(objects: Objects, group: string, version: string, plural: string): Resource | undefined {
  const isWanted = ({ kind }: Resource) => kind.group === group && kind.version === version && kind.plural === plural;
  for (const { name, versions } of builtInGroups(minorVersionOf(objects))) {
    if (name !== group) continue;
    const found = versions.find((one) => one.version === version)?.resources.find(isWanted);
    if (found !== undefined) return found;
  }
  return customOf(objects).resources.find(isWanted);
}
