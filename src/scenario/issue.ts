/** What the schema finds, in words for an author: which field, what is allowed, what was probably meant. */
import type * as z from 'zod';
import { didYouMean, nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { problemAt, type Path, type SourceDocument } from './source.ts';

/** The problems of a document that the schema refuses, each at its place. */
export function problemsOf(error: z.ZodError, schema: z.ZodType, document: SourceDocument): readonly Problem[] {
  return explainAll(error.issues as readonly Issue[], [], schema, document);
}

/**
 * Without what goes without saying: that the right field is missing where it is misspelt or called by another name, and that what is of
 * the wrong type is too long.
 */
function explainAll(issues: readonly Issue[], above: Path, schema: z.ZodType, document: SourceDocument): readonly Problem[] {
  const at = (path: Path) => path.join('/');
  const unknown = new Map(
    issues.flatMap(({ code, path, keys = [] }) => {
      if (code !== 'unrecognized_keys') return [];
      const known = fieldsAt(schema, document.value, [...above, ...path]);
      return [[at(path), keys.map((key) => nearest(key, known))] as const];
    }),
  );
  const mistyped = new Set(issues.flatMap(({ code, path }) => (code === 'invalid_type' ? [at(path)] : [])));
  const told = issues.filter(({ code, path }) => {
    if (code === 'custom') return !unknown.has(at(path));
    if (code === 'too_big' || code === 'too_small') return !mistyped.has(at(path));
    const isMissing = valueAt(document.value, [...above, ...path]) === undefined;
    const meant = unknown.get(at(path.slice(0, -1)));
    return !isMissing || meant === undefined || !(meant.includes(String(path.at(-1))) || meant.includes(undefined));
  });
  return told.flatMap((issue) => explain(issue, above, schema, document));
}

/** The parts of zod's issues that are used here. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly errors?: readonly (readonly Issue[])[];
  readonly discriminator?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
}

function explain(issue: Issue, above: Path, schema: z.ZodType, document: SourceDocument): readonly Problem[] {
  const path = [...above, ...issue.path];
  const value = valueAt(document.value, path);
  const here = (message: string, note?: string) => [problemAt(document.file, document.valueAt(path), message, note)];
  const field = fieldName(path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = fieldsAt(schema, document.value, path);
      return issue.keys!.map((key) => {
        const note = nearest(key, known) === undefined ? unknownNote(key, known, schema, path, document) : undefined;
        return problemAt(document.file, document.keyAt([...path, key]), `unknown field "${key}"${didYouMean(key, known)}`, note);
      });
    }
    case 'invalid_type':
      if (value === undefined)
        return here(`${parentName(path)} needs a field "${String(path.at(-1))}"`, schemaAt(schema, document.value, path)?.description);
      return here(
        `${field} must be ${typeNames[issue.expected!] ?? issue.expected}, not ${typeOf(value)}`,
        noteOnType(issue.expected!, value, path) ?? schemaAt(schema, document.value, path)?.description,
      );
    case 'invalid_value': {
      if (value === undefined)
        return here(`${parentName(path)} needs a field "${String(path.at(-1))}"`, `one of ${issue.values!.join(', ')}`);
      const values = issue.values!.map(String);
      const wanted = values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
      return here(`${field} ${wanted}, not ${shown(value)}${typeof value === 'string' ? didYouMean(value, values) : ''}`);
    }
    case 'invalid_union': {
      if (issue.discriminator !== undefined) return explainDiscriminator(issue, path, schema, document);
      const fitting = issue.errors!.find((branch) => !branch.some((one) => one.code === 'invalid_type' && one.path.length === 0));
      if (fitting !== undefined) return explainAll(fitting, path, schema, document);
      const expected = [...new Set(issue.errors!.flatMap((branch) => branch.flatMap((one) => one.expected ?? [])))];
      return here(
        `${field} must be ${expected.map((type) => typeNames[type] ?? type).join(' or ')}, not ${typeOf(value)}`,
        expected.map((type) => noteOnType(type, value, path)).find((note) => note !== undefined) ??
          schemaAt(schema, document.value, path)?.description,
      );
    }
    case 'too_small':
      if (issue.origin === 'string' || (issue.origin === 'array' && issue.minimum === 1)) return here(`${field} must not be empty`);
      return here(
        `${field} must ${issue.origin === 'array' ? `have at least ${issue.minimum} entries` : `be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`}`,
      );
    case 'too_big':
      return here(`${field} must ${issue.origin === 'array' ? `have at most ${issue.maximum} entries` : `be at most ${issue.maximum}`}`);
    case 'invalid_format':
      return here(`${field} ${issue.message.startsWith('must') ? issue.message : 'must be an https:// address'}, not ${shown(value)}`);
    default: {
      const isTold = !issue.message.startsWith('must be ') || /, not |: /.test(issue.message) || typeof value === 'object';
      return here(`${field} ${issue.message}${isTold ? '' : `, not ${shown(value)}`}`);
    }
  }
}

function explainDiscriminator(issue: Issue, path: Path, schema: z.ZodType, document: SourceDocument): readonly Problem[] {
  const key = issue.discriminator!;
  // zod puts the discriminator itself at the end of the path.
  const owner = path.at(-1) === key ? path.slice(0, -1) : path;
  const options = discriminatorValues(schemaAt(schema, document.value, owner), key);
  const value = valueAt(document.value, [...owner, key]);
  const offset = document.valueAt([...owner, key]);
  if (value === undefined)
    return [problemAt(document.file, offset, `${fieldName(owner)} needs a field "${key}"`, `one of ${options.join(', ')}`)];
  return [
    problemAt(
      document.file,
      offset,
      `${fieldName([...owner, key])} must be one of ${options.join(', ')}, not ${shown(value)}${didYouMean(String(value), options)}`,
    ),
  ];
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

function typeOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `the text ${shown(value)}` : shown(value);
}

function noteOnType(expected: string, value: unknown, path: Path): string | undefined {
  const isText = typeof value === 'string';
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return 'put it in quotes: YAML reads it as a number or as true or false';
  if ((expected === 'number' || expected === 'int') && isText && /^\d+$/.test(value)) return 'write it without quotes';
  if (expected === 'array' && isText) return `a list is written [${value}]`;
  const name = path.at(-1);
  if (expected === 'string' && Array.isArray(value) && typeof name === 'string')
    return `a text over several lines is written \`${name}: |\``;
  if (expected === 'string' && typeof value === 'object' && value !== null)
    return `a text with ": " or braces in it needs quotes, or \`${String(path.at(-1))}: |\` before it`;
  if (expected === 'array' && typeof value === 'object' && value !== null) return 'each entry of a list begins with a dash';
  return undefined;
}

/** What is there to choose from where a field is like none: its real home, or the fields of this place. */
function unknownNote(key: string, known: readonly string[], schema: z.ZodType, path: Path, document: SourceDocument): string {
  const homes = homesOf(key, schema);
  const here = `known here: ${known.join(', ')}`;
  if (homes.length > 0) return `it belongs to ${homes.join(', ').replaceAll(`, ${ofType}`, ', ')}; ${here}`;
  const isTextToo = unionAt(schema, document.value, path)?.some((option) => definition(option).type === 'string') === true;
  return isTextToo ? `${here}; or a text alone, without a field` : here;
}

const ofType = 'questions of type ';

/** The places nearest to the root that have a field of this name. */
function homesOf(key: string, root: z.ZodType): readonly string[] {
  let level: readonly (readonly [place: string, schema: z.ZodType])[] = [['', root]];
  for (let depth = 0; depth < 6 && level.length > 0; depth++) {
    const found = level.flatMap(([place, schema]) => (Object.hasOwn(definition(schema).shape ?? {}, key) ? [place] : []));
    if (found.length > 0) return found;
    level = level.flatMap(([place, schema]) => (place.startsWith(ofType) ? [] : belowOf(place, schema)));
  }
  return [];
}

function belowOf(place: string, schema: z.ZodType): readonly (readonly [place: string, schema: z.ZodType])[] {
  const { shape = {}, element, options, discriminator } = definition(schema);
  if (options !== undefined && discriminator !== undefined)
    return options.map((option) => [
      `questions of type ${String(definition(definition(option).shape![discriminator]!).values![0])}`,
      option,
    ]);
  return [
    ...(element === undefined ? [] : [[place, element] as const]),
    ...Object.entries(shape).map(([name, below]) => [place === '' ? name : `${place}.${name}`, below] as const),
  ];
}

/** A value in a sentence. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** `spec.questions[1].hints`, as authors speak of fields. */
export function fieldName(path: Path): string {
  const text = path.reduce<string>(
    (out, step) => (typeof step === 'number' ? `${out}[${step}]` : out === '' ? String(step) : `${out}.${String(step)}`),
    '',
  );
  return text === '' ? 'the document' : text;
}

function parentName(path: Path): string {
  return fieldName(path.slice(0, -1));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? (at as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );
}

/** What is known of a zod schema's inside. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly values?: readonly unknown[];
}

function definition(schema: z.ZodType): Definition {
  const def = schema.def as unknown as Definition;
  return def.innerType === undefined ? def : definition(def.innerType);
}

/** The schema that stands for the value at a path; where several may, the one that fits the value. */
function schemaAt(root: z.ZodType, document: unknown, path: Path): z.ZodType | undefined {
  let schema: z.ZodType | undefined = fitting(root, document);
  let value = document;
  for (const step of path) {
    if (schema === undefined) return undefined;
    const def = definition(schema);
    value = valueAt(value, [step]);
    const below: z.ZodType | undefined = def.shape?.[String(step)] ?? def.element ?? def.valueType;
    schema = below && fitting(below, value);
  }
  return schema;
}

/** The alternatives that there are for the value at a path, when there are any. */
function unionAt(root: z.ZodType, document: unknown, path: Path): readonly z.ZodType[] | undefined {
  const owner = schemaAt(root, document, path.slice(0, -1));
  const { shape, element } = owner === undefined ? {} : definition(owner);
  const here = shape?.[String(path.at(-1))] ?? element;
  return here && definition(here).options;
}

function fitting(schema: z.ZodType, value: unknown): z.ZodType {
  const { options, discriminator } = definition(schema);
  if (options === undefined) return schema;
  const isObject = typeof value === 'object' && value !== null;
  const found = options.find((option) => {
    const { shape, element } = definition(option);
    if (discriminator === undefined)
      return Array.isArray(value) ? element !== undefined : (shape !== undefined) === isObject && element === undefined;
    return isObject && definition(shape![discriminator]!).values?.includes((value as Record<string, unknown>)[discriminator]);
  });
  return found ?? schema;
}

function fieldsAt(root: z.ZodType, document: unknown, path: Path): readonly string[] {
  const schema = schemaAt(root, document, path);
  return Object.keys((schema && definition(schema).shape) ?? {});
}

function discriminatorValues(schema: z.ZodType | undefined, key: string): readonly string[] {
  const options = (schema && definition(schema).options) ?? [];
  return options.flatMap((option) => (definition(definition(option).shape![key]!).values ?? []).map(String));
}
