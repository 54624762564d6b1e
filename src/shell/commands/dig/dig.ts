/** dig: questions to the DNS, and everything that came back. (bind9 9.18: bin/dig/dig.c) */
import { familyOf, parseIp, type Ip } from '#net/ip.ts';
import { cookieOption, doBit, type Edns, type EdnsOption } from '#dataplane/dns/message.ts';
import { Resolver } from '#dataplane/resolver/libc.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { checkName, defaultServers, IllegalName, lookup, type LookupOptions, type Server } from './lookup.ts';
import { DigExit, fatal, parseDigArguments, type DigLookup, type DigOptions } from './options.ts';
import { isMalformed, queryText, replyText, statsText, yamlText } from './print.ts';
import { masterStyle, recordLine } from './master-style.ts';

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
    const options = parseDigArguments(args, version, (line) => (stderr += `${line}\n`));
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

/** The address of a server that is called by name or address. */
export function addressOf(client: DnsClient, name: string, families: readonly ('IPv4' | 'IPv6')[]): Ip | undefined {
  const literal = parseIp(name.replace(/%.*/, ''));
  if (literal !== undefined) return literal;
  return new Resolver(client).addresses(name, families, true).addresses[0];
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
    const zoneTransfer = one.type === 'AXFR' || one.type === 'IXFR';
    const settings = this.#settings(servers);
    for (const event of lookup(this.#client, settings)) {
      switch (event.kind) {
        case 'warning':
          write(`;; ${event.text}\n`);
          break;
        case 'truncated':
          write(this.#greet());
          if (one.comments) write(';; Truncated, retrying in TCP mode.\n');
          break;
        case 'no servers':
          if (event.transport === 'udp') write(this.#greet());
          write(';; no servers could be reached\n');
          return 9;
        case 'sending':
          if (one.showQuery) write(this.#greet() + queryText(event.query, one));
          break;
        case 'reply': {
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
    const { port, families } = this.#options;
    const { server } = this.#lookup;
    if (server === undefined) {
      const text = this.#client.readFile('/etc/resolv.conf');
      const all = defaultServers(text, new Resolver(this.#client).conf, port);
      return all.filter(({ ip }) => families.includes(familyOf(ip)));
    }
    const ip = addressOf(this.#client, server, families);
    if (ip === undefined) throw fatal(`couldn't get address for '${server}': not found`, 1);
    return [{ ip, port, userarg: server }];
  }

  #settings(servers: readonly Server[]): LookupOptions {
    const one = this.#lookup;
    const { conf } = new Resolver(this.#client);
    const edns = this.#edns();
    const tcp = one.tcp ?? (one.type === 'ANY' || one.type === 'AXFR' || one.type === 'IXFR');
    const search = one.domain !== undefined ? [one.domain] : conf.search;
    return {
      name: one.name,
      type: one.type,
      class: one.class,
      servers,
      tries: one.tries,
      timeout: one.timeout,
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
    const { edns, udpSize, dnssec, cookie, nsid, ednsFlags, type } = this.#lookup;
    if (edns === undefined) return undefined;
    const options: EdnsOption[] = [];
    if (nsid) options.push({ code: 3, data: '' });
    if (cookie !== false && type !== 'AXFR') options.push({ code: cookieOption, data: typeof cookie === 'string' ? cookie : this.#cookie });
    return { udpSize, version: edns, flags: (dnssec ? doBit : 0) | ednsFlags, options };
  }

  /** `+trace`: from the root downwards, each time asking the servers that the last answer named. */
  #trace(first: readonly Server[], write: (text: string) => void): number {
    const one = this.#lookup;
    const style = masterStyle({ ttl: one.ttl, class: one.showClass, multiline: one.multiline, ttlUnits: one.ttlUnits });
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
      const ip = addressOf(this.#client, shown, families);
      if (ip === undefined) write(`couldn't get address for '${shown}': not found\n`);
      return ip === undefined ? [] : [{ ip, port, userarg: shown }];
    });
    if (found.length === 0) throw fatal(`couldn't get address for '${names.at(-1)!.replace(/\.$/, '')}': no more`, 1);
    return found;
  }
}
