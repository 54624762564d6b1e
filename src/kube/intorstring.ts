/** Numbers that may be percentages, and ports that may be names. (staging:apimachinery/pkg/util/intstr/intstr.go) */

export type IntOrString = number | string;

/** 25 for `25%`; undefined for anything else. */
export function percentOf(value: IntOrString): number | undefined {
  const found = typeof value === 'string' ? /^([+-]?\d+)%$/.exec(value) : null;
  return found === null ? undefined : Number(found[1]);
}

/**
 * The number, or the percentage of `total`, rounded up or down; undefined when the text is no percentage
 * (GetScaledValueFromIntOrPercent).
 */
export function scaledValue(value: IntOrString, total: number, roundUp: boolean): number | undefined {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined) return undefined;
  return roundUp ? Math.ceil((percent * total) / 100) : Math.floor((percent * total) / 100);
}
