/** Ingresses and IngressClasses. (pkg/apis/networking/validation/validation.go) */
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { Ingress, type HTTPIngressPath, type IngressBackend, type IngressRule, type IngressTLS } from '#kube/kinds/ingress.ts';
import type { FieldError } from '#kube/status.ts';
import { parseIp } from '#net/ip.ts';
import { forbidden, invalid, invalidEach, notSupported, oneOf, required } from './field.ts';
import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  domainPath,
  ipAddress,
  portName,
  portNumber,
  wildcardDns1123Subdomain,
} from './formats.ts';
import { validateImmutable } from './metadata.ts';
import { nameIsSubdomain } from './names.ts';
import { hostnameMessages } from './service.ts';
import { validator, type Scope } from './validator.ts';

const classAnnotation = 'kubernetes.io/ingress.class';

export const ingressValidator = validator<Ingress>({
  kind: Ingress,
  name: nameIsSubdomain,
  validate: (ingress, scope) => [...validateIngress(ingress, scope), ...validateOneClass(ingress)],
  validateUpdate: (next, _old, scope) => validateIngress(next, scope),
  validateStatus: ({ status }, _old, { minorVersion }) =>
    (status.loadBalancer.ingress ?? []).flatMap(({ ip = '', hostname = '' }, i) => {
      const path = `status.loadBalancer.ingress[${i}]`;
      return [
        ...(ip === '' ? [] : invalidEach(`${path}.ip`, ip, ipAddress(ip, minorVersion))),
        ...(hostname === '' ? [] : invalidEach(`${path}.hostname`, hostname, hostnameMessages(hostname, minorVersion))),
      ];
    }),
  warnings: ({ metadata }) =>
    metadata.annotations?.[classAnnotation] === undefined
      ? []
      : [`annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`],
});

function validateOneClass({ metadata, spec }: Ingress): FieldError[] {
  const annotation = metadata.annotations?.[classAnnotation];
  return annotation !== undefined && spec.ingressClassName !== undefined && annotation !== spec.ingressClassName
    ? [invalid(`annotations.${classAnnotation}`, annotation, 'must match `ingressClassName` when both are specified')]
    : [];
}

function validateIngress({ spec }: Ingress, scope: Scope): FieldError[] {
  const { rules, defaultBackend, tls = [], ingressClassName } = spec;
  return [
    ...((rules ?? []).length === 0 && defaultBackend === undefined
      ? [invalid('spec', rules ?? null, 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...(defaultBackend === undefined ? [] : validateBackend(defaultBackend, 'spec.defaultBackend', scope)),
    ...(rules ?? []).flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`, scope)),
    ...tls.flatMap((one, i) => validateTls(one, `spec.tls[${i}]`)),
    ...(ingressClassName === undefined ? [] : invalidEach('spec.ingressClassName', ingressClassName, dns1123Subdomain(ingressClassName))),
  ];
}

function validateRule({ host = '', http }: IngressRule, path: string, scope: Scope): FieldError[] {
  const errors: FieldError[] = [];
  if (host !== '') {
    if (parseIp(host) !== undefined) errors.push(invalid(`${path}.host`, host, 'must be a DNS name, not an IP address'));
    errors.push(...invalidEach(`${path}.host`, host, hostMessages(host)));
  }
  if (http === undefined) return errors;
  const at = `${path}.http.paths`;
  if (http.paths.length === 0) errors.push(required(at));
  return [...errors, ...http.paths.flatMap((one, i) => validatePath(one, `${at}[${i}]`, scope))];
}

function hostMessages(host: string): string[] {
  return host.includes('*') ? wildcardDns1123Subdomain(host) : dns1123Subdomain(host);
}

const forbiddenParts = ['//', '/./', '/../', '%2f', '%2F'];
const forbiddenEnds = ['/..', '/.'];

function validatePath({ path: written = '', pathType, backend }: HTTPIngressPath, path: string, scope: Scope): FieldError[] {
  const at = `${path}.path`;
  const errors: FieldError[] = [];
  switch (pathType) {
    case undefined:
      errors.push(required(`${path}.pathType`, 'pathType must be specified'));
      break;
    case 'Exact':
    case 'Prefix':
      if (!written.startsWith('/')) errors.push(invalid(at, written, 'must be an absolute path'));
      for (const part of forbiddenParts) if (written.includes(part)) errors.push(invalid(at, written, `must not contain '${part}'`));
      for (const end of forbiddenEnds) if (written.endsWith(end)) errors.push(invalid(at, written, `cannot end with '${end}'`));
      break;
    case 'ImplementationSpecific':
      if (written !== '' && !written.startsWith('/')) errors.push(invalid(at, written, 'must be an absolute path'));
      break;
    default:
      errors.push(notSupported(`${path}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']));
  }
  return [...errors, ...validateBackend(backend, `${path}.backend`, scope)];
}

function validateBackend(backend: IngressBackend | undefined, path: string, { minorVersion }: Scope): FieldError[] {
  const { service, resource } = backend ?? {};
  if (service !== undefined && resource !== undefined) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return validateTypedReference(resource, `${path}.resource`);
  if (service === undefined) return [invalid(path, '', 'resource or service backend is required')];
  const serviceName = minorVersion >= 36 ? dns1123Label : dns1035Label;
  const { name = '', number = 0 } = service.port;
  const errors =
    service.name === '' ? [required(`${path}.service.name`)] : invalidEach(`${path}.service.name`, service.name, serviceName(service.name));
  if (name !== '' && number !== 0) return [...errors, invalid(path, '', 'cannot set both port name & port number')];
  if (name !== '') return [...errors, ...invalidEach(`${path}.service.port.name`, name, portName(name))];
  if (number !== 0) return [...errors, ...invalidEach(`${path}.service.port.number`, number, portNumber(number))];
  return [...errors, required(path, 'port name or number is required')];
}

interface TypedReference {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}

function validateTypedReference({ apiGroup, kind, name }: TypedReference, path: string): FieldError[] {
  return [
    ...(apiGroup === undefined ? [] : invalidEach(`${path}.apiGroup`, apiGroup, dns1123Subdomain(apiGroup))),
    ...(kind === '' ? [required(`${path}.kind`)] : segment(kind, `${path}.kind`)),
    ...(name === '' ? [required(`${path}.name`)] : segment(name, `${path}.name`)),
  ];
}

function segment(value: string, path: string): FieldError[] {
  return ['/', '%'].filter((mark) => value.includes(mark)).map((mark) => invalid(path, value, `may not contain '${mark}'`));
}

function validateTls({ hosts = [], secretName = '' }: IngressTLS, path: string): FieldError[] {
  return [
    ...hosts.flatMap((host, i) => invalidEach(`${path}.hosts[${i}]`, host, hostMessages(host))),
    ...(secretName === '' ? [] : invalidEach(`${path}.secretName`, secretName, dns1123Subdomain(secretName))),
  ];
}

export const ingressClassValidator = validator<IngressClass>({
  kind: IngressClass,
  name: nameIsSubdomain,
  validate: validateIngressClass,
  validateUpdate: (next, old) => [
    ...validateImmutable(next.spec.controller ?? '', old.spec.controller ?? '', 'spec.controller'),
    ...validateIngressClass(next),
  ],
});

function validateIngressClass({ spec }: IngressClass): FieldError[] {
  return [...validateController(spec.controller ?? '', 'spec.controller'), ...validateParameters(spec.parameters, 'spec.parameters')];
}

/** (staging:apimachinery/pkg/util/validation/validation.go, IsDomainPrefixedPath) */
function validateController(controller: string, path: string): FieldError[] {
  if (controller === '') return [required(path)];
  const slash = controller.indexOf('/');
  if (slash <= 0 || slash === controller.length - 1) {
    return [invalid(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const [host, rest] = [controller.slice(0, slash), controller.slice(slash + 1)];
  return [...invalidEach(path, host, dns1123Subdomain(host)), ...invalidEach(path, rest, domainPath(rest))];
}

function validateParameters(parameters: IngressClass['spec']['parameters'], path: string): FieldError[] {
  if (parameters === undefined) return [];
  const { scope, namespace } = parameters;
  const errors = validateTypedReference(parameters as TypedReference, path);
  if (scope === undefined) return [...errors, required(`${path}.scope`)];
  errors.push(...oneOf(`${path}.scope`, scope, ['Cluster', 'Namespace']));
  if (scope === 'Namespace') {
    if (namespace === undefined) errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    else errors.push(...invalidEach(`${path}.namespace`, namespace, dns1123Label(namespace)));
  }
  if (scope === 'Cluster' && namespace !== undefined) errors.push(forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}
