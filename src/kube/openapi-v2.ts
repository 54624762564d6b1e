/** The OpenAPI v2 document of all groups, as `/openapi/v2` serves it to older clients: made from the v3 documents. (kube-openapi: pkg/openapiconv) */

export type Json = Readonly<Record<string, unknown>>;

/** The documents as one; what several of them say is said once. */
export function openApiV2Document(documents: readonly Json[], version: string): Json {
  const paths: Record<string, unknown> = {};
  const definitions: Record<string, unknown> = {};
  for (const document of documents) {
    for (const [path, item] of Object.entries(document['paths'] as Json)) paths[path] = pathItem(item as Json);
    const { schemas } = document['components'] as { readonly schemas: Json };
    for (const [name, schema] of Object.entries(schemas)) definitions[name] ??= definition(schema as Json);
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version }, paths: sorted(paths), definitions: sorted(definitions) };
}

function sorted(value: Json): Json {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pathItem(item: Json): Json {
  return Object.fromEntries(Object.entries(item).map(([method, operation]) => [method, operationOf(operation as Json)]));
}

function operationOf({ parameters, responses: _, ...rest }: Json): Json {
  const flat = (parameters as readonly Json[]).map(({ schema, ...parameter }) => ({ ...parameter, ...(schema as Json) }));
  return { ...rest, produces: ['application/json'], parameters: flat, responses: { 200: { description: 'OK' } } };
}

/** A schema of v2: a reference stands beside its description, and a value is of one type. */
function definition(schema: Json): Json {
  const { allOf, oneOf, default: _default, properties, items, additionalProperties, ...rest } = schema;
  const [only] = (allOf ?? []) as readonly Json[];
  return {
    ...rest,
    ...(only !== undefined && { $ref: String(only['$ref']).replace('#/components/schemas/', '#/definitions/') }),
    ...(oneOf !== undefined && { type: 'string' }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties as Json).map(([name, one]) => [name, definition(one as Json)])),
    }),
    ...(items !== undefined && { items: definition(items as Json) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === 'object' ? definition(additionalProperties as Json) : additionalProperties,
    }),
  };
}
