/** Points in time as the API writes them. */

let last = { milliseconds: 0, text: '1970-01-01T00:00:00Z' };

/** `2026-11-23T10:00:00Z` (metav1.Time: whole seconds). */
export function rfc3339(milliseconds: number): string {
  // Much is written at one moment.
  if (milliseconds !== last.milliseconds) last = { milliseconds, text: `${new Date(milliseconds).toISOString().slice(0, 19)}Z` };
  return last.text;
}

/** `2026-11-23T10:00:00.123000Z` (metav1.MicroTime). */
export function rfc3339Micro(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}000Z`;
}

/** Unix milliseconds; NaN when the text is no time. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
