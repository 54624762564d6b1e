/** `--sort-by` (staging:kubectl/pkg/cmd/get/sorter.go). Objects that compare equal stand as Go's sort leaves them. */
import { parseJsonPath, type JsonPath } from '#kube/jsonpath.ts';
import { readQuantity } from '#kube/quantity.ts';
import type { Version } from '../version.ts';
import { goSort } from './go-sort.ts';
import { KubectlError } from '../errors.ts';

/** `metadata.name`, `.metadata.name` and `{.metadata.name}` are all `{.metadata.name}` (get.RelaxedJSONPathExpression). */
export function relaxedJsonPath(expression: string): string {
  if (expression === '') return expression;
  const found = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(expression);
  if (found === null)
    throw new KubectlError("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'");
  return `{.${found[1] ?? found[2]!}}`;
}

/** The items in order of a field of the objects that `objectOf` gives; throws when no object has it. */
export function sortBy<T>(
  items: readonly T[],
  field: string,
  objectOf: (item: T) => unknown,
  { minor }: Pick<Version, 'minor'>,
): readonly T[] {
  const natural = minor < 31;
  if (items.length === 0) return items;
  const path = relaxedJsonPath(field);
  const parsed = parseJsonPath(path, { allowMissingKeys: true });
  if (!parsed.ok) throw new KubectlError(parsed.error);
  const keyed = items.map((item) => ({ item, key: keyOf(parsed.value, objectOf(item)) }));
  if (keyed.every(({ key }) => key === missing))
    throw new KubectlError(`couldn't find any field with path ${JSON.stringify(path)} in the list of objects`);
  return goSort(keyed, (a, b) => isLess(a.key, b.key, natural)).map(({ item }) => item);
}

const missing = Symbol('missing');

function keyOf(path: JsonPath, object: unknown): unknown {
  const found = path.find(object);
  if (!found.ok) throw new KubectlError(found.error);
  return found.value[0]?.length === 0 || found.value.length === 0 ? missing : found.value[0]![0];
}

function isLess(a: unknown, b: unknown, natural: boolean): boolean {
  if (a === missing) return true;
  if (b === missing) return false;
  if (a === null || b === null) return a === null && b !== null;
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') {
    return textLess(a, b, natural);
  }
  throw new KubectlError(
    `unsortable type: ${typeof a === 'object' ? (Array.isArray(a) ? '[]interface {}' : 'map[string]interface {}') : typeof a}`,
  );
}

/** Amounts compare by size, other texts letter by letter: by the runs of digits in them until kubectl 1.30. */
function textLess(a: string, b: string, natural: boolean): boolean {
  const [left, right] = [readQuantity(a), readQuantity(b)];
  if (left.ok && right.ok) return left.value.nanos < right.value.nanos;
  return natural ? naturalLess(a, b) : a < b;
}

/** Runs of digits compare as numbers (fvbommel/sortorder). */
export function naturalLess(a: string, b: string): boolean {
  const pattern = /\d+|[^\d]/g;
  const [left, right] = [a.match(pattern) ?? [], b.match(pattern) ?? []];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [x, y] = [left[i]!, right[i]!];
    if (x === y) continue;
    const digits = /^\d/.test(x);
    if (digits !== /^\d/.test(y)) return digits;
    if (!digits) return x < y;
    const [m, n] = [x.replace(/^0+/, ''), y.replace(/^0+/, '')];
    if (m.length !== n.length) return m.length < n.length;
    return m === n ? x.length < y.length : m < n;
  }
  return left.length < right.length;
}
