/** Calico's datastore as the custom resources of `crd.projectcalico.org/v1` that it lies in: IPPool, IPAMBlock, BlockAffinity. */
import { baseOf, lengthOf, parseCidr, type Cidr } from '#net/ip.ts';
import type { Allocation, Block, CalicoDatastore, IpPool, TunnelMode } from '../../plugins/calico-ipam/datastore.ts';

/** An object of a custom kind, before the API gives it a uid. */
export interface CalicoObject {
  readonly apiVersion: 'crd.projectcalico.org/v1';
  readonly kind: 'IPPool' | 'IPAMBlock' | 'BlockAffinity';
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

const object = (kind: CalicoObject['kind'], name: string, spec: CalicoObject['spec']): CalicoObject => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind,
  metadata: { name },
  spec,
});

/** `10-244-0-0-26` */
function nameOf(range: Cidr): string {
  return `${baseOf(range)}-${lengthOf(range)}`.replace(/[.:]/g, '-');
}

function poolObject(pool: IpPool): CalicoObject {
  return object('IPPool', pool.name, {
    allowedUses: ['Workload', 'Tunnel'],
    blockSize: pool.blockSize,
    cidr: pool.cidr,
    ipipMode: pool.ipipMode,
    natOutgoing: pool.natOutgoing,
    nodeSelector: 'all()',
    vxlanMode: pool.vxlanMode,
    ...(pool.disabled === true && { disabled: true }),
  });
}

/** Allocations point into a list of attributes; a handle's addresses share one. */
function blockObject({ cidr, host, allocations, unallocated }: Block, strictAffinity: boolean): CalicoObject {
  const attributes: { readonly handle_id: string; readonly secondary: Allocation['attributes'] }[] = [];
  const places = Array.from({ length: allocations.size + unallocated.length }, (_, place) => {
    const allocation = allocations.get(place);
    if (allocation === undefined) return null;
    const known = attributes.findIndex((one) => one.handle_id === allocation.handle);
    return known < 0 ? attributes.push({ handle_id: allocation.handle, secondary: allocation.attributes }) - 1 : known;
  });
  return object('IPAMBlock', nameOf(cidr), {
    ...(host !== undefined && { affinity: `host:${host}` }),
    allocations: places,
    attributes,
    cidr,
    deleted: false,
    strictAffinity,
    unallocated,
  });
}

function affinityObject(host: string, range: Cidr): CalicoObject {
  return object('BlockAffinity', `${host}-${nameOf(range)}`, { cidr: range, deleted: 'false', node: host, state: 'confirmed' });
}

/** Everything as objects. */
export function objectsOf({ pools, blocks, strictAffinity = false }: CalicoDatastore): readonly CalicoObject[] {
  return [
    ...pools.map(poolObject),
    ...blocks.map((block) => blockObject(block, strictAffinity)),
    ...blocks.flatMap(({ cidr, host }) => (host === undefined ? [] : [affinityObject(host, cidr)])),
  ];
}

/** The datastore that objects make up; what is not understood is left out. */
export function datastoreOf(objects: readonly Pick<CalicoObject, 'kind' | 'metadata' | 'spec'>[]): CalicoDatastore {
  const specs = (kind: CalicoObject['kind']) => objects.filter((one) => one.kind === kind);
  return {
    pools: specs('IPPool').flatMap(({ metadata, spec }) => poolOf(metadata.name, spec)),
    blocks: specs('IPAMBlock').flatMap(({ spec }) => blockFrom(spec)),
    strictAffinity: specs('IPAMBlock').some(({ spec }) => spec['strictAffinity'] === true),
  };
}

const cidrOf = (value: unknown) => (typeof value === 'string' ? parseCidr(value) : undefined);
const modeOf = (value: unknown): TunnelMode => (value === 'Always' || value === 'CrossSubnet' ? value : 'Never');

function poolOf(name: string, spec: CalicoObject['spec']): readonly IpPool[] {
  const cidr = cidrOf(spec['cidr']);
  if (cidr === undefined) return [];
  const size = spec['blockSize'];
  return [
    {
      name,
      cidr,
      blockSize: typeof size === 'number' ? size : cidr.includes(':') ? 122 : 26,
      ipipMode: modeOf(spec['ipipMode']),
      vxlanMode: modeOf(spec['vxlanMode']),
      natOutgoing: spec['natOutgoing'] === true,
      ...(spec['disabled'] === true && { disabled: true }),
    },
  ];
}

interface Attribute {
  readonly handle_id?: string;
  readonly secondary?: Allocation['attributes'];
}

function blockFrom(spec: CalicoObject['spec']): readonly Block[] {
  const cidr = cidrOf(spec['cidr']);
  if (cidr === undefined) return [];
  const host = /^host:(.*)$/.exec(String(spec['affinity'] ?? ''))?.[1];
  const attributes = (spec['attributes'] ?? []) as readonly Attribute[];
  const places = (spec['allocations'] ?? []) as readonly (number | null)[];
  const allocations = new Map<number, Allocation>();
  places.forEach((index, place) => {
    const attribute = index === null ? undefined : attributes[index];
    if (attribute !== undefined) allocations.set(place, { handle: attribute.handle_id ?? '', attributes: attribute.secondary ?? {} });
  });
  return [{ cidr, allocations, unallocated: (spec['unallocated'] ?? []) as readonly number[], ...(host !== undefined && { host }) }];
}
