import { defineKind, type ObjectOf } from '../kind.ts';
import { list, pointer, string, struct, typed } from '../schema.ts';
import { byName, webhookFields } from './webhook.ts';

export const MutatingWebhook = struct('MutatingWebhook', 'somebody who may change a request', {
  ...webhookFields,
  reinvocationPolicy: pointer(typed('ReinvocationPolicyType', string('whether it is asked again', ['IfNeeded', 'Never']))),
});

export const MutatingWebhookConfiguration = defineKind(
  'MutatingWebhookConfiguration',
  'who may change requests',
  { webhooks: list(MutatingWebhook, 'the webhooks', byName) },
  { group: 'admissionregistration.k8s.io', namespaced: false, categories: ['api-extensions'], hasGeneration: true },
);
export type MutatingWebhookConfiguration = ObjectOf<typeof MutatingWebhookConfiguration>;
