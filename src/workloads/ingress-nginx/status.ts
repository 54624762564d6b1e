/** Who of several controllers leads, and the addresses that the leader writes into Ingresses. (internal/ingress/status/status.go; client-go leaderelection) */
import type { Objects } from '#kube/cluster.ts';
import { isEqual } from '#kube/equal.ts';
import { Ingress } from '#kube/kinds/ingress.ts';
import { Lease } from '#kube/kinds/lease.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { marshal } from '#kube/json.ts';
import { parseTime, rfc3339, rfc3339Micro } from '#kube/time.ts';
import { compareIps, parseIp } from '#net/ip.ts';
import type { ContainerContext } from '#node/program.ts';
import type { Flags } from './flags.ts';
import type { ControllerLog } from './log.ts';

const leaseSeconds = 30;
const renewal = 7500;

/** The lease as it is; who holds it, if that is another than the pod, lives and goes on to hold it. */
function leaseOf({ change: { objects }, pod, now }: ContainerContext, { electionId }: Flags) {
  const namespace = pod.metadata.namespace!;
  const lease = objects.get(Lease, namespace, electionId);
  const holder = lease?.spec.holderIdentity ?? '';
  const holding = holder === '' ? undefined : objects.get(Pod, namespace, holder);
  const alive = holding !== undefined && holding.metadata.deletionTimestamp === undefined;
  const expired = parseTime(lease?.spec.renewTime ?? '') + leaseSeconds * 1000 <= now;
  return { lease, other: holder !== pod.metadata.name && alive && !expired ? holder : undefined };
}

function renewTimeOf(now: number, since: number): string {
  return rfc3339Micro(Math.max(since, now - ((now - since) % renewal)));
}

/** Reports whether {@link elect} would write something. */
export function isElectionDue(context: ContainerContext, flags: Flags, since: number): boolean {
  const { lease, other } = leaseOf(context, flags);
  if (other !== undefined) return false;
  return lease?.spec.holderIdentity !== context.pod.metadata.name || lease.spec.renewTime !== renewTimeOf(context.now, since);
}

/** Takes the lease, or keeps it; the name of who holds it now. */
export function elect(context: ContainerContext, flags: Flags, since: number): string {
  const { lease: old, other } = leaseOf(context, flags);
  if (other !== undefined) return other;
  const { change, pod, now } = context;
  const { objects } = change;
  const { electionId } = flags;
  const { namespace, name } = { namespace: pod.metadata.namespace!, name: pod.metadata.name };
  const holder = old?.spec.holderIdentity;
  const renewTime = renewTimeOf(now, since);
  if (old === undefined) {
    objects.put(Lease, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: electionId, namespace, uid: objects.uid(`lease/${namespace}/${electionId}`), creationTimestamp: rfc3339(now) },
      spec: { holderIdentity: name, leaseDurationSeconds: leaseSeconds, acquireTime: renewTime, renewTime, leaseTransitions: 0 },
    } as Lease);
  } else if (holder !== name) {
    const leaseTransitions = (old.spec.leaseTransitions ?? 0) + 1;
    objects.put(Lease, {
      ...old,
      spec: { ...old.spec, holderIdentity: name, acquireTime: rfc3339Micro(now), renewTime: rfc3339Micro(now), leaseTransitions },
    });
  } else if (old.spec.renewTime !== renewTime) objects.put(Lease, { ...old, spec: { ...old.spec, renewTime } });
  return name;
}

type Entry = NonNullable<Ingress['status']['loadBalancer']['ingress']>[number];

/** Where the served Ingresses are reached. */
export function addressesOf({ change, pod }: Pick<ContainerContext, 'change' | 'pod'>, flags: Flags): readonly Entry[] {
  const { objects } = change;
  if (flags.publishStatusAddress.length > 0)
    return flags.publishStatusAddress.map((one) => (parseIp(one) === undefined ? { hostname: one } : { ip: one }));
  if (flags.publishService !== undefined) return ofService(objects, flags.publishService);
  const { labels = {}, namespace } = pod.metadata;
  const { 'pod-template-hash': _hash, 'controller-revision-hash': _revision, 'pod-template-generation': _generation, ...wanted } = labels;
  const nodes = objects
    .list(Pod, namespace)
    .filter(({ metadata, status }) => {
      const fits = Object.entries(wanted).every(([key, value]) => metadata.labels?.[key] === value);
      const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
      return fits && ready && metadata.deletionTimestamp === undefined;
    })
    .map(({ spec }) => spec.nodeName ?? '');
  const addresses = nodes.flatMap((name) => {
    const all = objects.get(Node, '', name)?.status?.addresses ?? [];
    return (all.find((one) => one.type === 'ExternalIP') ?? all.find((one) => one.type === 'InternalIP'))?.address ?? [];
  });
  return [...new Set(addresses)].sort(byAddress).map((ip) => ({ ip }));
}

function byAddress(a: string, b: string): number {
  const [one, other] = [parseIp(a), parseIp(b)];
  return one === undefined || other === undefined ? 0 : compareIps(one, other);
}

/** The addresses of the controller's own Service. (internal/ingress/status/status.go, statusAddressFromService) */
function ofService(objects: Objects, key: string): readonly Entry[] {
  const [namespace = '', name = ''] = key.split('/');
  const service = objects.get(Service, namespace, name);
  if (service === undefined) return [];
  const external = (service.spec.externalIPs ?? []).map((ip) => ({ ip }));
  switch (service.spec.type) {
    case 'ExternalName':
      return [{ hostname: service.spec.externalName ?? '' }];
    case 'ClusterIP':
      return [{ ip: service.spec.clusterIP ?? '' }];
    case 'NodePort':
      return external.length > 0 ? external : [{ ip: service.spec.clusterIP ?? '' }];
    default:
      return [
        ...(service.status?.loadBalancer?.ingress ?? []).map(({ ip = '', hostname = '' }) => (ip === '' ? { hostname } : { ip })),
        ...external,
      ];
  }
}

/** Writes the addresses into the Ingresses that do not have them. */
export function writeStatus(
  { change }: Pick<ContainerContext, 'change'>,
  ingresses: readonly Ingress[],
  addresses: readonly Entry[],
  log: ControllerLog,
): void {
  for (const ingress of ingresses) {
    const current = ingress.status.loadBalancer.ingress ?? [];
    if (isEqual(current, addresses)) continue;
    log.info('status.go:304', 'updating Ingress status', [
      ['namespace', ingress.metadata.namespace!],
      ['ingress', ingress.metadata.name],
      ['currentValue', { text: current.length === 0 ? 'null' : marshal(current) }],
      ['newValue', { text: marshal(addresses) }],
    ]);
    const loadBalancer = addresses.length === 0 ? {} : { ingress: addresses };
    change.objects.put(Ingress, { ...ingress, status: { ...ingress.status, loadBalancer } } as Ingress);
  }
}
