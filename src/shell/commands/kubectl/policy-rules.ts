/** The rules of roles as kubectl lists them (component-helpers: auth/rbac/validation; kubectl: describe.PrintPolicyRules). */

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** The rules one resource and one name each, the verbs of equal ones joined (BreakdownRule, CompactRules), in the order of their texts. */
export function compactRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const ofResources = new Map<string, PolicyRule>();
  const ofPaths: PolicyRule[] = [];
  for (const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } of rules) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        for (const name of resourceNames.length === 0 ? [undefined] : resourceNames) {
          const key = JSON.stringify([group, resource, name]);
          const same = ofResources.get(key) ?? {
            verbs: [],
            apiGroups: [group],
            resources: [resource],
            ...(name !== undefined && { resourceNames: [name] }),
          };
          ofResources.set(key, { ...same, verbs: [...new Set([...same.verbs, ...verbs])] });
        }
      }
    }
    for (const url of nonResourceURLs) ofPaths.push(...verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [url] })));
  }
  const sortable = [...ofResources.values(), ...ofPaths].map((rule) => ({ rule, text: goText(rule) }));
  return sortable.sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text))).map(({ rule }) => rule);
}

/** `deployments.apps/scale` (describe.CombineResourceGroup) */
export function resourceOfRule({ resources = [], apiGroups = [] }: PolicyRule): string {
  if (resources.length === 0) return '';
  const [resource, ...subresource] = resources[0]!.split('/');
  const [group = ''] = apiGroups;
  return [group === '' ? resource : `${resource}.${group}`, ...(subresource.length > 0 ? [subresource.join('/')] : [])].join('/');
}

/** `[get list]` */
export function bracketed(items: readonly string[] = []): string {
  return `[${items.join(' ')}]`;
}

/** The text Go prints for a rule, by which rules are sorted (rbac/v1 helpers: SortableRuleSlice). */
function goText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const lists = {
    Verbs: verbs,
    APIGroups: apiGroups,
    Resources: resources,
    ResourceNames: resourceNames,
    NonResourceURLs: nonResourceURLs,
  };
  return Object.entries(lists)
    .map(([name, items]) => `${name}:${bracketed(items)},`)
    .join('');
}
