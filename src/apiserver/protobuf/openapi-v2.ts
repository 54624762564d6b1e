/** An OpenAPI v2 document in protobuf, the only form that kubectl asks for it in. (gnostic: openapiv2/OpenAPIv2.proto) */
import type { Json } from '#kube/openapi-v2.ts';
import { flag, message, text } from './write.ts';

export const openApiV2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** One character a byte. */
export function encodeOpenApiV2(document: Json): string {
  const info = document['info'] as { readonly title: string; readonly version: string };
  const paths = Object.entries(document['paths'] as Json).map(([path, item]) => message(2, named(path, pathItem(item as Json))));
  const definitions = Object.entries(document['definitions'] as Json).map(([name, one]) => message(1, named(name, schema(one as Json))));
  return [
    text(1, String(document['swagger'])),
    message(2, text(1, info.title) + text(2, info.version)),
    message(8, paths.join('')),
    message(9, definitions.join('')),
  ].join('');
}

/** NamedSchema, NamedPathItem, NamedAny. */
function named(name: string, value: string): string {
  return text(1, name) + message(2, value);
}

/** Any: its value as YAML, which JSON is too. */
function any(value: unknown): string {
  return text(2, `${JSON.stringify(value)}\n`);
}

function extensions(number: number, value: Json): string {
  return Object.entries(value)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, one]) => message(number, named(name, any(one))))
    .join('');
}

const methods: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

function pathItem(item: Json): string {
  return Object.entries(item)
    .map(([method, operation]) => message(methods[method]!, operationOf(operation as Json)))
    .join('');
}

function operationOf(operation: Json): string {
  const parameters = (operation['parameters'] as readonly Json[]).map((parameter) => {
    const query = text(2, 'query') + text(4, String(parameter['name'])) + text(6, String(parameter['type']));
    // ParametersItem > Parameter > NonBodyParameter > QueryParameterSubSchema
    return message(8, message(1, message(2, message(3, query))));
  });
  const produces = (operation['produces'] as readonly string[]).map((type) => text(6, type));
  // Responses > NamedResponseValue > ResponseValue > Response
  const responses = message(9, message(1, named('200', message(1, text(1, 'OK')))));
  return [...produces, ...parameters, responses, extensions(13, operation)].join('');
}

function schema(value: Json): string {
  const { $ref, format, description, required, type, items, properties, additionalProperties } = value;
  const parts = [
    $ref === undefined ? '' : text(1, String($ref)),
    format === undefined ? '' : text(2, String(format)),
    description === undefined ? '' : text(4, String(description)),
    ...((required ?? []) as readonly string[]).map((name) => text(19, name)),
    ...((value['enum'] ?? []) as readonly unknown[]).map((one) => message(20, any(one))),
    additionalProperties === undefined ? '' : message(21, additional(additionalProperties)),
    type === undefined ? '' : message(22, text(1, String(type))),
    items === undefined ? '' : message(23, message(1, schema(items as Json))),
    properties === undefined
      ? ''
      : message(
          25,
          Object.entries(properties as Json)
            .map(([name, one]) => message(1, named(name, schema(one as Json))))
            .join(''),
        ),
    extensions(31, value),
  ];
  return parts.join('');
}

function additional(value: unknown): string {
  return typeof value === 'object' ? message(1, schema(value as Json)) : flag(2, value === true);
}
