/** YAML with the place of everything in it. */
import {
  boolYaml11Tag,
  constructFromEvents,
  CORE_SCHEMA,
  EVENT_ID,
  floatYaml11Tag,
  getScalarValue,
  intYaml11Tag,
  mergeTag,
  nullYaml11Tag,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
  type Event,
} from 'js-yaml';
import type { Position, Problem } from './problem.ts';
import { yamlMistake } from './yaml-mistake.ts';

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** Larger files are refused unread. */
export const maxFileBytes = 32 * 1024 * 1024;
/** Aliases may not add more values than this to those that are written. */
const maxAliasedValues = 200_000;

/** YAML 1.1, as kubectl reads it; timestamps stay text (sigs.k8s.io/yaml). */
const schema = CORE_SCHEMA.withTags(boolYaml11Tag, intYaml11Tag, floatYaml11Tag, nullYaml11Tag, mergeTag);

export type Path = readonly PropertyKey[];

/** One document of a file. */
export interface SourceDocument {
  readonly file: SourceFile;
  readonly value: unknown;
  /** The offset of the value at a path; of the nearest thing around it when the path leads nowhere. */
  valueAt(path: Path): number;
  /** The offset of the key at a path. */
  keyAt(path: Path): number;
}

/** A value's place, and the places of what is in it. `size` counts its values, aliases expanded. */
interface Spot {
  readonly offset: number;
  readonly key?: number;
  readonly children?: ReadonlyMap<string, Spot>;
  readonly size: number;
}

/** What YAML allows and we do not. */
class Misuse extends Error {
  readonly offset: number;
  /** What to do instead. */
  readonly note: string;
  constructor(offset: number, message: string, note: string) {
    super(message);
    this.offset = offset;
    this.note = note;
  }
}

/** Reads all documents; empty ones are left out. After a mistake in one document the others are still read. */
export function parseSource(file: SourceFile): { readonly documents: readonly SourceDocument[]; readonly problems: readonly Problem[] } {
  const text = file.text.replace(/^\uFEFF/, '');
  const parsed = parseChunk({ ...file, text }, 0);
  if (parsed.problems.length === 0) return parsed;
  // A line that begins with `---` begins a document, whatever stands before it: so each can be read for itself.
  const chunks = [...text.matchAll(/^---(?=\s|$)/gm)].map((match) => match.index);
  const starts = [0, ...chunks.filter((start) => start > 0)];
  const results = starts.map((start, index) => parseChunk({ ...file, text }, start, starts[index + 1]));
  return { documents: results.flatMap((one) => one.documents), problems: results.flatMap((one) => one.problems) };
}

function parseChunk(file: SourceFile, start: number, end = file.text.length): ReturnType<typeof parseSource> {
  const source = file.text.slice(start, end);
  try {
    const events = parseEvents(source, {});
    const spots = spotsOf(events, source);
    const values = constructFromEvents(events, { source, schema, maxTotalMergeKeys: 100_000 });
    const documents = values.map((value, index) => document(file, value, spots[index]!, start));
    return { documents: documents.filter(({ value }) => value !== null && value !== undefined), problems: [] };
  } catch (error) {
    if (error instanceof Misuse) return { documents: [], problems: [problemAt(file, start + error.offset, error.message, error.note)] };
    if (!(error instanceof YAMLException)) throw error;
    const linesBefore = file.text.slice(0, start).split('\n').length - 1;
    const mistake = yamlMistake(source, Math.min(error.mark?.position ?? 0, source.length), error.reason, linesBefore);
    return { documents: [], problems: [problemAt(file, start + mistake.offset, mistake.message, mistake.note)] };
  }
}

function document(file: SourceFile, value: unknown, root: Spot, start: number): SourceDocument {
  const find = (path: Path) => {
    let spot = root;
    let depth = 0;
    for (const step of path) {
      const next = spot.children?.get(String(step));
      if (next === undefined) break;
      spot = next;
      depth++;
    }
    return { spot, depth };
  };
  return {
    file,
    value,
    valueAt: (path) => start + find(path).spot.offset,
    keyAt(path) {
      const { spot, depth } = find(path);
      return start + (depth === path.length ? (spot.key ?? spot.offset) : spot.offset);
    },
  };
}

/** The places of all values, a tree a document. */
function spotsOf(events: readonly Event[], source: string): readonly Spot[] {
  const roots: Spot[] = [];
  const anchors = new Map<string, Spot | 'open'>();
  let index = 0;

  function anchorOf(event: { readonly anchorStart: number; readonly anchorEnd: number }): string | undefined {
    return event.anchorStart < 0 ? undefined : source.slice(event.anchorStart, event.anchorEnd);
  }

  function next(parentOffset: number, key?: number): Spot {
    const event = events[index++]!;
    const at = (offset: number, rest: Omit<Spot, 'offset' | 'key'>): Spot => ({ offset, ...(key !== undefined && { key }), ...rest });
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
        const offset = event.valueStart < 0 ? (key ?? parentOffset) : event.valueStart - (quoted ? 1 : 0);
        return remember(anchorOf(event), at(offset, { size: 1 }));
      }
      case EVENT_ID.ALIAS: {
        const name = source.slice(event.anchorStart, event.anchorEnd);
        const target = anchors.get(name);
        if (target === undefined)
          throw new Misuse(event.anchorStart, `there is no anchor called ${name} before this`, 'a text that begins with * needs quotes');
        if (target === 'open')
          throw new Misuse(event.anchorStart, `the alias *${name} stands inside of what it stands for`, 'write out what is meant');
        return at(event.anchorStart, { size: target.size, ...(target.children !== undefined && { children: target.children }) });
      }
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const anchor = anchorOf(event);
        if (anchor !== undefined) anchors.set(anchor, 'open');
        const children = event.type === EVENT_ID.SEQUENCE ? items(event.start) : pairs(event.start);
        let size = 1;
        for (const child of children.values()) size += child.size;
        if (size > events.length + maxAliasedValues)
          throw new Misuse(event.start, `aliases blow this up to more than ${maxAliasedValues} values`, 'write out what is needed');
        return remember(anchor, at(event.start, { children, size }));
      }
      default:
        throw new Error(`unreachable: event ${event.type}`);
    }
  }

  function remember(anchor: string | undefined, spot: Spot): Spot {
    if (anchor !== undefined) anchors.set(anchor, spot);
    return spot;
  }

  function items(offset: number): Map<string, Spot> {
    const children = new Map<string, Spot>();
    while (events[index]!.type !== EVENT_ID.POP) children.set(String(children.size), next(offset));
    index++;
    return children;
  }

  function pairs(offset: number): Map<string, Spot> {
    const children = new Map<string, Spot>();
    const merged: Spot[] = [];
    while (events[index]!.type !== EVENT_ID.POP) {
      const event = events[index]!;
      const name = event.type === EVENT_ID.SCALAR ? getScalarValue(source, event) : '';
      const key = next(offset);
      const value = next(key.offset, key.offset);
      if (name === '<<') merged.push(value);
      else children.set(name, value);
    }
    index++;
    for (const spot of merged) for (const [name, child] of spot.children ?? []) if (!children.has(name)) children.set(name, child);
    return children;
  }

  while (index < events.length) {
    index++; // the document
    anchors.clear();
    roots.push(events[index]?.type === EVENT_ID.POP ? { offset: 0, size: 0 } : next(0));
    index++; // its end
  }
  return roots;
}

/** The line and column of an offset, from 1. */
export function positionOf(text: string, offset: number): Position & { readonly text: string } {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < lineStart; at = text.indexOf('\n', at + 1)) line++;
  const lineEnd = text.indexOf('\n', lineStart);
  const lineText = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd).replace(/\r$/, '');
  return { line, column: [...text.slice(lineStart, offset)].length + 1, text: lineText };
}

export function problemAt(file: SourceFile, offset: number, message: string, note?: string): Problem {
  return { file: file.name, at: positionOf(file.text, offset), message, ...(note !== undefined && { note }) };
}
