/** host: names and addresses in sentences. (bind9 9.18: bin/dig/host.c) */
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { noFlags, type Reply, type ResourceRecord } from '#dataplane/dns/message.ts';
import { rcodeNumber, type RecordType } from '#dataplane/dns/type.ts';
import { replyLength } from '#dataplane/dns/wire.ts';
import { output, type Command, type Output } from '../../command.ts';
import { chaseAliases, shownName } from '../dig/chase.ts';
import { bindVersion, type DnsClientFor } from '../dig/dig.ts';
import { checkName, IllegalName, lookup, type LookupOptions, type Received } from '../dig/lookup.ts';
import { masterStyle, questionLine, recordLine } from '../dig/master-style.ts';
import { countsText, flagsText } from '../dig/print.ts';
import { nsSearch } from '../dig/ns-search.ts';
import { defaultServers, namedServers, serverText, toolConf, type Server } from '../dig/servers.ts';
import { parseHostArguments, type HostOptions } from './options.ts';

export function hostCommand(clientFor: DnsClientFor, version = bindVersion): Command {
  return { name: 'host', run: (args, io, here) => host(args, clientFor(io, here), version) };
}

/** Runs a command line; waits on the client's clock. */
export function host(args: readonly string[], client: DnsClient, version = bindVersion): Output {
  const options = parseHostArguments(args, version);
  return 'stdout' in options ? options : new Run(client, options).perform();
}

/** How each type is said. */
// prettier-ignore
const phrases: { readonly [type: string]: string } = {
  A: 'has address', NS: 'name server', CNAME: 'is an alias for', PTR: 'domain name pointer', HINFO: 'host information', MX: 'mail is handled by',
  TXT: 'descriptive text', SIG: 'has signature', KEY: 'has key', AAAA: 'has IPv6 address', LOC: 'location',
};

const denials: ReadonlySet<RecordType> = new Set<RecordType>(['RRSIG', 'NSEC', 'NSEC3']);

function sentence({ name, type, data }: ResourceRecord): string {
  return `${shownName(name)} ${phrases[type] ?? `has ${type} record`} ${data}`;
}

class Run {
  readonly #client: DnsClient;
  readonly #options: HostOptions;
  #stdout = '';
  #failed = false;
  #answered = false;
  #serverTold: boolean;

  constructor(client: DnsClient, options: HostOptions) {
    this.#client = client;
    this.#options = options;
    this.#serverTold = options.server === undefined;
  }

  perform(): Output {
    const { name, type, server, port, families, ndots, defaultLookups, compareSoa } = this.#options;
    const conf = toolConf(this.#client);
    const servers =
      server === undefined ? defaultServers(this.#client, conf, port, families) : namedServers(this.#client, server, port, families);
    if (servers.length === 0 && server !== undefined) return output('', `host: couldn't get address for '${server}': not found\n`, 1);
    try {
      checkName(name);
    } catch (error) {
      if (error instanceof IllegalName) return output('', `host: ${error.message}\n`, 1);
      throw error;
    }
    const search = { search: conf.search, ndots: ndots ?? conf.ndots };
    if (compareSoa) {
      const end = this.#compare(servers, search);
      if (end) return end;
    } else {
      const reply = this.#ask(name, type, servers, search);
      if (reply?.rcode === 'NOERROR' && defaultLookups && type === 'A') {
        const chased = shownName(chaseAliases(reply));
        this.#ask(chased, 'AAAA', servers, undefined);
        this.#ask(chased, 'MX', servers, undefined);
      }
    }
    return output(this.#stdout, '', this.#failed || !this.#answered ? 1 : 0);
  }

  #lookup(name: string, type: RecordType, servers: readonly Server[], search: LookupOptions['search']): LookupOptions {
    const { timeout, tries, tcp, recurse, stopOnServfail } = this.#options;
    return {
      name,
      type,
      class: this.#options.class,
      servers,
      tries,
      timeout: timeout ?? toolConf(this.#client).timeout,
      transport: (tcp ?? (type === 'ANY' || type === 'AXFR')) ? 'tcp' : 'udp',
      search,
      flags: { ...noFlags, rd: recurse },
      nextOnServfail: !stopOnServfail,
    };
  }

  /** Looks a name up and prints what there is to say; returns the reply at the end. */
  #ask(name: string, type: RecordType, servers: readonly Server[], search: LookupOptions['search'], prefix = ''): Reply | undefined {
    const { verbose } = this.#options;
    let trying = '';
    for (const event of lookup(this.#client, this.#lookup(name, type, servers, search))) {
      switch (event.kind) {
        case 'sending': {
          const now = `${event.query.transport} ${event.query.question.name}`;
          if (verbose && now !== trying) this.#stdout += `Trying "${shownName(event.query.question.name)}"\n`;
          trying = now;
          break;
        }
        case 'warning':
          this.#stdout += `;; ${event.text}\n`;
          break;
        case 'no servers':
          this.#stdout += ';; no servers could be reached\n';
          return undefined;
        case 'reply':
          this.#print(event, name, prefix);
          return event.reply;
      }
    }
    return undefined;
  }

  #print(event: Received, name: string, prefix: string): void {
    const { reply, server } = event;
    const { verbose, almostAll, defaultLookups, type } = this.#options;
    const write = (text: string) => (this.#stdout += text);
    const kept = almostAll ? reply.answer.filter((record) => !denials.has(record.type)) : reply.answer;
    if (!this.#serverTold) write(`Using domain server:\nName: ${server.userarg}\nAddress: ${serverText(server)}\nAliases: \n\n`);
    this.#serverTold = true;
    this.#answered = true;
    if (reply.rcode !== 'NOERROR') {
      const shown = reply.rcode === 'NXDOMAIN' ? name : shownName(reply.question.name);
      write(`${prefix}Host ${shown} not found: ${rcodeNumber(reply.rcode)}(${reply.rcode})\n`);
      this.#failed = true;
    }
    if (type === 'AXFR') {
      write('; Transfer failed.\n');
      return;
    }
    if (reply.rcode !== 'NOERROR') {
      // All is said.
    } else if (verbose) write(longReply({ ...reply, answer: kept }));
    else {
      write(kept.map((record) => `${prefix}${sentence(record)}\n`).join(''));
      if (kept.length === 0 && !defaultLookups) write(`${shownName(reply.question.name)} has no ${reply.question.type} record\n`);
    }
    if (verbose) write(received(event).repeat(event.again ? 2 : 1));
  }

  /** `-C`: the SOA record as each of the zone's name servers has it. Returns what the program ends with at once, if it does. */
  #compare(servers: readonly Server[], search: NonNullable<LookupOptions['search']>): Output | undefined {
    const { name, families, verbose } = this.#options;
    let trying = '';
    for (const event of nsSearch(this.#client, this.#lookup(name, 'NS', servers, search), families)) {
      switch (event.kind) {
        case 'sending': {
          const now = `${event.query.question.type} ${event.query.question.name}`;
          if (verbose && now !== trying) this.#stdout += `Trying "${shownName(event.query.question.name)}"\n`;
          trying = now;
          break;
        }
        case 'warning':
          this.#stdout += `;; ${event.text}\n`;
          break;
        case 'no servers':
          this.#stdout += ';; no servers could be reached\n';
          break;
        case 'named':
          if (verbose) this.#stdout += received(event.event);
          break;
        case 'unknown server':
          this.#stdout += `couldn't get address for '${event.name}': not found\n`;
          break;
        case 'no more':
          return output(this.#stdout, `host: couldn't get address for '${event.name}': no more\n`, 1);
        case 'no name servers reached':
          this.#stdout += ';; NS servers could not be reached\n';
          break;
        case 'reply':
          this.#print(event, name, `Nameserver ${event.server.ip}:\n\t`);
      }
    }
    return undefined;
  }
}

function received({ reply, server, milliseconds }: Received): string {
  return `Received ${replyLength(reply)} bytes from ${serverText(server)} in ${Math.floor(milliseconds)} ms\n`;
}

/** Header and sections, as dig has them but for the OPT record. */
function longReply(reply: Reply): string {
  const style = masterStyle();
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? '' : `;; ${title} SECTION:\n${lines.join('\n')}\n\n`);
  const records = (all: readonly ResourceRecord[]) => all.map((record) => recordLine(record, style));
  return `;; ->>HEADER<<- opcode: ${reply.opcode}, status: ${reply.rcode}, id: ${reply.id}
;; flags:${flagsText(reply.flags, true)}; ${countsText({ ...reply, edns: undefined })}

${section('QUESTION', [questionLine(reply.question, style)])}${section('ANSWER', records(reply.answer))}${section('AUTHORITY', records(reply.authority))}${section('ADDITIONAL', records(reply.additional))}`;
}
