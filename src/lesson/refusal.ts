/** What the API server says to an author's object, at the field it speaks of. */
import { apiVersionOf, type Kind } from '#kube/kind.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { schemaOf, type Schema } from '#kube/schema.ts';
import type { Status } from '#kube/status.ts';
import { didYouMean } from '#scenario/nearest.ts';
import type { Problem } from '#scenario/problem.ts';
import type { WrittenObject } from '#scenario/scenario.ts';

const refuses = 'the API server refuses this object';
const kinds: readonly Kind[] = [...builtInKinds, ...gatewayKinds];

/** One problem a field that is refused; one for the object where no field is named. */
export function refusalProblems({ object, problem }: WrittenObject, status: Status): readonly Problem[] {
  if (status.message.startsWith('no matches for kind')) return [problem(['apiVersion'], status.message, servedAs(object.kind))];
  const unknown = [...status.message.matchAll(/unknown field "([^"]+)"/g)].map((match) => match[1]!);
  if (unknown.length > 0) {
    const kind = kindOf(kinds, object.apiVersion, object.kind);
    return unknown.map((field) => {
      const path = pathOf(field);
      const known = fieldsAt(kind?.schema, path.slice(0, -1));
      const meant = didYouMean(String(path.at(-1)), known);
      return problem(
        path,
        `${object.kind} has no field ${field}${meant}`,
        meant !== '' || known.length === 0 ? refuses : `${refuses}; known there: ${known.join(', ')}`,
      );
    });
  }
  const causes = (status.details?.causes ?? []).filter(({ field }) => field !== undefined && field !== '');
  if (causes.length > 0) {
    const [subject = object.kind] = status.message.split(' is invalid: ');
    return causes.map(({ field, message }) => problem(pathOf(field!), `${subject} is invalid: ${field}: ${message}`, refuses));
  }
  const [, field] = /Go struct field \w+\.(\S+) of type/.exec(status.message) ?? [];
  return [problem(field === undefined ? [] : intoLists(object, field.split('.')), status.message, refuses)];
}

/** Where a kind is, that the version written for it does not have. */
function servedAs(kind: string): string {
  const builtIn = builtInKinds.find((one) => one.kind === kind);
  if (builtIn !== undefined) return `the API server serves ${kind} as ${apiVersionOf(builtIn)}`;
  return gatewayKinds.some((one) => one.kind === kind)
    ? 'the Gateway API is an add-on: `spec.cluster.addons: [gateway-api]` installs it'
    : 'a kind of somebody else needs its CustomResourceDefinition in the stream';
}

/** `spec.ports[0].targetPort` as a path. */
function pathOf(field: string): readonly (string | number)[] {
  return [...field.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step));
}

/** The path of a field in which the entries of lists are not named: through the first entry that has it. */
function intoLists(value: unknown, fields: readonly string[]): readonly (string | number)[] {
  const [field, ...rest] = fields;
  if (field === undefined) return [];
  if (Array.isArray(value)) {
    const index = value.findIndex((entry: unknown) => typeof entry === 'object' && entry !== null && field in entry);
    return index < 0 ? [] : [index, ...intoLists(value[index], fields)];
  }
  const below = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
  return [field, ...intoLists(below, rest)];
}

/** The fields that a kind has at a path. */
function fieldsAt(schema: Schema | undefined, path: readonly (string | number)[]): readonly string[] {
  if (schema === undefined) return [];
  if (schema.type === 'list') return fieldsAt(schema.items, path.slice(1));
  if (schema.type !== 'struct') return [];
  const [step, ...rest] = path;
  if (step === undefined) return Object.keys(schema.fields);
  return fieldsAt(schemaOf(schema.fields[step]!), rest);
}
