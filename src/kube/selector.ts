/** Label selectors in their three forms: maps, LabelSelector objects, and the text of `-l`. */
import type { LabelSelector } from './kinds/label-selector.ts';

export type Labels = Readonly<Record<string, string>>;

/** The operators of staging:apimachinery/pkg/selection/operator.go. */
export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One condition; an object is selected when all hold. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** Sorted, without duplicates. */
  readonly values: readonly string[];
}

/** As the API writes conditions: of labels (In, NotIn, Exists, DoesNotExist) and of nodes (Gt, Lt too). */
export interface ApiRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

const apiOperators: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

/** Reports whether a Service's `selector` selects the labels; one that is absent or empty selects nothing. */
export function matchesMap(selector: Labels | undefined, labels: Labels | undefined): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value);
}

/** Reports whether a LabelSelector selects the labels: one that is absent selects nothing, an empty one everything. */
export function matchesLabels(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false;
  for (const key in selector.matchLabels) if (labels?.[key] !== selector.matchLabels[key]) return false;
  return (selector.matchExpressions ?? []).every((expression) => matchesRequirement(expression, labels));
}

/** Reports whether a condition as the API writes it holds; one with an unknown operator never does. */
export function matchesRequirement({ key, operator, values }: ApiRequirement, labels: Labels | undefined): boolean {
  const known = apiOperators[operator];
  return known !== undefined && holds({ key, operator: known, values: values ?? [] }, labels ?? {});
}

/** Reports whether all conditions of a parsed selector hold. */
export function matchesAll(requirements: readonly Requirement[], labels: Labels | undefined): boolean {
  return requirements.every((requirement) => holds(requirement, labels ?? {}));
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return value !== undefined && integer(value) > integer(values[0]);
    case 'lt':
      return value !== undefined && integer(value) < integer(values[0]);
  }
}

/** NaN, which compares with nothing, for what is no integer. */
function integer(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
}

/** The conditions of a LabelSelector, sorted by key (metav1.LabelSelectorAsSelector). */
export function requirementsOf(selector: LabelSelector): readonly Requirement[] {
  const equal = Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: '=', values: [value] }));
  const others = (selector.matchExpressions ?? []).map(({ key, operator, values }): Requirement => ({
    key,
    operator: apiOperators[operator] ?? 'exists',
    values: sortedSet(values ?? []),
  }));
  return sortedByKey([...equal, ...others]);
}

/** The conditions of a map of labels. */
export function requirementsOfMap(selector: Labels): readonly Requirement[] {
  return requirementsOf({ matchLabels: selector });
}

export function sortedByKey(requirements: readonly Requirement[]): readonly Requirement[] {
  return [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

export function sortedSet(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/** `app=web,tier in (a,b),!old` (labels.Selector's String). */
export function selectorText(requirements: readonly Requirement[]): string {
  return requirements.map(requirementText).join(',');
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${sortedSet(values).join(',')})`;
    case 'gt':
      return `${key}>${values[0]!}`;
    case 'lt':
      return `${key}<${values[0]!}`;
    default:
      return `${key}${operator}${values[0]!}`;
  }
}

/** As kubectl shows a LabelSelector: `<none>` for one that is absent or empty (metav1.FormatLabelSelector). */
export function labelSelectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return '<none>';
  if ((selector.matchExpressions ?? []).some(({ operator }) => apiOperators[operator] === undefined)) return '<error>';
  const text = selectorText(requirementsOf(selector));
  return text === '' ? '<none>' : text;
}
