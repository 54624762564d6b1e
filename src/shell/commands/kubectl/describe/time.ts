import { parseTime } from '#kube/time.ts';

/** `Mon, 23 Nov 2026 03:01:34 +0000` (Go: time.RFC1123Z, in UTC); an absent time is Go's first second of the year 1. */
export function rfc1123(timestamp: string | null | undefined): string {
  const at = parseTime(timestamp ?? '');
  if (Number.isNaN(at)) return 'Mon, 01 Jan 0001 00:00:00 +0000';
  return new Date(at).toUTCString().replace('GMT', '+0000');
}

/** `2026-11-23 03:01:34 +0000 UTC` (Go: the String of a time.Time in UTC). */
export function goTime(timestamp: string | undefined): string {
  const at = parseTime(timestamp ?? '');
  if (Number.isNaN(at)) return '0001-01-01 00:00:00 +0000 UTC';
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}
