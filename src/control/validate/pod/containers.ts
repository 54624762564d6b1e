/** The containers of a pod. (pkg/apis/core/validation/validation.go: validateContainers, validateInitContainers) */
import type { Container, EnvFromSource, EnvVar, EnvVarSource } from '#kube/kinds/container.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import type { FieldError } from '#kube/status.ts';
import { duplicate, forbidden, invalid, invalidEach, notFound, notSupported, oneOf, required } from '../field.ts';
import { configMapKey, dns1123Label, envVarName, idNumber, portName, portNumber } from '../formats.ts';
import { validateRequirements } from '../resources.ts';
import { protocols } from '../service.ts';
import type { Scope } from '../validator.ts';
import { validateFieldRef, validateResourceRef } from './downward.ts';
import { validateLifecycle, validateOnceProbe, validateReadinessProbe } from './probes.ts';
import { descendingPath } from './paths.ts';

/** What containers are checked against. */
export interface Surroundings extends Scope {
  readonly volumes: ReadonlySet<string>;
}

export function validateContainers(containers: readonly Container[], path: string, around: Surroundings): FieldError[] {
  if (containers.length === 0) return [required(path)];
  return [
    ...containers.flatMap((container, i) => {
      const at = `${path}[${i}]`;
      const isTaken = containers.slice(0, i).some((one) => one.name === container.name);
      return [
        ...validateContainer(container, at, around),
        ...(isTaken ? [duplicate(`${at}.name`, container.name)] : []),
        ...validateLifecycle(container.lifecycle, `${at}.lifecycle`),
        ...validateOnceProbe(container.livenessProbe, `${at}.livenessProbe`),
        ...validateReadinessProbe(container.readinessProbe, `${at}.readinessProbe`),
        ...validateOnceProbe(container.startupProbe, `${at}.startupProbe`),
      ];
    }),
    ...validateHostPortsApart(containers, path),
  ];
}

export function validateInitContainers(
  inits: readonly Container[],
  regular: readonly Container[],
  path: string,
  around: Surroundings,
): FieldError[] {
  return inits.flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const isTaken = [...regular, ...inits.slice(0, i)].some((one) => one.name === container.name);
    return [
      ...validateContainer(container, at, around),
      ...(container.restartPolicy === undefined
        ? []
        : oneOf(`${at}.restartPolicy`, container.restartPolicy, ['Always', 'Never', 'OnFailure'])),
      ...(isTaken ? [duplicate(`${at}.name`, container.name)] : []),
      ...(container.restartPolicy === 'Always'
        ? [
            ...validateLifecycle(container.lifecycle, `${at}.lifecycle`),
            ...validateOnceProbe(container.livenessProbe, `${at}.livenessProbe`),
            ...validateReadinessProbe(container.readinessProbe, `${at}.readinessProbe`),
            ...validateOnceProbe(container.startupProbe, `${at}.startupProbe`),
          ]
        : onlyOfSidecars(container, at)),
    ];
  });
}

/** Containers that are added to a running pod: each has a name of its own, and may look into another one. */
export function validateEphemeralContainers(spec: PodSpec, path: string): FieldError[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  return ephemeralContainers.flatMap(({ name, image = '', targetContainerName = '' }, i) => {
    const at = `${path}[${i}]`;
    const others = [...containers, ...initContainers, ...ephemeralContainers.slice(0, i)];
    return [
      ...(name === '' ? [required(`${at}.name`)] : invalidEach(`${at}.name`, name, dns1123Label(name))),
      ...(others.some((one) => one.name === name) ? [duplicate(`${at}.name`, name)] : []),
      ...(image === '' ? [required(`${at}.image`)] : []),
      ...(targetContainerName === '' || [...containers, ...initContainers].some((one) => one.name === targetContainerName)
        ? []
        : [notFound(`${at}.targetContainerName`, targetContainerName)]),
    ];
  });
}

/** What runs once has no life to be watched. */
function onlyOfSidecars(container: Container, path: string): FieldError[] {
  const detail = 'may not be set for init containers without restartPolicy=Always';
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((name) => container[name] !== undefined)
    .map((name) => forbidden(`${path}.${name}`, detail));
}

function validateContainer(container: Container, path: string, around: Surroundings): FieldError[] {
  const { name, image = '', imagePullPolicy = '', terminationMessagePolicy = '', env = [], envFrom = [], resources } = container;
  return [
    ...(name === '' ? [required(`${path}.name`)] : invalidEach(`${path}.name`, name, dns1123Label(name))),
    ...(image === '' ? [required(`${path}.image`)] : []),
    ...(terminationMessagePolicy === ''
      ? [required(`${path}.terminationMessagePolicy`)]
      : oneOf(`${path}.terminationMessagePolicy`, terminationMessagePolicy, ['FallbackToLogsOnError', 'File'])),
    ...validatePorts(container, `${path}.ports`),
    ...env.flatMap((one, i) => validateVariable(one, `${path}.env[${i}]`, around)),
    ...envFrom.flatMap((one, i) => validateVariables(one, `${path}.envFrom[${i}]`, around)),
    ...validateMounts(container, `${path}.volumeMounts`, around),
    ...(imagePullPolicy === ''
      ? [required(`${path}.imagePullPolicy`)]
      : oneOf(`${path}.imagePullPolicy`, imagePullPolicy, ['Always', 'IfNotPresent', 'Never'])),
    ...validateRequirements(resources.limits ?? {}, resources.requests ?? {}, `${path}.resources`),
    ...validateSecurityContext(container.securityContext, `${path}.securityContext`),
  ];
}

function validatePorts({ ports = [] }: Container, path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name = '', containerPort, hostPort = 0, protocol = '' }, i) => {
    const at = `${path}[${i}]`;
    const nameErrors = name === '' ? [] : invalidEach(`${at}.name`, name, portName(name));
    if (name !== '' && nameErrors.length === 0 && names.has(name)) nameErrors.push(duplicate(`${at}.name`, name));
    names.add(name);
    return [
      ...nameErrors,
      ...(containerPort === 0
        ? [required(`${at}.containerPort`)]
        : invalidEach(`${at}.containerPort`, containerPort, portNumber(containerPort))),
      ...(hostPort === 0 ? [] : invalidEach(`${at}.hostPort`, hostPort, portNumber(hostPort))),
      ...(protocol === '' ? [required(`${at}.protocol`)] : oneOf(`${at}.protocol`, protocol, protocols)),
    ];
  });
}

function validateHostPortsApart(containers: readonly Container[], path: string): FieldError[] {
  const seen = new Set<string>();
  return containers.flatMap(({ ports = [] }, c) =>
    ports.flatMap(({ hostPort = 0, protocol, hostIP = '' }, p) => {
      if (hostPort === 0) return [];
      const text = `${protocol}/${hostIP}/${hostPort}`;
      if (seen.has(text)) return [duplicate(`${path}[${c}].ports[${p}].hostPort`, text)];
      seen.add(text);
      return [];
    }),
  );
}

function validateVariable({ name, value = '', valueFrom }: EnvVar, path: string, { minorVersion }: Scope): FieldError[] {
  return [
    ...(name === '' ? [required(`${path}.name`)] : invalidEach(`${path}.name`, name, envVarName(name, minorVersion))),
    ...(valueFrom === undefined ? [] : validateValueFrom(valueFrom, value, `${path}.valueFrom`, minorVersion)),
  ];
}

interface KeyRef {
  readonly name?: string;
  readonly key: string;
}

function validateKeyRef({ name = '', key }: KeyRef, path: string): FieldError[] {
  return [
    ...(name === '' ? [required(`${path}.name`)] : []),
    ...(key === '' ? [required(`${path}.key`)] : invalidEach(`${path}.key`, key, configMapKey(key))),
  ];
}

function validateValueFrom(source: EnvVarSource, value: string, path: string, minorVersion: number): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const errors = [
    ...(fieldRef === undefined ? [] : validateFieldRef(fieldRef, 'env', `${path}.fieldRef`)),
    ...(resourceFieldRef === undefined ? [] : validateResourceRef(resourceFieldRef, 'env', `${path}.resourceFieldRef`)),
    ...(configMapKeyRef === undefined ? [] : validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`)),
    ...(secretKeyRef === undefined ? [] : validateKeyRef(secretKeyRef, `${path}.secretKeyRef`)),
  ];
  const count = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter((one) => one !== undefined).length;
  const choices = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', ...(minorVersion >= 34 ? ['fileKeyRef'] : [])];
  if (count === 0)
    errors.push(
      invalid(
        path,
        '',
        `must specify one of: ${choices
          .map((one) => `\`${one}\``)
          .join(', ')
          .replace(/, ([^,]*)$/, ' or $1')}`,
      ),
    );
  else if (value !== '') errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateVariables({ prefix = '', configMapRef, secretRef }: EnvFromSource, path: string, { minorVersion }: Scope): FieldError[] {
  const named = (ref: { readonly name?: string } | undefined, at: string) =>
    ref !== undefined && (ref.name ?? '') === '' ? [required(`${at}.name`)] : [];
  const errors = [
    ...(prefix === '' ? [] : invalidEach(`${path}.prefix`, prefix, envVarName(prefix, minorVersion))),
    ...named(configMapRef, `${path}.configMapRef`),
    ...named(secretRef, `${path}.secretRef`),
  ];
  if (configMapRef === undefined && secretRef === undefined) {
    return [...errors, invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`')];
  }
  return configMapRef !== undefined && secretRef !== undefined
    ? [...errors, invalid(path, '', 'may not have more than one field specified at a time')]
    : errors;
}

function validateMounts({ volumeMounts = [] }: Container, path: string, { volumes }: Surroundings): FieldError[] {
  const places = new Set<string>();
  return volumeMounts.flatMap(({ name, mountPath, subPath = '', subPathExpr = '', mountPropagation }, i) => {
    const at = `${path}[${i}]`;
    const errors = [
      ...(name === '' ? [required(`${at}.name`)] : []),
      ...(volumes.has(name) ? [] : [notFound(`${at}.name`, name)]),
      ...(mountPath === '' ? [required(`${at}.mountPath`)] : []),
      ...(places.has(mountPath) ? [invalid(`${at}.mountPath`, mountPath, 'must be unique')] : []),
      ...(subPath === '' ? [] : descendingPath(subPath, `${at}.subPath`)),
      ...(subPathExpr === '' ? [] : descendingPath(subPathExpr, `${at}.subPathExpr`)),
      ...(subPath !== '' && subPathExpr !== ''
        ? [invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive')]
        : []),
      ...(mountPropagation === undefined
        ? []
        : oneOf(`${at}.mountPropagation`, mountPropagation, ['Bidirectional', 'HostToContainer', 'None'])),
    ];
    places.add(mountPath);
    return errors;
  });
}

function validateSecurityContext(context: Container['securityContext'], path: string): FieldError[] {
  if (context === undefined) return [];
  const { runAsUser, runAsGroup, allowPrivilegeEscalation, privileged, capabilities, procMount } = context;
  const errors: FieldError[] = [];
  if (runAsUser !== undefined) errors.push(...invalidEach(`${path}.runAsUser`, runAsUser, idNumber(runAsUser)));
  if (runAsGroup !== undefined) errors.push(...invalidEach(`${path}.runAsGroup`, runAsGroup, idNumber(runAsGroup)));
  if (procMount !== undefined && !['Default', 'Unmasked'].includes(procMount)) {
    errors.push(notSupported(`${path}.procMount`, procMount, ['Default', 'Unmasked']));
  }
  if (allowPrivilegeEscalation === false) {
    if (privileged === true) {
      errors.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    }
    if ((capabilities?.add ?? []).includes('CAP_SYS_ADMIN')) {
      errors.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
    }
  }
  return errors;
}
