/** In what form a client wants its answer. (staging:apiserver/pkg/endpoints/handlers/negotiation) */
import type { ApiRequest } from './request.ts';

export type Form = 'object' | 'table' | 'metadata';

/** A header by its name in any case. */
export function headerOf({ headers }: ApiRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(headers).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The media types that a client accepts, best first. */
export function acceptedBy(request: ApiRequest): readonly MediaType[] {
  return (headerOf(request, 'accept') ?? '').split(',').map((one) => {
    const [type = '', ...parameters] = one.trim().split(';');
    return {
      type,
      parameters: new Map(
        parameters.map((parameter) => {
          const [key = '', value = ''] = parameter.trim().split('=');
          return [key, value] as const;
        }),
      ),
    };
  });
}

const forms: Readonly<Record<string, Form>> = { Table: 'table', PartialObjectMetadata: 'metadata', PartialObjectMetadataList: 'metadata' };

/** The form of the first media type that this server can produce. */
export function formOf(request: ApiRequest): Form {
  for (const { type, parameters } of acceptedBy(request)) {
    if (!['application/json', 'application/yaml', '*/*', 'application/*', ''].includes(type)) continue;
    const as = parameters.get('as');
    if (as === undefined) return 'object';
    const form = forms[as];
    if (form !== undefined && parameters.get('g') === 'meta.k8s.io') return form;
  }
  return 'object';
}

/** The media type of the body, without its parameters. */
export function contentTypeOf(request: ApiRequest): string {
  return (headerOf(request, 'content-type') ?? '').split(';')[0]!.trim();
}
