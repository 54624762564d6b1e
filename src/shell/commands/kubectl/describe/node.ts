import type { Lease } from '#kube/kinds/lease.ts';
import type { Node, Taint } from '#kube/kinds/node.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { Status } from '#kube/status.ts';
import { ApiError } from '../errors.ts';
import { goSort } from '../printers/go-sort.ts';
import { amountLines, type ResourceList } from './amount.ts';
import type { Context } from './context.ts';
import { field, indented, multiline, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { nodeResourceLines } from './node-resources.ts';
import { resourceSliceLines } from './resource-slices.ts';
import { rfc1123 } from './time.ts';

/** (kubectl: describeNode) */
export function describeNode(node: Node, context: Context): Lines {
  const { metadata, spec, status } = node;
  const { podCIDR = '', podCIDRs = [], providerID = '' } = spec;
  const pods = podsOn(node, context);
  const about = { name: metadata.name, namespace: '', kind: 'Node' };
  return [
    field('Name', metadata.name),
    field('Roles', rolesText(node)),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    field('CreationTimestamp', rfc1123(metadata.creationTimestamp)),
    ...taintLines(spec.taints ?? []),
    field('Unschedulable', spec.unschedulable === true),
    ...leaseLines(node, context),
    ...conditionLines(status.conditions ?? []),
    'Addresses:',
    ...indented(
      1,
      (status.addresses ?? []).map(({ type, address }) => field(type, address)),
    ),
    ...resourceBlock('Capacity', status.capacity),
    ...resourceBlock('Allocatable', status.allocatable),
    ...(context.has('resource slices of nodes') ? resourceSliceLines(metadata.name, context) : []),
    ...systemLines(status.nodeInfo, context),
    ...(podCIDR === '' ? [] : [field('PodCIDR', podCIDR)]),
    ...(podCIDRs.length === 0 ? [] : [field('PodCIDRs', podCIDRs.join(','))]),
    ...(providerID === '' ? [] : [field('ProviderID', providerID)]),
    ...(pods === undefined ? [field('Pods', 'not authorized')] : nodeResourceLines(node, pods, context)),
    // Controllers report events about the node's UID, the kubelet about its name.
    ...context.eventsOf([
      { ...about, uid: metadata.uid ?? '' },
      { ...about, uid: metadata.name },
    ]),
  ];
}

/** The pods of the node that have not ended; undefined where one may not list them. */
function podsOn({ metadata: { name } }: Node, context: Context): readonly Pod[] | undefined {
  try {
    return context.list<Pod>('v1', 'Pod', '', { fieldSelector: `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed` });
  } catch (error) {
    if (error instanceof ApiError && error.status.reason === 'Forbidden') return undefined;
    throw error;
  }
}

const rolePrefix = 'node-role.kubernetes.io/';

/** The roles that labels name, sorted (findNodeRoles). */
function rolesText({ metadata }: Node): string {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)];
    return key === 'kubernetes.io/role' ? [value] : [];
  });
  const distinct = [...new Set(roles.filter((role) => role !== ''))].sort();
  return distinct.length === 0 ? '<none>' : distinct.join(',');
}

function taintLines(taints: readonly Taint[]): Lines {
  const order = ({ effect, key }: Taint) => `${effect},${key}`;
  const sorted = goSort(taints, (a, b) => order(a) < order(b));
  return multiline('Taints', sorted.map(taintText));
}

/** `key=value:NoSchedule` (corev1.Taint's ToString). */
function taintText({ key, value = '', effect }: Taint): string {
  return value === '' ? `${key}:${effect}` : `${key}=${value}:${effect}`;
}

function leaseLines({ metadata: { name } }: Node, context: Context): Lines {
  let lease: Lease;
  try {
    lease = context.get<Lease>('coordination.k8s.io/v1', 'Lease', 'kube-node-lease', name);
  } catch (error) {
    if (error instanceof ApiError) return [field('Lease', `Failed to get lease: ${(error.status as Status).message}`)];
    throw error;
  }
  const { holderIdentity, acquireTime, renewTime } = lease.spec;
  const time = (at: string | undefined) => (at === undefined ? '<unset>' : rfc1123(at));
  return [
    'Lease:',
    ...indented(1, [
      field('HolderIdentity', holderIdentity ?? '<unset>'),
      field('AcquireTime', time(acquireTime)),
      field('RenewTime', time(renewTime)),
    ]),
  ];
}

function conditionLines(conditions: NonNullable<Node['status']['conditions']>): Lines {
  if (conditions.length === 0) return [];
  const rows = conditions.map(({ type, status, lastHeartbeatTime, lastTransitionTime, reason = '', message = '' }) =>
    [`${type} `, `${status} `, `${rfc1123(lastHeartbeatTime)} `, `${rfc1123(lastTransitionTime)} `, `${reason} `, message].join('\t'),
  );
  return [
    'Conditions:',
    ...indented(1, [
      'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage',
      '----\t------\t-----------------\t------------------\t------\t-------',
      ...rows,
    ]),
  ];
}

function resourceBlock(name: string, resources: ResourceList = {}): Lines {
  return Object.keys(resources).length === 0 ? [] : [`${name}:`, ...indented(1, amountLines(resources))];
}

function systemLines(info: Node['status']['nodeInfo'], context: Context): Lines {
  return [
    'System Info:',
    ...indented(1, [
      field('Machine ID', info.machineID),
      field('System UUID', info.systemUUID),
      field('Boot ID', info.bootID),
      field('Kernel Version', info.kernelVersion),
      field('OS Image', info.osImage),
      field('Operating System', info.operatingSystem),
      field('Architecture', info.architecture),
      field('Container Runtime Version', info.containerRuntimeVersion),
      field('Kubelet Version', info.kubeletVersion),
      ...(context.has('no kube-proxy version') ? [] : [field('Kube-Proxy Version', info.kubeProxyVersion ?? '')]),
    ]),
  ];
}
