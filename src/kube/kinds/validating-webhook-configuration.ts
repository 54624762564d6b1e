import { defineKind, type ObjectOf } from '../kind.ts';
import { list, struct } from '../schema.ts';
import { byName, webhookFields } from './webhook.ts';

export const ValidatingWebhook = struct('ValidatingWebhook', 'somebody who may refuse a request', webhookFields);

export const ValidatingWebhookConfiguration = defineKind(
  'ValidatingWebhookConfiguration',
  'who may refuse requests',
  { webhooks: list(ValidatingWebhook, 'the webhooks', byName) },
  { group: 'admissionregistration.k8s.io', namespaced: false, categories: ['api-extensions'], hasGeneration: true },
);
export type ValidatingWebhookConfiguration = ObjectOf<typeof ValidatingWebhookConfiguration>;
