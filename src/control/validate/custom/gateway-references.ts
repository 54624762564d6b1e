/** Shapes that the Gateway API's kinds share. (gateway-api config/crd/standard; apis/v1/shared_types.go) */
import type { Constraints } from './structural.ts';

const subdomain = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';

export const objectName: Constraints = { type: 'string', minLength: 1, maxLength: 253 };
export const sectionName: Constraints = { type: 'string', minLength: 1, maxLength: 253, pattern: `^${subdomain}$` };
export const hostname: Constraints = { type: 'string', minLength: 1, maxLength: 253, pattern: `^(\\*\\.)?${subdomain}$` };
export const preciseHostname: Constraints = { type: 'string', minLength: 1, maxLength: 253, pattern: `^${subdomain}$` };
export const portNumber: Constraints = { type: 'integer', minimum: 1, maximum: 65535 };
export const group: Constraints = { type: 'string', maxLength: 253, pattern: `^$|^${subdomain}$` };
export const kind: Constraints = { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$' };
export const namespace: Constraints = { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' };
export const duration: Constraints = { type: 'string', pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$' };

interface BackendReference {
  readonly group?: string;
  readonly kind?: string;
  readonly port?: number;
}

/** A backend; one that is a Service needs a port. */
export const backendReference = {
  type: 'object',
  required: ['name'],
  properties: { group, kind, name: objectName, namespace, port: portNumber },
  rules: [
    {
      message: 'Must have port for Service reference',
      holds: ({ group: of = '', kind: what = 'Service', port }: BackendReference) => of !== '' || what !== 'Service' || port !== undefined,
    },
  ],
} as const satisfies Constraints;

export const localReference: Constraints = {
  type: 'object',
  required: ['group', 'kind', 'name'],
  properties: { group, kind, name: objectName },
};

export const secretReference: Constraints = {
  type: 'object',
  required: ['name'],
  properties: { group, kind, name: objectName, namespace },
};

interface ParentReference {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
}

/** Pairs of references to one parent. */
function twins(parents: readonly ParentReference[]): [ParentReference, ParentReference][] {
  const identity = (one: ParentReference) => JSON.stringify([one.group, one.kind, one.name, one.namespace ?? '']);
  return parents.flatMap((a, i) =>
    parents
      .slice(i + 1)
      .filter((b) => identity(a) === identity(b))
      .map((b): [ParentReference, ParentReference] => [a, b]),
  );
}

export const parentRefs: Constraints = {
  type: 'array',
  maxItems: 32,
  items: {
    type: 'object',
    required: ['name'],
    properties: { group, kind, namespace, name: objectName, sectionName, port: portNumber },
  },
  rules: [
    {
      message: 'sectionName must be specified when parentRefs includes 2 or more references to the same parent',
      holds: (parents: readonly ParentReference[]) =>
        twins(parents).every(([a, b]) => ((a.sectionName ?? '') !== '') === ((b.sectionName ?? '') !== '')),
    },
    {
      message: 'sectionName must be unique when parentRefs includes 2 or more references to the same parent',
      holds: (parents: readonly ParentReference[]) => twins(parents).every(([a, b]) => (a.sectionName ?? '') !== (b.sectionName ?? '')),
    },
  ],
};

export const hostnames: Constraints = { type: 'array', maxItems: 16, items: hostname };
