/** Whose an Ingress is, by its field and its annotation. */
import { expect, it } from '@jest/globals';
import { classAnnotation, classOf } from '#dataplane/ingress/classes.ts';
import type { IngressClass } from '#kube/kinds/ingress-class.ts';
import type { Ingress } from '#kube/kinds/ingress.ts';

const classNamed = (name: string, controller: string): IngressClass => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name },
  spec: { controller },
});
const classes = [classNamed('nginx', 'k8s.io/ingress-nginx'), classNamed('traefik', 'traefik.io/ingress-controller')];
const settings = { controller: 'k8s.io/ingress-nginx', annotation: 'nginx', withoutClass: false };

const notEqual = 'ingress class annotation is not equal to the expected by Ingress Controller';
it.each([
  ['nginx', undefined, 'nginx'],
  [undefined, 'nginx', 'nginx'],
  ['nginx', 'traefik', 'nginx'],
  ['traefik', 'nginx', 'no object matching key "traefik" in local store'],
  ['missing', 'nginx', 'no object matching key "missing" in local store'],
  [undefined, 'traefik', notEqual],
  [undefined, '', notEqual],
  [undefined, undefined, 'ingress does not contain a valid IngressClass'],
])('ingressClassName %j and the annotation %j: %s', (ingressClassName, annotation, says) => {
  const ingress: Ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'default', ...(annotation !== undefined && { annotations: { [classAnnotation]: annotation } }) },
    spec: { ...(ingressClassName !== undefined && { ingressClassName }) },
    status: { loadBalancer: {} },
  };
  const of = classOf(ingress, classes, settings);
  expect(of.ok ? of.value : of.error).toBe(says);
});
