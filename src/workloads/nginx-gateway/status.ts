/** What the controller writes into the status of classes, Gateways and routes (internal/controller/status). */
import { judge } from '#dataplane/gateway/attach.ts';
import { classConditions, distinct, type Condition } from '#dataplane/gateway/conditions.ts';
import { isEqual } from '#kube/equal.ts';
import type { Kind } from '#kube/kind.ts';
import { GatewayClass } from '#kube/kinds/gateway/gateway-class.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { GRPCRoute } from '#kube/kinds/gateway/grpc-route.ts';
import { HTTPRoute } from '#kube/kinds/gateway/http-route.ts';
import { Service } from '#kube/kinds/service.ts';
import type { KubeObject } from '#kube/object.ts';
import { rfc3339 } from '#kube/time.ts';
import type { Draft, Objects } from '#kube/cluster.ts';
import type { ContainerContext } from '#node/program.ts';
import { gatewaysOf, proxySettings, type GatewayFlags } from './gateways.ts';
import { resourceName } from './provision.ts';

interface Stored extends Condition {
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

interface Before {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

/** Conditions as the API stores them: one that says what it said keeps its time. */
function stored(conditions: readonly Condition[], before: readonly Before[] = [], generation: number, now: number): readonly Stored[] {
  return conditions.map((one) => {
    const old = before.find(({ type }) => type === one.type);
    const lastTransitionTime = old?.status === one.status ? old.lastTransitionTime : rfc3339(now);
    return { ...one, observedGeneration: generation, lastTransitionTime };
  });
}

function putStatus<T extends KubeObject & { readonly status?: unknown }>(objects: Draft, kind: Kind<T>, object: T, status: object): void {
  if (!isEqual(object.status, status)) objects.put(kind, { ...object, status });
}

export function writeStatuses({ change: { objects }, now }: Pick<ContainerContext, 'change' | 'now'>, flags: GatewayFlags): void {
  writeClasses(objects, flags, now);
  const verdict = judge(objects, gatewaysOf(objects, flags));
  for (const { gateway, conditions, listeners } of verdict.gateways) {
    const { generation = 1 } = gateway.metadata;
    const before = gateway.status;
    const addresses = addressesOf(objects, gateway);
    putStatus(objects, Gateway, gateway, {
      ...(addresses.length > 0 && { addresses }),
      conditions: stored(conditions, before?.conditions, generation, now),
      listeners: listeners.map(({ listener, conditions: said, supportedKinds, attached }) => ({
        attachedRoutes: attached,
        conditions: stored(said, before?.listeners?.find((one) => one.name === listener.name)?.conditions, generation, now),
        name: listener.name,
        supportedKinds,
      })),
    });
  }
  writeRoutes(objects, flags, verdict, now);
}

function writeClasses(objects: Draft, { controllerName, className }: GatewayFlags, now: number): void {
  for (const one of objects.list(GatewayClass)) {
    if (one.spec.controllerName !== controllerName) continue;
    const said = one.metadata.name === className ? classVerdict(objects, one) : [classConditions.accepted, classConditions.conflict];
    const conditions = stored(distinct(said), one.status?.conditions, one.metadata.generation ?? 1, now);
    putStatus(objects, GatewayClass, one, { ...one.status, conditions });
  }
}

function classVerdict(objects: Objects, one: GatewayClass): readonly Condition[] {
  const settings = proxySettings(objects, one);
  const { accepted, supportedVersion, resolvedRefs, parametersNotFound } = classConditions;
  if (settings === undefined) return [accepted, supportedVersion];
  return settings === 'missing' ? [accepted, supportedVersion, ...parametersNotFound] : [accepted, supportedVersion, resolvedRefs];
}

/** A route keeps what other controllers say of it; what this one said of a parent that it no longer has goes. */
function writeRoutes(objects: Draft, { controllerName }: GatewayFlags, { routes }: ReturnType<typeof judge>, now: number): void {
  for (const kind of [HTTPRoute, GRPCRoute] as const) {
    for (const route of objects.list(kind as Kind<HTTPRoute>)) {
      const found = routes.find((one) => one.route === route);
      const before = route.status?.parents ?? [];
      const parents = (found?.parents ?? []).map(({ parentRef, conditions }) => {
        const old = before.find((one) => one.controllerName === controllerName && isEqual(one.parentRef, parentRef));
        return { conditions: stored(conditions, old?.conditions, route.metadata.generation ?? 1, now), controllerName, parentRef };
      });
      const others = before.filter((one) => one.controllerName !== controllerName);
      if (parents.length > 0 || before.length > others.length)
        putStatus(objects, kind as Kind<HTTPRoute>, route, { parents: [...others, ...parents] });
    }
  }
}

/** Where the Gateway's Service is reached: its load balancer's addresses, or its own. */
function addressesOf(objects: Objects, gateway: Gateway): readonly { readonly type: string; readonly value: string }[] {
  const service = objects.get(Service, gateway.metadata.namespace!, resourceName(gateway));
  if (service === undefined) return [];
  if (service.spec.type !== 'LoadBalancer') return [{ type: 'IPAddress', value: service.spec.clusterIP ?? '' }];
  return (service.status?.loadBalancer?.ingress ?? []).map(({ ip = '', hostname = '' }) =>
    ip === '' ? { type: 'Hostname', value: hostname } : { type: 'IPAddress', value: ip },
  );
}
