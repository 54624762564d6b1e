import { customVerbs, defineKind, type ObjectOf } from '../../kind.ts';
import { list, map, required, string, struct } from '../../schema.ts';
import { conditions } from '../conditions.ts';
import { LocalObjectReference, ParentReference } from './reference.ts';

export const BackendTLSPolicy = defineKind(
  'BackendTLSPolicy',
  'says how a Gateway speaks TLS with backends',
  {
    spec: required(
      struct('BackendTLSPolicySpec', 'which backends, and how they are checked', {
        targetRefs: required(
          list(
            struct('LocalPolicyTargetReferenceWithSectionName', 'a backend', {
              ...LocalObjectReference.fields,
              sectionName: string('name of the port; all when absent'),
            }),
            'the backends',
          ),
        ),
        validation: required(
          struct('BackendTLSPolicyValidation', 'how their certificate is checked', {
            caCertificateRefs: list(LocalObjectReference, 'ConfigMaps of trusted certificates'),
            wellKnownCACertificates: string('System: certificates that the controller trusts anyway'),
            hostname: required(string('the name that is asked for and checked')),
            subjectAltNames: list(
              struct('SubjectAltName', 'a name of the certificate', {
                type: required(string('Hostname or URI')),
                hostname: string('a host name'),
                uri: string('a URI'),
              }),
              'names of which the certificate must have one',
            ),
          }),
        ),
        options: map(string(), 'more settings'),
      }),
    ),
    status: struct('PolicyStatus', 'what Gateways make of it', {
      ancestors: required(
        list(
          struct('PolicyAncestorStatus', 'what a Gateway makes of it', {
            ancestorRef: required(ParentReference),
            controllerName: required(string('the controller that says so')),
            conditions: required(conditions),
          }),
          'what Gateways make of it',
        ),
      ),
    }),
  },
  {
    group: 'gateway.networking.k8s.io',
    plural: 'backendtlspolicies',
    shortNames: ['btlspolicy'],
    categories: ['gateway-api'],
    hasGeneration: true,
    subresources: ['status'],
    verbs: customVerbs,
    custom: true,
  },
);
export type BackendTLSPolicy = ObjectOf<typeof BackendTLSPolicy>;
