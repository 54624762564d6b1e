import { valueText } from '#kube/json.ts';
import type { CSINode } from '#kube/kinds/csi-node.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { named } from './metadata.ts';
import { rfc1123 } from './time.ts';

/** (kubectl: describeCSINode) */
export function describeCSINode(node: CSINode, context: Context): Lines {
  const { metadata, spec } = node;
  return [
    ...named(metadata),
    field('CreationTimestamp', rfc1123(metadata.creationTimestamp)),
    'Spec:',
    ...(spec.drivers === undefined ? [] : ['  Drivers:', ...spec.drivers.flatMap(driverLines)]),
    ...context.events(node),
  ];
}

function driverLines({ name, nodeID, allocatable, topologyKeys }: NonNullable<CSINode['spec']['drivers']>[number]): Lines {
  return [
    `    ${name}:`,
    ...indented(3, [
      field('Node ID', nodeID),
      ...(allocatable?.count === undefined ? [] : ['Allocatables:', `  ${field('Count', allocatable.count)}`]),
      ...(topologyKeys === undefined ? [] : [field('Topology Keys', valueText(topologyKeys))]),
    ]),
  ];
}
