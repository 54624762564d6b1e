/** Names and addresses as the C library's functions find them. (glibc: resolv/res_query.c, nss/getaddrinfo.c; musl: src/network/lookup_name.c) */
import { contains, familyOf, networkOf, parseIp, toNumber, bitsOf, type Family, type Ip } from '#net/ip.ts';
import type { Reply } from '../dns/message.ts';
import { fqdn, reverseName, sameName } from '../dns/name.ts';
import type { RecordType } from '../dns/type.ts';
import type { DnsClient } from './client.ts';
import { hostByAddress, hostByName, hostSources, parseHosts, type HostEntry } from './hosts.ts';
import { askGlibc, askMusl, type Answer, type Asked } from './query.ts';
import { parseResolvConf, type ResolvConf } from './resolv-conf.ts';

/** Why nothing was found, as getaddrinfo(3) numbers it; programs word it as they like. */
export type LookupError = 'EAI_NONAME' | 'EAI_NODATA' | 'EAI_AGAIN' | 'EAI_FAIL';

export interface Lookup {
  readonly addresses: readonly Ip[];
  /** The name at the end of all aliases; the name as asked when it came from /etc/hosts or is an address. */
  readonly canonicalName: string;
  readonly error?: LookupError;
  /** All that was asked, in order: for explanations. */
  readonly asked: readonly Asked[];
  readonly milliseconds: number;
}

export type Libc = 'glibc' | 'musl';

interface Found {
  readonly kind: 'found';
  readonly reply: Reply;
  readonly name: string;
}

type Search = Found | { readonly kind: 'missing'; readonly error: LookupError };

/** The names that are tried for a name, in order, without the final dot: search suffixes and the name itself. */
export function candidates(conf: ResolvConf, name: string, libc: Libc = 'glibc'): readonly string[] {
  const dots = name.split('.').length - 1;
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const suffixed = conf.search.map((domain) => (domain === '.' ? name : `${name}.${domain.replace(/^\.|\.$/g, '')}`));
  if (dots >= conf.ndots) return libc === 'musl' ? [name] : [name, ...suffixed];
  return suffixed.includes(name) ? suffixed : [...suffixed, name];
}

function errorOf(answer: Answer): LookupError {
  if (answer.kind === 'reply')
    return answer.reply.rcode === 'NXDOMAIN' ? 'EAI_NONAME' : answer.reply.rcode === 'NOERROR' ? 'EAI_NODATA' : 'EAI_FAIL';
  return 'EAI_AGAIN';
}

export class Resolver {
  readonly #client: DnsClient;
  readonly #libc: Libc;
  readonly conf: ResolvConf;

  constructor(client: DnsClient, libc: Libc = 'glibc') {
    this.#client = client;
    this.#libc = libc;
    this.conf = parseResolvConf(client.readFile('/etc/resolv.conf'), libc);
  }

  /** One answer for each type. */
  #ask(name: string, types: readonly RecordType[], trace: Asked[]): readonly Answer[] {
    return (this.#libc === 'musl' ? askMusl : askGlibc)(this.#client, this.conf, fqdn(name), types, trace);
  }

  /** Walks the search list for records of a type (res_search). */
  search(name: string, type: RecordType, trace: Asked[] = []): Search {
    const names = candidates(this.conf, name, this.#libc);
    let asIs: LookupError | undefined;
    let noData = false;
    let last: LookupError = 'EAI_NONAME';
    let stopped = false;
    for (const candidate of names) {
      const own = candidate === name || `${candidate}.` === name;
      // After a failure that is not the name's, only the name as it is is tried.
      if (stopped && !own) continue;
      const answer = this.#ask(candidate, [type], trace)[0]!;
      if (answer.kind === 'reply' && answer.reply.rcode === 'NOERROR' && answer.reply.answer.length > 0)
        return { kind: 'found', reply: answer.reply, name: candidate };
      last = errorOf(answer);
      if (answer.kind === 'refused') break;
      if (this.#libc === 'musl' && last !== 'EAI_NONAME') break;
      noData ||= last === 'EAI_NODATA';
      if (own && names[0] === candidate) asIs = last;
      const servfail = answer.kind === 'failed' && answer.reply?.rcode === 'SERVFAIL';
      if (!own && (last === 'EAI_FAIL' || (last === 'EAI_AGAIN' && !servfail))) stopped = true;
    }
    return { kind: 'missing', error: asIs ?? (noData ? 'EAI_NODATA' : last) };
  }

  #files(): ReturnType<typeof parseHosts> {
    return parseHosts(this.#client.readFile('/etc/hosts'));
  }

  #sources(): readonly string[] {
    return this.#libc === 'musl' ? ['files', 'dns'] : hostSources(this.#client.readFile('/etc/nsswitch.conf'));
  }

  /** The entry of a name in one family (gethostbyname2). */
  hostByName(name: string, family: Family, trace: Asked[] = []): HostEntry | LookupError {
    let error: LookupError = 'EAI_NONAME';
    for (const source of this.#sources()) {
      if (source === 'files') {
        const found = hostByName(this.#files(), name, family);
        if (found) return found;
      } else if (source === 'dns') {
        const found = this.search(name, family === 'IPv4' ? 'A' : 'AAAA', trace);
        const entry = found.kind === 'found' ? entryOf(found.reply, found.name, family) : undefined;
        if (entry) return entry;
        if (found.kind === 'missing') error = found.error;
      }
    }
    return error;
  }

  /** The entry of an address (gethostbyaddr). */
  hostByAddress(ip: Ip): HostEntry | LookupError {
    let error: LookupError = 'EAI_NONAME';
    for (const source of this.#sources()) {
      if (source === 'files') {
        const found = hostByAddress(this.#files(), ip);
        if (found) return found;
      } else if (source === 'dns') {
        const answer = this.#ask(reverseName(ip), ['PTR'], [])[0]!;
        const pointer = answer.kind === 'reply' ? answer.reply.answer.find(({ type }) => type === 'PTR') : undefined;
        if (pointer) return { name: pointer.data.replace(/\.$/, ''), aliases: [], addresses: [ip] };
        error = errorOf(answer);
      }
    }
    return error;
  }

  /** Reports whether the place has an address of a family, which `AI_ADDRCONFIG` asks. */
  #has(family: Family): boolean {
    return this.#client.addresses.some(({ ip }) => familyOf(ip) === family && !ip.startsWith('fe80:'));
  }

  /**
   * The addresses of a name (getaddrinfo). `families` are those the program wants; with `onlyConfigured` (AI_ADDRCONFIG) families without an
   * address here are not asked for. A and AAAA are asked together. Addresses are sorted as RFC 6724 has it.
   */
  addresses(name: string, families: readonly Family[] = ['IPv4', 'IPv6'], onlyConfigured = false): Lookup {
    const begin = this.#client.now();
    const asked: Asked[] = [];
    const done = (parts: Omit<Lookup, 'asked' | 'milliseconds'>): Lookup => ({ ...parts, asked, milliseconds: this.#client.now() - begin });
    const literal = parseIp(name);
    if (literal !== undefined) {
      const fits = families.includes(familyOf(literal));
      return done(fits ? { addresses: [literal], canonicalName: name } : { addresses: [], canonicalName: name, error: 'EAI_NONAME' });
    }
    const wanted = families
      .filter((family) => !onlyConfigured || this.#has(family))
      .filter((family) => family === 'IPv4' || !this.conf.noAaaa);
    if (wanted.length === 0) return done({ addresses: [], canonicalName: name, error: 'EAI_NONAME' });
    let error: LookupError = 'EAI_NONAME';
    for (const source of this.#sources()) {
      const found = source === 'files' ? this.#fromFiles(name, wanted) : source === 'dns' ? this.#fromDns(name, wanted, asked) : undefined;
      if (found === undefined) continue;
      if (typeof found === 'string') error = found;
      else return done({ addresses: this.#sorted(found.addresses), canonicalName: found.name });
    }
    return done({ addresses: [], canonicalName: name, error });
  }

  #fromFiles(name: string, families: readonly Family[]): HostEntry | undefined {
    const entries = families.flatMap((family) => hostByName(this.#files(), name, family) ?? []);
    return entries.length === 0
      ? undefined
      : { name: entries[0]!.name, aliases: [], addresses: entries.flatMap(({ addresses }) => addresses) };
  }

  /** Both families of a candidate are asked at once, and the next candidate only when neither has an address. */
  #fromDns(name: string, families: readonly Family[], asked: Asked[]): HostEntry | LookupError {
    if (families.length === 1) {
      const found = this.search(name, families[0] === 'IPv4' ? 'A' : 'AAAA', asked);
      if (found.kind === 'missing') return found.error;
      return entryOf(found.reply, found.name, families[0]!) ?? 'EAI_NONAME';
    }
    let error: LookupError = 'EAI_NONAME';
    for (const candidate of candidates(this.conf, name, this.#libc)) {
      const types = families.map((family) => (family === 'IPv4' ? 'A' : 'AAAA'));
      const answers = this.#ask(candidate, types, asked).map((answer, i) => ({ family: families[i]!, answer }));
      const entries = answers.flatMap(({ family, answer }) =>
        answer.kind === 'reply' ? (entryOf(answer.reply, candidate, family) ?? []) : [],
      );
      if (entries.length > 0) return { name: entries[0]!.name, aliases: [], addresses: entries.flatMap(({ addresses }) => addresses) };
      const errors = answers.map(({ answer }) => errorOf(answer));
      error = errors.includes('EAI_NODATA') ? 'EAI_NODATA' : errors[0]!;
      if (answers.some(({ answer }) => answer.kind === 'refused')) break;
      if (
        this.#libc === 'musl'
          ? error !== 'EAI_NONAME'
          : error === 'EAI_AGAIN' && answers.every(({ answer }) => answer.kind === 'failed' && answer.reply === undefined)
      )
        break;
    }
    return error;
  }

  /** Addresses of the own networks before others, by the length of what they share with the source address (rule 9); else as they came. */
  #sorted(addresses: readonly Ip[]): readonly Ip[] {
    const shared = (ip: Ip) => {
      const own = this.#client.addresses.find((address) => familyOf(address.ip) === familyOf(ip) && contains(networkOf(address), ip));
      if (own === undefined) return 0;
      const difference = toNumber(own.ip) ^ toNumber(ip);
      return bitsOf(familyOf(ip)) - difference.toString(2).length + (difference === 0n ? 1 : 0);
    };
    const rank = (ip: Ip) => (this.#has(familyOf(ip)) || ip === '::1' || ip.startsWith('127.') ? 0 : 1);
    return [...addresses].sort((a, b) => {
      if (rank(a) !== rank(b)) return rank(a) - rank(b);
      if (familyOf(a) !== familyOf(b)) return familyOf(a) === 'IPv6' ? -1 : 1;
      return shared(b) - shared(a);
    });
  }
}

/** The addresses in a reply at the end of the aliases that begin with the asked name; undefined when the reply speaks of another name. */
function entryOf(reply: Reply, asked: string, family: Family): HostEntry | undefined {
  const type = family === 'IPv4' ? 'A' : 'AAAA';
  let name = fqdn(asked);
  const aliases: string[] = [];
  const addresses: Ip[] = [];
  for (const record of reply.answer) {
    if (!sameName(record.name, name)) continue;
    if (record.type === 'CNAME') {
      aliases.push(record.name.replace(/\.$/, ''));
      name = record.data;
    } else if (record.type === type) {
      const ip = parseIp(record.data);
      if (ip !== undefined) addresses.push(ip);
    }
  }
  // The canonical name is spelled as the server spelled it.
  const owner = reply.answer.find((record) => record.type === type && sameName(record.name, name))?.name ?? name;
  return addresses.length === 0 ? undefined : { name: owner.replace(/\.$/, ''), aliases, addresses };
}
