/** Names, labels and annotations of an object. */
import type { ObjectMeta } from '#kube/object.ts';
import type { Labels } from '#kube/selector.ts';
import { field, multiline, type Lines } from './lines.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const longest = 140;

/** How most descriptions begin. */
export function named({ name, labels, annotations }: ObjectMeta): Lines {
  return [field('Name', name), ...labelLines('Labels', labels), ...annotationLines('Annotations', annotations)];
}

/** How most descriptions of objects in namespaces begin. */
export function namedInNamespace({ namespace = '', ...metadata }: ObjectMeta): Lines {
  const [name, ...others] = named(metadata);
  return [name!, field('Namespace', namespace), ...others];
}

function sortedEntries(map: Labels | undefined): readonly (readonly [key: string, value: string])[] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `key=value`, one a line, keys sorted (printLabelsMultiline). */
export function labelLines(name: string, labels: Labels | undefined, margin = ''): Lines {
  return multiline(name, pairsOf(labels), margin);
}

/** `key=value,…` of a map, sorted as these texts are, so that `a-b=1` comes before `a=1`; `<none>` (labels.FormatLabels). */
export function mapText(map: Labels | undefined): string {
  const pairs = Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}

/** `key=value`, sorted by key. */
export function pairsOf(map: Labels | undefined): readonly string[] {
  return sortedEntries(map).map(([key, value]) => `${key}=${value}`);
}

/** `key: value`, one a line; long values and those of several lines below their key, cut (printAnnotationsMultiline). */
export function annotationLines(name: string, annotations: Labels | undefined, margin = ''): Lines {
  const shown = sortedEntries(annotations).filter(([key]) => key !== lastApplied);
  if (shown.length === 0) return multiline(name, [], margin);
  return shown.flatMap(([key, written], i) => {
    const start = i === 0 ? `${name}:\t${margin}${key}:` : `\t${margin}${key}:`;
    const value = written.replace(/\n$/, '');
    if (bytesOf(value) + bytesOf(key) + 2 <= longest && !value.includes('\n')) return [`${start} ${value}`];
    return [start, ...value.split('\n').map((line) => `\t  ${shortened(line, longest - 2)}`)];
  });
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The first bytes of a text and `...`, or the whole of it. */
export function shortened(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text);
  return bytes.length <= most ? text : `${new TextDecoder().decode(bytes.slice(0, most))}...`;
}
