import type { Node } from '#kube/kinds/node.ts';
import { age, ageColumn, column, definePrinter, nameColumn, wide } from './table.ts';

const rolePrefix = 'node-role.kubernetes.io/';

/** pkg/printers/internalversion/printers.go: printNode. The kernel's architecture is shown since 1.36. */
export const nodePrinter = definePrinter<Node>(
  [
    nameColumn,
    column('Status', 'whether the node is ready, and whether it takes new pods'),
    column('Roles', 'what its node-role labels say'),
    ageColumn,
    column('Version', 'version of its kubelet'),
    wide('Internal-IP', 'its address inside'),
    wide('External-IP', 'its address outside'),
    wide('OS-Image', 'its operating system'),
    wide('Kernel-Version', 'its kernel'),
    wide('Container-Runtime', 'what runs its containers'),
  ],
  (node, moment) => {
    const info = node.status.nodeInfo;
    const kernel = info.kernelVersion || '<unknown>';
    return [
      node.metadata.name,
      statusText(node),
      rolesText(node),
      age(node, moment),
      info.kubeletVersion,
      addressOf(node, 'InternalIP'),
      addressOf(node, 'ExternalIP'),
      info.osImage || '<unknown>',
      moment.minorVersion >= 36 && info.architecture ? `${kernel} (${info.architecture})` : kernel,
      info.containerRuntimeVersion || '<unknown>',
    ];
  },
);

function statusText(node: Node): string {
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready');
  const status = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec.unschedulable === true ? `${status},SchedulingDisabled` : status;
}

function rolesText(node: Node): string {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)];
    return key === 'kubernetes.io/role' ? [value] : [];
  });
  const distinct = [...new Set(roles.filter((role) => role !== ''))].sort();
  return distinct.length > 0 ? distinct.join(',') : '<none>';
}

function addressOf(node: Node, type: string): string {
  return node.status.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}
