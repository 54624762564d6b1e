import { valueText } from '#kube/json.ts';
import type { PolicyRule } from '#kube/kinds/rbac.ts';
import type { Role } from '#kube/kinds/role.ts';
import { heading, indented, type Lines } from './lines.ts';
import { named } from './metadata.ts';

/** Roles and ClusterRoles: a line for every resource, all its verbs together. (kubectl: RoleDescriber, ClusterRoleDescriber) */
export function describeRole({ metadata, rules }: Pick<Role, 'metadata' | 'rules'>): Lines {
  const compact = compacted((rules ?? []).flatMap(brokenDown));
  const sorted = [...compact].sort((a, b) => (goText(a) < goText(b) ? -1 : goText(a) > goText(b) ? 1 : 0));
  return [
    ...named(metadata),
    'PolicyRule:',
    ...indented(1, [
      ...heading('Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'),
      ...sorted.map((rule) => [resourceText(rule), valueText(rule.urls), valueText(rule.names), valueText(rule.verbs)].join('\t')),
    ]),
  ];
}

/** A rule about one resource or one path. */
interface Simple {
  readonly group: string | undefined;
  readonly resource: string | undefined;
  readonly names: readonly string[];
  readonly urls: readonly string[];
  readonly verbs: readonly string[];
}

/** One rule for every resource, name and verb, and one for every path and verb (kubectl: rbac.BreakdownRule). */
function brokenDown({
  verbs = [],
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): readonly Simple[] {
  const names = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name]);
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) => names.map((one) => ({ group, resource, names: one, urls: [], verbs: [verb] }))),
      ),
    ),
    ...nonResourceURLs.flatMap((url) =>
      verbs.map((verb) => ({ group: undefined, resource: undefined, names: [], urls: [url], verbs: [verb] })),
    ),
  ];
}

/** Rules about the same resource and name become one; paths stay apart, a rule for every verb (kubectl: rbac.CompactRules). */
function compacted(rules: readonly Simple[]): readonly Simple[] {
  const paths = rules.filter(({ resource }) => resource === undefined);
  const byResource = new Map<string, Simple>();
  for (const rule of rules) {
    if (rule.resource === undefined) continue;
    const key = JSON.stringify([rule.group, rule.resource, rule.names]);
    const there = byResource.get(key);
    byResource.set(key, there === undefined ? rule : { ...there, verbs: [...new Set([...there.verbs, ...rule.verbs])] });
  }
  return [...paths, ...byResource.values()];
}

/** The String of Go's PolicyRule, by which kubectl sorts. */
function goText({ group, resource, names, urls, verbs }: Simple): string {
  const list = (one: string | undefined) => valueText(one === undefined ? [] : [one]);
  return `Verbs:${valueText(verbs)},APIGroups:${list(group)},Resources:${list(resource)},ResourceNames:${valueText(names)},NonResourceURLs:${valueText(urls)},`;
}

/** `deployments.apps/scale` */
function resourceText({ group = '', resource }: Simple): string {
  if (resource === undefined) return '';
  const [name, ...subresource] = resource.split('/');
  return [group === '' ? name : `${name}.${group}`, ...(subresource.length === 0 ? [] : [subresource.join('/')])].join('/');
}
