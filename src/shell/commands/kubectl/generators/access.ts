/** `kubectl create role|clusterrole|rolebinding|clusterrolebinding|serviceaccount` (staging:kubectl/pkg/cmd/create). */
import type { KubeObject } from '#kube/object.ts';
import { string, stringArray, stringSlice } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { generatorVerb, newMetadata, pairs } from './generator.ts';
import { KubectlError } from '../errors.ts';

const rbac = 'rbac.authorization.k8s.io';

const verbs = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'escalate',
  'impersonate',
  '*',
  'approve',
  'sign',
  'attest',
];

const roleFlags = {
  verb: stringSlice('A verb that is allowed; may be repeated.'),
  resource: stringSlice('A type that is allowed: TYPE[.GROUP][/SUBRESOURCE]; may be repeated.'),
  'resource-name': stringArray('The only objects it is about; may be repeated.'),
};

interface RoleFlags {
  readonly verb: readonly string[];
  readonly resource: readonly string[];
  readonly 'resource-name': readonly string[];
}

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Resource {
  readonly type: string;
  readonly group: string;
  readonly subresource: string;
}

/** `deployments.apps/scale` */
function resourceOf(text: string): Resource {
  const [typeAndGroup = '', ...subresource] = text.split('/');
  const dot = typeAndGroup.indexOf('.');
  return {
    type: dot < 0 ? typeAndGroup : typeAndGroup.slice(0, dot),
    group: dot < 0 ? '' : typeAndGroup.slice(dot + 1),
    subresource: subresource.join('/'),
  };
}

function uniqueVerbs(flags: RoleFlags): readonly string[] {
  const all = [...new Set(flags.verb)];
  return all.includes('*') ? ['*'] : all.map((verb) => verb);
}

function checkVerbs(kubectl: Invocation, given: readonly string[]): void {
  if (given.length === 0) throw new KubectlError('at least one verb must be specified');
  for (const verb of given) if (!verbs.includes(verb)) kubectl.err(`Warning: '${verb}' is not a standard resource verb\n`);
}

/** One rule a group, its resources in the order in which they were named; types must be served (create.generateResourcePolicyRules). */
function rulesOf(kubectl: Invocation, flags: RoleFlags): readonly Rule[] {
  const groups = new Map<string, string[]>();
  for (const { type, group, subresource } of flags.resource.map(resourceOf)) {
    const mapping = type === '*' ? undefined : kubectl.client.mapper.forArgument(group === '' ? type : `${type}.${group}`);
    const resource = mapping?.resource ?? '*';
    const name = subresource === '' ? resource : `${resource}/${subresource}`;
    const key = mapping?.group ?? (group === '' ? '' : group);
    const listed = groups.get(key) ?? [];
    if (!listed.includes(name)) listed.push(name);
    groups.set(key, listed);
  }
  const allowed = uniqueVerbs(flags);
  const names = [...new Set(flags['resource-name'])];
  return [...groups].map(([group, resources]) => ({
    verbs: allowed,
    apiGroups: [group],
    resources,
    ...(names.length > 0 && { resourceNames: names }),
  }));
}

export const role = generatorVerb({
  name: 'role',
  use: 'role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a role with single rule',
  flags: roleFlags,
  resource: 'roles',
  namespaced: true,
  build: (kubectl, name, { flags }) => {
    checkVerbs(kubectl, uniqueVerbs(flags));
    if (flags.resource.length === 0) throw new KubectlError('at least one resource must be specified');
    return {
      kind: 'Role',
      apiVersion: `${rbac}/v1`,
      metadata: newMetadata(kubectl, name),
      rules: rulesOf(kubectl, flags),
    } as unknown as KubeObject;
  },
});

export const clusterRole = generatorVerb({
  name: 'clusterrole',
  use: 'clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a cluster role',
  flags: {
    ...roleFlags,
    'non-resource-url': stringSlice('A path that is allowed, like /healthz; may be repeated.'),
    'aggregation-rule': stringSlice('Labels of ClusterRoles to take in: key=value.'),
  },
  resource: 'clusterroles',
  namespaced: false,
  build: (kubectl, name, { flags }) => {
    const aggregation = flags['aggregation-rule'];
    const urls = flags['non-resource-url'];
    const metadata = newMetadata(kubectl, name, { namespaced: false });
    const head = { kind: 'ClusterRole', apiVersion: `${rbac}/v1`, metadata };
    if (aggregation.length > 0) {
      if (urls.length > 0 || flags.verb.length > 0 || flags.resource.length > 0 || flags['resource-name'].length > 0) {
        throw new KubectlError('aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames');
      }
      const matchLabels = pairs(aggregation, (one) => `${one} must be formatted as key=value`);
      return { ...head, rules: null, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } } as unknown as KubeObject;
    }
    const allowed = uniqueVerbs(flags);
    checkVerbs(kubectl, allowed);
    if (flags.resource.length === 0 && urls.length === 0) throw new KubectlError('one of resource or nonResourceURL must be specified');
    for (const url of urls) {
      if (url === '*') continue;
      if (!url.startsWith('/')) throw new KubectlError('nonResourceURL should start with /');
      if (url.slice(0, -1).includes('*')) throw new KubectlError("nonResourceURL only supports wildcard matches when '*' is at the end");
    }
    const urlRules: readonly Rule[] = urls.length > 0 ? [{ verbs: allowed, nonResourceURLs: urls }] : [];
    return { ...head, rules: [...rulesOf(kubectl, flags), ...urlRules] } as unknown as KubeObject;
  },
});

const subjectFlags = {
  user: stringArray('A user it is given to; may be repeated.'),
  group: stringArray('A group it is given to; may be repeated.'),
  serviceaccount: stringArray('A service account it is given to: <namespace>:<name>; may be repeated.'),
};

interface SubjectFlags {
  readonly user: readonly string[];
  readonly group: readonly string[];
  readonly serviceaccount: readonly string[];
}

function subjectsOf({ user, group, serviceaccount }: SubjectFlags): readonly object[] {
  const named = (kind: string, names: readonly string[]) => names.map((name) => ({ kind, apiGroup: rbac, name }));
  const accounts = serviceaccount.map((text) => {
    const [namespace = '', name = '', ...more] = text.split(':');
    if (namespace === '' || name === '' || more.length > 0) throw new KubectlError('serviceaccount must be <namespace>:<name>');
    return { kind: 'ServiceAccount', name, namespace };
  });
  return [...named('User', user), ...named('Group', group), ...accounts];
}

export const roleBinding = generatorVerb({
  name: 'rolebinding',
  use: 'rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a role binding for a particular role or cluster role',
  flags: { ...subjectFlags, clusterrole: string('The ClusterRole to give.'), role: string('The Role to give.') },
  resource: 'rolebindings',
  namespaced: true,
  failure: 'failed to create rolebinding',
  build: (kubectl, name, { flags }) => {
    if ((flags.clusterrole === '') === (flags.role === '')) throw new KubectlError('exactly one of clusterrole or role must be specified');
    const subjects = subjectsOf(flags);
    const roleRef =
      flags.role === ''
        ? { apiGroup: rbac, kind: 'ClusterRole', name: flags.clusterrole }
        : { apiGroup: rbac, kind: 'Role', name: flags.role };
    return {
      kind: 'RoleBinding',
      apiVersion: `${rbac}/v1`,
      metadata: newMetadata(kubectl, name),
      ...(subjects.length > 0 && { subjects }),
      roleRef,
    } as unknown as KubeObject;
  },
});

export const clusterRoleBinding = generatorVerb({
  name: 'clusterrolebinding',
  use: 'clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a cluster role binding for a particular cluster role',
  flags: { ...subjectFlags, clusterrole: string('The ClusterRole to give.', '', { required: true }) },
  resource: 'clusterrolebindings',
  namespaced: false,
  failure: 'failed to create clusterrolebinding',
  build: (kubectl, name, { flags }) => {
    const subjects = subjectsOf(flags);
    return {
      kind: 'ClusterRoleBinding',
      apiVersion: `${rbac}/v1`,
      metadata: newMetadata(kubectl, name, { namespaced: false }),
      ...(subjects.length > 0 && { subjects }),
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: flags.clusterrole },
    } as unknown as KubeObject;
  },
});

export const serviceAccount = generatorVerb({
  name: 'serviceaccount',
  aliases: ['sa'],
  use: 'serviceaccount NAME [--dry-run=server|client|none]',
  short: 'Create a service account with the specified name',
  flags: {},
  resource: 'serviceaccounts',
  namespaced: true,
  failure: 'failed to create serviceaccount',
  build: (kubectl, name) => ({ kind: 'ServiceAccount', apiVersion: 'v1', metadata: newMetadata(kubectl, name) }) as KubeObject,
});
