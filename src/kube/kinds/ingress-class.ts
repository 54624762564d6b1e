import { defineKind, type ObjectOf } from '../kind.ts';
import { always, pointer, required, string, struct, type Infer } from '../schema.ts';

export const IngressClassParametersReference = struct('IngressClassParametersReference', 'settings of the controller', {
  apiGroup: pointer(string('group of the object; the core group when absent')),
  kind: required(string('kind of the object')),
  name: required(string('name of the object')),
  scope: pointer(string('Cluster or Namespace')),
  namespace: pointer(string('namespace of the object')),
});

export const IngressClassSpec = struct('IngressClassSpec', 'the controller of the class', {
  controller: string('name of the controller, like a domain and a path'),
  parameters: IngressClassParametersReference,
});
export type IngressClassSpec = Infer<typeof IngressClassSpec>;

export const IngressClass = defineKind(
  'IngressClass',
  'names the controller that serves Ingresses',
  { spec: always(IngressClassSpec) },
  { group: 'networking.k8s.io', plural: 'ingressclasses', namespaced: false, hasGeneration: true },
);
export type IngressClass = ObjectOf<typeof IngressClass>;
