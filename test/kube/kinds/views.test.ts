import { expect, it } from '@jest/globals';
import { decodeTrusted } from '#kube/decode.ts';
import { views } from '#kube/kinds/views.ts';

const common = { metadata: { name: 'x', namespace: 'shop' } };
const target = { kind: 'Deployment', name: 'web' };

it.each([
  [
    'events.k8s.io/v1',
    { reason: 'Killing', note: 'Stopping container c', regarding: { kind: 'Pod' }, type: 'Normal' },
    { message: 'Stopping container c' },
  ],
  [
    'autoscaling/v1',
    {
      spec: { scaleTargetRef: target, maxReplicas: 3, minReplicas: 1, targetCPUUtilizationPercentage: 80 },
      status: { currentReplicas: 2, desiredReplicas: 2 },
    },
    { spec: { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }] } },
  ],
  [
    'networking.k8s.io/v1beta1',
    {
      spec: {
        backend: { serviceName: 'notice', servicePort: 80 },
        rules: [
          { host: 'x.example', http: { paths: [{ path: '/a', pathType: 'Exact', backend: { serviceName: 'a', servicePort: 'web' } }] } },
        ],
      },
    },
    {
      spec: {
        defaultBackend: { service: { name: 'notice', port: { number: 80 } } },
        rules: [
          {
            host: 'x.example',
            http: { paths: [{ path: '/a', pathType: 'Exact', backend: { service: { name: 'a', port: { name: 'web' } } } }] },
          },
        ],
      },
    },
  ],
])('%s is stored as another kind, and comes back as it was', (apiVersion, fields, stored) => {
  const view = views.find(({ kind }) => `${kind.group}/${kind.version}` === apiVersion)!;
  const written = decodeTrusted(view.kind, { apiVersion, kind: view.kind.kind, ...common, ...fields });
  const kept = view.toStored(written);
  expect(kept).toMatchObject(stored);
  expect(kept.apiVersion).not.toBe(apiVersion);
  expect(view.fromStored(kept)).toEqual(written);
});
