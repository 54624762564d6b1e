/** Pieces of cells that several kinds share. */

/** `a=1,b=2`, keys sorted; `<none>` when there are none (labels.FormatLabels). */
export function labelsText(labels: { readonly [key: string]: string } | undefined): string {
  const pairs = Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels![key]}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

/** `a,b,c + 2 more...` */
export function firstThree(items: readonly string[], empty: string): string {
  if (items.length === 0) return empty;
  const shown = items.slice(0, 3).join(',');
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
}

interface PodTemplate {
  readonly spec?: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] };
}

/** The names of a template's containers. */
export function containerNames(template: PodTemplate | undefined): string {
  return (template?.spec?.containers ?? []).map(({ name }) => name).join(',');
}

/** The images of a template's containers. */
export function containerImages(template: PodTemplate | undefined): string {
  return (template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(',');
}

/** `RWO,ROX`, in the order of the API's constants. */
export function accessModesText(modes: readonly string[] | undefined): string {
  const short = [
    ['ReadWriteOnce', 'RWO'],
    ['ReadOnlyMany', 'ROX'],
    ['ReadWriteMany', 'RWX'],
    ['ReadWriteOncePod', 'RWOP'],
  ] as const;
  return short
    .filter(([mode]) => modes?.includes(mode))
    .map(([, abbreviation]) => abbreviation)
    .join(',');
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

interface LabelSelectorLike {
  readonly matchLabels?: { readonly [key: string]: string };
  readonly matchExpressions?: readonly Requirement[];
}

const requirementText: Readonly<Record<string, (key: string, values: string) => string>> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

/** `app=web,tier in (a,b),!canary`, by key; empty for a selector of everything or nothing (metav1.LabelSelectorAsSelector, String). */
export function labelSelectorText(selector: LabelSelectorLike | undefined): string {
  const parts = [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({
      key,
      text: requirementText[operator]?.(key, [...values].sort().join(',')) ?? key,
    })),
  ];
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',');
}
