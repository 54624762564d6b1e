/** Services. (pkg/apis/core/validation/validation.go: ValidateService, ValidateServiceUpdate; pkg/api/service/warnings.go) */
import { Service, ServicePort, type LoadBalancerStatus, type ServiceSpec } from '#kube/kinds/service.ts';
import type { Infer } from '#kube/schema.ts';
import type { FieldError } from '#kube/status.ts';
import { duplicate, forbidden, invalid, invalidEach, notSupported, oneOf, required } from './field.ts';
import {
  cidrRange,
  cidrWarnings,
  dns1123Label,
  dns1123Subdomain,
  ipAddress,
  ipWarnings,
  portName,
  portNumber,
  qualifiedName,
  specialIp,
} from './formats.ts';
import { goValue } from './go-value.ts';
import { validateLabels } from './labels.ts';
import { serviceName } from './names.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheck } from './service-fields.ts';
import { validator, type Scope } from './validator.ts';

export const protocols = ['SCTP', 'TCP', 'UDP'];
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const trafficPolicies = ['Cluster', 'Local'];
const sourceRangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';

export const serviceValidator = validator<Service>({
  kind: Service,
  name: serviceName,
  validate: validateService,
  validateUpdate: (next, old, scope) => [...validateServiceChange(next.spec, old.spec), ...validateService(next, scope)],
  validateStatus: (next, _old, scope) => validateLoadBalancerStatus(next.status.loadBalancer, next.spec, scope),
  warnings: serviceWarnings,
});

function validateService({ metadata, spec }: Service, scope: Scope): FieldError[] {
  const { ports = [], type = '' } = spec;
  return [
    ...validateTopologyAnnotations(metadata.annotations ?? {}),
    ...(ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...validateForType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateSessionAffinity(spec),
    ...validateClusterIps(spec, scope),
    ...validateExternalIps(spec, scope),
    ...(type === '' ? [required('spec.type')] : oneOf('spec.type', type, types)),
    ...validateNodePorts(spec),
    ...validateDistinctPorts(spec),
    ...validateSourceRanges(metadata.annotations ?? {}, spec, scope),
    ...validateLoadBalancerFields(spec),
    ...validateLoadBalancerClass(spec, undefined),
    ...validateExternalTraffic(spec),
    ...validateInternalTraffic(spec, scope),
    ...validateTrafficDistribution(spec, scope),
  ];
}

function validateTopologyAnnotations(annotations: Readonly<Record<string, string>>): FieldError[] {
  const hints = annotations['service.kubernetes.io/topology-aware-hints'];
  const mode = annotations['service.kubernetes.io/topology-mode'];
  return hints !== undefined && mode !== undefined && hints !== mode
    ? [
        invalid(
          'metadata.annotations[service.kubernetes.io/topology-mode]',
          mode,
          'must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
        ),
      ]
    : [];
}

function validateForType(spec: ServiceSpec): FieldError[] {
  switch (spec.type) {
    case 'LoadBalancer':
    case 'NodePort':
      return isHeadless(spec) ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)] : [];
    case 'ExternalName': {
      const name = (spec.externalName ?? '').replace(/\.$/, '');
      const unfit = 'may not be set for ExternalName services';
      return [
        ...((spec.clusterIPs ?? []).length > 0 ? [forbidden('spec.clusterIPs', unfit)] : []),
        ...((spec.ipFamilies ?? []).length > 0 ? [forbidden('spec.ipFamilies', unfit)] : []),
        ...(spec.ipFamilyPolicy !== undefined ? [forbidden('spec.ipFamilyPolicy', unfit)] : []),
        ...(name === '' ? [required('spec.externalName')] : invalidEach('spec.externalName', name, dns1123Subdomain(name))),
      ];
    }
    default:
      return [];
  }
}

type Port = Infer<typeof ServicePort>;

function validatePorts({ ports = [] }: ServiceSpec): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const path = `spec.ports[${i}]`;
    const errors = [...validatePortName(port, ports.length > 1, names, `${path}.name`), ...validatePortFields(port, path)];
    names.add(port.name ?? '');
    return errors;
  });
}

function validatePortName({ name = '' }: Port, isNeeded: boolean, earlier: ReadonlySet<string>, path: string): FieldError[] {
  if (name === '') return isNeeded ? [required(path)] : [];
  return [...invalidEach(path, name, dns1123Label(name)), ...(earlier.has(name) ? [duplicate(path, name)] : [])];
}

function validatePortFields(port: Port, path: string): FieldError[] {
  const { protocol = '' } = port;
  return [
    ...invalidEach(`${path}.port`, port.port, portNumber(port.port)),
    ...(protocol === '' ? [required(`${path}.protocol`)] : oneOf(`${path}.protocol`, protocol, protocols)),
    ...validatePortNumberOrName(port.targetPort ?? 0, `${path}.targetPort`),
    ...(port.appProtocol === undefined ? [] : invalidEach(`${path}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol))),
  ];
}

/** Of targetPorts and the ports of probes. */
export function validatePortNumberOrName(port: number | string, path: string): FieldError[] {
  return invalidEach(path, port, typeof port === 'number' ? portNumber(port) : portName(port));
}

function validateSessionAffinity({ sessionAffinity = '', sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === '') return [required('spec.sessionAffinity')];
  if (sessionAffinity === 'None') {
    return sessionAffinityConfig === undefined ? [] : [forbidden(path, 'must not be set when session affinity is None')];
  }
  if (sessionAffinity !== 'ClientIP') return [notSupported('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None'])];
  const needed = 'when session affinity type is ClientIP';
  if (sessionAffinityConfig === undefined) return [required(path, needed)];
  if (sessionAffinityConfig.clientIP === undefined) return [required(`${path}.clientIP`, needed)];
  const seconds = sessionAffinityConfig.clientIP.timeoutSeconds;
  if (seconds === undefined) return [required(`${path}.clientIP.timeoutSeconds`, needed)];
  return seconds <= 0 || seconds > 86400
    ? [invalid(`${path}.clientIP.timeoutSeconds`, seconds, 'must be greater than 0 and less than 86400')]
    : [];
}

/** clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy against each other: allocation asks this first, too. */
export function validateClusterIps(spec: ServiceSpec, { minorVersion }: Scope): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const path = 'spec.clusterIPs';
  const errors: FieldError[] = [];
  if (clusterIP === '') {
    if (clusterIPs.length > 0) errors.push(invalid(path, clusterIPs, 'must be empty when `clusterIP` is not specified'));
  } else if (clusterIPs.length === 0) errors.push(required(path));
  else if (clusterIPs[0] !== clusterIP) errors.push(invalid(path, clusterIPs, 'first value must match `clusterIP`'));

  for (const [i, family] of ipFamilies.entries()) {
    errors.push(...oneOf(`spec.ipFamilies[${i}]`, family, ['IPv4', 'IPv6']));
    if (ipFamilies.indexOf(family) < i) errors.push(duplicate(`spec.ipFamilies[${i}]`, family));
  }
  if (ipFamilyPolicy !== undefined) {
    errors.push(...oneOf('spec.ipFamilyPolicy', ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']));
  }

  const malformed = clusterIPs.flatMap((one, i) => {
    if (i === 0 && one === 'None')
      return clusterIPs.length > 1 ? [invalid(path, clusterIPs, "'None' must be the first and only value")] : [];
    return invalidEach(`${path}[${i}]`, one, ipAddress(one, minorVersion));
  });
  errors.push(...malformed);
  if (clusterIPs.length > 2) errors.push(invalid(path, clusterIPs, 'may only hold up to 2 values'));
  if (malformed.length > 0) return errors;

  const isV6 = (address: string) => address.includes(':');
  if (clusterIPs.length > 1 && clusterIPs.every((one) => isV6(one) === isV6(clusterIPs[0]!))) {
    errors.push(invalid(path, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  if (!isHeadless(spec)) {
    clusterIPs.slice(0, ipFamilies.length).forEach((one, i) => {
      const family = ipFamilies[i]!;
      if ((family === 'IPv4' && isV6(one)) || (family === 'IPv6' && !isV6(one))) {
        errors.push(invalid(`${path}[${i}]`, one, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``));
      }
    });
  }
  return errors;
}

function validateExternalIps({ externalIPs = [] }: ServiceSpec, { minorVersion }: Scope): FieldError[] {
  return externalIPs.flatMap((address, i) => {
    const path = `spec.externalIPs[${i}]`;
    const malformed = invalidEach(path, address, ipAddress(address, minorVersion));
    return malformed.length > 0 ? malformed : invalidEach(path, address, specialIp(address));
  });
}

function validateNodePorts({ type, ports = [] }: ServiceSpec): FieldError[] {
  return ports.flatMap(({ nodePort = 0, protocol }, i) => {
    const path = `spec.ports[${i}].nodePort`;
    if (nodePort === 0) return [];
    const isTaken = ports.slice(0, i).some((one) => one.nodePort === nodePort && one.protocol === protocol);
    return [
      ...(type === 'ClusterIP' ? [forbidden(path, "may not be used when `type` is 'ClusterIP'")] : []),
      ...(isTaken ? [duplicate(path, nodePort)] : []),
    ];
  });
}

function validateDistinctPorts({ ports = [] }: ServiceSpec): FieldError[] {
  return ports.flatMap(({ port, protocol }, i) => {
    const isTaken = ports.slice(0, i).some((one) => one.port === port && one.protocol === protocol);
    return isTaken ? [duplicate(`spec.ports[${i}]`, goValue(ServicePort, { protocol, port, targetPort: 0 }))] : [];
  });
}

function validateSourceRanges(annotations: Readonly<Record<string, string>>, spec: ServiceSpec, { minorVersion }: Scope): FieldError[] {
  const onlyFor = (path: string) =>
    spec.type === 'LoadBalancer' ? [] : [forbidden(path, "may only be used when `type` is 'LoadBalancer'")];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    // The field's name is written like this in the API server.
    const path = 'spec.LoadBalancerSourceRanges';
    const check = (range: string, i: number) => invalidEach(`${path}[${i}]`, range.trim(), cidrRange(range.trim(), minorVersion));
    return [...onlyFor(path), ...ranges.flatMap(check)];
  }
  const text = annotations[sourceRangesAnnotation];
  if (text === undefined) return [];
  const path = `metadata.annotations[${sourceRangesAnnotation}]`;
  const written = text.trim() === '' ? [] : text.split(',').map((range) => range.trim());
  return [...onlyFor(path), ...written.flatMap((range) => invalidEach(path, range, cidrRange(range, minorVersion)))];
}

function validateLoadBalancerFields({ type, allocateLoadBalancerNodePorts }: ServiceSpec): FieldError[] {
  if (type === 'LoadBalancer') return allocateLoadBalancerNodePorts === undefined ? [required('allocateLoadBalancerNodePorts')] : [];
  if (allocateLoadBalancerNodePorts === undefined) return [];
  return [forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'")];
}

function validateLoadBalancerClass(spec: ServiceSpec, old: ServiceSpec | undefined): FieldError[] {
  const path = 'spec.loadBalancerClass';
  const { loadBalancerClass } = spec;
  if (old !== undefined) {
    const stays = old.type === 'LoadBalancer' && spec.type === 'LoadBalancer';
    return stays && old.loadBalancerClass !== loadBalancerClass
      ? [invalid(path, loadBalancerClass ?? null, 'may not change once set')]
      : [];
  }
  if (loadBalancerClass === undefined) return [];
  return [
    ...(spec.type === 'LoadBalancer' ? [] : [forbidden(path, "may only be used when `type` is 'LoadBalancer'")]),
    ...invalidEach(path, loadBalancerClass, qualifiedName(loadBalancerClass)),
  ];
}

function validateExternalTraffic(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy = '', healthCheckNodePort = 0 } = spec;
  const [policyPath, portPath] = ['spec.externalTrafficPolicy', 'spec.healthCheckNodePort'];
  const errors: FieldError[] = [];
  if (!isExternallyAccessible(spec)) {
    if (externalTrafficPolicy !== '') {
      errors.push(invalid(policyPath, externalTrafficPolicy, 'may only be set for externally-accessible services'));
    }
  } else if (externalTrafficPolicy === '') errors.push(required(policyPath));
  else errors.push(...oneOf(policyPath, externalTrafficPolicy, trafficPolicies));
  if (!needsHealthCheck(spec)) {
    if (healthCheckNodePort !== 0) {
      const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      errors.push(invalid(portPath, healthCheckNodePort, detail));
    }
  } else if (healthCheckNodePort === 0) errors.push(required(portPath));
  else errors.push(...invalidEach(portPath, healthCheckNodePort, portNumber(healthCheckNodePort)));
  return errors;
}

function validateInternalTraffic({ type, internalTrafficPolicy }: ServiceSpec, { minorVersion }: Scope): FieldError[] {
  const path = 'spec.internalTrafficPolicy';
  if (internalTrafficPolicy !== undefined) return oneOf(path, internalTrafficPolicy, trafficPolicies);
  // The field came with 1.22.
  return type === 'ExternalName' || minorVersion < 22 ? [] : [required(path)];
}

function validateTrafficDistribution({ trafficDistribution }: ServiceSpec, { minorVersion }: Scope): FieldError[] {
  const supported = minorVersion >= 34 ? ['PreferClose', 'PreferSameZone', 'PreferSameNode'] : ['PreferClose'];
  return trafficDistribution === undefined ? [] : oneOf('spec.trafficDistribution', trafficDistribution, supported);
}

/** What may not change: the first address and family ever, the second only to none; the class of a load balancer. */
function validateServiceChange(next: ServiceSpec, old: ServiceSpec): FieldError[] {
  const healthPorts = needsHealthCheck(old) && needsHealthCheck(next);
  return [
    ...validateListChange(next, old, 'clusterIPs', next.clusterIPs ?? [], old.clusterIPs ?? [], 'clusterIP'),
    ...validateListChange(next, old, 'ipFamilies', next.ipFamilies ?? [], old.ipFamilies ?? [], 'ipFamily'),
    ...validateLoadBalancerClass(next, old),
    ...(healthPorts && (next.healthCheckNodePort ?? 0) !== (old.healthCheckNodePort ?? 0)
      ? [forbidden('spec.healthCheckNodePort', 'field is immutable')]
      : []),
  ];
}

function validateListChange(
  next: ServiceSpec,
  old: ServiceSpec,
  name: 'clusterIPs' | 'ipFamilies',
  after: readonly string[],
  before: readonly string[],
  word: string,
): FieldError[] {
  if (next.type === 'ExternalName' || old.type === 'ExternalName') return [];
  if (isHeadless(old) && isHeadless(next) && name === 'clusterIPs') return [];
  const path = `spec.${name}`;
  const changed = (i: number) => invalid(`${path}[${i}]`, name === 'clusterIPs' ? after : after[i], 'may not change once set');
  if (after.length === before.length) return before.flatMap((one, i) => (one === after[i] ? [] : [changed(i)]));
  if (after.length > before.length) return before.length > 0 && before[0] !== after[0] ? [changed(0)] : [];
  if (after.length === 0) return [invalid(`${path}[0]`, after, `primary ${word} can not be unset`)];
  return [
    ...(before[0] === after[0] ? [] : [changed(0)]),
    ...(next.ipFamilyPolicy === 'SingleStack'
      ? []
      : [invalid('spec.ipFamilyPolicy', next.ipFamilyPolicy ?? null, `must be set to SingleStack when releasing the secondary ${word}`)]),
  ];
}

function validateLoadBalancerStatus(
  { ingress = [] }: Infer<typeof LoadBalancerStatus>,
  spec: ServiceSpec,
  { minorVersion }: Scope,
): FieldError[] {
  const path = 'status.loadBalancer.ingress';
  if (ingress.length > 0 && spec.type !== 'LoadBalancer') return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  return ingress.flatMap(({ ip = '', hostname = '', ipMode }, i) => {
    const at = `${path}[${i}]`;
    const modes =
      ip === ''
        ? [forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set')]
        : oneOf(`${at}.ipMode`, ipMode ?? '', ['Proxy', 'VIP']);
    return [
      ...(ip === '' ? [] : invalidEach(`${at}.ip`, ip, ipAddress(ip, minorVersion))),
      ...(ipMode === undefined ? (ip === '' ? [] : [required(`${at}.ipMode`, 'must be specified when `ip` is set')]) : modes),
      ...(hostname === '' ? [] : invalidEach(`${at}.hostname`, hostname, hostnameMessages(hostname, minorVersion))),
    ];
  });
}

/** Of host names that must not be addresses. */
export function hostnameMessages(hostname: string, minorVersion: number): string[] {
  return [
    ...dns1123Subdomain(hostname),
    ...(ipAddress(hostname, minorVersion).length === 0 ? ['must be a DNS name, not an IP address'] : []),
  ];
}

function serviceWarnings({ metadata, spec }: Service, _old: Service | undefined, { minorVersion }: Scope): string[] {
  const { clusterIPs = [], externalIPs = [], loadBalancerIP = '', loadBalancerSourceRanges = [], externalName = '' } = spec;
  const warnings: string[] = [];
  const when = (holds: boolean, text: string) => {
    if (holds) warnings.push(text);
  };
  when(
    metadata.annotations?.['service.kubernetes.io/topology-aware-hints'] !== undefined,
    'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
  );
  if (isHeadless(spec)) {
    when(loadBalancerIP !== '', 'spec.loadBalancerIP is ignored for headless services');
    when(externalIPs.length > 0, 'spec.externalIPs is ignored for headless services');
    when(spec.sessionAffinity !== 'None', 'spec.SessionAffinity is ignored for headless services');
  } else warnings.push(...clusterIPs.flatMap((one, i) => ipWarnings(`spec.clusterIPs[${i}]`, one)));
  warnings.push(...externalIPs.flatMap((one, i) => ipWarnings(`spec.externalIPs[${i}]`, one)));
  if (loadBalancerIP !== '') warnings.push(...ipWarnings('spec.loadBalancerIP', loadBalancerIP));
  warnings.push(...loadBalancerSourceRanges.flatMap((one, i) => cidrWarnings(`spec.loadBalancerSourceRanges[${i}]`, one.trim())));
  when(spec.type === 'ExternalName' && externalIPs.length > 0, 'spec.externalIPs is ignored when spec.type is "ExternalName"');
  when(spec.type !== 'ExternalName' && externalName !== '', 'spec.externalName is ignored when spec.type is not "ExternalName"');
  when(
    spec.trafficDistribution === 'PreferClose' && minorVersion >= 34,
    'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  );
  when(externalIPs.length > 0 && minorVersion >= 36, 'spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  return warnings;
}
