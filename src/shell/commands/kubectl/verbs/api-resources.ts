/** `kubectl api-resources` and `kubectl api-versions` (staging:kubectl/pkg/cmd/apiresources). */
import { alignTabs } from '../../../columns.ts';
import { apiVersionText, groupResource, type RestMapping } from '../discovery.ts';
import { bool, string, stringSlice } from '../flags.ts';
import { defineVerb } from '../verb.ts';
import { KubectlError } from '../errors.ts';

export const apiResources = defineVerb({
  name: 'api-resources',
  use: 'api-resources [flags]',
  short: 'Print the supported API resources on the server',
  flags: {
    'api-group': string('Only the types of this group.'),
    cached: bool('Take discovery from the cache if it is there.'),
    categories: stringSlice('Only the types of these categories.'),
    namespaced: bool('Only types whose objects have a namespace, or have none.', true),
    'no-headers': bool('Leave the line of column names out.'),
    output: string('Output format: wide or name.', '', { shorthand: 'o' }),
    'sort-by': string('Sort by name or by kind.'),
    verbs: stringSlice('Only types that have these verbs.'),
  },
  run: (kubectl, { args, flags, changed }) => {
    if (args.length !== 0) throw kubectl.usageError(`unexpected arguments: [${args.join(' ')}]`);
    if (!['', 'name', 'kind'].includes(flags['sort-by'])) throw new KubectlError('--sort-by accepts only name or kind');
    if (!['', 'wide', 'name'].includes(flags.output)) throw new KubectlError(`--output ${flags.output} is not available`);
    const chosen = kubectl.client.mapper.preferred.filter(
      (one) =>
        (!changed('api-group') || one.group === flags['api-group']) &&
        (!changed('namespaced') || one.namespaced === flags.namespaced) &&
        flags.verbs.every((verb) => one.verbs.includes(verb)) &&
        flags.categories.every((category) => one.categories.includes(category)) &&
        one.verbs.length > 0,
    );
    const key = (one: RestMapping) => (flags['sort-by'] === 'kind' ? one.kind : flags['sort-by'] === 'name' ? one.resource : one.group);
    const sorted = chosen.toSorted((a, b) => compare(key(a), key(b)) || compare(a.resource, b.resource));
    if (flags.output === 'name') {
      kubectl.out(sorted.map((one) => `${groupResource(one)}\n`).join(''));
      return;
    }
    const wide = flags.output === 'wide';
    const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])];
    const rows = sorted.map((one) => [
      one.resource,
      one.shortNames.join(','),
      apiVersionText(one),
      String(one.namespaced),
      one.kind,
      ...(wide ? [one.verbs.join(','), one.categories.join(',')] : []),
    ]);
    kubectl.out(alignTabs([...(flags['no-headers'] ? [] : [header]), ...rows].map((row) => `${row.join('\t')}\n`).join('')));
  },
});

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export const apiVersions = defineVerb({
  name: 'api-versions',
  use: 'api-versions',
  short: 'Print the supported API versions on the server, in the form of "group/version"',
  flags: {},
  run: (kubectl, { args }) => {
    if (args.length !== 0) throw kubectl.usageError(`unexpected arguments: [${args.join(' ')}]`);
    const versions = kubectl.client.mapper.groups.flatMap(({ name, versions }) =>
      versions.map(({ version }) => apiVersionText({ group: name, version })),
    );
    kubectl.out(
      versions
        .toSorted(compare)
        .map((one) => `${one}\n`)
        .join(''),
    );
  },
});
