/** How BIND's tools ask: search list, servers, tries. dig, nslookup and host share it. (bind9 9.18: bin/dig/dighost.c) */
import type { Ip } from '#net/ip.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import type { ResolvConf } from '#dataplane/resolver/resolv-conf.ts';
import { fqdn, isFqdn, labelsOf, octets, wireLength } from '#dataplane/dns/name.ts';
import type { Edns, Flags, Outcome, Query, Reply, Transport } from '#dataplane/dns/message.ts';
import type { RecordClass, RecordType } from '#dataplane/dns/type.ts';
import { serverText, type Server } from './servers.ts';

export interface LookupOptions {
  /** As typed. */
  readonly name: string;
  readonly type: RecordType;
  readonly class: RecordClass;
  readonly servers: readonly Server[];
  readonly tries: number;
  /** Seconds. */
  readonly timeout: number;
  readonly transport: Transport;
  /** undefined: the name is taken as it is. */
  readonly search: Pick<ResolvConf, 'search' | 'ndots'> | undefined;
  /** Replies of search suffixes that do not exist are told too. */
  readonly showSearch?: boolean;
  readonly flags: Flags;
  readonly edns?: Edns;
  readonly id?: number;
  readonly from?: Ip;
  /** Goes on to the next server after SERVFAIL, and tells it. */
  readonly nextOnServfail?: boolean;
  /** Goes on to the next server when a reply offers no recursion, and tells it. */
  readonly checkRecursion?: boolean;
  /** Takes cut replies as they are. */
  readonly ignoreTruncation?: boolean;
}

export interface Received {
  readonly kind: 'reply';
  readonly query: Query;
  readonly reply: Reply;
  readonly server: Server;
  readonly milliseconds: number;
  /** The statistics are printed once more: a quirk at the end of a search that never began. */
  readonly again: boolean;
}

export type LookupEvent =
  | Received
  | { readonly kind: 'sending'; readonly query: Query; readonly server: Server }
  /** A line about something that went wrong, without the `;; `. */
  | { readonly kind: 'warning'; readonly text: string }
  /** A line about a reply that was not liked, likewise. */
  | { readonly kind: 'comment'; readonly text: string }
  /** The whole reply is asked for over TCP now. */
  | { readonly kind: 'truncated' }
  /** `silent`: no connection was ever made, and the header of the output is not printed either. */
  | { readonly kind: 'no servers'; readonly silent: boolean };

/** A name that BIND does not take: its complaint. */
export class IllegalName extends Error {}

/** Checks a name as typed; throws {@link IllegalName}. */
export function checkName(name: string): void {
  const problem = name === '.' || name === '' ? undefined : problemOf(name);
  if (problem !== undefined) throw new IllegalName(`'${name}' is not a legal name (${problem})`);
}

function problemOf(name: string): string | undefined {
  const labels = labelsOf(name);
  if (labels.some((label) => label === '')) return 'empty label';
  if (labels.some((label) => octets(label) > 63)) return 'label too long';
  return wireLength(fqdn(name)) > 255 ? 'ran out of space' : undefined;
}

/** A name's way through the search list: with enough dots, and without a list, it is taken as it is, and nothing else is tried. */
function* origins(name: string, search: LookupOptions['search']): Generator<string> {
  const dots = name.split('.').length - 1;
  const asIs = fqdn(name);
  if (search === undefined || isFqdn(name) || dots >= search.ndots) {
    yield asIs;
    if (search === undefined || isFqdn(name) || labelsOf(name).length > search.ndots) return;
    yield* search.search.map((domain) => fqdn(`${name}.${domain}`));
    return;
  }
  for (const domain of search.search) yield fqdn(`${name}.${domain}`);
  yield asIs;
}

/** Looks a name up; what happens comes out in order. Waits on the client's clock. */
export function* lookup(client: DnsClient, options: LookupOptions): Generator<LookupEvent> {
  const { search, name, showSearch = false } = options;
  const retries = { left: options.tries };
  const path = [...origins(name, search)];
  const asIsFirst = search !== undefined && (isFqdn(name) || name.split('.').length > search.ndots);
  for (const [index, candidate] of path.entries()) {
    const last = index === path.length - 1;
    const searching = search !== undefined && (candidate !== fqdn(name) || asIsFirst);
    for (const event of ask(client, options, candidate, options.transport, retries)) {
      if (event.kind === 'no servers') {
        yield event;
        return;
      }
      if (event.kind !== 'reply') yield event;
      else if (event.reply.rcode !== 'NXDOMAIN' || !searching) {
        yield event;
        return;
      } else if (last) yield { ...event, again: true };
      else if (showSearch) yield event;
    }
  }
}

/** One name, server by server; a server is asked again while tries are left. */
function* ask(
  client: DnsClient,
  options: LookupOptions,
  name: string,
  transport: Transport,
  retries: { left: number },
): Generator<LookupEvent> {
  const { servers, type, class: recordClass, flags, edns, timeout } = options;
  const question = { name, type, class: recordClass };
  let inTurn = false;
  for (let index = 0; index < servers.length;) {
    const server = servers[index]!;
    const query: Query = { id: options.id ?? client.draw() & 0xffff, opcode: 'QUERY', flags, question, transport, ...(edns && { edns }) };
    yield { kind: 'sending', query, server };
    const strange = options.from !== undefined && !isOwn(client, options.from);
    const outcome: Outcome = strange
      ? { kind: 'unreachable', milliseconds: 0, why: 'network is unreachable' }
      : patiently(client, query, server, timeout, options.from);
    if (outcome.kind !== 'reply') {
      // Without a route or an address of its own, no socket is ever opened; then, as over TCP, all servers are tried in turn.
      const setup = outcome.kind === 'unreachable' && outcome.why === 'network is unreachable';
      inTurn = setup || transport === 'tcp';
      const why = strange ? 'address not available' : failureText(outcome);
      if (!inTurn) {
        yield { kind: 'warning', text: `communications error to ${serverText(server)}: ${why}` };
        if (retries.left > 1) retries.left--;
        else index++;
        continue;
      }
      const what = `${setup && transport === 'udp' ? 'UDP setup with' : 'Connection to'} ${serverText(server)}(${server.userarg})`;
      yield { kind: 'warning', text: `${what} for ${options.name} failed: ${why}.` };
      if (++index < servers.length || retries.left <= 1) continue;
      retries.left--;
      index = 0;
      yield { kind: 'warning', text: 'no servers could be reached' };
      continue;
    }
    const { reply, milliseconds } = outcome;
    if (reply.flags.tc && transport === 'udp' && options.ignoreTruncation !== true) {
      yield { kind: 'truncated' };
      yield* ask(client, options, name, 'tcp', retries);
      return;
    }
    const servfail = reply.rcode === 'SERVFAIL' && options.nextOnServfail === true;
    const unwilling = options.checkRecursion === true && flags.rd && !reply.flags.ra;
    if (servfail || unwilling) {
      const next = index + 1 < servers.length;
      const what = servfail ? 'SERVFAIL reply' : 'recursion not available';
      yield { kind: 'comment', text: `Got ${what} from ${server.ip}${next ? ', trying next server' : ''}` };
      if (next) {
        index++;
        continue;
      }
    }
    yield { kind: 'reply', query, reply, server, milliseconds, again: false };
    return;
  }
  yield { kind: 'no servers', silent: inTurn };
}

function failureText(outcome: Exclude<Outcome, { kind: 'reply' }>): string {
  if (outcome.kind === 'timeout') return 'timed out';
  if (outcome.kind === 'refused') return 'connection refused';
  return outcome.why === 'network is unreachable' ? 'network unreachable' : 'host unreachable';
}

function isOwn(client: DnsClient, ip: Ip): boolean {
  return ip.startsWith('127.') || ip === '::1' || ip === '0.0.0.0' || ip === '::' || client.addresses.some((own) => own.ip === ip);
}

function patiently(client: DnsClient, query: Query, server: Server, timeout: number, from: Ip | undefined): Outcome {
  const outcome = client.exchange(query, server, from);
  const took = outcome.kind === 'timeout' ? Infinity : outcome.milliseconds;
  client.wait(Math.min(took, timeout * 1000));
  return took > timeout * 1000 ? { kind: 'timeout' } : outcome;
}
