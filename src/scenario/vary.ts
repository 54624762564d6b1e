/**
 * Variations of a scenario: other names, addresses, ports, nodes, so that a second visit differs. What the file says is variation 0;
 * a seed picks which of the words that `spec.vary` lists take the place of those in the file.
 */
import { pick } from '#kube/chance.ts';
import { shuffled } from '#learn/shuffle.ts';
import { familyOf, parseIp, parsePrefixed } from '#net/ip.ts';
import { didYouMean } from './nearest.ts';
import type { Problem } from './problem.ts';
import { Varied } from './schema.ts';
import { positionOf, problemAt, type Path, type SourceDocument } from './source.ts';

/** Words for words: what stands in the file, and what stands there instead. */
export type Replacements = ReadonlyMap<string, string>;

/** One entry of `spec.vary`. Groups are words that go together; the first group of a list is what the file says. */
interface Variable {
  readonly groups: readonly (readonly string[])[];
  /** Whether all groups are in the file and change places, rather than one taking the place of the first. */
  readonly swaps: boolean;
  /** Where it stands in the Scenario document. */
  readonly path: Path;
}

/** The replacements of a seed: none for seed 0; for seed 1 every list's second words; drawn, and never none, for any other. */
export function replacementsFor(lesson: SourceDocument | undefined, seed: string): Replacements {
  const variables = lesson === undefined ? [] : variablesOf(lesson);
  if (seed === '0' || variables.length === 0) return new Map();
  const draw = (attempt: number) => new Map(variables.flatMap((variable, index) => [...drawn(variable, seed, `${index}/${attempt}`)]));
  let replacements = draw(0);
  for (let attempt = 1; replacements.size === 0; attempt++) replacements = draw(attempt);
  return replacements;
}

function drawn({ groups, swaps }: Variable, seed: string, purpose: string): Replacements {
  const order = groups.map((_, index) => index);
  const chosen = swaps
    ? seed === '1'
      ? [...order.slice(1), 0]
      : shuffled(order, `${seed}/vary/${purpose}`)
    : [seed === '1' ? 1 : pick(`${seed}/vary/${purpose}`, groups.length)];
  return new Map(
    chosen.flatMap((to, from) =>
      to === from ? [] : groups[from]!.flatMap((word, index): [string, string][] => [[word, groups[to]![index] ?? word]]),
    ),
  );
}

/** What names a part of the format, in a Scenario document or in an object, and therefore never varies. */
const formatFields = new Set(['id', 'type', 'docs', 'as', 'ask', 'show', 'fault']);
const objectFields = new Set(['apiVersion', 'kind', 'image', 'protocol']);
/** Fields of an object whose keys the author has chosen. */
const freeKeys = new Set(['labels', 'annotations', 'matchLabels', 'selector', 'nodeSelector', 'data', 'stringData']);

/** A text that may vary, and its path. */
type Of = (text: string, path: Path) => string;

/** The document's value with every text that may vary as `of` has it; keys too, where they are the author's. */
function mapped(document: SourceDocument, isLesson: boolean, of: Of): unknown {
  const fixed = isLesson ? formatFields : objectFields;
  const visit = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return of(value, path);
    if (typeof value === 'number') return numeric(of(String(value), path), value);
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (!isMapping(value)) return value;
    const isFree = !isLesson && freeKeys.has(String(path.at(-1)));
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => {
        const at = [...path, key];
        return isFree ? [of(key, at), visit(one, at)] : [key, fixed.has(key) ? one : visit(one, at)];
      }),
    );
  };
  if (!isLesson) return visit(document.value, []);
  const { metadata, spec, ...rest } = document.value as Readonly<Record<string, unknown>>;
  return {
    ...rest,
    // Progress is kept by what the metadata say: only the title is there to be read.
    ...(metadata !== undefined && {
      metadata:
        isMapping(metadata) && 'title' in metadata ? { ...metadata, title: visit(metadata['title'], ['metadata', 'title']) } : metadata,
    }),
    ...(spec !== undefined && {
      spec: isMapping(spec)
        ? Object.fromEntries(Object.entries(spec).map(([key, one]) => [key, key === 'vary' ? one : visit(one, ['spec', key])]))
        : spec,
    }),
  };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numeric(text: string, value: number): number {
  return text === String(value) ? value : Number(text);
}

/** The document with other words. */
export function replaced(document: SourceDocument, isLesson: boolean, replacements: Replacements): SourceDocument {
  if (replacements.size === 0) return document;
  const pattern = wordsPattern([...replacements.keys()]);
  return { ...document, value: mapped(document, isLesson, (text) => text.replace(pattern, (word) => replacements.get(word)!)) };
}

/**
 * Any of these words, whole: a letter or digit at its end does not go on with a letter, a digit, a dash or an underscore. So `web` is found
 * in `web.shop` and `svc/web`, not in `web-1`; `web-` is found there. Numbers are no parts of addresses.
 */
function wordsPattern(words: readonly string[]): RegExp {
  const sources = [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => {
      const before = `${/^\w/.test(word) ? '(?<![\\w-])' : ''}${/^\d/.test(word) ? '(?<!\\d\\.)' : ''}${word.includes(':') ? '(?<![\\da-f]:)' : ''}`;
      const after = `${/\w$/.test(word) ? '(?![\\w-])' : ''}${/^\d+$/.test(word) ? '(?!\\.\\d)' : ''}`;
      return `${before}${word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}${after}`;
    });
  return new RegExp(sources.join('|'), 'g');
}

function variablesOf(lesson: SourceDocument): readonly Variable[] {
  const { spec } = lesson.value as { readonly spec?: unknown };
  const vary: unknown = typeof spec === 'object' && spec !== null && 'vary' in spec ? spec.vary : undefined;
  if (!Array.isArray(vary)) return [];
  return vary.flatMap((entry: unknown, index) => {
    const { success, data } = Varied.safeParse(entry);
    if (!success) return [];
    const swaps = !Array.isArray(data);
    const groups = (swaps ? data.swap : data).map((group) => [group].flat().map(String));
    return [{ groups, swaps, path: ['spec', 'vary', index, ...(swaps ? ['swap'] : [])] }];
  });
}

/** What is wrong with the words that vary: at their place, with a remedy. */
export function varyProblems(lesson: SourceDocument, documents: readonly SourceDocument[]): readonly Problem[] {
  const variables = variablesOf(lesson);
  const listed = variables.flatMap(wordsOf);
  if (listed.length === 0) return [];
  const places = placesOf([...new Set(listed.map((one) => one.word))], lesson, documents);
  const at: Teller = (path, message, note) => problemAt(lesson.file, lesson.valueAt(path), message, note);

  const wordProblem = ({ word, path, inFile, swaps }: ListedWord): readonly Problem[] => {
    const first = listed.find((one) => one.word === word)!;
    const place = places.get(word);
    if (first.path !== path)
      return [
        at(path, `"${word}" is listed twice`, `it is in line ${positionOf(lesson.file.text, lesson.valueAt(first.path)).line} already`),
      ];
    if (!inFile && place !== undefined)
      return [
        at(
          path,
          `"${word}" is in the scenario already (${placeText(word, place)})`,
          `take a word that is not; words that are all there change places: {swap: [a, b]}`,
        ),
      ];
    if (!inFile || place !== undefined || swaps) return [];
    return [
      at(
        path,
        `"${word}" does not occur in the scenario${didYouMean(word, namesIn(lesson, documents))}`,
        'the first word is what the file says, and a whole one: web is in web.shop, not in web-1',
      ),
    ];
  };

  const swapProblem = (variable: Variable): readonly Problem[] =>
    !variable.swaps || wordsOf(variable).some(({ word }) => places.has(word))
      ? []
      : [at(variable.path, 'none of these words occurs in the scenario', 'words that change places are whole ones, as the file says them')];

  return variables.flatMap((variable) => [
    ...shapeProblems(variable, at),
    ...swapProblem(variable),
    ...listed.filter((one) => one.of === variable).flatMap(wordProblem),
  ]);
}

type Teller = (path: Path, message: string, note: string) => Problem;

interface ListedWord {
  readonly word: string;
  readonly path: Path;
  /** Whether the file says it. */
  readonly inFile: boolean;
  readonly swaps: boolean;
  readonly of: Variable;
}

function wordsOf(variable: Variable): readonly ListedWord[] {
  const { groups, swaps, path } = variable;
  return groups.flatMap((group, index) =>
    group.map((word, member) => ({
      word,
      path: [...path, index, ...(group.length > 1 ? [member] : [])],
      inFile: swaps || index === 0,
      swaps,
      of: variable,
    })),
  );
}

/** Every group is like the first: as many words, a name for a name, an address for an address. */
function shapeProblems({ groups: [first = [], ...others], path }: Variable, at: Teller): readonly Problem[] {
  return others.flatMap((group, index) => {
    const here = [...path, index + 1];
    if (group.length !== first.length)
      return at(
        here,
        `this stands for ${counted(first.length)}, and is ${counted(group.length)}`,
        `words that go together: [${first.join(', ')}]`,
      );
    return group.flatMap((word, member) => {
      const want = shapeOf(first[member]!);
      if (shapeOf(word) === want) return [];
      return at(
        group.length > 1 ? [...here, member] : here,
        `"${word}" cannot stand for "${first[member]!}": it is not ${want}`,
        remedies[want] ?? `write ${want}`,
      );
    });
  });
}

function counted(words: number): string {
  return words === 1 ? 'one word' : `${words} words`;
}

function shapeOf(word: string): string {
  if (/^\d+$/.test(word)) return 'a number';
  const address = parseIp(word);
  if (address !== undefined) return `an ${familyOf(address)} address`;
  const prefixed = parsePrefixed(word);
  if (prefixed !== undefined) return `an ${familyOf(prefixed.ip)} range`;
  if (/^\d+(\.\d+)+$/.test(word)) return `${word.split('.').length} numbers of an address`;
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(word) ? 'a name' : 'a text that is no name';
}

const remedies: Readonly<Record<string, string>> = {
  'a name': 'lower-case letters, digits and dashes, as a Kubernetes name',
};

/** The first place of each of these words in what varies. */
function placesOf(words: readonly string[], lesson: SourceDocument, documents: readonly SourceDocument[]): ReadonlyMap<string, Place> {
  const found = new Map<string, Place>();
  const pattern = wordsPattern(words);
  for (const document of documents)
    mapped(document, document === lesson, (text, path) => {
      for (const [word] of text.matchAll(pattern)) if (!found.has(word)) found.set(word, { document, path });
      return text;
    });
  return found;
}

interface Place {
  readonly document: SourceDocument;
  readonly path: Path;
}

function placeText(word: string, { document: { file, valueAt }, path }: Place): string {
  const offset = valueAt(path);
  return `${file.name}, line ${positionOf(file.text, Math.max(offset, file.text.indexOf(word, offset))).line}`;
}

/** All that looks like a name in what varies. */
function namesIn(lesson: SourceDocument, documents: readonly SourceDocument[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const document of documents)
    mapped(document, document === lesson, (text) => {
      for (const [name] of text.matchAll(/[a-z0-9][-\w]*/g)) names.add(name);
      return text;
    });
  return names;
}
