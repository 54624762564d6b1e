/** Pieces of cells that several kinds share. */
import type { Labels } from '#kube/selector.ts';

/** `a-b=1,a=2`: the pairs sorted as texts; `<none>` when there are none (labels.FormatLabels). */
export function labelsText(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
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
