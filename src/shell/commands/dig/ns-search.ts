/** The SOA record of a zone from each of its name servers: `dig +nssearch`, `host -C`. (bind9 9.18: bin/dig/dighost.c, recv_done, followup_lookup) */
import type { Family } from '#net/ip.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { sameName } from '#dataplane/dns/name.ts';
import { shownName } from './chase.ts';
import { lookup, type LookupEvent, type LookupOptions, type Received } from './lookup.ts';
import { namedServers, type Server } from './servers.ts';

export type NsSearchEvent =
  | LookupEvent
  /** The name servers are known now: the reply that named them. */
  | { readonly kind: 'named'; readonly event: Received }
  | { readonly kind: 'unknown server'; readonly name: string }
  /** None of the name servers has an address: the last one's name. */
  | { readonly kind: 'no more'; readonly name: string }
  | { readonly kind: 'no name servers reached' };

/** Goes through the search list for NS records, then asks every server once. One server alone never counts as reached: so the tools have it. */
export function* nsSearch(client: DnsClient, options: LookupOptions, families: readonly Family[]): Generator<NsSearchEvent> {
  let received: Received | undefined;
  for (const event of lookup(client, { ...options, type: 'NS', nextOnServfail: false })) {
    if (event.kind === 'reply') received = event;
    else yield event;
  }
  if (received === undefined) return;
  const { reply } = received;
  const names = reply.answer.filter((record) => record.type === 'NS' && sameName(record.name, reply.question.name));
  const servers: Server[] = [];
  for (const { data } of names) {
    const found = namedServers(client, shownName(data), options.servers[0]?.port ?? 53, families);
    if (found.length === 0) yield { kind: 'unknown server', name: shownName(data) };
    servers.push(...found);
  }
  if (servers.length === 0 && names.length > 0) {
    yield { kind: 'no more', name: shownName(names.at(-1)!.data) };
    return;
  }
  yield { kind: 'named', event: received };
  if (names.length === 0) return;
  let reached = false;
  for (const server of servers) {
    const one = { ...options, name: reply.question.name, type: 'SOA', servers: [server], tries: 1, search: undefined } as const;
    for (const event of lookup(client, { ...one, flags: { ...options.flags, rd: false } })) {
      if (event.kind === 'no servers' || (event.kind !== 'sending' && servers.length === 1)) continue;
      reached ||= event.kind === 'reply';
      yield event;
    }
  }
  if (!reached) yield { kind: 'no name servers reached' };
}
