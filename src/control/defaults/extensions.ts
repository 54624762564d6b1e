/** What extends the API. (pkg/apis/admissionregistration/v1, staging:apiextensions-apiserver, staging:kube-aggregator, pkg/apis/flowcontrol/v1) */
import { APIService } from '#kube/kinds/api-service.ts';
import { CustomResourceDefinition } from '#kube/kinds/custom-resource-definition.ts';
import { FlowSchema, PriorityLevelConfiguration } from '#kube/kinds/flow-control.ts';
import { MutatingWebhookConfiguration } from '#kube/kinds/mutating-webhook-configuration.ts';
import { ValidatingWebhookConfiguration } from '#kube/kinds/validating-webhook-configuration.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';

type ValidatingWebhook = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];
type MutatingWebhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];

function webhookWithDefaults<W extends ValidatingWebhook>(webhook: W): W {
  const filled = fill<ValidatingWebhook>(webhook, {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  });
  const scoped = change(filled, 'rules', (rules) => rules.map((rule) => fill(rule, { scope: '*' })));
  return change(scoped, 'clientConfig', (config) => change(config, 'service', (service) => fill(service, { port: 443 }))) as W;
}

export const validatingWebhookConfigurationDefaulter = defaulter(ValidatingWebhookConfiguration, (configuration) =>
  change(configuration, 'webhooks', (webhooks) => webhooks.map(webhookWithDefaults)),
);

export const mutatingWebhookConfigurationDefaulter = defaulter(MutatingWebhookConfiguration, (configuration) =>
  change(configuration, 'webhooks', (webhooks) =>
    webhooks.map((webhook: MutatingWebhook) => fill(webhookWithDefaults(webhook), { reinvocationPolicy: 'Never' })),
  ),
);

export const customResourceDefinitionDefaulter = defaulter(CustomResourceDefinition, (definition) =>
  change(definition, 'spec', (spec) =>
    fill(
      change(spec, 'names', (names) => fill(names, { singular: names.kind.toLowerCase(), listKind: `${names.kind}List` })),
      { conversion: { strategy: 'None' } },
    ),
  ),
);

export const apiServiceDefaulter = defaulter(APIService, (service) =>
  change(service, 'spec', (spec) => change(spec, 'service', (reference) => fill(reference, { port: 443 }))),
);

export const flowSchemaDefaulter = defaulter(FlowSchema, (schema) =>
  change(schema, 'spec', (spec) => fill(spec, { matchingPrecedence: 1000 })),
);

export const priorityLevelConfigurationDefaulter = defaulter(PriorityLevelConfiguration, (level) =>
  change(level, 'spec', (spec) => {
    const limited = change(spec, 'limited', (limits) =>
      fill(
        change(limits, 'limitResponse', (response) =>
          change(response, 'queuing', (queuing) => fill(queuing, { queues: 64, handSize: 8, queueLengthLimit: 50 })),
        ),
        { nominalConcurrencyShares: 30, lendablePercent: 0 },
      ),
    );
    return change(limited, 'exempt', (exempt) => fill(exempt, { nominalConcurrencyShares: 0, lendablePercent: 0 }));
  }),
);
