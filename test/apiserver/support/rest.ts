/** Requests as kubectl makes them, and refusals as it prints them. */
import { handle } from '#apiserver/handle.ts';
import type { ApiRequest, ApiResponse } from '#apiserver/request.ts';
import { marshal } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Status } from '#kube/status.ts';
import { readDocuments } from '#kube/yaml.ts';
import type { Lab } from '#lab/lab.ts';
import { errorText } from '../../support/write.ts';
import { kindOfObject } from './market.ts';

export interface Sent {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly user?: ApiRequest['user'];
}

export const admin = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** Makes one request; a body that is no text is sent as JSON, its keys sorted. */
export function send(
  lab: Lab,
  method: ApiRequest['method'],
  path: string,
  { query = {}, headers = {}, body, user = admin }: Sent = {},
): ApiResponse {
  return handle(lab, {
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    user,
    ...(body !== undefined && { body: typeof body === 'string' ? body : marshal(body) }),
  });
}

/** The collection that an object belongs to. */
export function collectionOf(object: KubeObject): string {
  const { group, version, plural, namespaced } = kindOfObject(object);
  const namespace = namespaced ? `/namespaces/${object.metadata.namespace ?? 'default'}` : '';
  return `${group === '' ? '/api' : `/apis/${group}`}/${version}${namespace}/${plural}`;
}

/** What kubectl prints on stderr of an answer: warnings, and a refusal. */
export function complaint({ code, body, warnings }: ApiResponse, source?: string): string {
  const remarks = warnings.map((warning) => `Warning: ${warning}\n`).join('');
  return code < 400 ? remarks : remarks + errorText({ reason: '', ...(body as Partial<Status>) } as Status, source);
}

/** The documents of a manifest. */
export function manifests(text: string): readonly KubeObject[] {
  const documents = readDocuments(text);
  if (!documents.ok) throw new Error(documents.error);
  return documents.value.filter((one) => one !== null) as KubeObject[];
}
