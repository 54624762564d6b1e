/** Which objects of a resource a list, a watch or a deletion of a collection is about. */
import { fieldSelectorProblem, matchesFields, parseFieldSelector, type FieldRequirement } from '#kube/field-selector.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseSelector } from '#kube/selector-parse.ts';
import { matchesAll, type Requirement } from '#kube/selector.ts';
import { badRequest, fail, ok, type Result, type Status } from '#kube/status.ts';
import { isObject } from './json.ts';
import type { Resource } from './resources.ts';

export interface Selection {
  readonly labels: readonly Requirement[];
  readonly fields: readonly FieldRequirement[];
}

/** The `labelSelector` and `fieldSelector` of a request, or why they are refused. */
export function selectionOf(resource: Resource, query: URLSearchParams): Result<Selection, Status> {
  const labels = parseSelector(query.get('labelSelector') ?? '');
  if (!labels.ok) return fail(badRequest(labels.error));
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  if (!fields.ok) return fail(badRequest(fields.error));
  const problem = resource.kind.custom === true ? customProblem(resource, fields.value) : fieldSelectorProblem(resource.kind, fields.value);
  return problem === undefined ? ok({ labels: labels.value, fields: fields.value }) : fail(badRequest(problem));
}

/** Custom resources have the fields that their definition calls selectable (apiextensions: customresource_handler.go). */
function customProblem({ custom }: Resource, requirements: readonly FieldRequirement[]): string | undefined {
  const fields = [
    'metadata.name',
    'metadata.namespace',
    ...(custom?.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
  ];
  const unknown = requirements.find(({ field }) => !fields.includes(field));
  return unknown && `field label not supported: ${unknown.field}`;
}

/** Reports whether an object, as the resource's version shows it, is selected. */
export function isSelected(resource: Resource, { labels, fields }: Selection, object: KubeObject): boolean {
  if (!matchesAll(labels, object.metadata.labels)) return false;
  if (resource.kind.custom !== true) return matchesFields(resource.kind, fields, object);
  return fields.every(({ field, equal, value }) => {
    const found = field.split('.').reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), object);
    return ((found === undefined || found === null ? '' : String(found)) === value) === equal;
  });
}
