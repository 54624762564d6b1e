import { describe, expect, it } from '@jest/globals';
import { apiVersionOf } from '#kube/kind.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf, kindOfResource, kindsCalled } from '#kube/kinds/lookup.ts';

const kinds = [...builtInKinds, ...gatewayKinds];

describe('a word of a command line', () => {
  it.each([
    ['po', 'v1 Pod'],
    ['pods', 'v1 Pod'],
    ['Pod', 'v1 Pod'],
    ['svc', 'v1 Service'],
    ['netpol', 'networking.k8s.io/v1 NetworkPolicy'],
    ['ingresses.networking.k8s.io', 'networking.k8s.io/v1 Ingress'],
    ['ing.networking', 'networking.k8s.io/v1 Ingress'],
    ['deployments.apps', 'apps/v1 Deployment'],
    ['deployment.v1.apps', 'apps/v1 Deployment'],
    ['deploy.v1.apps', 'apps/v1 Deployment'],
    ['httproutes.gateway', 'gateway.networking.k8s.io/v1 HTTPRoute'],
    ['events', 'v1 Event, events.k8s.io/v1 Event'],
    ['events.events.k8s.io', 'events.k8s.io/v1 Event'],
    ['ev', 'v1 Event, events.k8s.io/v1 Event'],
    ['deployments.v2.apps', ''],
    ['gizmos', ''],
  ])('%s is %s', (word, want) => {
    const found = kindsCalled(kinds, word).map((kind) => `${apiVersionOf(kind)} ${kind.kind}`);
    expect(found.join(', ')).toBe(want);
  });
});

describe('an object', () => {
  it.each([
    ['apps/v1', 'Deployment', 'deployments'],
    ['v1', 'Service', 'services'],
    ['v1', 'Deployment', undefined],
    ['apps/v1beta1', 'Deployment', undefined],
    ['gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', 'referencegrants'],
  ])('%s %s is one of the %s', (apiVersion, kind, want) => {
    expect(kindOf(kinds, apiVersion, kind)?.plural).toBe(want);
  });
});

describe('a path', () => {
  it.each([
    ['', 'pods', 'v1', 'Pod'],
    ['apps', 'replicasets', 'v1', 'ReplicaSet'],
    ['apps', 'replicasets', 'v2', undefined],
    ['', 'replicasets', 'v1', undefined],
  ])('/%s/%s of version %s shows a %s', (group, plural, version, want) => {
    expect(kindOfResource(kinds, group, plural, version)?.kind).toBe(want);
  });
});
