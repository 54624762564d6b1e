/** Which listeners of a Gateway are fit to serve (internal/controller/state/graph/gateway_listener.go). */
import type { Objects } from '#kube/cluster.ts';
import type { Gateway, Listener } from '#kube/kinds/gateway/gateway.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { distinct, listenerConditions, type Condition } from './conditions.ts';
import { group, isGranted } from './references.ts';

export interface ListenerVerdict {
  readonly listener: Listener;
  readonly conditions: readonly Condition[];
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  /** Routes may attach, though perhaps nothing is served. */
  readonly attachable: boolean;
  readonly valid: boolean;
  attached: number;
}

const supportedProtocols = ['HTTP', 'HTTPS', 'TLS'];
const quoted = (values: readonly string[]) => values.map((one) => JSON.stringify(one)).join(', ');

export function judgeListeners(objects: Objects, gateway: Gateway): readonly ListenerVerdict[] {
  const { listeners } = gateway.spec;
  return listeners.map((listener): ListenerVerdict => {
    const kinds = routeKindsOf(listener);
    const problems = [...kinds.problems, ...listenerProblems(objects, gateway, listener, listeners)];
    const conditions = distinct([...listenerConditions.standard, ...problems]);
    return {
      listener,
      conditions,
      supportedKinds: kinds.supported,
      attachable: supportedProtocols.includes(listener.protocol) && kinds.problems.length === 0,
      valid: problems.length === 0,
      attached: 0,
    };
  });
}

function routeKindsOf({ protocol, allowedRoutes }: Listener): {
  readonly supported: ListenerVerdict['supportedKinds'];
  readonly problems: readonly Condition[];
} {
  const usual = protocol === 'TLS' ? ['TLSRoute'] : ['HTTPRoute', 'GRPCRoute'];
  const kinds = allowedRoutes?.kinds ?? [];
  if (kinds.length === 0) return { supported: usual.map((kind) => ({ group, kind })), problems: [] };
  const groupOf = (one: (typeof kinds)[number]) => one.group ?? group;
  const fits = (one: (typeof kinds)[number]) => groupOf(one) === group && usual.includes(one.kind);
  const messages = kinds
    .filter((one) => !fits(one))
    .map((one) => `Unsupported route kind for protocol ${protocol} ${JSON.stringify(`${groupOf(one)}/${one.kind}`)}`);
  return {
    supported: kinds.filter(fits).map((one) => ({ group, kind: one.kind })),
    problems: messages.flatMap((message) => listenerConditions.invalidRouteKinds(message)),
  };
}

function listenerProblems(objects: Objects, gateway: Gateway, listener: Listener, all: readonly Listener[]): readonly Condition[] {
  const { protocol, port } = listener;
  if (!supportedProtocols.includes(protocol)) {
    const message = `protocol: Unsupported value: ${JSON.stringify(protocol)}: supported values: ${quoted(supportedProtocols)}`;
    return listenerConditions.unsupportedProtocol(message);
  }
  const layer = (one: Listener) => (one.protocol === 'HTTP' ? 'plain' : 'tls');
  if (all.some((one) => one.port === port && supportedProtocols.includes(one.protocol) && layer(one) !== layer(listener))) {
    const message = `Multiple listeners for the same port ${port} specify incompatible protocols; ensure only one protocol per port`;
    return listenerConditions.protocolConflict(message);
  }
  return protocol === 'HTTPS' ? certificateProblems(objects, gateway, listener) : [];
}

function certificateProblems(objects: Objects, gateway: Gateway, { tls }: Listener): readonly Condition[] {
  const own = gateway.metadata.namespace!;
  const ref = tls?.certificateRefs?.[0];
  if (ref === undefined)
    return listenerConditions.invalidCertificateRef(
      'tls.certificateRefs: Required value: certificateRefs must be defined for TLS mode terminate',
    );
  const namespace = ref.namespace ?? own;
  if (namespace !== own && !isGranted(objects, 'Gateway', own, { group: '', kind: 'Secret', namespace, name: ref.name }))
    return listenerConditions.refNotPermitted(`Certificate ref to secret ${namespace}/${ref.name} not permitted by any ReferenceGrant`);
  const secret = objects.get(Secret, namespace, ref.name);
  const at = `tls.certificateRefs[0]: Invalid value: ${namespace}/${ref.name}: `;
  if (secret === undefined) return listenerConditions.invalidCertificateRef(`${at}secret does not exist`);
  const type = (secret as { readonly type?: string }).type ?? 'Opaque';
  if (type !== 'kubernetes.io/tls')
    return listenerConditions.invalidCertificateRef(`${at}secret type must be "kubernetes.io/tls" not ${JSON.stringify(type)}`);
  return [];
}
