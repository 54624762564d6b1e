import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, bytes, int32, list, pointer, required, string, struct } from '../schema.ts';
import { byType, workloadCondition } from './conditions.ts';

export const APIServiceSpec = struct('APIServiceSpec', 'a version of a group, and who serves it', {
  service: struct('ServiceReference', 'the Service that serves it; the API server itself when absent', {
    namespace: string('namespace of the Service'),
    name: string('name of the Service'),
    port: pointer(int32('port of the Service')),
  }),
  group: string('the group'),
  version: string('the version'),
  insecureSkipTLSVerify: boolean('the certificate is not checked'),
  caBundle: bytes('certificates that it is checked with, in PEM'),
  groupPriorityMinimum: required(int32('orders the groups')),
  versionPriority: required(int32('orders the versions of the group')),
});

export const APIService = defineKind(
  'APIService',
  'a version of a group of the API, and who serves it',
  {
    spec: always(APIServiceSpec),
    status: always(
      struct('APIServiceStatus', 'whether it is served', {
        conditions: list(workloadCondition('APIServiceCondition'), 'aspects of its state', byType),
      }),
    ),
  },
  { group: 'apiregistration.k8s.io', namespaced: false, categories: ['api-extensions'], subresources: ['status'] },
);
export type APIService = ObjectOf<typeof APIService>;
