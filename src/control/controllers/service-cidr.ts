/** ServiceCIDRs: which are ready to give addresses, and when one may go (pkg/controller/servicecidrs/servicecidrs_controller.go). */
import { IPAddress } from '#kube/kinds/ip-address.ts';
import type { Condition } from '#kube/kinds/conditions.ts';
import { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import { minorVersionOf } from '#kube/settings.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import { containsCidr, parseCidr, parseIp, type Cidr } from '#net/ip.ts';
import { isUsable } from '../allocators/clusterip.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { putIfChanged, putStatus } from '../write.ts';

const finalizer = 'networking.k8s.io/service-cidr-finalizer';

/** Milliseconds that one stays after its deletion, so that every allocator hears of it. */
const gracePeriod = 10_000;

export const serviceCidrController: Controller = {
  name: 'service-cidr-controller',
  component: 'kube-controller-manager',
  reads: [ServiceCIDR, IPAddress],
  timed: ({ objects }) => objects.list(ServiceCIDR).some(({ metadata }) => metadata.deletionTimestamp !== undefined),
  reconcile(plane) {
    const { objects, now } = plane;
    if (minorVersionOf(objects) < 33) return;
    for (const one of objects.list(ServiceCIDR)) {
      const { deletionTimestamp, finalizers = [] } = one.metadata;
      if (deletionTimestamp === undefined) keep(plane, one);
      else if (!finalizers.includes(finalizer)) continue;
      else if (leavesOrphans(plane, one)) {
        const message = 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
        setReady(plane, one, { status: 'False', reason: 'Terminating', message });
      } else if (now - parseTime(deletionTimestamp) >= gracePeriod) release(plane, one);
    }
  },
};

function keep(plane: ControlPlane, one: ServiceCIDR): void {
  const { finalizers = [] } = one.metadata;
  const guarded = finalizers.includes(finalizer)
    ? one
    : putIfChanged(plane, ServiceCIDR, one, { ...one, metadata: { ...one.metadata, finalizers: [...finalizers, finalizer] } });
  setReady(plane, guarded, { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' });
}

function setReady(plane: ControlPlane, one: ServiceCIDR, says: Pick<Condition, 'status' | 'reason' | 'message'>): void {
  const conditions = one.status?.conditions ?? [];
  const known = conditions.find(({ type }) => type === 'Ready');
  if (known?.status === says.status && known.reason === says.reason && known.message === says.message) return;
  const ready: Condition = { type: 'Ready', ...says, lastTransitionTime: rfc3339(plane.now) };
  putStatus(plane, ServiceCIDR, one, { ...one.status, conditions: [...conditions.filter(({ type }) => type !== 'Ready'), ready] });
}

/** Takes the guard away; it goes at once unless somebody else guards it, too. */
function release({ objects }: ControlPlane, one: ServiceCIDR): void {
  const others = (one.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  if (others.length === 0) objects.remove(ServiceCIDR, '', one.metadata.name);
  else objects.put(ServiceCIDR, { ...one, metadata: { ...one.metadata, finalizers: others } });
}

/** Reports whether addresses of Services lie in this one alone. */
function leavesOrphans({ objects }: ControlPlane, one: ServiceCIDR): boolean {
  const others = objects.list(ServiceCIDR).filter(({ metadata }) => metadata.name !== one.metadata.name);
  const elsewhere = others.flatMap(rangesOf);
  const own = rangesOf(one);
  if (own.every((range) => elsewhere.some((other) => containsCidr(other, range)))) return false;
  return objects
    .list(IPAddress)
    .filter(({ metadata }) => metadata.labels?.['ipaddress.kubernetes.io/managed-by'] === 'ipallocator.k8s.io')
    .map(({ metadata }) => parseIp(metadata.name))
    .some(
      (address) =>
        address !== undefined && own.some((range) => isUsable(range, address)) && !elsewhere.some((range) => isUsable(range, address)),
    );
}

function rangesOf({ spec }: ServiceCIDR): readonly Cidr[] {
  return (spec?.cidrs ?? []).map(parseCidr).filter((range) => range !== undefined);
}
