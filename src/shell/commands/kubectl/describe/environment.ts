/** Environment variables of a container, and where they come from (kubectl: describeContainerEnvVars, describeContainerEnvFrom). */
import type { Container, EnvFromSource, EnvVar } from '#kube/kinds/container.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { compareQuantities, milliUnits, wholeUnits, type Quantity } from '#kube/quantity.ts';
import { amountOf } from './amount.ts';
import { indented, type Lines } from './lines.ts';

export function environmentFromLines(sources: readonly EnvFromSource[]): Lines {
  const lines = sources.map(({ configMapRef, secretRef, prefix = '' }) => {
    const [from, source] =
      configMapRef !== undefined ? ['ConfigMap', configMapRef] : secretRef !== undefined ? ['Secret', secretRef] : ['', {}];
    const what = prefix === '' ? from : `${from} with prefix '${prefix}'`;
    return `${source.name ?? ''}\t${what}\tOptional: ${source.optional === true}`;
  });
  return ['Environment Variables from:', ...indented(1, lines)];
}

export function environmentLines(container: Container, pod: Pod | undefined): Lines {
  const lines = (container.env ?? []).flatMap((variable) => variableLines(variable, container, pod));
  return [`Environment:${(container.env ?? []).length === 0 ? '\t<none>' : ''}`, ...indented(1, lines)];
}

function variableLines({ name, value = '', valueFrom }: EnvVar, container: Container, pod: Pod | undefined): Lines {
  if (valueFrom === undefined) return value.split('\n').map((line, i) => (i === 0 ? `${name}:\t${line}` : `\t${line}`));
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef !== undefined) {
    const { apiVersion = '', fieldPath } = fieldRef;
    return [`${name}:\t${fieldText(pod, fieldPath)} (${apiVersion}:${fieldPath})`];
  }
  if (resourceFieldRef !== undefined) {
    const { resource, divisor } = resourceFieldRef;
    const amount = resourceText(container, resource, amountOf(divisor));
    const isOfNode = amount === '0' && (resource === 'limits.cpu' || resource === 'limits.memory');
    return [`${name}:\t${isOfNode ? 'node allocatable' : amount} (${resource})`];
  }
  if (secretKeyRef !== undefined) {
    const { key, name: secret = '', optional } = secretKeyRef;
    return [`${name}:\t<set to the key '${key}' in secret '${secret}'>\tOptional: ${optional === true}`];
  }
  if (configMapKeyRef !== undefined) {
    const { key, name: configMap = '', optional } = configMapKeyRef;
    return [`${name}:\t<set to the key '${key}' of config map '${configMap}'>\tOptional: ${optional === true}`];
  }
  return [];
}

/**
 * A field of the pod. kubectl can look up two only: its scheme does not know the field labels of Pods (ConvertFieldLabel), so others,
 * `status.podIP` among them, stay empty.
 */
function fieldText(pod: Pod | undefined, path: string): string {
  if (path === 'metadata.name') return pod?.metadata.name ?? '';
  return path === 'metadata.namespace' ? (pod?.metadata.namespace ?? '') : '';
}

/** A request or limit in units of the divisor, rounded up; empty for what a container has no such of (ExtractContainerResourceValue). */
function resourceText({ resources }: Container, resource: string, divisor: Quantity): string {
  const dot = resource.indexOf('.');
  const [list, name] = [resource.slice(0, dot), resource.slice(dot + 1)];
  const amounts = list === 'limits' ? resources.limits : list === 'requests' ? resources.requests : undefined;
  const isKnown = ['cpu', 'memory', 'ephemeral-storage'].includes(name) || name.startsWith('hugepages-');
  if (!isKnown || (list !== 'limits' && list !== 'requests')) return '';
  const amount = amountOf(amounts?.[name]);
  const unit = compareQuantities(divisor, amountOf(0)) === 0 ? amountOf(1) : divisor;
  const units = name === 'cpu' ? milliUnits : wholeUnits;
  return String(Math.ceil(units(amount) / units(unit)));
}
