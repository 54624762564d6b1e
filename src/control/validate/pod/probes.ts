/** Probes and lifecycle hooks. (pkg/apis/core/validation/validation.go: validateProbe, validateHandler) */
import type { Container } from '#kube/kinds/container.ts';
import type { Probe } from '#kube/kinds/probe.ts';
import type { FieldError } from '#kube/status.ts';
import { forbidden, invalid, invalidEach, notSupported, required } from '../field.ts';
import { httpHeaderName, portNumber } from '../formats.ts';
import { validateNonnegative } from '../metadata.ts';
import { validatePortNumberOrName } from '../service.ts';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & { readonly sleep?: { readonly seconds: number } };

export function validateProbe(probe: Probe | undefined, path: string): FieldError[] {
  if (probe === undefined) return [];
  const { terminationGracePeriodSeconds: grace } = probe;
  return [
    ...validateHandler(probe, path),
    ...validateNonnegative(probe.initialDelaySeconds, `${path}.initialDelaySeconds`),
    ...validateNonnegative(probe.timeoutSeconds, `${path}.timeoutSeconds`),
    ...validateNonnegative(probe.periodSeconds, `${path}.periodSeconds`),
    ...validateNonnegative(probe.successThreshold, `${path}.successThreshold`),
    ...validateNonnegative(probe.failureThreshold, `${path}.failureThreshold`),
    ...(grace !== undefined && grace <= 0 ? [invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')] : []),
  ];
}

/** Liveness and startup probes have succeeded after one success. */
export function validateOnceProbe(probe: Probe | undefined, path: string): FieldError[] {
  const threshold = probe?.successThreshold ?? 1;
  return [...validateProbe(probe, path), ...(threshold === 1 ? [] : [invalid(`${path}.successThreshold`, threshold, 'must be 1')])];
}

export function validateReadinessProbe(probe: Probe | undefined, path: string): FieldError[] {
  return [
    ...validateProbe(probe, path),
    ...(probe?.terminationGracePeriodSeconds === undefined
      ? []
      : [invalid(`${path}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, 'must not be set for readinessProbes')]),
  ];
}

const rules: { readonly [Name in keyof Required<Handler>]: (action: NonNullable<Handler[Name]>, path: string) => FieldError[] } = {
  exec: ({ command = [] }, path) => (command.length === 0 ? [required(`${path}.command`)] : []),
  httpGet: ({ path: request = '', port, scheme = '', httpHeaders = [] }, path) => [
    ...(request === '' ? [required(`${path}.path`)] : []),
    ...validatePortNumberOrName(port, `${path}.port`),
    ...(['HTTP', 'HTTPS'].includes(scheme) ? [] : [notSupported(`${path}.scheme`, scheme, ['HTTP', 'HTTPS'])]),
    ...httpHeaders.flatMap(({ name }) => invalidEach(`${path}.httpHeaders`, name, httpHeaderName(name))),
  ],
  tcpSocket: ({ port }, path) => validatePortNumberOrName(port, `${path}.port`),
  grpc: ({ port }, path) => invalidEach(`${path}.port`, port, portNumber(port)),
  sleep: ({ seconds }, path) => (seconds < 0 ? [invalid(path, seconds, 'must be greater than or equal to 0')] : []),
};

function validateHandler(handler: Handler, path: string): FieldError[] {
  const [first, ...others] = (Object.keys(rules) as (keyof Handler)[]).filter((name) => handler[name] !== undefined);
  if (first === undefined) return [required(path, 'must specify a handler type')];
  const rule = rules[first] as (action: unknown, path: string) => FieldError[];
  return [
    ...rule(handler[first], `${path}.${first}`),
    ...others.map((name) => forbidden(`${path}.${name}`, 'may not specify more than 1 handler type')),
  ];
}

export function validateLifecycle(lifecycle: Container['lifecycle'], path: string): FieldError[] {
  return [
    ...(lifecycle?.postStart === undefined ? [] : validateHandler(lifecycle.postStart, `${path}.postStart`)),
    ...(lifecycle?.preStop === undefined ? [] : validateHandler(lifecycle.preStop, `${path}.preStop`)),
  ];
}
