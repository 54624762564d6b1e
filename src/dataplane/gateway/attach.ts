/**
 * How Gateways and routes come together, as NGINX Gateway Fabric sees them: which listeners are fit to serve, which routes attach to which of
 * them, what their references lead to, and what all are told of that (internal/controller/state/graph, v2.0).
 */
import type { Objects } from '#kube/cluster.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import type { Gateway, Listener } from '#kube/kinds/gateway/gateway.ts';
import { GRPCRoute } from '#kube/kinds/gateway/grpc-route.ts';
import { HTTPRoute } from '#kube/kinds/gateway/http-route.ts';
import { matchesLabels } from '#kube/selector.ts';
import { distinct, gatewayConditions, routeConditions, type Condition } from './conditions.ts';
import { hostnamesOn } from './hostname.ts';
import { judgeListeners, type ListenerVerdict } from './listeners.ts';
import type { Entry, GatewayConfiguration, ServedListener } from './model.ts';
import { group } from './references.ts';
import { judgeRules, type Route, type RouteKind } from './rules.ts';

type ParentRef = NonNullable<HTTPRoute['spec']['parentRefs']>[number];

export interface GatewayVerdict {
  readonly gateway: Gateway;
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerVerdict[];
  readonly configuration: GatewayConfiguration;
}

export interface ParentVerdict {
  readonly parentRef: ParentRef;
  readonly conditions: readonly Condition[];
}

export interface RouteVerdict {
  readonly kind: RouteKind;
  readonly route: Route;
  readonly parents: readonly ParentVerdict[];
}

export interface GatewayApiVerdict {
  readonly gateways: readonly GatewayVerdict[];
  readonly routes: readonly RouteVerdict[];
}

/** Everything that a controller says of the Gateways of its class, and of the routes that name them. */
export function judge(objects: Objects, gateways: readonly Gateway[]): GatewayApiVerdict {
  const judged = gateways.map((gateway) => ({
    gateway,
    listeners: judgeListeners(objects, gateway),
    entries: new Map<Listener, Entry[]>(),
  }));
  const routes: RouteVerdict[] = [];
  for (const [kind, list] of [
    ['HTTPRoute', objects.list(HTTPRoute)],
    ['GRPCRoute', objects.list(GRPCRoute)],
  ] as const) {
    for (const route of list) {
      const parents = parentsOf(route).flatMap((parentRef, place): ParentVerdict[] => {
        const of = judged.find(({ gateway }) => isParent(parentRef, route, gateway));
        if (of === undefined) return [];
        const rules = judgeRules(objects, kind, route);
        const attachment = attach(objects, kind, route, parentRef, place, of.gateway, of.listeners);
        if (attachment.problem === undefined && rules.rules.length > 0) {
          for (const { verdict, hostnames } of attachment.listeners) {
            verdict.attached++;
            const entries = of.entries.get(verdict.listener) ?? [];
            entries.push(...hostnames.flatMap((hostname) => rules.rules.map((rule) => ({ hostname, rule }))));
            of.entries.set(verdict.listener, entries);
          }
        }
        const accepted = rules.refused ?? attachment.problem ?? routeConditions.accepted;
        return [{ parentRef, conditions: distinct([routeConditions.resolvedRefs, ...rules.conditions, accepted]).toSorted(byType) }];
      });
      if (parents.length > 0) routes.push({ kind, route, parents });
    }
  }
  return { gateways: judged.map(({ gateway, listeners, entries }) => gatewayVerdict(gateway, listeners, entries)), routes };
}

function byType(a: Condition, b: Condition): number {
  return a.type < b.type ? -1 : a.type > b.type ? 1 : 0;
}

function parentsOf({ spec }: Route): readonly ParentRef[] {
  return spec?.parentRefs ?? [];
}

function isParent(ref: ParentRef, route: Route, { metadata }: Gateway): boolean {
  return (
    (ref.kind ?? 'Gateway') === 'Gateway' &&
    (ref.group ?? group) === group &&
    ref.name === metadata.name &&
    (ref.namespace ?? route.metadata.namespace) === metadata.namespace
  );
}

function gatewayVerdict(
  gateway: Gateway,
  listeners: readonly ListenerVerdict[],
  entries: ReadonlyMap<Listener, readonly Entry[]>,
): GatewayVerdict {
  const valid = listeners.filter((one) => one.valid);
  const conditions =
    valid.length === 0
      ? gatewayConditions.noValidListeners
      : [
          valid.length < listeners.length ? gatewayConditions.someListenersInvalid : gatewayConditions.accepted,
          gatewayConditions.programmed,
        ];
  const served = valid.map(({ listener }): ServedListener => {
    const certificate = listener.protocol === 'HTTPS' ? listener.tls?.certificateRefs?.[0] : undefined;
    return {
      name: listener.name,
      port: listener.port,
      protocol: listener.protocol as ServedListener['protocol'],
      hostname: listener.hostname ?? '',
      certificate: certificate && { namespace: certificate.namespace ?? gateway.metadata.namespace!, name: certificate.name },
      entries: entries.get(listener) ?? [],
    };
  });
  return { gateway, conditions, listeners, configuration: { listeners: served } };
}

interface Attachment {
  readonly problem?: Condition;
  readonly listeners: readonly { readonly verdict: ListenerVerdict; readonly hostnames: readonly string[] }[];
}

/** To which listeners a route attaches by one of its references; each step leaves fewer, and the one that leaves none is what is told. */
function attach(
  objects: Objects,
  kind: RouteKind,
  route: Route,
  ref: ParentRef,
  place: number,
  gateway: Gateway,
  listeners: readonly ListenerVerdict[],
): Attachment {
  const none = (problem: Condition): Attachment => ({ problem, listeners: [] });
  if (ref.port !== undefined) return none(routeConditions.unsupportedValue(`spec.parentRefs[${place}].port: Forbidden: cannot be set`));
  if (!listeners.some((one) => one.valid)) return none(routeConditions.invalidGateway);
  const named = listeners.filter(
    ({ listener }) => ref.sectionName === undefined || ref.sectionName === '' || listener.name === ref.sectionName,
  );
  if (named.length === 0) return none(routeConditions.noMatchingParent);
  const attachable = named.filter((one) => one.attachable);
  if (attachable.length === 0) return none(routeConditions.invalidListener);
  const allowed = attachable.filter(({ listener, supportedKinds }) => {
    return (
      supportedKinds.some((one) => one.kind === kind) &&
      allowsNamespace(objects, listener, route.metadata.namespace!, gateway.metadata.namespace!)
    );
  });
  if (allowed.length === 0) return none(routeConditions.notAllowedByListeners);
  const meeting = allowed
    .map((verdict) => ({ verdict, hostnames: hostnamesOn(verdict.listener.hostname, route.spec?.hostnames ?? []) }))
    .filter(({ hostnames }) => hostnames.length > 0);
  if (meeting.length === 0) return none(routeConditions.noMatchingListenerHostname);
  const isServed = meeting.some(({ verdict }) => verdict.valid);
  return { ...(!isServed && { problem: routeConditions.invalidListener }), listeners: meeting };
}

function allowsNamespace(objects: Objects, { allowedRoutes }: Listener, namespace: string, own: string): boolean {
  const { from = 'Same', selector } = allowedRoutes?.namespaces ?? {};
  switch (from) {
    case 'All':
      return true;
    case 'Selector':
      return matchesLabels(selector, objects.get(Namespace, '', namespace)?.metadata.labels);
    case 'None':
      return false;
    default:
      return namespace === own;
  }
}
