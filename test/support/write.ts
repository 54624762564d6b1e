/** Writes as kubectl makes them, against a recorded cluster and without a server: read, decode, default, admit, print. */
import { patchValue } from '#apiserver/patch/patch.ts';
import { create, remove, update, type AdmissionContext, type UpdateContext } from '#control/admit.ts';
import { withDefaults } from '#control/defaults/index.ts';
import { Cluster, type Draft } from '#kube/cluster.ts';
import { decode, decodeTrusted, type FieldValidation } from '#kube/decode.ts';
import { encode } from '#kube/encode.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf, kindsCalled } from '#kube/kinds/lookup.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { notFound, type Status } from '#kube/status.ts';
import { readDocuments } from '#kube/yaml.ts';
import { recordedText } from './recorded.ts';

export const kinds = [...builtInKinds, ...gatewayKinds];

/** What a client sees of a write. */
export interface Answer {
  readonly stderr: string;
  readonly object?: KubeObject;
}

/** A cluster as recorded. */
export function recordedCluster(path: string): Cluster {
  const { objects } = JSON.parse(recordedText(path)) as { objects: KubeObject[] };
  const draft = new Cluster('test').edit();
  for (const object of objects) {
    const kind = kindOf(kinds, object.apiVersion, object.kind);
    if (kind !== undefined) draft.keep(kind, decodeTrusted(kind, object));
  }
  return draft.publish();
}

/** kubectl sends objects with their keys sorted. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((key) => [key, sorted(fields[key])]),
  );
}

/** One client of a cluster under change. */
export class Client {
  readonly objects: Draft;
  readonly #context: AdmissionContext;

  constructor(cluster: Cluster, context: Partial<AdmissionContext> = {}) {
    this.objects = cluster.edit();
    this.#context = { now: Date.parse('2026-11-23T03:18:00Z'), minorVersion: 36, ...context };
  }

  /** `kubectl create -f -`: every document of a manifest. */
  create(
    manifest: string,
    { fieldValidation = 'Strict', ...more }: { fieldValidation?: FieldValidation } & Partial<AdmissionContext> = {},
  ): Answer {
    const documents = readDocuments(manifest);
    if (!documents.ok) throw new Error(documents.error);
    const found = documents.value.filter((one) => one !== null) as { apiVersion: string; kind: string }[];
    const answers = found.map((document) => this.#create(document, fieldValidation, { ...this.#context, ...more }));
    const refusals = answers.filter((one) => one.status !== undefined);
    const warnings = answers.flatMap((one) => one.warnings).map((one) => `Warning: ${one}\n`);
    const errors = refusals.map(({ status }) => (refusals.length > 1 ? plainText(status!, 'STDIN') : errorText(status!, 'STDIN')));
    const object = answers.at(-1)?.object;
    return { stderr: [...warnings, ...errors].join(''), ...(object !== undefined && { object }) };
  }

  #create(document: { apiVersion: string; kind: string }, fieldValidation: FieldValidation, context: AdmissionContext) {
    const kind = kindOf(kinds, document.apiVersion, document.kind);
    if (kind === undefined) throw new Error(`no kind ${document.kind}`);
    const warnings = deprecations(kind);
    const decoded = decode(kind, sorted(document), { fieldValidation });
    if (!decoded.ok) return { status: decoded.error, warnings };
    const { namespace: _namespace, ...metadata } = decoded.value.object.metadata;
    const object = kind.namespaced ? decoded.value.object : { ...decoded.value.object, metadata };
    const admitted = create(this.objects, kind, withDefaults(kind, object, context.minorVersion), context);
    warnings.push(...decoded.value.warnings);
    if (!admitted.ok) return { status: admitted.error, warnings: [...warnings, ...admitted.warnings] };
    return { object: admitted.value.object, warnings: [...warnings, ...admitted.value.warnings] };
  }

  /** `kubectl patch <resource> <name> -p <patch>`. */
  patch(
    resource: string,
    namespace: string,
    name: string,
    patch: string,
    type: 'json' | 'merge' | 'strategic',
    subresource?: string,
  ): Answer {
    const kind = kindsCalled(kinds, resource)[0]!;
    const live = this.objects.get(kind, namespace, name);
    if (live === undefined) return { stderr: errorText(notFound(kind, name)) };
    const patched = patchValue(encode(kind, live), patch, type, { kind } as Parameters<typeof patchValue>[3]);
    if (!patched.ok) return { stderr: errorText(patched.error) };
    const decoded = decode(kind, patched.value, { fieldValidation: 'Warn' });
    if (!decoded.ok) return { stderr: errorText(decoded.error) };
    const context: UpdateContext = { ...this.#context, ...(subresource !== undefined && { subresource }) };
    return this.#update(kind, live, decoded.value.object, context, decoded.value.warnings);
  }

  #update(kind: Kind, live: KubeObject, next: KubeObject, context: UpdateContext, warnings: readonly string[]): Answer {
    const admitted = update(this.objects, kind, live, withDefaults(kind, next, context.minorVersion), context);
    const remarks = (admitted.ok ? admitted.value.warnings : admitted.warnings).concat(warnings).map((one) => `Warning: ${one}\n`);
    return admitted.ok
      ? { stderr: remarks.join(''), object: admitted.value.object }
      : { stderr: [...remarks, errorText(admitted.error)].join('') };
  }

  /** The recorded server put one more ConfigMap into every pod's token volume, and left it out of its records. */
  addTokenSource(namespace: string, name: string): void {
    const pod = this.objects.get(Pod, namespace, name)!;
    const source = { configMap: { name: 'service-ca', items: [{ key: 'ca.crt', path: 'service-ca.crt' }] } };
    const volumes = (pod.spec.volumes ?? []).map((one) =>
      one.projected === undefined ? one : { ...one, projected: { ...one.projected, sources: [...one.projected.sources, source] } },
    );
    this.objects.keep(Pod, { ...pod, spec: { ...pod.spec, volumes } });
  }

  /** `kubectl delete pod`, of one that runs: it stays for its grace period. */
  deleteRunning(namespace: string, name: string): void {
    const pod = this.objects.get(Pod, namespace, name)!;
    this.objects.put(Pod, { ...pod, spec: { ...pod.spec, nodeName: 'worker-a' } });
    remove(this.objects, Pod, namespace, name, this.#context);
  }
}

/** What the server says of a resource that is on its way out, whatever is done with it. */
function deprecations({ kind }: Kind): string[] {
  return kind === 'Endpoints' ? ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'] : [];
}

/** An error as kubectl prints the only one (cmdutil.StandardErrorMessage and checkErr's case for invalid objects). */
export function errorText(status: Status, source?: string): string {
  if (status.reason !== 'Invalid') return plainText(status, source);
  const { kind = '', name = '', causes = [] } = status.details ?? {};
  const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const subject = kind === '' ? 'The request is invalid' : `The ${kind} ${JSON.stringify(name)} is invalid`;
  if (texts.length === 0) return kind === '' ? `${subject}: ${status.message}\n` : `${subject}\n`;
  return texts.length === 1 ? `${subject}: ${texts[0]!}\n` : `${subject}: \n${texts.map((text) => `* ${text}\n`).join('')}`;
}

function plainText({ reason, message }: Status, source?: string): string {
  const where = source === undefined ? '' : `error when creating ${JSON.stringify(source)}: `;
  return `Error from server${reason === '' ? '' : ` (${reason})`}: ${where}${message}\n`;
}
