/** What NGINX Gateway Fabric says of classes, Gateways, listeners and routes (internal/controller/state/conditions/conditions.go, v2.0). */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const condition =
  (type: string, status: Condition['status'], reason: string) =>
  (message: string): Condition => ({ type, status, reason, message });

export const classConditions = {
  accepted: condition('Accepted', 'True', 'Accepted')('GatewayClass is accepted'),
  supportedVersion: condition('SupportedVersion', 'True', 'SupportedVersion')('Gateway API CRD versions are supported'),
  resolvedRefs: condition('ResolvedRefs', 'True', 'ResolvedRefs')('ParametersRef resource is resolved'),
  parametersNotFound: [
    condition('ResolvedRefs', 'False', 'ParametersRefNotFound')('ParametersRef resource could not be found'),
    condition(
      'Accepted',
      'True',
      'InvalidParameters',
    )('GatewayClass is accepted, but ParametersRef is ignored due to an error: ParametersRef resource could not be found'),
  ],
  conflict: condition('Accepted', 'False', 'GatewayClassConflict')('The resource is ignored due to a conflicting GatewayClass resource'),
} as const;

const notProgrammed = condition('Programmed', 'False', 'Invalid');

export const gatewayConditions = {
  accepted: condition('Accepted', 'True', 'Accepted')('Gateway is accepted'),
  programmed: condition('Programmed', 'True', 'Programmed')('Gateway is programmed'),
  someListenersInvalid: condition('Accepted', 'True', 'ListenersNotValid')('Gateway has at least one valid listener'),
  noValidListeners: [
    condition('Accepted', 'False', 'ListenersNotValid')('Gateway has no valid listeners'),
    notProgrammed('Gateway has no valid listeners'),
  ],
} as const;

const listenerRefused =
  (reason: string, ...also: readonly (readonly [type: string, status: Condition['status']])[]) =>
  (message: string): readonly Condition[] => [
    condition('Accepted', 'False', reason)(message),
    ...also.map(([type, status]) => condition(type, status, reason)(message)),
    notProgrammed(message),
  ];

export const listenerConditions = {
  standard: [
    condition('Accepted', 'True', 'Accepted')('Listener is accepted'),
    condition('Programmed', 'True', 'Programmed')('Listener is programmed'),
    condition('ResolvedRefs', 'True', 'ResolvedRefs')('All references are resolved'),
    condition('Conflicted', 'False', 'NoConflicts')('No conflicts'),
  ],
  unsupportedProtocol: listenerRefused('UnsupportedProtocol'),
  unsupportedValue: listenerRefused('UnsupportedValue'),
  invalidCertificateRef: listenerRefused('InvalidCertificateRef', ['ResolvedRefs', 'False']),
  refNotPermitted: listenerRefused('RefNotPermitted', ['ResolvedRefs', 'False']),
  protocolConflict: listenerRefused('ProtocolConflict', ['Conflicted', 'True']),
  invalidRouteKinds: (message: string): readonly Condition[] => [
    condition('ResolvedRefs', 'False', 'InvalidRouteKinds')(message),
    notProgrammed(message),
  ],
} as const;

const refusedRoute = (reason: string) => condition('Accepted', 'False', reason);
const unresolvedRoute = (reason: string) => condition('ResolvedRefs', 'False', reason);

export const routeConditions = {
  accepted: condition('Accepted', 'True', 'Accepted')('The route is accepted'),
  resolvedRefs: condition('ResolvedRefs', 'True', 'ResolvedRefs')('All references are resolved'),
  notAllowedByListeners: refusedRoute('NotAllowedByListeners')('Route is not allowed by any listener'),
  noMatchingListenerHostname: refusedRoute('NoMatchingListenerHostname')('Listener hostname does not match the Route hostnames'),
  noMatchingParent: refusedRoute('NoMatchingParent')('Listener is not found for this parent ref'),
  invalidListener: refusedRoute('InvalidListener')('Listener is invalid for this parent ref'),
  invalidGateway: refusedRoute('InvalidGateway')('Gateway is invalid'),
  unsupportedValue: refusedRoute('UnsupportedValue'),
  partiallyInvalid: (message: string) => condition('PartiallyInvalid', 'True', 'UnsupportedValue')(`Dropped Rule(s): ${message}`),
  invalidKind: unresolvedRoute('InvalidKind'),
  refNotPermitted: unresolvedRoute('RefNotPermitted'),
  backendNotFound: unresolvedRoute('BackendNotFound'),
  backendUnsupportedValue: unresolvedRoute('UnsupportedValue'),
} as const;

/** Of several conditions of a type, the last counts; the order stays. */
export function distinct(conditions: readonly Condition[]): readonly Condition[] {
  return conditions.filter((one, i) => !conditions.slice(i + 1).some((later) => later.type === one.type));
}
