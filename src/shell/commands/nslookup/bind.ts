/** nslookup as BIND has it. (bind9 9.18: bin/dig/nslookup.c) */
import { parseIp } from '#net/ip.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { noFlags, type Reply } from '#dataplane/dns/message.ts';
import { reverseName } from '#dataplane/dns/name.ts';
import type { RecordType } from '#dataplane/dns/type.ts';
import { output, type Output } from '../../command.ts';
import { chaseAliases, shownName } from '../dig/chase.ts';
import { checkName, IllegalName, lookup, type LookupOptions, type Received } from '../dig/lookup.ts';
import { defaultServers, namedServers, serverText, toolConf } from '../dig/servers.ts';
import { detailedReply, shortSection } from './print.ts';
import { defaultSettings, serversText, setOption, type Settings } from './settings.ts';

/** Ends the program at once: nothing more is printed. */
class Fatal extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface Wanted {
  readonly name: string;
  readonly type: RecordType;
}

/** Runs a command line; without a name, the lines of standard input. Waits on the client's clock. */
export function bindNslookup(args: readonly string[], client: DnsClient, version: string, stdin = ''): Output {
  const run = new Run(client, version);
  try {
    run.commandLine(args, stdin);
    // What ends every run is an empty line.
    return output(`${run.stdout}\n`, '', run.failed ? 1 : 0);
  } catch (error) {
    if (error instanceof Fatal) return output(run.stdout, error.message === '' ? '' : `nslookup: ${error.message}\n`, error.exitCode);
    throw error;
  }
}

/** Commands of old that BIND's nslookup only knows by name. */
// prettier-ignore
const unfinished: { readonly [command: string]: string } = {
  finger: 'implemented', ls: 'implemented', view: 'implemented', root: 'implemented', help: 'yet implemented', '?': 'yet implemented',
};

class Run {
  readonly #client: DnsClient;
  readonly #version: string;
  readonly #settings: Settings;
  stdout = '';
  #failure = false;
  #reached = false;
  /** The A records of a name were none: when there is no AAAA record either, that is told. */
  #noAddress = false;

  constructor(client: DnsClient, version: string) {
    const conf = toolConf(client);
    this.#client = client;
    this.#version = version;
    this.#settings = defaultSettings(
      conf,
      /^options[ \t].*\btimeout:\d/m.test(client.readFile('/etc/resolv.conf') ?? '') ? conf.timeout : 0,
      defaultServers(client, conf, 53),
    );
  }

  get failed(): boolean {
    return this.#failure || !this.#reached;
  }

  commandLine(args: readonly string[], stdin: string): void {
    let wanted: Wanted | undefined;
    let interactive = args.length === 0;
    for (const arg of args) {
      if (/^-ver/i.test(arg)) {
        this.stdout += `nslookup ${this.#version}\n`;
        throw new Fatal('', 0);
      }
      if (arg === '-') interactive = true;
      else if (arg.startsWith('-')) this.stdout += setOption(this.#settings, arg.slice(1));
      else if (wanted === undefined && !interactive) wanted = this.#wanted(arg);
      else this.#setServer(arg);
    }
    if (wanted !== undefined) this.#lookUp(wanted);
    else this.#lines(stdin);
  }

  #wanted(text: string): Wanted {
    const ip = parseIp(text);
    return ip === undefined ? { name: text, type: this.#settings.type } : { name: reverseName(ip), type: 'PTR' };
  }

  #setServer(name: string): void {
    const servers = namedServers(this.#client, name, this.#settings.port);
    if (servers.length === 0) throw new Fatal(`couldn't get address for '${name}': not found`, 1);
    this.#settings.servers = servers;
    this.#settings.checkRecursion = false;
  }

  #lines(stdin: string): void {
    for (const line of stdin.split('\n')) {
      const [word = '', argument] = line.trim().split(/\s+/);
      const command = word.toLowerCase();
      if (command === '') continue;
      if (command === 'exit') return;
      if (command === 'set') {
        if (argument !== undefined) this.stdout += setOption(this.#settings, argument);
      } else if (command === 'server' || command === 'lserver') {
        if (argument !== undefined) this.#setServer(argument);
        this.stdout += serversText(this.#settings);
      } else {
        // A server behind the name is read, and not asked.
        const text = unfinished[command];
        if (text === undefined) this.#lookUp(this.#wanted(word));
        else this.stdout += `The '${word}' command is not ${text}.\n`;
      }
    }
  }

  #lookUp(wanted: Wanted): void {
    const { search, domains, ndots } = this.#settings;
    const reply = this.#ask(wanted, search ? { search: domains, ndots } : undefined);
    if (reply === undefined || reply.rcode !== 'NOERROR' || !this.#settings.defaultLookups || wanted.type !== 'A') return;
    this.#ask({ name: shownName(chaseAliases(reply)), type: 'AAAA' }, undefined);
  }

  /** Looks a name up and prints what there is to say; returns the reply at the end. */
  #ask({ name, type }: Wanted, search: LookupOptions['search']): Reply | undefined {
    const settings = this.#settings;
    try {
      checkName(name);
    } catch (error) {
      if (error instanceof IllegalName) throw new Fatal(error.message, 10);
      throw error;
    }
    const events = lookup(this.#client, {
      name,
      type,
      class: settings.class,
      servers: settings.servers,
      tries: settings.tries,
      timeout: settings.timeout || 5,
      transport: settings.tcp ? 'tcp' : 'udp',
      search,
      flags: { ...noFlags, rd: settings.recurse },
      nextOnServfail: settings.nextOnServfail,
      checkRecursion: settings.checkRecursion,
    });
    for (const event of events) {
      if (event.kind === 'warning' || event.kind === 'comment') this.stdout += `;; ${event.text}\n`;
      else if (event.kind === 'truncated') this.stdout += ';; Truncated, retrying in TCP mode.\n';
      else if (event.kind === 'no servers') this.stdout += ';; no servers could be reached\n';
      else if (event.kind === 'reply') {
        this.#reached = true;
        this.#print(event, name, type);
        return event.reply;
      }
    }
    return undefined;
  }

  #print({ reply, server }: Received, name: string, type: RecordType): void {
    const { defaultLookups, debug } = this.#settings;
    const write = (text: string) => (this.stdout += text);
    const first = !defaultLookups || type === 'A';
    if (first) write(`Server:\t\t${server.userarg}\nAddress:\t${serverText(server)}\n\n`);
    if (debug) write(detailedReply(reply));
    if (reply.rcode !== 'NOERROR') {
      write(`** server can't find ${shownName(reply.question.name)}: ${reply.rcode}\n`);
      this.#failure = true;
      return;
    }
    if (!reply.flags.aa && first) write('Non-authoritative answer:\n');
    if (reply.answer.length > 0) write(shortSection(reply.answer, true));
    else if (!defaultLookups || (type === 'AAAA' && this.#noAddress)) write(`*** Can't find ${name}: No answer\n`);
    if (defaultLookups && type === 'A') this.#noAddress = reply.answer.length === 0;
    if (!reply.flags.aa && type !== 'A' && type !== 'AAAA')
      write(`\nAuthoritative answers can be found from:\n${shortSection(reply.authority, false)}${shortSection(reply.additional, false)}`);
  }
}
