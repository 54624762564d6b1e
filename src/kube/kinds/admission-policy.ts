/** Admission policies in CEL: they can be written and listed, and are not evaluated; their contents are kept as they are. */
import { defineKind } from '../kind.ts';
import { any } from '../schema.ts';

const options = {
  group: 'admissionregistration.k8s.io',
  namespaced: false,
  categories: ['api-extensions'],
  hasGeneration: true,
} as const;
const policies = { ...options, subresources: ['status'] };
const spec = any('what the policy says');
const status = any('what was found in it');

export const MutatingAdmissionPolicy = defineKind(
  'MutatingAdmissionPolicy',
  'changes requests by rules in CEL',
  { spec },
  {
    ...options,
    plural: 'mutatingadmissionpolicies',
  },
);
export const MutatingAdmissionPolicyBinding = defineKind(
  'MutatingAdmissionPolicyBinding',
  'says where a MutatingAdmissionPolicy applies',
  { spec },
  options,
);
export const ValidatingAdmissionPolicy = defineKind(
  'ValidatingAdmissionPolicy',
  'refuses requests by rules in CEL',
  { spec, status },
  {
    ...policies,
    plural: 'validatingadmissionpolicies',
  },
);
export const ValidatingAdmissionPolicyBinding = defineKind(
  'ValidatingAdmissionPolicyBinding',
  'says where a ValidatingAdmissionPolicy applies',
  { spec },
  options,
);
