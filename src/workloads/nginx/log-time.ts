/** Moments as nginx writes them into its logs, in UTC. */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `$time_local`: `23/Nov/2026:10:00:05 +0000`. */
export function timeLocal(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(8, 10)}/${months[Number(iso.slice(5, 7)) - 1]!}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** At the head of a line of the error log: `2026/11/23 10:00:05`. */
export function errorTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
}
