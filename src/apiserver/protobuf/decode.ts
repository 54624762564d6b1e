/**
 * Bodies in protobuf, as typed clients send them (`kubectl create deployment`, drain, can-i): an envelope that names the kind, and the
 * object. What is decoded is the object's JSON. (staging:apimachinery/pkg/runtime/serializer/protobuf)
 */
import { TokenRequest } from '#kube/kinds/authentication.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { defineKind, type Kind } from '#kube/kind.ts';
import { boolean, int32, int64, list, schemaOf, string, struct, type MapSchema, type Schema, type StructSchema } from '#kube/schema.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { HorizontalPodAutoscalerV1 } from '#kube/kinds/horizontal-pod-autoscaler-v1.ts';
import { messages } from './messages.ts';
import { readMessage, signed, type WireValue } from './wire.ts';

export const protobufType = 'application/vnd.kubernetes.protobuf';

const DeleteOptions = struct('DeleteOptions', 'how something is deleted', {
  gracePeriodSeconds: int64('seconds to end by itself'),
  preconditions: struct('Preconditions', 'what must be true', { uid: string('its UID'), resourceVersion: string('its version') }),
  orphanDependents: boolean('obsolete'),
  propagationPolicy: string('what becomes of what it owns'),
  dryRun: list(string(), 'All: nothing is done'),
});

/** Kinds of bodies beside the built-in ones. */
const bodies: readonly Kind[] = [
  TokenRequest,
  HorizontalPodAutoscalerV1,
  defineKind('Eviction', 'asks a pod to go', { deleteOptions: DeleteOptions }, { group: 'policy' }),
  defineKind(
    'Scale',
    'how many pods something has',
    {
      spec: struct('ScaleSpec', 'what is wanted', { replicas: int32('how many') }),
      status: struct('ScaleStatus', 'what there is', { replicas: int32('how many'), selector: string('which') }),
    },
    { group: 'autoscaling' },
  ),
];

/** DeleteOptions go by the version of what is deleted, or by that of the meta group. */
function schemaOfBody(
  apiVersion: string,
  kind: string,
): { readonly schema: StructSchema; readonly group: string; readonly version: string } | undefined {
  if (kind === 'DeleteOptions') return { schema: DeleteOptions, group: 'meta', version: 'v1' };
  return kindOf([...builtInKinds, ...bodies], apiVersion, kind);
}

/** The JSON of a body (one character a byte), or why it cannot be read. */
export function decodeProtobuf(body: string): Result<unknown, string> {
  const bytes = Uint8Array.from(body, (character) => character.charCodeAt(0));
  const magic = String.fromCharCode(...bytes.slice(0, 4));
  if (magic !== 'k8s\0') return fail('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  try {
    return decodeEnvelope(readMessage(bytes.slice(4)));
  } catch (error) {
    if (error instanceof RangeError) return fail(error.message);
    throw error;
  }
}

function decodeEnvelope(envelope: Message): Result<unknown, string> {
  const typeMeta = readMessage(bytesAt(envelope, 1));
  const [apiVersion, kind] = [textAt(typeMeta, 1), textAt(typeMeta, 2)];
  const found = schemaOfBody(apiVersion, kind);
  if (found === undefined) return fail(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme`);
  const package_ = `${packageOf(found.group)}/${found.version}`;
  return ok({ apiVersion, kind, ...new Decoder(package_).message(found.schema, bytesAt(envelope, 2)) });
}

/** `rbac.authorization.k8s.io` → `rbac`. */
function packageOf(group: string): string {
  return group === '' ? 'core' : group.split('.')[0]!;
}

type Message = ReadonlyMap<number, readonly WireValue[]>;

function bytesAt(message: Message, field: number): Uint8Array {
  const value = message.get(field)?.at(-1);
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function textAt(message: Message, field: number): string {
  return textOf(bytesAt(message, field));
}

function textOf(value: WireValue | undefined): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}

function numberOf(value: WireValue | undefined): number {
  return typeof value === 'bigint' ? Number(signed(value)) : 0;
}

interface NumberedField {
  readonly number: number;
  readonly name: string;
  /** The message of an embedded struct. */
  readonly inline?: string;
}

const parsed = new Map<string, readonly NumberedField[]>();

function fieldsOf(text: string): readonly NumberedField[] {
  let fields = parsed.get(text);
  if (fields === undefined) {
    let number = 0;
    fields = text.split(' ').map((word) => {
      const [, name = '', inline, given] = /^(\w+)(?:>(\w+))?(?:=(\d+))?$/.exec(word)!;
      number = given === undefined ? number + 1 : Number(given);
      return { number, name, ...(inline !== undefined && { inline }) };
    });
    parsed.set(text, fields);
  }
  return fields;
}

class Decoder {
  readonly #package: string;

  constructor(package_: string) {
    this.#package = package_;
  }

  message(schema: StructSchema, bytes: Uint8Array, name: string = schema.name): Record<string, unknown> {
    const table = [this.#package, 'core/v1', 'meta/v1'].map((one) => messages[one]?.[name]).find((one) => one !== undefined);
    if (table === undefined) return {};
    const message = readMessage(bytes);
    const fields: Record<string, unknown> = {};
    for (const { number, name: field, inline } of fieldsOf(table)) {
      const values = message.get(number);
      if (values === undefined) continue;
      if (inline !== undefined) {
        Object.assign(fields, this.message(schema, values.at(-1) as Uint8Array, inline));
        continue;
      }
      const of = schema.fields[field];
      const value = of && this.#values(schemaOf(of), values);
      if (value !== undefined) fields[field] = value;
    }
    return fields;
  }

  #values(schema: Schema, values: readonly WireValue[]): unknown {
    if (schema.type === 'list') return values.map((value) => this.#value(schema.items, value));
    if (schema.type === 'map') return Object.fromEntries(values.map((entry) => this.#entry(schema, entry)));
    return this.#value(schema, values.at(-1)!);
  }

  #entry(schema: MapSchema, entry: WireValue): readonly [string, unknown] {
    const message = readMessage(entry as Uint8Array);
    const values = message.get(2);
    // A list cannot be the value of a map: it is wrapped into a message of its own.
    if (schema.values.type === 'list') return [textAt(message, 1), (readMessage(bytesAt(message, 2)).get(1) ?? []).map(textOf)];
    return [textAt(message, 1), values === undefined ? '' : this.#values(schema.values, values)];
  }

  #value(schema: Schema, value: WireValue): unknown {
    switch (schema.type) {
      case 'struct':
        return this.message(schema, value as Uint8Array);
      case 'string':
        return textOf(value);
      case 'boolean':
        return value !== 0n;
      case 'int32':
      case 'int64':
        return numberOf(value);
      case 'bytes':
        return btoa(String.fromCharCode(...(value as Uint8Array)));
      case 'quantity':
        return textAt(readMessage(value as Uint8Array), 1);
      case 'intOrString':
        return intOrString(value as Uint8Array);
      case 'time':
        return time(value as Uint8Array, schema.micro === true);
      case 'any': {
        const raw = textAt(readMessage(value as Uint8Array), 1);
        return raw === '' ? undefined : (JSON.parse(raw) as unknown);
      }
      default:
        return undefined;
    }
  }
}

function intOrString(bytes: Uint8Array): number | string {
  const message = readMessage(bytes);
  return numberOf(message.get(1)?.at(-1)) === 1 ? textAt(message, 3) : numberOf(message.get(2)?.at(-1));
}

/** A time without seconds is none. */
function time(bytes: Uint8Array, micro: boolean): string | undefined {
  const message = readMessage(bytes);
  if (!message.has(1)) return undefined;
  const seconds = rfc3339(numberOf(message.get(1)?.at(-1)) * 1000);
  const micros = Math.floor(numberOf(message.get(2)?.at(-1)) / 1000);
  return micro ? seconds.replace('Z', `.${String(micros).padStart(6, '0')}Z`) : seconds;
}
