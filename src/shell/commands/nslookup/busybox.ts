/** nslookup of busybox 1.29 and later, which asks the servers itself. (busybox 1.35: networking/nslookup.c, FEATURE_NSLOOKUP_BIG) */
import { parseIp, type Ip } from '#net/ip.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { Resolver } from '#dataplane/resolver/libc.ts';
import { queryOf, type Outcome, type Query, type Reply, type ResourceRecord } from '#dataplane/dns/message.ts';
import { fqdn, reverseName } from '#dataplane/dns/name.ts';
import type { RecordType } from '#dataplane/dns/type.ts';
import { characterStrings, replyLength } from '#dataplane/dns/wire.ts';
import { output, type Output } from '../../command.ts';
import { shownName } from '../dig/chase.ts';

const usage = `Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any
`;

/** The types that can be asked for, in the order in which they are. */
const queryTypes: readonly RecordType[] = ['SOA', 'NS', 'A', 'AAAA', 'CNAME', 'MX', 'TXT', 'PTR', 'SRV', 'ANY'];

/** What it has room for. */
const replyRoom = 512;

/** Ends the program with a complaint. */
class Complaint extends Error {}
class Usage extends Error {}

interface Options {
  readonly types: Set<RecordType>;
  port: number;
  /** How often a question is sent. */
  tries: number;
  /** Seconds, all tries together. */
  timeout: number;
  debug: boolean;
}

function number(text: string, most: number): number {
  if (!/^\d+$/.test(text)) throw new Complaint(`invalid number '${text}'`);
  const value = Number(text);
  if (value < 1 || value > most) throw new Complaint(`number ${text} is not in 1..${most} range`);
  return value;
}

const optionNames: { readonly [name: string]: (options: Options, value: string) => void } = {
  type: addType,
  querytype: addType,
  port: (options, value) => (options.port = number(value, 65535)),
  retry: (options, value) => (options.tries = number(value, 2147483647)),
  debug: (options) => (options.debug = true),
  t: (options, value) => (options.timeout = number(value, 2147483)),
  timeout: (options, value) => (options.timeout = number(value, 2147483)),
};

function addType(options: Options, value: string): void {
  const type = queryTypes.find((one) => one === value.toUpperCase());
  if (type === undefined) throw new Complaint(`invalid query type "${value}"`);
  options.types.add(type);
}

interface Question {
  /** As it is spoken of. */
  readonly name: string;
  readonly query: Query;
  answer?: { readonly reply: Reply; readonly milliseconds: number };
}

/** Runs a command line; `banner` is the first line of the usage. Waits on the client's clock. */
export function busyboxNslookup(args: readonly string[], client: DnsClient, banner: string): Output {
  const run = new Run(client);
  try {
    return run.perform(args);
  } catch (error) {
    if (error instanceof Usage) return output('', `${banner}\n\n${usage}`, 1);
    if (error instanceof Complaint) return output(run.stdout, `${run.stderr}nslookup: ${error.message}\n`, 1);
    throw error;
  }
}

class Run {
  readonly #client: DnsClient;
  readonly #options: Options = { types: new Set(), port: 53, tries: 2, timeout: 5, debug: false };
  stdout = '';
  stderr = '';

  constructor(client: DnsClient) {
    this.#client = client;
  }

  perform(args: readonly string[]): Output {
    const words = this.#parse(args);
    const [name, server] = words;
    if (name === undefined || words.length > 2) throw new Usage();
    const { conf } = new Resolver(this.#client);
    const servers = server === undefined ? conf.nameservers.map((ip) => ({ ip, shown: ip as string })) : [this.#server(server)];
    const questions = this.#questions(name, conf.search);
    for (const { ip, shown } of servers) {
      if (this.#ask(ip, questions) === 0) continue;
      this.stdout += `Server:\t\t${shown}\nAddress:\t${ip.includes(':') ? `[${ip}]` : ip}:${this.#options.port}\n\n`;
      return output(this.stdout + this.#results(questions), this.stderr, failed(questions) ? 1 : 0);
    }
    return output(`${this.stdout};; connection timed out; no servers could be reached\n\n`, this.stderr, 1);
  }

  /** Reads the options in front; returns the other words. */
  #parse(args: readonly string[]): readonly string[] {
    const end = args.findIndex((arg) => !arg.startsWith('-'));
    for (const arg of end < 0 ? args : args.slice(0, end)) {
      const [word = '', value = ''] = arg.slice(1).split(/=(.*)/s);
      const names = Object.hasOwn(optionNames, word)
        ? [word]
        : Object.keys(optionNames).filter((one) => word !== '' && one.startsWith(word));
      if (names.length !== 1) throw new Usage();
      optionNames[names[0]!]!(this.#options, value);
    }
    return end < 0 ? [] : args.slice(end);
  }

  #server(text: string): { readonly ip: Ip; readonly shown: string } {
    const [, host = text, port] = /^([^:]+):(\d+)$/.exec(text) ?? [];
    if (port !== undefined) this.#options.port = Number(port);
    const ip = new Resolver(this.#client).addresses(host).addresses[0];
    if (ip === undefined) throw new Complaint(`bad address '${text}'`);
    return { ip, shown: text };
  }

  /** The search list is for names without a dot only, and they are not tried without it. */
  #questions(name: string, search: readonly string[]): readonly Question[] {
    const ip = parseIp(name);
    const { types } = this.#options;
    if (ip !== undefined && types.size === 0) return [this.#question(shownName(reverseName(ip)), 'PTR')];
    const wanted = types.size > 0 ? queryTypes.filter((type) => types.has(type)) : (['A', 'AAAA'] as const);
    const names = name.includes('.') || search.length === 0 ? [name] : search.map((domain) => `${name}.${domain}`);
    return wanted.flatMap((type) => names.map((one) => this.#question(one, type)));
  }

  #question(name: string, type: RecordType): Question {
    return { name, query: queryOf({ name: fqdn(name), type }, this.#client.draw() & 0xffff) };
  }

  /** Sends everything at once, and again what is not answered after each part of the time; returns how many answers came. */
  #ask(ip: Ip, questions: readonly Question[]): number {
    const { timeout, tries, port } = this.#options;
    const begin = this.#client.now();
    const end = begin + timeout * 1000;
    const interval = (timeout * 1000) / tries;
    let arrivals: { readonly at: number; readonly question: Question; readonly outcome: Outcome }[] = [];
    const now = () => this.#client.now();
    const open = () => questions.filter((question) => question.answer === undefined);
    /** Returns false when the socket has been told already that nobody is there. */
    const send = (question: Question): boolean => {
      const error = arrivals.find(({ outcome }) => outcome.kind === 'refused' || outcome.kind === 'unreachable')?.outcome;
      if (error !== undefined) {
        this.stderr += `nslookup: write to '${ip}': ${errorText(error)}\n`;
        return false;
      }
      const outcome = this.#client.exchange(question.query, { ip, port });
      if (outcome.kind === 'unreachable' && outcome.why === 'network is unreachable')
        throw new Complaint(`can't connect to remote host (${ip}): Network is unreachable`);
      if (outcome.kind !== 'timeout') arrivals.push({ at: now() + outcome.milliseconds, question, outcome });
      return true;
    };
    let servfails = 0;
    for (let round = begin; round < end; round += interval) {
      if (round > now()) this.#client.wait(round - now());
      if (!open().every(send)) return questions.length - open().length;
      servfails = 2 * questions.length;
      for (;;) {
        const next = arrivals.filter(({ at }) => at < Math.min(round + interval, end)).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        arrivals = arrivals.filter((one) => one !== next);
        this.#client.wait(Math.max(0, next.at - now()));
        const { question, outcome } = next;
        if (outcome.kind !== 'reply') this.stderr += `nslookup: read: ${errorText(outcome)}\n`;
        else if (question.answer === undefined) {
          if (outcome.reply.rcode === 'SERVFAIL' && servfails-- > 0) send(question);
          else question.answer = { reply: outcome.reply, milliseconds: now() - begin };
        }
        if (open().length === 0) return questions.length;
      }
    }
    this.#client.wait(Math.max(0, end - now()));
    return questions.length - open().length;
  }

  /** What came, in the order in which it came, then what did not. */
  #results(questions: readonly Question[]): string {
    const answered = questions.filter(({ answer }) => answer !== undefined);
    const inOrder = [...answered].sort((a, b) => a.answer!.milliseconds - b.answer!.milliseconds);
    const missing = questions.filter(({ answer }) => answer === undefined);
    return [
      ...inOrder.map((question) => this.#result(questions.indexOf(question), question)),
      ...missing.map(({ name }) => `*** Can't find ${name}: No answer\n\n`),
    ].join('');
  }

  #result(index: number, { name, answer }: Question): string {
    const { reply, milliseconds } = answer!;
    const { debug } = this.#options;
    const took = debug ? `Query #${index} completed in ${Math.floor(milliseconds)}ms:\n` : '';
    if (reply.rcode !== 'NOERROR') return `${took}** server can't find ${name}: ${reply.rcode}\n\n`;
    const authority = reply.flags.aa ? (debug ? 'authoritative answer:\n' : '') : 'Non-authoritative answer:\n';
    if (replyLength(reply) > replyRoom) return `${took}${authority}*** Can't find ${name}: Parse error\n\n`;
    return `${took}${authority}${reply.answer.map(recordText).join('')}\n`;
  }
}

function failed(questions: readonly Question[]): boolean {
  return questions.some(({ answer }) => answer === undefined || answer.reply.rcode !== 'NOERROR' || replyLength(answer.reply) > replyRoom);
}

function errorText(outcome: Outcome): string {
  return outcome.kind === 'refused' ? 'Connection refused' : 'No route to host';
}

/** Types it does not know are left out. */
function recordText({ name: owner, type, data }: ResourceRecord): string {
  const name = shownName(owner);
  const fields = data.split(' ').map(shownName);
  switch (type) {
    case 'A':
    case 'AAAA':
      return `Name:\t${name}\nAddress: ${data}\n`;
    case 'NS':
      return `${name}\tnameserver = ${shownName(data)}\n`;
    case 'CNAME':
      return `${name}\tcanonical name = ${shownName(data)}\n`;
    case 'PTR':
      return `${name}\tname = ${shownName(data)}\n`;
    case 'MX':
      return `${name}\tmail exchanger = ${fields.join(' ')}\n`;
    case 'SRV':
      return `${name}\tservice = ${fields.join(' ')}\n`;
    case 'TXT':
      return `${name}\ttext = "${characterStrings(data)[0] ?? ''}"\n`;
    case 'SOA': {
      const [origin, mailbox, serial, refresh, retry, expire, minimum] = fields;
      return `${name}\n\torigin = ${origin}\n\tmail addr = ${mailbox}\n\tserial = ${serial}\n\trefresh = ${refresh}\n\tretry = ${retry}\n\texpire = ${expire}\n\tminimum = ${minimum}\n`;
    }
    default:
      return '';
  }
}
