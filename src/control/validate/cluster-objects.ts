/** Namespaces, nodes, ServiceCIDRs and IPAddresses. (pkg/apis/core/validation/validation.go, pkg/apis/networking/validation/validation.go) */
import { IPAddress } from '#kube/kinds/ip-address.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Node } from '#kube/kinds/node.ts';
import { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import type { FieldError } from '#kube/status.ts';
import { duplicate, forbidden, invalid, invalidEach, required } from './field.ts';
import { cidrRange } from './formats.ts';
import { addressName, nameIsLabel, nameIsSubdomain } from './names.ts';
import { validateTaints } from './pod/scheduling.ts';
import { validator, type Scope } from './validator.ts';

export const namespaceValidator = validator<Namespace>({ kind: Namespace, name: nameIsLabel, validate: () => [] });

function isV6(text: string): boolean {
  return text.includes(':');
}

function validateNode({ spec }: Node, { minorVersion }: Scope): FieldError[] {
  const ranges = spec?.podCIDRs ?? [];
  const path = 'spec.podCIDRs';
  const isDual = ranges.length === 2 && isV6(ranges[0]!) !== isV6(ranges[1]!);
  return [
    ...validateTaints(spec?.taints ?? [], 'metadata.taints'),
    ...ranges.flatMap((one, i) => invalidEach(`${path}[${i}]`, one, cidrRange(one, minorVersion))),
    ...(ranges.length > 1 && !isDual ? [invalid(path, ranges, 'may specify no more than one CIDR for each IP family')] : []),
    ...ranges.flatMap((one, i) => (ranges.indexOf(one) < i ? [duplicate(`${path}[${i}]`, one)] : [])),
  ];
}

function validateNodeChange({ spec: next }: Node, { spec: old }: Node): FieldError[] {
  const [after, before] = [next?.podCIDRs ?? [], old?.podCIDRs ?? []];
  const fixed = forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid');
  const changed = before.length === 0 ? [] : before.length === after.length ? before.filter((one, i) => one !== after[i]) : ['length'];
  const [provider, earlier] = [next?.providerID ?? '', old?.providerID ?? ''];
  return [
    ...changed.map(() => fixed),
    ...(earlier !== '' && provider !== earlier
      ? [forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid')]
      : []),
    ...validateTaints(next?.taints ?? [], 'metadata.taints'),
  ];
}

export const nodeValidator = validator<Node>({
  kind: Node,
  name: nameIsSubdomain,
  validate: validateNode,
  validateUpdate: validateNodeChange,
});

function validateServiceCidr({ spec }: ServiceCIDR, { minorVersion }: Scope): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  const path = 'spec.cidrs';
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid('spec', { CIDRs: cidrs }, 'may only hold up to 2 values')];
  const isDual = cidrs.length < 2 || isV6(cidrs[0]!) !== isV6(cidrs[1]!);
  return [
    ...(isDual ? [] : [invalid(path, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64')]),
    ...cidrs.flatMap((one, i) => invalidEach(`${path}[${i}]`, one, cidrRange(one, minorVersion))),
  ];
}

/** A second family may be added; nothing else of the ranges changes. */
function validateServiceCidrChange({ spec: next }: ServiceCIDR, { spec: old }: ServiceCIDR): FieldError[] {
  const [after, before] = [next?.cidrs ?? [], old?.cidrs ?? []];
  if (after.length < before.length) return [invalid('spec.cidrs', after, 'field is immutable')];
  return before.flatMap((one, i) => (after[i] === one ? [] : [invalid(`spec.cidrs[${i}]`, after[i], 'field is immutable')]));
}

export const serviceCidrValidator = validator<ServiceCIDR>({
  kind: ServiceCIDR,
  name: nameIsSubdomain,
  validate: validateServiceCidr,
  validateUpdate: validateServiceCidrChange,
});

export const ipAddressValidator = validator<IPAddress>({
  kind: IPAddress,
  name: addressName,
  validate: ({ spec }) => {
    const parent = spec?.parentRef;
    if (parent === undefined) return [required('spec.parentRef')];
    return [
      ...((parent.resource ?? '') === '' ? [required('spec.parentRef.resource')] : []),
      ...((parent.name ?? '') === '' ? [required('spec.parentRef.name')] : []),
    ];
  },
  validateUpdate: ({ spec: next }, { spec: old }) =>
    JSON.stringify(next?.parentRef) === JSON.stringify(old?.parentRef)
      ? []
      : [invalid('spec.parentRef', next?.parentRef ?? null, 'field is immutable')],
});
