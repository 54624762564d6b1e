/** dig: questions to the DNS, and everything that came back. (bind9 9.18: bin/dig/dig.c) */
import { cookieOption, doBit, type Edns, type EdnsOption } from '#dataplane/dns/message.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { checkName, IllegalName, lookup, type LookupOptions } from './lookup.ts';
import { DigExit, fatal, parseDigArguments, type DigLookup, type DigOptions } from './options.ts';
import { isMalformed, queryText, replyText, statsText, styleOf, yamlText } from './print.ts';
import { recordLine } from './master-style.ts';
import { nsSearch } from './ns-search.ts';
import { defaultServers, namedServers, toolConf, type Server } from './servers.ts';
import { subnetOption } from './subnet.ts';

/** What the DNS tools are given by the shell: how to ask from the place where they run. */
export type DnsClientFor = (io: Io, here: Here) => DnsClient;

export const bindVersion = '9.18.49-1~deb12u3-Debian';

export function digCommand(clientFor: DnsClientFor, version = bindVersion): Command {
  return { name: 'dig', run: (args, io, here) => dig(args, clientFor(io, here), version) };
}

/** Runs a command line; waits on the client's clock. */
export function dig(args: readonly string[], client: DnsClient, version = bindVersion): Output {
  let stderr = '';
  let stdout = '';
  try {
    const options = parseDigArguments(args, version, (text) => (stderr += text));
    const cookie = [...Array(2)].map(() => client.draw().toString(16).padStart(8, '0')).join('');
    let exitCode = 0;
    for (const one of options.lookups) {
      const run = new Run(client, options, one, cookie);
      exitCode = Math.max(
        exitCode,
        run.perform((text) => (stdout += text)),
      );
    }
    return output(stdout, stderr, exitCode);
  } catch (error) {
    if (error instanceof DigExit) return output(stdout + error.stdout, stderr + error.stderr, error.exitCode);
    throw error;
  }
}

class Run {
  readonly #client: DnsClient;
  readonly #options: DigOptions;
  readonly #lookup: DigLookup;
  readonly #cookie: string;
  #greeting: string;

  constructor(client: DnsClient, options: DigOptions, one: DigLookup, cookie: string) {
    this.#client = client;
    this.#options = options;
    this.#lookup = one;
    this.#cookie = cookie;
    this.#greeting = one.short || one.yaml ? '' : one.greeting;
  }

  /** Looks the name up and writes what dig writes; returns the exit status. */
  perform(write: (text: string) => void): number {
    const one = this.#lookup;
    const servers = this.#servers();
    try {
      checkName(one.name);
    } catch (error) {
      if (error instanceof IllegalName) throw fatal(error.message, 10);
      throw error;
    }
    if (one.trace) return this.#trace(servers, write);
    if (one.nsSearch) return this.#nsSearch(servers, write);
    const zoneTransfer = one.type === 'AXFR' || one.type === 'IXFR';
    const settings = this.#settings(servers);
    for (const event of lookup(this.#client, settings)) {
      switch (event.kind) {
        case 'warning':
          write(`;; ${event.text}\n`);
          break;
        case 'truncated':
          if (one.comments) write(';; Truncated, retrying in TCP mode.\n');
          break;
        case 'no servers':
          if (!event.silent) write(this.#greet());
          write(';; no servers could be reached\n');
          return 9;
        case 'sending':
          if (one.showQuery) write(this.#greet() + queryText(event.query, one));
          break;
        case 'reply': {
          if (one.secure !== undefined) throw new DigExit('', 'cka-net: dig: DNS over TLS and HTTPS are not simulated\n', 1);
          if (typeof one.cookie === 'string' && !event.reply.edns) write(';; expected opt record in response\n');
          if (isMalformed(event.reply)) write(';; Warning: Message parser reports malformed message packet.\n');
          write(this.#greet());
          if (zoneTransfer) {
            write('; Transfer failed.\n');
            return 0;
          }
          const now = this.#client.now();
          write(one.yaml ? yamlText(event, now) : replyText(event, one));
          const stats = statsText(event, one, now, this.#options.microseconds);
          write(event.again ? stats + stats : stats);
          // The next reply of a search begins with the whole header again.
          if (one.showSearch) this.#greeting = one.short ? '' : one.greeting;
          break;
        }
      }
    }
    return 0;
  }

  #greet(): string {
    const greeting = this.#greeting;
    this.#greeting = '';
    return greeting;
  }

  #servers(): readonly Server[] {
    const { families } = this.#options;
    const { server, secure } = this.#lookup;
    const port = secure !== undefined && this.#options.port === 53 ? secure : this.#options.port;
    if (server === undefined) return defaultServers(this.#client, toolConf(this.#client), port, families);
    const found = namedServers(this.#client, server, port, families);
    if (found.length === 0) throw fatal(`couldn't get address for '${server}': not found`, 1);
    return found;
  }

  #settings(servers: readonly Server[]): LookupOptions {
    const one = this.#lookup;
    const conf = toolConf(this.#client);
    const edns = this.#edns();
    const tcp = one.secure !== undefined || (one.tcp ?? (one.type === 'ANY' || one.type === 'AXFR' || one.type === 'IXFR'));
    const search = one.domain !== undefined ? [one.domain] : conf.search;
    return {
      name: one.name,
      type: one.type,
      class: one.class,
      servers,
      tries: one.tries ?? conf.attempts,
      timeout: one.timeout ?? conf.timeout,
      transport: tcp ? 'tcp' : 'udp',
      search: one.search ? { search, ndots: one.ndots ?? conf.ndots } : undefined,
      showSearch: one.showSearch,
      flags: one.flags,
      ...(edns && { edns }),
      ...(one.id !== undefined && { id: one.id }),
      ...(this.#options.from !== undefined && { from: this.#options.from }),
      ignoreTruncation: one.ignoreTruncation,
    };
  }

  #edns(): Edns | undefined {
    const { edns, udpSize, dnssec, cookie, nsid, ednsFlags, subnet } = this.#lookup;
    if (edns === undefined) return undefined;
    const options: EdnsOption[] = [];
    if (nsid) options.push({ code: 3, data: '' });
    if (subnet !== undefined) options.push({ code: subnetOption, data: subnet });
    if (cookie !== false) options.push({ code: cookieOption, data: typeof cookie === 'string' ? cookie : this.#cookie });
    return { udpSize, version: edns, flags: (dnssec ? doBit : 0) | ednsFlags, options };
  }

  /** `+nssearch` */
  #nsSearch(servers: readonly Server[], write: (text: string) => void): number {
    const { families } = this.#options;
    const settings = { ...this.#settings(servers), search: undefined };
    for (const event of nsSearch(this.#client, settings, families)) {
      if (event.kind === 'warning') write(`;; ${event.text}\n`);
      if (event.kind === 'unknown server') write(`couldn't get address for '${event.name}': not found\n`);
      if (event.kind === 'no more') throw fatal(`couldn't get address for '${event.name}': no more`, 1);
      if (event.kind === 'no servers' || event.kind === 'no name servers reached') {
        write(event.kind === 'no servers' ? ';; no servers could be reached\n' : ';; NS servers could not be reached\n');
        return 9;
      }
      if (event.kind !== 'reply') continue;
      for (const { data } of event.reply.answer)
        write(`SOA ${data} from server ${event.server.ip} in ${Math.floor(event.milliseconds)} ms.\n`);
    }
    return 0;
  }

  /** `+trace`: from the root downwards, each time asking the servers that the last answer named. */
  #trace(first: readonly Server[], write: (text: string) => void): number {
    const one = this.#lookup;
    const style = styleOf(one);
    let servers = first;
    let settings: LookupOptions = { ...this.#settings(servers), name: '.', type: 'NS', flags: { ...one.flags, rd: true } };
    for (let depth = 0; depth < 16; depth++) {
      for (const event of lookup(this.#client, { ...settings, servers })) {
        if (event.kind === 'warning') write(`;; ${event.text}\n`);
        if (event.kind === 'no servers') {
          write(`${this.#greet()};; no servers could be reached\n`);
          return 9;
        }
        if (event.kind !== 'reply') continue;
        const { reply } = event;
        write(this.#greet());
        for (const record of [...reply.answer, ...reply.authority]) write(`${recordLine(record, style)}\n`);
        const named = [...reply.answer, ...reply.authority].filter(({ type }) => type === 'NS').map(({ data }) => data);
        if (named.length === 0 || (depth > 0 && reply.answer.length > 0)) {
          write(statsText(event, one, this.#client.now(), this.#options.microseconds));
          return 0;
        }
        servers = this.#named(named, write);
        write(statsText(event, one, this.#client.now(), this.#options.microseconds));
      }
      settings = { ...this.#settings(servers), flags: one.flags };
    }
    return 0;
  }

  /** The addresses of name servers; dig ends when it finds none at all. */
  #named(names: readonly string[], write: (text: string) => void): readonly Server[] {
    const { families, port } = this.#options;
    const found = names.flatMap((name) => {
      const shown = name.replace(/\.$/, '');
      const servers = namedServers(this.#client, shown, port, families);
      if (servers.length === 0) write(`couldn't get address for '${shown}': not found\n`);
      return servers;
    });
    if (found.length === 0) throw fatal(`couldn't get address for '${names.at(-1)!.replace(/\.$/, '')}': no more`, 1);
    return found;
  }
}
