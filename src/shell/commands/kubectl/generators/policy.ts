/** `kubectl create namespace|quota|poddisruptionbudget|priorityclass` (staging:kubectl/pkg/cmd/create). */
import type { KubeObject } from '#kube/object.ts';
import { quantityText, readQuantity, type Quantity } from '#kube/quantity.ts';
import { bool, int32, string } from '../flags.ts';
import { generatorVerb, newMetadata } from './generator.ts';
import { KubectlError } from '../errors.ts';

export const namespace = generatorVerb({
  name: 'namespace',
  aliases: ['ns'],
  use: 'namespace NAME [--dry-run=server|client|none]',
  short: 'Create a namespace with the specified name',
  flags: {},
  resource: 'namespaces',
  namespaced: false,
  build: (kubectl, name) =>
    ({
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: newMetadata(kubectl, name, { namespaced: false }),
      spec: {},
      status: {},
    }) as KubeObject,
});

export const quota = generatorVerb({
  name: 'quota',
  aliases: ['resourcequota'],
  use: 'quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  short: 'Create a quota with the specified name',
  flags: { hard: string('Limits: key=value,….'), scopes: string('What the quota counts: scope,….') },
  resource: 'resourcequotas',
  namespaced: true,
  failure: 'failed to create quota',
  build: (kubectl, name, { flags }) => {
    const hard = resourceList(flags.hard);
    const scopes = flags.scopes === '' ? [] : flags.scopes.split(',');
    return {
      kind: 'ResourceQuota',
      apiVersion: 'v1',
      metadata: newMetadata(kubectl, name),
      spec: { ...(Object.keys(hard).length > 0 && { hard }), ...(scopes.length > 0 && { scopes }) },
      status: {},
    } as unknown as KubeObject;
  },
});

/** `cpu=1,memory=1Gi` */
export function resourceList(text: string): Readonly<Record<string, string>> {
  if (text === '') return {};
  return Object.fromEntries(
    text.split(',').map((one) => {
      const parts = one.split('=');
      if (parts.length !== 2) throw new KubectlError(`Invalid argument syntax ${one}, expected <resource>=<value>`);
      const amount = readQuantity(parts[1]!);
      if (!amount.ok) throw new KubectlError(amount.error);
      return [parts[0]!, amountText(parts[1]!, amount.value)];
    }),
  );
}

/** The one way of writing the amount, though zeros and a sign before it stay. */
function amountText(text: string, amount: Quantity): string {
  const canonical = quantityText(amount);
  return canonical !== '0' && text.replace(/^\+?0*/, '') === canonical ? text : canonical;
}

export const podDisruptionBudget = generatorVerb({
  name: 'poddisruptionbudget',
  aliases: ['pdb'],
  use: 'poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  short: 'Create a pod disruption budget with the specified name',
  flags: {
    'min-available': string('How many pods, or what share, must stay.'),
    'max-unavailable': string('How many pods, or what share, may be gone.'),
    selector: string('Labels of the pods: key=value.'),
  },
  resource: 'poddisruptionbudgets',
  namespaced: true,
  failure: 'failed to create poddisruptionbudgets',
  build: (kubectl, name, { flags }) => {
    const { selector, 'min-available': least, 'max-unavailable': most } = flags;
    if (selector === '') throw new KubectlError('a selector must be specified');
    if (least === '' && most === '') throw new KubectlError('one of min-available or max-unavailable must be specified');
    if (least !== '' && most !== '') throw new KubectlError('min-available and max-unavailable cannot be both specified');
    const amount = (text: string, flag: string) => {
      if (!/^\d+%?$/.test(text)) throw new KubectlError(`invalid format specified for ${flag}`);
      return text.endsWith('%') ? text : Number(text);
    };
    const matchLabels = Object.fromEntries(
      selector.split(',').map((one) => {
        const [key = '', value = ''] = one.split(/==?/);
        return [key.trim(), value.trim()];
      }),
    );
    return {
      kind: 'PodDisruptionBudget',
      apiVersion: 'policy/v1',
      metadata: newMetadata(kubectl, name),
      spec: {
        ...(least !== '' && { minAvailable: amount(least, 'min-available') }),
        selector: { matchLabels },
        ...(most !== '' && { maxUnavailable: amount(most, 'max-unavailable') }),
      },
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    } as unknown as KubeObject;
  },
});

export const priorityClass = generatorVerb({
  name: 'priorityclass',
  aliases: ['pc'],
  use: 'priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  short: 'Create a priority class with the specified name',
  flags: {
    value: int32('The priority.'),
    'global-default': bool('Pods without a class get this one.'),
    description: string('What the class is for.'),
    'preemption-policy': string('Whether pods of this class push others out: Never or PreemptLowerPriority.', 'PreemptLowerPriority'),
  },
  resource: 'priorityclasses',
  namespaced: false,
  failure: 'failed to create priorityclass',
  build: (kubectl, name, { flags }) =>
    ({
      kind: 'PriorityClass',
      apiVersion: 'scheduling.k8s.io/v1',
      metadata: newMetadata(kubectl, name, { namespaced: false }),
      value: flags.value,
      ...(flags['global-default'] && { globalDefault: true }),
      ...(flags.description !== '' && { description: flags.description }),
      preemptionPolicy: flags['preemption-policy'],
    }) as unknown as KubeObject,
});
