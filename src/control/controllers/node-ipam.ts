/** A pod CIDR for each node (pkg/controller/nodeipam/ipam/range_allocator.go). */
import { Node } from '#kube/kinds/node.ts';
import { nodeIpamOf } from '#kube/settings.ts';
import { allocateNodeCidrs } from '../allocators/node-cidr.ts';
import type { Controller } from '../controller.ts';
import { recordEvent } from '#kube/record-event.ts';

export const nodeIpamController: Controller = {
  name: 'node-ipam-controller',
  component: 'kube-controller-manager',
  reads: [Node],
  reconcile(plane) {
    const settings = nodeIpamOf(plane.objects);
    if (settings === undefined) return;
    for (const node of plane.objects.list(Node)) {
      if ((node.spec?.podCIDRs ?? []).length > 0 || node.spec?.podCIDR !== undefined) continue;
      const result = allocateNodeCidrs(plane.objects, settings);
      if (!result.ok) {
        recordEvent(
          plane,
          node,
          { component: 'cidrAllocator' },
          { type: 'Normal', reason: 'CIDRNotAvailable', message: `Node ${node.metadata.name} status is now: CIDRNotAvailable` },
        );
        continue;
      }
      plane.objects.put(Node, { ...node, spec: { ...node.spec, podCIDR: result.value[0]!, podCIDRs: result.value } });
    }
  },
};
