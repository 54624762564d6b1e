/**
 * Addresses and ports of Services, before they are validated. (pkg/registry/core/service/storage: rest.go, alloc.go;
 * pkg/registry/core/service/strategy.go)
 */
import { isEqual } from '#kube/equal.ts';
import { Service, type ServicePort, type ServiceSpec } from '#kube/kinds/service.ts';
import { fail, invalid as invalidStatus, ok, type FieldError, type Result, type Status } from '#kube/status.ts';
import type { Infer } from '#kube/schema.ts';
import { parseIp, type Family, type Ip } from '#net/ip.ts';
import type { ClusterIps } from '../allocators/clusterip.ts';
import type { NodePorts } from '../allocators/nodeport.ts';
import { invalid } from '../validate/field.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheck, needsNodePorts } from '../validate/service-fields.ts';
import { validateClusterIps } from '../validate/service.ts';
import type { Scope } from '../validate/validator.ts';

export interface Allocators extends Scope {
  readonly clusterIps: ClusterIps;
  readonly nodePorts: NodePorts;
  readonly dryRun: boolean;
}

/** Specifications while they are being completed. */
type Draft = { -readonly [Name in keyof ServiceSpec]: ServiceSpec[Name] };
type Port = Infer<typeof ServicePort>;

function internalError(detail: string): Status {
  return {
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${detail}`,
    details: { causes: [{ reason: '', message: detail }] },
  };
}

/** Addresses and ports of a new Service. */
export function allocateForCreate(service: Service, allocators: Allocators): Result<Service, Status> {
  const spec: Draft = { ...service.spec };
  if ((spec.clusterIP ?? '') !== '' && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP!];
  const done =
    initFamilies(service, spec, undefined, allocators) ??
    allocateIps(service, spec, allocators) ??
    allocateNewPorts(service, spec, allocators);
  return done === undefined ? ok({ ...service, spec }) : fail(done);
}

/** Addresses and ports of a changed Service: what was given before is kept where it still fits. */
export function allocateForUpdate(service: Service, old: Service, allocators: Allocators): Result<Service, Status> {
  const spec: Draft = { ...service.spec };
  restoreAllocated(spec, old.spec);
  alignClusterIps(spec, old.spec);
  const refusal =
    initFamilies(service, spec, old.spec, allocators) ??
    updateIps(service, spec, old.spec, allocators) ??
    updatePorts(service, spec, old.spec, allocators);
  if (refusal !== undefined) return fail(refusal);
  dropUnfitting(spec, old.spec);
  const wasBalanced = old.spec.type === 'LoadBalancer' && spec.type !== 'LoadBalancer';
  return ok({ ...service, spec, ...(wasBalanced && { status: { ...service.status, loadBalancer: {} } }) });
}

function needsClusterIp({ type }: ServiceSpec): boolean {
  return type !== 'ExternalName';
}

/** A client that writes a Service anew need not know what was allocated (patchAllocatedValues). */
function restoreAllocated(spec: Draft, old: ServiceSpec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if ((spec.clusterIP ?? '') === '') assign(spec, 'clusterIP', old.clusterIP);
    if ((spec.clusterIPs ?? []).length === 0 && spec.clusterIP === old.clusterIP) assign(spec, 'clusterIPs', old.clusterIPs);
  }
  if (needsNodePorts(old) && needsNodePorts(spec)) {
    const free = new Map((old.ports ?? []).map((port) => [`${port.protocol}/${port.port}`, port.nodePort ?? 0]));
    const used = new Set((spec.ports ?? []).map((port) => port.nodePort ?? 0));
    spec.ports = (spec.ports ?? []).map((port) => {
      const before = free.get(`${port.protocol}/${port.port}`) ?? 0;
      if ((port.nodePort ?? 0) !== 0 || before === 0 || used.has(before)) return port;
      used.add(before);
      return { ...port, nodePort: before };
    });
  }
  if (needsHealthCheck(old) && needsHealthCheck(spec) && (spec.healthCheckNodePort ?? 0) === 0) {
    assign(spec, 'healthCheckNodePort', old.healthCheckNodePort);
  }
}

function assign<Name extends keyof Draft>(spec: Draft, name: Name, value: Draft[Name] | undefined): void {
  if (value === undefined) drop(spec, name);
  else spec[name] = value;
}

function drop(spec: Draft, name: keyof Draft): void {
  Reflect.deleteProperty(spec, name);
}

/** clusterIP is the first of clusterIPs; who changes one of them need not change the other (normalizeClusterIPs). */
function alignClusterIps(spec: Draft, old: ServiceSpec): void {
  const same = isEqual(spec.clusterIPs ?? [], old.clusterIPs ?? []);
  if ((old.clusterIP ?? '') !== '' && (spec.clusterIP ?? '') === '' && same) drop(spec, 'clusterIPs');
  if ((old.clusterIPs ?? []).length > 0 && (spec.clusterIPs ?? []).length === 0 && spec.clusterIP === old.clusterIP)
    drop(spec, 'clusterIP');
  if ((spec.clusterIP ?? '') !== '' && spec.clusterIP !== old.clusterIP && (same || (spec.clusterIPs ?? []).length === 0))
    spec.clusterIPs = [spec.clusterIP!];
}

/** A PreferDualStack Service whose fields stay as they are is not touched when the cluster has changed (isMatchingPreferDualStackClusterIPFields). */
function staysPreferring(spec: ServiceSpec, old: ServiceSpec | undefined): boolean {
  return (
    old !== undefined &&
    needsClusterIp(spec) &&
    needsClusterIp(old) &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    old.ipFamilyPolicy === 'PreferDualStack' &&
    isEqual(spec.clusterIPs ?? [], old.clusterIPs ?? []) &&
    isEqual(spec.ipFamilies ?? [], old.ipFamilies ?? [])
  );
}

const otherFamily: Readonly<Record<string, Family>> = { IPv4: 'IPv6', IPv6: 'IPv4' };

/** ipFamilyPolicy and ipFamilies as they follow from what is said and from the cluster (initIPFamilyFields). */
function initFamilies(service: Service, spec: Draft, old: ServiceSpec | undefined, allocators: Allocators): Status | undefined {
  if (spec.type === 'ExternalName' || staysPreferring(spec, old)) return undefined;
  const { clusterIps } = allocators;
  const isOpen = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (isOpen ? 'RequireDualStack' : 'SingleStack');
  const refuse = (errors: readonly FieldError[]) =>
    errors.length === 0 ? undefined : invalidStatus(Service, service.metadata.name, errors);
  const malformed = refuse(validateClusterIps(spec, allocators));
  if (malformed !== undefined) return malformed;

  const errors = old === undefined ? [] : reduceFamilies(spec, old);
  const policy = spec.ipFamilyPolicy;
  const families = [...(spec.ipFamilies ?? [])];
  const addresses = spec.clusterIPs ?? [];
  if (policy === 'SingleStack') {
    const detail = (what: string) => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    if (addresses.length === 2) errors.push(invalid('spec.ipFamilyPolicy', policy, detail('cluster IPs')));
    if (families.length === 2) errors.push(invalid('spec.ipFamilyPolicy', policy, detail('IP families')));
  }
  addresses.forEach((address, i) => {
    if (address === 'None' || i < families.length) return;
    const family: Family = address.includes(':') ? 'IPv6' : 'IPv4';
    if (clusterIps.serves(family)) families.push(family);
    else errors.push(invalid(`spec.clusterIPs[${i}]`, addresses, `${family} is not configured on this cluster`));
  });
  if (errors.length > 0) return refuse(errors);
  spec.ipFamilies = families;
  if (isOpen) {
    // Nobody allocates anything for it, so it may have families that the cluster lacks.
    if (families.length === 0) families.push(clusterIps.defaultFamily);
    if (families.length === 1 && policy !== 'SingleStack') families.push(otherFamily[families[0]!]!);
    return undefined;
  }
  const isDual = clusterIps.serves('IPv4') && clusterIps.serves('IPv6');
  if (policy === 'RequireDualStack' && !isDual) {
    errors.push(invalid('spec.ipFamilyPolicy', policy, 'this cluster is not configured for dual-stack services'));
  }
  families.forEach((family, i) => {
    if (!clusterIps.serves(family as Family)) errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  });
  if (errors.length > 0) return refuse(errors);
  if (families.length === 0) families.push(clusterIps.defaultFamily);
  if (policy !== 'SingleStack' && families.length === 1 && isDual) families.push(otherFamily[families[0]!]!);
  return undefined;
}

/** Saying SingleStack is enough to give the second address up; giving it up otherwise needs saying so. */
function reduceFamilies(spec: Draft, old: ServiceSpec): FieldError[] {
  const [addresses, families] = [spec.clusterIPs ?? [], spec.ipFamilies ?? []];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (isEqual(addresses, old.clusterIPs ?? []) && addresses.length > 1) spec.clusterIPs = addresses.slice(0, 1);
    if (isEqual(families, old.ipFamilies ?? []) && families.length > 1) spec.ipFamilies = families.slice(0, 1);
    return [];
  }
  const reduced = (now: readonly unknown[], before: readonly unknown[] | undefined) => now.length === 1 && before?.length === 2;
  const error = (what: string) =>
    invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  return [
    ...(reduced(addresses, old.clusterIPs) ? [error('cluster IP')] : []),
    ...(reduced(families, old.ipFamilies) ? [error('IP family')] : []),
  ];
}

function allocateIps(service: Service, spec: Draft, allocators: Allocators): Status | undefined {
  if (spec.type === 'ExternalName' || isHeadless(spec)) return undefined;
  const given = spec.clusterIPs ?? [];
  const addresses = (spec.ipFamilies ?? []).map((_, i) => given[i] ?? '');
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    const taken = takeIp(service, addresses, i, family as Family, allocators);
    if (!taken.ok) return taken.error;
    addresses[i] = taken.value;
  }
  spec.clusterIPs = addresses;
  spec.clusterIP = addresses[0]!;
  return undefined;
}

function takeIp(service: Service, addresses: readonly string[], i: number, family: Family, allocators: Allocators): Result<string, Status> {
  const { clusterIps, dryRun, minorVersion } = allocators;
  const { namespace = '', name } = service.metadata;
  const wanted = addresses[i]!;
  const refuse = (detail: string) => fail(invalidStatus(Service, name, [invalid('spec.clusterIPs', [...addresses], detail)]));
  if (wanted !== '') {
    const taken = clusterIps.take(parseIp(wanted)!, dryRun);
    // The address stays as it was written.
    return taken.ok ? ok(wanted) : refuse(`failed to allocate IP ${wanted}: ${taken.error}`);
  }
  const taken = clusterIps.takeAny(family, dryRun, `${namespace}/${name}/${family}`);
  if (!taken.ok) {
    return minorVersion >= 36
      ? refuse(`failed to allocate IP: ${taken.error}`)
      : fail(internalError(`failed to allocate a serviceIP: ${taken.error}`));
  }
  // The address is recorded under the Service's name before anybody has looked at that name.
  if (name === '' && !dryRun) {
    return refuse(`failed to allocate IP: IPAddress.networking.k8s.io "${taken.value}" is invalid: spec.parentRef.name: Required value`);
  }
  return taken;
}

/** What becomes of addresses when the type or the families change (updateClusterIPs). */
function updateIps(service: Service, spec: Draft, old: ServiceSpec, allocators: Allocators): Status | undefined {
  if (staysPreferring(spec, old)) return undefined;
  if (!needsClusterIp(old) && needsClusterIp(spec)) return allocateIps(service, spec, allocators);
  if (isHeadless(old) || !needsClusterIp(spec)) return undefined;
  if ((old.ipFamilies ?? []).length !== 1 || (spec.ipFamilies ?? []).length !== 2) return undefined;
  const addresses = [...(spec.clusterIPs ?? [])];
  if (addresses.length < 2) addresses.push('');
  const taken = takeIp(service, addresses, 1, spec.ipFamilies![1] as Family, allocators);
  if (!taken.ok) return taken.error;
  spec.clusterIPs = [addresses[0]!, taken.value];
  return undefined;
}

function nodePortError(service: Service, i: number, port: number, problem: string): Status {
  return invalidStatus(Service, service.metadata.name, [invalid(`spec.ports[${i}].nodePort`, port, problem)]);
}

function purposeOf({ metadata }: Service, port: Port | string): string {
  const what = typeof port === 'string' ? port : `${port.protocol}/${port.port}`;
  return `${metadata.namespace ?? ''}/${metadata.name}/${what}`;
}

/** Node ports of a new Service: ports of one number share theirs across protocols (initNodePorts). */
function allocateNewPorts(service: Service, spec: Draft, { nodePorts }: Allocators): Status | undefined {
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    const given = new Map<number, number>();
    const ports: Port[] = [];
    for (const [i, port] of (spec.ports ?? []).entries()) {
      const { nodePort = 0 } = port;
      if (nodePort === 0 && !needsNodePorts(spec)) {
        ports.push(port);
        continue;
      }
      const shared = given.get(port.port);
      if (shared !== undefined && (nodePort === 0 || nodePort === shared)) {
        ports.push({ ...port, nodePort: shared });
        continue;
      }
      const wanted = shared === undefined ? requestedNodePort(port.port, spec.ports ?? []) : nodePort;
      const taken = wanted === 0 ? nodePorts.takeAny(purposeOf(service, port)) : nodePorts.take(wanted);
      if (!taken.ok) {
        return wanted === 0
          ? internalError(`failed to allocate a nodePort: ${taken.error}`)
          : nodePortError(service, i, wanted, taken.error);
      }
      if (shared === undefined) given.set(port.port, taken.value);
      ports.push({ ...port, nodePort: taken.value });
    }
    spec.ports = ports;
  }
  return needsHealthCheck(spec) ? allocateHealthPort(service, spec, nodePorts) : undefined;
}

/** The node port that somebody named for this port number. */
function requestedNodePort(port: number, ports: readonly Port[]): number {
  return ports.find((one) => one.port === port && (one.nodePort ?? 0) !== 0)?.nodePort ?? 0;
}

function allocateHealthPort(service: Service, spec: Draft, nodePorts: NodePorts): Status | undefined {
  const { healthCheckNodePort: wanted = 0 } = spec;
  const taken = wanted === 0 ? nodePorts.takeAny(purposeOf(service, 'healthCheckNodePort')) : nodePorts.take(wanted);
  if (!taken.ok) {
    return internalError(
      wanted === 0
        ? `failed to allocate a HealthCheck NodePort 0: ${taken.error}`
        : `failed to allocate requested HealthCheck NodePort ${wanted}: ${taken.error}`,
    );
  }
  spec.healthCheckNodePort = taken.value;
  return undefined;
}

/** Node ports of a changed Service: those it had are its own (updateNodePorts). */
function updatePorts(service: Service, spec: Draft, old: ServiceSpec, { nodePorts }: Allocators): Status | undefined {
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    const own = new Set((old.ports ?? []).map((port) => port.nodePort ?? 0));
    const ports: Port[] = [];
    for (const [i, port] of (spec.ports ?? []).entries()) {
      const { nodePort = 0 } = port;
      if (nodePort === 0 && !needsNodePorts(spec)) {
        ports.push(port);
        continue;
      }
      if (nodePort !== 0 && own.has(nodePort)) {
        ports.push(port);
        continue;
      }
      const taken = nodePort === 0 ? nodePorts.takeAny(purposeOf(service, port)) : nodePorts.take(nodePort);
      if (!taken.ok) {
        return nodePort === 0
          ? internalError(`failed to allocate a nodePort: ${taken.error}`)
          : nodePortError(service, i, nodePort, taken.error);
      }
      own.add(taken.value);
      ports.push({ ...port, nodePort: taken.value });
    }
    spec.ports = ports;
  }
  return !needsHealthCheck(old) && needsHealthCheck(spec) ? allocateHealthPort(service, spec, nodePorts) : undefined;
}

/** What was filled in for the old type, and the client has left alone, goes with it (dropTypeDependentFields). */
function dropUnfitting(spec: Draft, old: ServiceSpec): void {
  const dropWhenSame = (name: keyof Draft) => {
    if (isEqual(spec[name], old[name])) drop(spec, name);
  };
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    dropWhenSame('clusterIP');
    dropWhenSame('clusterIPs');
    dropWhenSame('ipFamilies');
    dropWhenSame('ipFamilyPolicy');
  }
  if (needsNodePorts(old) && !needsNodePorts(spec)) {
    const before = new Set((old.ports ?? []).map((port) => port.nodePort ?? 0));
    if ((spec.ports ?? []).every((port) => (port.nodePort ?? 0) === 0 || before.has(port.nodePort!))) {
      spec.ports = (spec.ports ?? []).map(({ nodePort: _nodePort, ...port }) => port);
    }
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec)) dropWhenSame('healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    dropWhenSame('allocateLoadBalancerNodePorts');
    dropWhenSame('loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) dropWhenSame('externalTrafficPolicy');
}

/** The addresses that a Service holds. */
export function addressesOf({ spec }: Service): readonly Ip[] {
  return (spec.clusterIPs ?? []).map(parseIp).filter((address) => address !== undefined);
}
