/** Which router of Traefik takes a request: rules by their length, prefixes that are beginnings, classes, and what is left out. */
import { expect, it } from '@jest/globals';
import type { KubeObject } from '#kube/object.ts';
import { optionsOf } from '../../src/workloads/traefik/options.ts';
import { routingOf } from '../../src/workloads/traefik/routers.ts';
import { clusterOf, ingressOf, serviceOf, type IngressSpec } from '../support/ingress-objects.ts';

const traefikClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'traefik' },
  spec: { controller: 'traefik.io/ingress-controller' },
} as unknown as KubeObject;

function routing(specs: readonly IngressSpec[], ...argv: readonly string[]) {
  const ingresses = specs.map((spec) => {
    const ingress = ingressOf(spec);
    return { ...ingress, spec: { ...ingress.spec, ingressClassName: 'traefik' } };
  });
  const services = [...serviceOf('a'), ...serviceOf('b'), ...serviceOf('empty', 0)];
  return routingOf(clusterOf([traefikClass, ...ingresses, ...services]), optionsOf(['--providers.kubernetesingress', ...argv]));
}

const shop: IngressSpec = {
  name: 'shop',
  rules: [
    ['shop.example', { path: '/', to: 'a' }, { path: '/cart', to: 'b' }, { path: '/exact', pathType: 'Exact', to: 'b' }],
    ['*.shop.example', { path: '/', to: 'b' }],
    ['long-name.example', { path: '/', to: 'a' }, { path: '/a-longer-path', pathType: 'Exact', to: 'b' }],
  ],
};

it.each([
  ['shop.example', '/', 'default/a:80'],
  ['shop.example', '/cart/1', 'default/b:80'],
  // A prefix is any beginning.
  ['shop.example', '/cartography', 'default/b:80'],
  ['shop.example', '/Cart', 'default/a:80'],
  // Counted in letters, Path(`/exact`) is shorter than PathPrefix(`/`).
  ['shop.example', '/exact', 'default/a:80'],
  ['shop.example', '/exact/', 'default/a:80'],
  ['eu.shop.example', '/', 'default/b:80'],
  ['a.eu.shop.example', '/', undefined],
  ['long-name.example', '/a-longer-path', 'default/b:80'],
  ['elsewhere.example', '/', undefined],
])('%s%s', (host, path, backend) => {
  expect(routing([shop]).routers.find((one) => one.matches(host, path))?.backend).toBe(backend);
});

it('an exact path that is short loses to the prefix of everything', () => {
  const { routers } = routing([{ name: 'x', rules: [['x.example', { path: '/', to: 'a' }, { path: '/b', pathType: 'Exact', to: 'b' }]] }]);
  expect(routers.find((one) => one.matches('x.example', '/b'))).toMatchObject({
    backend: 'default/a:80',
    rule: 'Host(`x.example`) && PathPrefix(`/`)',
    priority: 36,
  });
});

it('says what it leaves out', () => {
  const spec: IngressSpec = {
    name: 'x',
    rules: [['x.example', { path: '/', to: 'a' }, { path: '/1', to: 'nobody' }, { path: '/2', to: 'empty' }, { path: '/3', to: 'a:81' }]],
  };
  const { routers, complaints } = routing([spec]);
  expect(routers.map(({ backend }) => backend)).toEqual(['default/a:80']);
  expect(complaints.map(({ message, fields }) => [message, fields['error'], fields['serviceName']])).toEqual([
    ['Cannot create service', 'service not found', 'nobody'],
    ['Skipping service: no endpoints found', undefined, 'empty'],
    ['Cannot create service', 'service port not found', 'a'],
  ]);
  expect(routing([spec], '--providers.kubernetesingress.allowEmptyServices').routers).toHaveLength(2);
});

it('serves its classes alone', () => {
  expect(routing([shop], '--providers.kubernetesingress.ingressclass=other').routers).toEqual([]);
});

it('listens where it is told', () => {
  const ports = (...argv: readonly string[]) =>
    optionsOf(argv).entryPoints.map(({ name, port, tls }) => `${name} ${port}${tls ? ' tls' : ''}`);
  expect(ports('--api.insecure', '--providers.kubernetesingress')).toEqual(['http 80', 'traefik 8080']);
  expect(
    ports('--entryPoints.web.address=:8000/tcp', '--entrypoints.websecure.address=:8443', '--entrypoints.websecure.http.tls=true'),
  ).toEqual(['web 8000', 'websecure 8443 tls']);
  expect(optionsOf(['--provider.kubernetesingress']).unknown).toBe('provider');
});
