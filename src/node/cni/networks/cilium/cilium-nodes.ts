/** CiliumNode objects: which range a node has, and which addresses (cilium pkg/k8s/apis/cilium.io/v2/types.go, NodeSpec). */
import type { Draft, Objects } from '#kube/cluster.ts';
import { Node } from '#kube/kinds/node.ts';
import { parseIp } from '#net/ip.ts';
import { customKind, putCustom } from '../custom-objects.ts';
import type { CiliumInput, PodRanges } from './cilium.ts';
import { group } from './definitions.ts';

const apiVersion = `${group}/v2`;

interface Spec {
  readonly addresses?: readonly { readonly ip: string; readonly type: string }[];
  readonly ipam?: { readonly podCIDRs?: readonly string[] };
  readonly health?: { readonly ipv4?: string };
}

/** Changes whenever a CiliumNode does. */
export function ciliumNodesRevision(objects: Objects): unknown {
  const kind = customKind(objects, apiVersion, 'CiliumNode');
  return kind === undefined ? undefined : objects.revision(kind);
}

/** Who has which range. */
export function rangesOf(objects: Objects): PodRanges {
  const kind = customKind(objects, apiVersion, 'CiliumNode');
  return new Map(
    (kind === undefined ? [] : objects.list(kind)).flatMap(({ metadata, spec }) =>
      ((spec as Spec | undefined)?.ipam?.podCIDRs ?? []).slice(0, 1).map((range): [string, string] => [metadata.name, range]),
    ),
  );
}

/** The addresses that an agent has announced. */
export function announcedAddresses(objects: Objects, name: string): NonNullable<CiliumInput['former']> {
  const kind = customKind(objects, apiVersion, 'CiliumNode');
  const spec = kind === undefined ? undefined : (objects.get(kind, '', name)?.spec as Spec | undefined);
  const router = parseIp(spec?.addresses?.find((one) => one.type === 'CiliumInternalIP')?.ip ?? '');
  const health = parseIp(spec?.health?.ipv4 ?? '');
  return { ...(router !== undefined && { router }), ...(health !== undefined && { health }) };
}

/** Writes the ranges that nodes have now; a node that is gone has none, and its object goes with it. */
export function writeRanges(objects: Draft, ranges: PodRanges, now: number): void {
  for (const [name, range] of ranges) putSpec(objects, name, (spec) => ({ ...spec, ipam: { ...spec.ipam, podCIDRs: [range] } }), now);
}

/** An agent's own addresses: the router's, and that of its health endpoint. */
export function announceAddresses(
  objects: Draft,
  name: string,
  own: { readonly router?: string; readonly health?: string },
  now: number,
): void {
  const { router, health } = own;
  if (router === undefined) return;
  putSpec(
    objects,
    name,
    (spec) => ({
      ...spec,
      addresses: [...(spec.addresses ?? []).filter((one) => one.type !== 'CiliumInternalIP'), { ip: router, type: 'CiliumInternalIP' }],
      ...(health !== undefined && { health: { ipv4: health } }),
    }),
    now,
  );
}

function putSpec(objects: Draft, name: string, change: (spec: Spec) => Spec, now: number): void {
  const kind = customKind(objects, apiVersion, 'CiliumNode');
  const node = objects.get(Node, '', name);
  if (kind === undefined || node === undefined) return;
  const old = objects.get(kind, '', name);
  const addresses = (node.status?.addresses ?? [])
    .filter((one) => one.type === 'InternalIP' || one.type === 'ExternalIP')
    .map(({ address, type }) => ({ ip: address, type }));
  const spec = change((old?.spec as Spec | undefined) ?? { addresses });
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid! }];
  putCustom(
    objects,
    kind,
    { apiVersion, kind: 'CiliumNode', metadata: { name, ownerReferences }, spec: spec as Readonly<Record<string, unknown>> },
    now,
  );
}
