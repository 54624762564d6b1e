/** NGINX Gateway Fabric in a cluster: what it puts up, what it says, and what its nginx answers over the network. */
import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { Deployment } from '#kube/kinds/deployment.ts';
import { GatewayClass } from '#kube/kinds/gateway/gateway-class.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { HTTPRoute } from '#kube/kinds/gateway/http-route.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import type { KubeObject } from '#kube/object.ts';
import { startCluster } from '#lab/bring-up/start.ts';
import { traceFlow } from '#lab/flows.ts';

const objects = loadAll(`
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: node02, containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 8080, targetPort: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: shop}
spec:
  gatewayClassName: nginx
  listeners:
    - {name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}
    - {name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: missing}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: foreign, namespace: shop}
spec: {gatewayClassName: other, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: front}]
  hostnames: [www.example.com]
  rules:
    - matches: [{path: {value: /web}}]
      filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]
      backendRefs: [{name: web, port: 8080}]
    - matches: [{path: {value: /gone}}]
      filters: [{type: RequestRedirect, requestRedirect: {hostname: new.example.com}}]
    - matches: [{path: {value: /broken}}]
      backendRefs: [{name: nobody, port: 80}]
`) as KubeObject[];

const settings = {
  kubernetesVersion: 'v1.36.2',
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/12',
  dnsDomain: 'cluster.local',
  nodeCIDRMaskSize: 24,
  nodeCIDRMaskSizeIPv6: 64,
  serviceNodePortRange: '30000-32767',
  kubeProxy: { mode: 'iptables' },
  cni: 'flannel',
  nodes: [
    { name: 'controlplane', controlPlane: true, addresses: ['172.30.1.2'] },
    { name: 'node01', controlPlane: false, addresses: ['172.30.2.2'] },
    { name: 'node02', controlPlane: false, addresses: ['172.30.3.2'] },
  ],
  addons: ['gateway-api'],
  missingImages: [],
} as const;

describe('NGINX Gateway Fabric', () => {
  const { lab, refusals } = startCluster({ settings, objects, files: [], seed: '0' });
  const cluster = () => lab.snapshot.cluster;
  const brief = (conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[] = []) =>
    conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

  it('takes its class, and its Gateway', () => {
    expect(refusals).toEqual([]);
    expect(brief(cluster().get(GatewayClass, '', 'nginx')?.status?.conditions)).toEqual([
      'Accepted=True Accepted',
      'SupportedVersion=True SupportedVersion',
      'ResolvedRefs=True ResolvedRefs',
    ]);
    const { status } = cluster().get(Gateway, 'shop', 'front')!;
    expect(brief(status?.conditions)).toEqual(['Accepted=True ListenersNotValid', 'Programmed=True Programmed']);
    expect(status?.listeners?.map(({ name, attachedRoutes }) => [name, attachedRoutes])).toEqual([
      ['http', 1],
      ['tls', 1],
    ]);
    expect(status?.addresses).toEqual([{ type: 'IPAddress', value: cluster().get(Service, 'shop', 'front-nginx')?.spec.clusterIP }]);
    expect(brief(cluster().get(HTTPRoute, 'shop', 'web')?.status?.parents[0]?.conditions)).toEqual([
      'Accepted=True Accepted',
      'ResolvedRefs=False BackendNotFound',
    ]);
  });

  it('says what is wrong with classes', () => {
    const { lab: other } = startCluster({ settings, objects: [], files: [], seed: '0' });
    const own = other.snapshot.cluster.get(GatewayClass, '', 'nginx')!;
    const { uid: _, ...metadata } = own.metadata;
    other.change(({ objects: draft }) => {
      draft.put(GatewayClass, { ...own, metadata: { ...metadata, name: 'twin', uid: draft.uid('twin') } });
      const parametersRef = { group: 'gateway.nginx.org', kind: 'NginxProxy', name: 'nobody', namespace: 'nginx-gateway' };
      draft.put(GatewayClass, { ...own, spec: { ...own.spec, parametersRef } } as GatewayClass);
    });
    const said = (name: string) => brief(other.snapshot.cluster.get(GatewayClass, '', name)?.status?.conditions);
    expect(said('twin')).toEqual(['Accepted=False GatewayClassConflict']);
    expect(said('nginx')).toEqual([
      'SupportedVersion=True SupportedVersion',
      'ResolvedRefs=False ParametersRefNotFound',
      'Accepted=True InvalidParameters',
    ]);
  });

  it('leaves Gateways of other classes alone', () => {
    expect(cluster().get(Gateway, 'shop', 'foreign')?.status?.conditions).toMatchObject([
      { type: 'Accepted', status: 'Unknown', reason: 'Pending', message: 'Waiting for controller' },
      { type: 'Programmed', status: 'Unknown', reason: 'Pending', message: 'Waiting for controller' },
    ]);
    expect(
      cluster()
        .list(Deployment, 'shop')
        .map(({ metadata }) => metadata.name),
    ).toEqual(['front-nginx']);
  });

  it('puts up an nginx with a NodePort Service in front', () => {
    expect(cluster().get(Service, 'shop', 'front-nginx')?.spec).toMatchObject({
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      ports: [
        { name: 'port-80', port: 80 },
        { name: 'port-443', port: 443 },
      ],
    });
    expect(cluster().get(Deployment, 'shop', 'front-nginx')?.status?.readyReplicas).toBe(1);
  });

  const ask = (path: string, host = 'www.example.com') => {
    const address = cluster().get(Service, 'shop', 'front-nginx')!.spec.clusterIP!;
    return traceFlow(lab, { from: 'node:node01', to: `http://${address}${path}`, host }).http;
  };

  it('routes', () => {
    expect(ask('/web')).toMatchObject({ status: 200, backend: 'shop/web:8080', path: '/' });
    expect(ask('/web/x')).toMatchObject({ status: 404, backend: 'shop/web:8080', path: '/x' });
    expect(ask('/gone')).toMatchObject({ status: 302, backend: null, location: 'http://new.example.com/gone' });
    expect(ask('/broken')).toMatchObject({ status: 500 });
    expect(ask('/other')).toMatchObject({ status: 404, backend: null });
    expect(ask('/web', 'www.example.org')).toMatchObject({ status: 404, backend: null });
  });

  it('is reached from outside by its node port, where its pod is', () => {
    const { spec } = cluster().get(Service, 'shop', 'front-nginx')!;
    const node = cluster()
      .list(Pod, 'shop')
      .find(({ metadata }) => metadata.name.startsWith('front-nginx'))!.spec.nodeName;
    const connectTo = `${settings.nodes.find(({ name }) => name === node)!.addresses[0]}:${spec.ports!.find(({ port }) => port === 80)!.nodePort!}`;
    const { outcome, http } = traceFlow(lab, { from: 'external', to: 'http://www.example.com/web', connectTo });
    expect([outcome, http?.status, http?.headers['x-forwarded-for']]).toEqual(['connected', 200, '198.51.100.9']);
  });

  it('is what public DNS knows its hosts by', () => {
    const address = cluster().get(Service, 'shop', 'front-nginx')!.spec.clusterIP!;
    const resolved = (host: string) => traceFlow(lab, { from: 'external', to: `http://${host}/` }).resolved?.address;
    expect([resolved('www.example.com'), resolved('any.example.com'), resolved('www.example.org')]).toEqual([address, address, undefined]);
  });

  it('works on by what it knew when the controller is gone, and the Gateway takes all with it', () => {
    lab.change(({ objects: draft }) => draft.remove(Deployment, 'nginx-gateway', 'nginx-gateway'));
    lab.advance(60_000);
    lab.change(({ objects: draft }) => draft.remove(HTTPRoute, 'shop', 'web'));
    expect(ask('/web')).toMatchObject({ status: 200 });
    lab.change(({ objects: draft }) => draft.remove(Gateway, 'shop', 'front'));
    expect(cluster().get(Deployment, 'shop', 'front-nginx')).toBeUndefined();
    expect(cluster().get(Service, 'shop', 'front-nginx')).toBeUndefined();
  });
});

it('without the definitions there is no such kind', () => {
  const route = objects.find((one) => one.kind === 'HTTPRoute')!;
  const { refusals } = startCluster({ settings: { ...settings, addons: [] }, objects: [route], files: [], seed: '0' });
  expect(JSON.stringify(refusals)).toContain('no matches for kind');
});
