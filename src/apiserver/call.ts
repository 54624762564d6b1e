import type { Objects } from '#kube/cluster.ts';
import type { KubeObject } from '#kube/object.ts';
import { badRequest, fail, ok, type Result, type Status } from '#kube/status.ts';
import type { Lab } from '#lab/lab.ts';
import type { User } from './authorization/attributes.ts';
import { deprecationWarning } from './deprecations.ts';
import { encode, encodeItem } from './encode.ts';
import { formOf } from './media-type.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import type { Resource } from './resources.ts';
import { json, refusal } from './response.ts';
import type { ResourceRoute } from './route.ts';
import { printerOf, tableOf, type IncludeObject } from './tables/render.ts';
import type { Moment, TablePrinter } from './tables/table.ts';

/** A request for a resource, authorized and about to be served. */
export interface Call {
  readonly lab: Lab;
  readonly request: ApiRequest;
  readonly route: ResourceRoute;
  readonly resource: Resource;
  readonly user: User;
  readonly moment: Moment;
}

/** The objects as they are now. */
export function objectsOf({ lab }: Call): Objects {
  return lab.snapshot.cluster;
}

/** The warnings that go with an answer: that the resource is deprecated, and what the write brought up. */
function warningsOf({ resource, moment }: Call, more: readonly string[]): readonly string[] {
  const deprecated = deprecationWarning(resource, moment.minorVersion);
  return deprecated === undefined ? more : [deprecated, ...more];
}

export function refuse(call: Call, status: Status, warnings: readonly string[] = []): ApiResponse {
  return refusal(status, warningsOf(call, warnings));
}

function includeObject(query: URLSearchParams): Result<IncludeObject, Status> {
  const value = query.get('includeObject') ?? '';
  if (value === '') return ok('Metadata');
  if (value === 'None' || value === 'Metadata' || value === 'Object') return ok(value);
  return fail(badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`));
}

/** The answer that shows one stored object, in the form that the client accepts. */
export function showObject(call: Call, stored: KubeObject, code = 200, warnings: readonly string[] = []): ApiResponse {
  const { resource } = call;
  const show = () => encode(resource.kind, resource.fromStored(stored), call.moment.minorVersion);
  return showIn(call, stored, { printer: printerOf(resource), show, code, warnings });
}

interface Shown {
  readonly printer: TablePrinter;
  show(): unknown;
  readonly code?: number;
  readonly warnings?: readonly string[];
}

/** The same for what is no plain object of the resource: a scale. */
export function showIn(call: Call, stored: KubeObject, { printer, show, code = 200, warnings = [] }: Shown): ApiResponse {
  const { resource, request, moment } = call;
  switch (formOf(request)) {
    case 'object':
      return json(code, show(), warningsOf(call, warnings));
    case 'metadata':
      return json(
        code,
        { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: stored.metadata },
        warningsOf(call, warnings),
      );
    case 'table': {
      const include = includeObject(request.query);
      if (!include.ok) return refuse(call, include.error);
      const { resourceVersion } = stored.metadata;
      const metadata = { ...(resourceVersion !== undefined && { resourceVersion }) };
      return json(code, tableOf(resource, [stored], { printer, moment, include: include.value, metadata }), warningsOf(call, warnings));
    }
  }
}

/** The answer that shows a collection. */
export function showList(call: Call, items: readonly KubeObject[], metadata: { readonly [key: string]: unknown }): ApiResponse {
  const { resource, request, moment } = call;
  const { kind } = resource;
  switch (formOf(request)) {
    case 'object': {
      const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
      const shown = items.map((stored) => encodeItem(kind, resource.fromStored(stored), moment.minorVersion));
      const list = { kind: `${kind.kind}List`, apiVersion, metadata, items: shown };
      return json(200, list, warningsOf(call, []));
    }
    case 'metadata': {
      const shown = items.map(({ metadata: of }) => ({ metadata: of }));
      return json(200, { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: shown }, warningsOf(call, []));
    }
    case 'table': {
      const include = includeObject(request.query);
      if (!include.ok) return refuse(call, include.error);
      return json(
        200,
        tableOf(resource, items, { printer: printerOf(resource), moment, include: include.value, metadata }),
        warningsOf(call, []),
      );
    }
  }
}
