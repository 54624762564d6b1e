/**
 * How curl connects to a name with several addresses: those of one family in turn, the other family's beside them after a fifth of a second
 * (RFC 8305). (curl: lib/cf-socket.c, lib/connect.c)
 */
import type { Errno } from '#dataplane/trace/refusal.ts';
import { familyOf, type Ip } from '#net/ip.ts';
import type { Attempt } from '../../network/dial.ts';
import { bracketed } from './url.ts';

export interface ConnectEvent {
  /** Milliseconds after the start. */
  readonly at: number;
  readonly text: string;
}

export type Connecting = {
  /** What `-v` tells meanwhile. */
  readonly events: readonly ConnectEvent[];
  /** When it is decided. */
  readonly at: number;
} & (
  | { readonly kind: 'connected'; readonly attempt: Attempt }
  | { readonly kind: 'failed'; readonly errno: Errno; readonly reason: string }
  /** Time ran out. */
  | { readonly kind: 'timeout' }
);

export interface ConnectOptions {
  readonly addresses: readonly Ip[];
  readonly port: number;
  /** Milliseconds there are for all of it. */
  readonly limit: number;
  attempt(address: Ip): Attempt;
  reasonOf(errno: Errno): string;
  connectFailed(attempt: Attempt, reason: string): string;
}

/** The second family is given this start. */
const headStart = 200;
/** An address gets half of what time there is when others are left and there is more than this. */
const shareable = 600;

/** One family's addresses, tried in turn. */
interface Course {
  readonly events: ConnectEvent[];
  readonly end: number;
  readonly winner?: Attempt;
  readonly errno: Errno;
  readonly expired: boolean;
}

function tryInTurn(addresses: readonly Ip[], start: number, options: ConnectOptions): Course {
  const events: ConnectEvent[] = [];
  let now = start;
  let errno: Errno = 'ECONNREFUSED';
  for (const [i, address] of addresses.entries()) {
    const left = options.limit - now;
    const patience = i < addresses.length - 1 && left > shareable ? left / 2 : left;
    events.push({ at: now, text: `  Trying ${bracketed(address)}:${options.port}...` });
    const attempt = options.attempt(address);
    if (attempt.after > patience) {
      now += patience;
      errno = 'ETIMEDOUT';
      const family = familyOf(address).toLowerCase();
      events.push({ at: now, text: `${family} connect timeout after ${Math.floor(patience)}ms, move on!` });
      if (now >= options.limit) return { events, end: options.limit, errno, expired: true };
      continue;
    }
    now += attempt.after;
    if (attempt.errno === undefined) return { events, end: now, winner: attempt, errno, expired: false };
    errno = attempt.errno;
    const immediate = attempt.told === undefined && attempt.errno !== 'ETIMEDOUT';
    const reason = options.reasonOf(errno);
    events.push({ at: now, text: immediate ? `Immediate connect fail for ${address}: ${reason}` : options.connectFailed(attempt, reason) });
  }
  return { events, end: now, errno, expired: false };
}

/** Connects to the first address that answers. */
export function connectToFirst(options: ConnectOptions): Connecting {
  const six = options.addresses.filter((address) => familyOf(address) === 'IPv6');
  const four = options.addresses.filter((address) => familyOf(address) === 'IPv4');
  const [first, second] = six.length > 0 ? [six, four] : [four, []];
  const one = tryInTurn(first, 0, options);
  const courses = [one];
  const quick = one.winner !== undefined && one.end <= headStart;
  if (second.length > 0 && !quick)
    courses.push(tryInTurn(second, one.winner === undefined ? Math.min(one.end, headStart) : headStart, options));
  const winners = courses.filter(({ winner }) => winner !== undefined).sort((a, b) => a.end - b.end);
  const winning = winners[0];
  const at = winning?.end ?? Math.max(...courses.map(({ end }) => end));
  const events = courses
    .flatMap((course) => course.events)
    .filter((event) => event.at <= at)
    .sort((a, b) => a.at - b.at);
  if (winning !== undefined) return { kind: 'connected', events, at, attempt: winning.winner! };
  if (courses.some(({ expired }) => expired)) return { kind: 'timeout', events, at };
  const { errno } = courses.at(-1)!;
  return { kind: 'failed', events, at, errno, reason: options.reasonOf(errno) };
}
