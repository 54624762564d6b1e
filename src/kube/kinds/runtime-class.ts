import { defineKind, type ObjectOf } from '../kind.ts';
import { list, map, required, string, struct } from '../schema.ts';
import { Toleration } from './affinity.ts';
import { resourceList } from './resources.ts';

export const RuntimeClass = defineKind(
  'RuntimeClass',
  'a way of running containers',
  {
    handler: required(string('name of the handler in the container runtime')),
    overhead: struct('Overhead', 'what a pod needs beside its containers', { podFixed: resourceList('the amounts') }),
    scheduling: struct('Scheduling', 'which nodes can do it', {
      nodeSelector: map(string(), 'labels of those nodes', { atomic: true }),
      tolerations: list(Toleration, 'taints of those nodes'),
    }),
  },
  { group: 'node.k8s.io', plural: 'runtimeclasses', namespaced: false },
);
export type RuntimeClass = ObjectOf<typeof RuntimeClass>;
