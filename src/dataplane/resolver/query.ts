/** One question to the servers of resolv.conf, with the C library's patience. (glibc: resolv/res_send.c; musl: src/network/res_msend.c) */
import type { Ip } from '#net/ip.ts';
import { queryOf, type Outcome, type Query, type Reply } from '../dns/message.ts';
import type { RecordType } from '../dns/type.ts';
import type { DnsClient } from './client.ts';
import type { ResolvConf } from './resolv-conf.ts';

export interface Asked {
  readonly name: string;
  readonly type: RecordType;
  readonly server: Ip;
  readonly outcome: Outcome;
}

export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** No server had anything usable to say; `reply` is the last one that was no use (SERVFAIL, REFUSED…). */
  | { readonly kind: 'failed'; readonly reply?: Reply }
  /** No server is there at all: every one refused at once. */
  | { readonly kind: 'refused' };

const dnsPort = 53;
const unusable = new Set(['SERVFAIL', 'NOTIMP', 'REFUSED']);

/** What an exchange comes to for someone who waits so long, and how long he waits. A cut answer is asked for again over TCP. */
function patiently(client: DnsClient, query: Query, server: Ip, patience: number): { readonly outcome: Outcome; readonly took: number } {
  const outcome = client.exchange(query, { ip: server, port: dnsPort });
  if (outcome.kind === 'timeout' || (outcome.kind === 'reply' && outcome.milliseconds > patience))
    return { outcome: { kind: 'timeout' }, took: patience };
  if (outcome.kind !== 'reply' || !outcome.reply.flags.tc || query.transport === 'tcp') return { outcome, took: outcome.milliseconds };
  const again = patiently(client, { ...query, transport: 'tcp' }, server, patience);
  return { outcome: again.outcome, took: outcome.milliseconds + again.took };
}

/**
 * Asks server after server, and all of them again up to `attempts`; the seconds for the later servers grow as glibc lets them. Several types are
 * asked together, and those that a server could not answer are asked of the next one. One answer for each type.
 */
export function askGlibc(
  client: DnsClient,
  conf: ResolvConf,
  name: string,
  types: readonly RecordType[],
  trace: Asked[] = [],
): readonly Answer[] {
  const queries = types.map((type) => queryOf({ name, type }, client.draw() & 0xffff, conf.tcp ? 'tcp' : 'udp'));
  const answers: (Answer | undefined)[] = types.map(() => undefined);
  const useless: (Reply | undefined)[] = types.map(() => undefined);
  let somewhere = false;
  for (let attempt = 0; attempt < conf.attempts; attempt++) {
    for (const [index, server] of conf.nameservers.entries()) {
      const seconds = index === 0 ? conf.timeout : Math.max(1, Math.floor((conf.timeout * 2 ** index) / conf.nameservers.length));
      let took = 0;
      queries.forEach((query, i) => {
        if (answers[i] !== undefined) return;
        const exchange = patiently(client, query, server, seconds * 1000);
        const { outcome } = exchange;
        took = Math.max(took, exchange.took);
        trace.push({ name, type: types[i]!, server, outcome });
        somewhere ||= outcome.kind === 'reply' || outcome.kind === 'timeout';
        if (outcome.kind !== 'reply') return;
        if (unusable.has(outcome.reply.rcode)) useless[i] = outcome.reply;
        else answers[i] = { kind: 'reply', reply: outcome.reply };
      });
      client.wait(took);
      if (answers.every((answer) => answer !== undefined)) return answers;
    }
  }
  return answers.map((answer, i) => answer ?? (!somewhere ? { kind: 'refused' } : failed(useless[i])));
}

function failed(reply: Reply | undefined): Answer {
  return reply === undefined ? { kind: 'failed' } : { kind: 'failed', reply };
}

/** Asks all servers at once, and again after `timeout / attempts`, until `timeout`. The first answer that is no SERVFAIL counts. */
export function askMusl(
  client: DnsClient,
  conf: ResolvConf,
  name: string,
  types: readonly RecordType[],
  trace: Asked[] = [],
): readonly Answer[] {
  const queries = types.map((type) => queryOf({ name, type }, client.draw() & 0xffff));
  const interval = (conf.timeout * 1000) / conf.attempts;
  const answers: (Answer | undefined)[] = types.map(() => undefined);
  const useless: (Reply | undefined)[] = types.map(() => undefined);
  for (let attempt = 0; attempt < conf.attempts; attempt++) {
    let took = 0;
    queries.forEach((query, i) => {
      if (answers[i] !== undefined) return;
      const replies = conf.nameservers.flatMap((server) => {
        const { outcome } = patiently(client, query, server, conf.timeout * 1000);
        trace.push({ name, type: types[i]!, server, outcome });
        return outcome.kind === 'reply' ? [outcome] : [];
      });
      const [usable] = replies
        .filter(({ reply }) => reply.rcode === 'NOERROR' || reply.rcode === 'NXDOMAIN')
        .sort((a, b) => a.milliseconds - b.milliseconds);
      useless[i] = replies[0]?.reply ?? useless[i];
      if (usable) answers[i] = { kind: 'reply', reply: usable.reply };
      took = Math.max(took, usable?.milliseconds ?? interval);
    });
    client.wait(took);
    if (answers.every((answer) => answer !== undefined)) break;
  }
  return answers.map((answer, i) => answer ?? failed(useless[i]));
}
