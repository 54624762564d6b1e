/** Points in time as the API writes them. */

/** `2026-11-23T10:00:00Z` (metav1.Time: whole seconds). */
export function rfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** `2026-11-23T10:00:00.123000Z` (metav1.MicroTime). */
export function rfc3339Micro(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}000Z`;
}

/** Unix milliseconds; NaN when the text is no time. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
