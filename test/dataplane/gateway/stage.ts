/** Gateways and routes in a few lines of YAML, and requests in one. */
import { load } from 'js-yaml';
import { Cluster } from '#kube/cluster.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { GRPCRoute } from '#kube/kinds/gateway/grpc-route.ts';
import { HTTPRoute } from '#kube/kinds/gateway/http-route.ts';
import { ReferenceGrant } from '#kube/kinds/gateway/reference-grant.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { judge, type GatewayApiVerdict } from '#dataplane/gateway/attach.ts';
import { routeRequest } from '#dataplane/gateway/route.ts';

/** `place: namespace/name`, and the object's fields; `age` makes it older by so many minutes. */
interface Plan {
  readonly place: string;
  readonly age?: number;
  readonly [field: string]: unknown;
}

export interface Stage {
  readonly gateways?: readonly Plan[];
  readonly routes?: readonly Plan[];
  readonly grpc?: readonly Plan[];
  readonly grants?: readonly Plan[];
  readonly secrets?: readonly Plan[];
}

const noon = Date.UTC(2026, 10, 23, 12);
/** Services a, b, c and d of namespaces `shop` and `other` on port 80; `empty` has no endpoints. */
const services = ['a', 'b', 'c', 'd', 'empty'].flatMap((name) => ['shop', 'other'].map((namespace) => ({ namespace, name })));

export function clusterOf(stage: Stage): Cluster {
  const draft = new Cluster().edit();
  const keep = (kind: Kind, object: unknown) => draft.keep(kind, object as KubeObject);
  keep(Namespace, { metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop', team: 'red' } } });
  keep(Namespace, { metadata: { name: 'other', labels: { 'kubernetes.io/metadata.name': 'other', team: 'blue' } } });
  services.forEach(({ namespace, name }, i) => {
    keep(Service, {
      metadata: { namespace, name },
      spec: { clusterIP: `10.96.0.${i + 1}`, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
    });
    if (name === 'empty') return;
    keep(EndpointSlice, {
      metadata: { namespace, name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      endpoints: [{ addresses: [`10.1.0.${i + 1}`], conditions: { ready: true } }],
    });
  });
  const put = (kind: Kind, plans: readonly Plan[] = []) => {
    for (const { place, age = 0, ...fields } of plans) {
      const [namespace, name] = place.split('/');
      keep(kind, { metadata: { namespace, name, creationTimestamp: new Date(noon - age * 60_000).toISOString() }, ...fields });
    }
  };
  const withSpec = (plans: readonly Plan[] = []) => plans.map(({ place, age = 0, ...spec }) => ({ place, age, spec }));
  put(Gateway, withSpec(stage.gateways));
  put(HTTPRoute, withSpec(stage.routes));
  put(GRPCRoute, withSpec(stage.grpc));
  put(ReferenceGrant, withSpec(stage.grants));
  put(Secret, stage.secrets);
  return draft.publish();
}

const usualGateway: Plan = { place: 'shop/gw', gatewayClassName: 'nginx', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] };

/** A stage from YAML; a Gateway `shop/gw` with one HTTP listener, unless another is given, and every route its child unless it says otherwise. */
export function stageOf(yaml: string): Stage {
  const stage = load(dedented(yaml)) as Stage;
  const child = (plan: Plan): Plan => ({ parentRefs: [{ name: 'gw' }], ...plan });
  return {
    ...stage,
    gateways: stage.gateways ?? [usualGateway],
    routes: (stage.routes ?? []).map(child),
    grpc: (stage.grpc ?? []).map(child),
  };
}

/** Lines after the first as far left as they can be. */
function dedented(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  const depth = Math.min(...rest.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
  return [first, ...rest.map((line) => line.slice(depth))].join('\n');
}

export function verdictOf(yaml: string): GatewayApiVerdict {
  const cluster = clusterOf(stageOf(yaml));
  return judge(cluster, cluster.list(Gateway));
}

/** `POST https://shop.example:8443/cart?x=1 | version: one, accept: text` */
export function ask(verdict: GatewayApiVerdict, line: string, draw: (bound: number) => number = () => 0): string {
  const [head = '', tail = ''] = line.split(' | ');
  const [, method = 'GET', scheme = 'http', host = '', port, target = '/'] =
    /^(?:([A-Z]+) )?(?:(https?):\/\/)?([^/:]*)(?::(\d+))?(\/.*)?$/.exec(head.trim()) ?? [];
  const headers = Object.fromEntries(
    tail
      .split(', ')
      .filter((one) => one !== '')
      .map((one) => one.split(': ') as [string, string]),
  );
  const number = port === undefined ? (scheme === 'https' ? 443 : 80) : Number(port);
  const request = { scheme: scheme as 'http', port: number, host, method, target, headers };
  const decision = routeRequest(verdict.gateways[0]!.configuration, request, draw);
  switch (decision.kind) {
    case 'status':
      return String(decision.status);
    case 'redirect':
      return `${decision.status} ${decision.location}`;
    case 'forward': {
      const { namespace, name } = decision.backend.service;
      const changed = Object.entries(decision.headers).filter(([key, value]) => headers[key] !== value);
      const gone = Object.keys(headers).filter((key) => decision.headers[key] === undefined);
      return [
        namespace === 'shop' ? name : `${namespace}/${name}`,
        ...(decision.target === target ? [] : [decision.target]),
        ...(decision.host === host ? [] : [`host=${decision.host}`]),
        ...changed.map(([key, value]) => `${key}=${value}`),
        ...gone.map((key) => `-${key}`),
        ...decision.mirrors.map(({ service }) => `mirror=${service.name}`),
        ...decision.answer.flatMap(({ set = [], add = [], remove = [] }) => [
          ...set.map((one) => `answer ${one.name}=${one.value}`),
          ...add.map((one) => `answer +${one.name}=${one.value}`),
          ...remove.map((one) => `answer -${one}`),
        ]),
      ].join(' ');
    }
  }
}
