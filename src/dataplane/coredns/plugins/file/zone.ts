/** An authoritative zone, and what it answers. (coredns: plugin/file/{zone,lookup,file,closest}.go; RFC 1034 §4.3.2, RFC 4592, RFC 6672) */
import { replyTo, type Reply, type ResourceRecord } from '../../../dns/message.ts';
import { isSubDomain, labelsOf } from '../../../dns/name.ts';
import type { RecordType } from '../../../dns/type.ts';
import type { Request } from '../../plugin.ts';

type Records = readonly ResourceRecord[];

interface Answer {
  readonly kind: 'success' | 'nodata' | 'nxdomain' | 'delegation' | 'failure';
  readonly answer?: Records;
  readonly authority?: Records;
  readonly additional?: Records;
}

const longestChain = 8;

export class Zone {
  readonly origin: string;
  readonly #names = new Map<string, ResourceRecord[]>();
  /** All names that exist, those without records too. */
  readonly #existing = new Set<string>();

  /** `origin` is in lower case; records outside the zone are left out. */
  constructor(origin: string, records: Records) {
    this.origin = origin;
    for (const record of records) {
      const name = record.name.toLowerCase();
      if (!isSubDomain(origin, name)) continue;
      this.#names.set(name, [...(this.#names.get(name) ?? []), record]);
      for (let at = name; !this.#existing.has(at); at = at.slice(at.indexOf('.') + 1) || '.') {
        this.#existing.add(at);
        if (at === origin || at === '.') break;
      }
    }
  }

  get soa(): ResourceRecord | undefined {
    return this.#at(this.origin, 'SOA')[0];
  }

  /** The reply to a request whose name lies in the zone; undefined when the zone has not been loaded. */
  reply(request: Request, answeredBy: string): Reply | undefined {
    const found = this.#lookup(request);
    if (found.kind === 'failure') return undefined;
    const empty = replyTo(request.query, answeredBy, found.kind === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR');
    const { answer = [], authority = [], additional = [] } = found;
    return { ...empty, flags: { ...empty.flags, aa: found.kind !== 'delegation' }, answer, authority, additional };
  }

  #all(name: string): Records {
    return this.#names.get(name.toLowerCase()) ?? [];
  }

  #at(name: string, type: RecordType): Records {
    return this.#all(name).filter((record) => record.type === type);
  }

  #lookup(request: Request): Answer {
    const { name: asked, type } = request.query.question;
    const name = asked.toLowerCase();
    const { soa } = this;
    if (soa === undefined) return { kind: 'failure' };
    const servers = this.#at(this.origin, 'NS');
    if (name === this.origin && type === 'SOA') return { kind: 'success', answer: [soa], authority: servers };
    if (name === this.origin && type === 'NS') return { kind: 'success', answer: servers, additional: this.#glue(servers) };
    const cut = this.#cut(request, name, type);
    if (cut) return cut;
    const own = this.#names.get(name);
    if (own) return this.#select(request, own, type, servers);
    const wildcard = this.#wildcard(name);
    if (wildcard)
      return this.#select(
        request,
        wildcard.map((record) => ({ ...record, name: asked })),
        type,
        servers,
      );
    return { kind: this.#existing.has(name) ? 'nodata' : 'nxdomain', authority: [soa] };
  }

  /** Delegations and DNAMEs on the way from the apex down to the name. */
  #cut(request: Request, name: string, type: RecordType): Answer | undefined {
    const below = labelsOf(name.slice(0, name.length - this.origin.length));
    for (let i = below.length - 1; i >= 0; i--) {
      const at = `${below.slice(i).join('.')}.${this.origin === '.' ? '' : this.origin}`;
      const [dname] = this.#at(at, 'DNAME');
      if (dname && at !== name) {
        const target = `${name.slice(0, name.length - at.length)}${dname.data}`;
        const alias: ResourceRecord = { name, ttl: dname.ttl, class: 'IN', type: 'CNAME', data: target };
        return { kind: 'success', answer: [dname, ...this.#follow(request, [alias], type)], authority: this.#at(this.origin, 'NS') };
      }
      const servers = this.#at(at, 'NS');
      if (servers.length > 0 && !(type === 'DS' && at === name))
        return { kind: 'delegation', authority: servers, additional: this.#glue(servers) };
    }
    return undefined;
  }

  /** Records of a type among those of a name. */
  #select(request: Request, own: Records, type: RecordType, servers: Records): Answer {
    const alias = own.filter((record) => record.type === 'CNAME');
    if (alias.length > 0 && type !== 'CNAME') return { kind: 'success', answer: this.#follow(request, alias, type), authority: servers };
    const answer = own.filter((record) => record.type === type);
    if (answer.length === 0) return { kind: 'nodata', authority: [this.soa!] };
    const additional = answer.flatMap((record) => this.#addressesOf(record));
    return { kind: 'success', answer, authority: servers, additional };
  }

  /** An alias, and what its target stands for; targets outside the zone are asked of the whole server. */
  #follow(request: Request, alias: Records, type: RecordType): Records {
    const chain = [...alias];
    for (let i = 0; i <= longestChain; i++) {
      const target = chain.at(-1)!.data;
      const own = this.#names.get(target.toLowerCase());
      if (own === undefined) return [...chain, ...(request.lookup(target, type)?.answer ?? [])];
      const next = own.filter((record) => record.type === 'CNAME');
      if (next.length === 0) return [...chain, ...own.filter((record) => record.type === type)];
      chain.push(next[0]!);
    }
    return chain;
  }

  /** The records of the wildcard that covers a name that does not exist. */
  #wildcard(name: string): Records | undefined {
    if (this.#existing.has(name)) return undefined;
    for (let at = name; at !== this.origin && at !== '.';) {
      at = at.slice(at.indexOf('.') + 1) || '.';
      const wildcard = this.#names.get(`*.${at === '.' ? '' : at}`);
      if (wildcard) return wildcard;
      if (this.#existing.has(at)) return undefined;
    }
    return undefined;
  }

  #glue(servers: Records): Records {
    return servers.flatMap(({ data }) => this.#addresses(data));
  }

  #addresses(name: string): Records {
    return isSubDomain(this.origin, name) ? this.#all(name).filter(({ type }) => type === 'A' || type === 'AAAA') : [];
  }

  #addressesOf({ type, data }: ResourceRecord): Records {
    if (type === 'SRV') return this.#addresses(data.split(' ')[3]!);
    return type === 'MX' ? this.#addresses(data.split(' ')[1]!) : [];
  }
}
