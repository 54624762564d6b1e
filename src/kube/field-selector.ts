/** Field selectors, as `--field-selector spec.nodeName=node01`. (staging:apimachinery/pkg/fields/selector.go) */
import { quote } from './json.ts';
import { resourceOf, type Kind } from './kind.ts';
import type { KubeObject } from './object.ts';
import { fail, ok, type Result } from './status.ts';

/** One condition on a field; an object is selected when all hold. */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** The conditions of a selector, or what is wrong with it. */
export function parseFieldSelector(text: string): Result<readonly FieldRequirement[], string> {
  const requirements: FieldRequirement[] = [];
  const terms = text.match(/(?:\\.|[^,])+/gs) ?? [];
  for (const term of [...terms].sort()) {
    const found = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
    if (found === null) return fail(`invalid selector: '${text}'; can't understand '${term}'`);
    const value = unescape(found[3]!);
    if (!value.ok) return value;
    requirements.push({ field: found[1]!, equal: found[2] !== '!=', value: value.value });
  }
  return ok(requirements);
}

/** `\\`, `\,` and `\=` stand for the second character; both of these unescaped are errors. */
function unescape(text: string): Result<string, string> {
  let value = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\') {
      const next = text[++i];
      if (next === undefined || !'\\,='.includes(next)) return fail(`invalid field selector: invalid escape sequence: \\${next ?? ''}`);
      value += next;
    } else if (char === '=') return fail(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    else value += char;
  }
  return ok(value);
}

/** A field that can be selected by: where it is, when not under its own name, and what it is when it is not set. */
interface Selectable {
  readonly path?: string;
  readonly zero?: string;
}

const name: Readonly<Record<string, Selectable>> = { 'metadata.name': {} };
const inNamespace: Readonly<Record<string, Selectable>> = { ...name, 'metadata.namespace': {} };
const event: Readonly<Record<string, Selectable>> = {
  ...inNamespace,
  'involvedObject.kind': {},
  'involvedObject.namespace': {},
  'involvedObject.name': {},
  'involvedObject.uid': {},
  'involvedObject.apiVersion': {},
  'involvedObject.resourceVersion': {},
  'involvedObject.fieldPath': {},
  reason: {},
  reportingComponent: {},
  source: { path: 'source.component' },
  type: {},
};

/** By resource; others have their name and namespace. (pkg/apis/<group>/<version>/conversion.go, pkg/registry/<group>/<resource>/strategy.go) */
const selectable: Readonly<Record<string, Readonly<Record<string, Selectable>>>> = {
  pods: {
    ...inNamespace,
    'spec.nodeName': {},
    'spec.restartPolicy': {},
    'spec.schedulerName': {},
    'spec.serviceAccountName': {},
    'spec.hostNetwork': { zero: 'false' },
    'status.phase': {},
    'status.podIP': {},
    'status.nominatedNodeName': {},
  },
  nodes: { ...name, 'spec.unschedulable': { zero: 'false' } },
  namespaces: { ...name, 'status.phase': {} },
  services: { ...inNamespace, 'spec.clusterIP': {}, 'spec.type': {} },
  secrets: { ...inNamespace, type: {} },
  events: event,
  replicationcontrollers: { ...inNamespace, 'status.replicas': { zero: '0' } },
  'replicasets.apps': { ...inNamespace, 'status.replicas': { zero: '0' } },
  'jobs.batch': { ...inNamespace, 'status.successful': { path: 'status.succeeded', zero: '0' } },
  'certificatesigningrequests.certificates.k8s.io': { ...name, 'spec.signerName': {} },
  'resourceslices.resource.k8s.io': { ...name, 'spec.driver': {}, 'spec.nodeName': {} },
};

const refusals: Readonly<Record<string, (field: string) => string>> = {
  'statefulsets.apps': (field) => `field label not supported for appsv1.StatefulSet: ${field}`,
  'jobs.batch': (field) => `field label ${quote(field)} not supported for batchv1.Job`,
};

/** What the API server says of a selector that names a field it cannot select by; undefined when it can. */
export function fieldSelectorProblem(kind: Kind, requirements: readonly FieldRequirement[]): string | undefined {
  const resource = resourceOf(kind);
  const fields = selectable[resource];
  const unknown = requirements.find(({ field }) => !Object.hasOwn(fields ?? inNamespace, field));
  if (unknown === undefined) return undefined;
  const refusal = refusals[resource] ?? (fields === undefined ? notKnown : notSupported);
  return refusal(unknown.field);
}

function notSupported(field: string): string {
  return `field label not supported: ${field}`;
}

function notKnown(field: string): string {
  return `${quote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** Reports whether all conditions hold for the object. */
export function matchesFields(kind: Kind, requirements: readonly FieldRequirement[], object: KubeObject): boolean {
  const fields = selectable[resourceOf(kind)] ?? inNamespace;
  return requirements.every(({ field, equal, value }) => (valueOf(object, field, fields[field] ?? {}) === value) === equal);
}

function valueOf(object: unknown, field: string, { path = field, zero = '' }: Selectable): string {
  let value = object;
  for (const step of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[step];
  return value === undefined ? zero : String(value as string | number | boolean);
}
