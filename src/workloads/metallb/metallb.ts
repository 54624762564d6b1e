/** MetalLB: a controller that gives Services addresses out of pools, and speakers that announce them. (metallb v0.15: controller, speaker) */
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { recordEvent, type EventSource } from '#kube/record-event.ts';
import { minorVersionOf } from '#kube/settings.ts';
import { familyOf, parseIp, type Family, type Ip } from '#net/ip.ts';
import type { ContainerRun } from '#node/host.ts';
import type { ContainerContext, Program } from '#node/program.ts';
import { announcerOf } from './layer2.ts';
import { configurationRevisions, firstFree, holds, poolsOf, type Pool } from './pools.ts';

const fromPool = 'metallb.io/ip-allocated-from-pool';
const wantedPool = 'metallb.io/address-pool';
const wantedIps = 'metallb.io/loadBalancerIPs';

type Objects = ContainerContext['change']['objects'];

function given({ status }: Service): readonly Ip[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap((one) => parseIp(one.ip ?? '') ?? []);
}

/** Services are MetalLB's unless they name another class. */
function isServed({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && (spec.loadBalancerClass ?? '') === '';
}

interface Allocation {
  readonly pool: string;
  readonly ips: readonly Ip[];
}

/** The addresses that a Service gets; a text says why none. (internal/allocator/allocator.go) */
function allocate(service: Service, pools: readonly Pool[], taken: ReadonlySet<string>): Allocation | string {
  const { metadata, spec } = service;
  const families = (spec.ipFamilies ?? ['IPv4']) as readonly Family[];
  const asked = metadata.annotations?.[wantedIps] ?? spec.loadBalancerIP ?? '';
  if (asked !== '') {
    const ips: Ip[] = [];
    for (const text of asked.split(',')) {
      const ip = parseIp(text.trim());
      if (ip === undefined) return `invalid spec.loadBalancerIP ${JSON.stringify(text)}`;
      if (!families.includes(familyOf(ip)))
        return `requested loadBalancer IP(s) ${JSON.stringify([text])} does not match the ipFamily of the service`;
      ips.push(ip);
    }
    const pool = pools.find((one) => ips.every((ip) => holds(one, ip)));
    if (pool === undefined) return `${JSON.stringify(ips)} is not allowed in config`;
    const used = ips.find((ip) => taken.has(ip));
    return used === undefined
      ? { pool: pool.name, ips }
      : `can't change sharing key for ${JSON.stringify(`${metadata.namespace}/${metadata.name}`)}, address also in use by other services`;
  }
  const name = metadata.annotations?.[wantedPool];
  if (name !== undefined && !pools.some((one) => one.name === name)) return `unknown pool ${JSON.stringify(name)}`;
  const open = pools.filter((one) => (name === undefined ? one.autoAssign : one.name === name));
  const meant = open.filter((one) => one.namespaces.length === 0 || one.namespaces.includes(metadata.namespace ?? ''));
  const order = [...meant].sort(
    (a, b) => Number(b.namespaces.length > 0) - Number(a.namespaces.length > 0) || a.priority - b.priority || (a.name < b.name ? -1 : 1),
  );
  for (const pool of order) {
    const ips = families.flatMap((family) => firstFree(pool, family, taken) ?? []);
    if (ips.length === families.length) return { pool: pool.name, ips };
    if (spec.ipFamilyPolicy === 'PreferDualStack' && ips.length > 0) return { pool: pool.name, ips };
  }
  return name === undefined
    ? 'no available IPs'
    : `no available IPs in pool ${JSON.stringify(name)} for ${families.length > 1 ? 'DualStack' : families[0]} IPFamily`;
}

/** One pass over all Services: every assignment that is not right goes, every one that is missing comes. (controller/service.go, convergeBalancer) */
function assign({ change }: ContainerContext): void {
  const { objects } = change;
  const pools = poolsOf(objects);
  const source: EventSource = { component: 'metallb-controller' };
  const taken = new Set<string>(
    objects
      .list(Service)
      .filter((one) => isServed(one))
      .flatMap(given),
  );
  for (const service of objects.list(Service)) {
    const had = given(service);
    if (!isServed(service)) {
      if (had.length > 0 && service.metadata.annotations?.[fromPool] !== undefined) release(objects, service);
      continue;
    }
    if (had.length > 0 && had.every((ip) => pools.some((pool) => holds(pool, ip)))) continue;
    if (had.length > 0) {
      // An address that MetalLB has not given is somebody else's business.
      if (service.metadata.annotations?.[fromPool] === undefined) continue;
      release(objects, service);
      for (const ip of had) taken.delete(ip);
    }
    const { namespace, name } = service.metadata;
    const allocation = allocate(service, pools, taken);
    if (typeof allocation === 'string') {
      const message = `Failed to allocate IP for ${JSON.stringify(`${namespace}/${name}`)}: ${allocation}`;
      recordEvent(change, service, source, { type: 'Warning', reason: 'AllocationFailed', message });
      continue;
    }
    for (const ip of allocation.ips) taken.add(ip);
    const ipMode = minorVersionOf(objects) >= 30 ? { ipMode: 'VIP' as const } : {};
    objects.put(Service, {
      ...service,
      metadata: { ...service.metadata, annotations: { ...service.metadata.annotations, [fromPool]: allocation.pool } },
      status: { ...service.status, loadBalancer: { ingress: allocation.ips.map((ip) => ({ ip, ...ipMode })) } },
    });
    recordEvent(change, service, source, {
      type: 'Normal',
      reason: 'IPAllocated',
      message: `Assigned IP ${JSON.stringify(allocation.ips)}`,
    });
  }
}

function release(objects: Objects, service: Service): void {
  const { [fromPool]: _pool, ...annotations } = service.metadata.annotations ?? {};
  const { annotations: _old, ...metadata } = service.metadata;
  const kept = Object.keys(annotations).length === 0 ? {} : { annotations };
  objects.put(Service, { ...service, metadata: { ...metadata, ...kept }, status: { ...service.status, loadBalancer: {} } });
}

/** Tells of every address that this node's speaker has begun to announce. */
function announce({ change, host }: ContainerContext, before: readonly string[]): readonly string[] {
  const { objects } = change;
  const announced: string[] = [];
  for (const service of objects.list(Service)) {
    if (!isServed(service)) continue;
    const mine = given(service).filter((ip) => announcerOf(objects, service, ip) === host.name);
    if (mine.length === 0) continue;
    const key = `${service.metadata.namespace}/${service.metadata.name} ${mine.join()}`;
    announced.push(key);
    if (before.includes(key)) continue;
    const message = `announcing from node ${JSON.stringify(host.name)} with protocol "layer2"`;
    recordEvent(change, service, { component: 'metallb-speaker' }, { type: 'Normal', reason: 'nodeAssigned', message });
  }
  return announced;
}

const tools: ReadonlySet<string> = new Set();

/** Acts when something has changed that it looks at; what `act` gives is remembered with it. */
function onChange(
  watched: (objects: Objects) => readonly unknown[],
  act: (context: ContainerContext, before: readonly string[]) => readonly string[],
) {
  return (context: ContainerContext, run: ContainerRun): ContainerRun => {
    const { objects } = context.change;
    const seen = run.synced?.slice(0, -1) ?? [];
    if (isSame(seen, watched(objects))) return run;
    const before = String(run.synced?.at(-1) ?? '');
    const result = act(context, before.split('\n')).join('\n');
    return { ...run, synced: [...watched(objects), result] };
  };
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

export const metallbController: Program = {
  tools,
  entrypoint: ['/controller'],
  cmd: [],
  image: { pull: 2600, size: 31_400_000 },
  start: () => ({ listeners: [], logs: [], stopsAfter: 100 }),
  act: onChange(
    (objects) => [objects.revision(Service), ...configurationRevisions(objects)],
    (context) => {
      assign(context);
      return [];
    },
  ),
};

export const metallbSpeaker: Program = {
  tools,
  entrypoint: ['/speaker'],
  cmd: [],
  image: { pull: 3900, size: 52_700_000 },
  start: () => ({ listeners: [], logs: [], stopsAfter: 100 }),
  act: onChange(
    (objects) => [
      ...[Service, EndpointSlice, Node, Pod].map((kind) => objects.revision(kind as typeof Service)),
      ...configurationRevisions(objects),
    ],
    announce,
  ),
};
