/** The cluster and the network in which CoreDNS was recorded, as values (test/recorded/coredns). */
import fs from 'node:fs';
import { Cluster } from '#kube/cluster.ts';
import { apiVersionOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import type { CorednsFiles, Environment } from '#dataplane/coredns/plugin.ts';
import { createServer, type CorednsServer } from '#dataplane/coredns/server.ts';
import {
  queryOf,
  replyTo,
  type Edns,
  type Flags,
  type Outcome,
  type Query,
  type ResourceRecord,
  type ServerAddress,
} from '#dataplane/dns/message.ts';
import { isSubDomain } from '#dataplane/dns/name.ts';
import { parseType, type RecordClass, type RecordType } from '#dataplane/dns/type.ts';

const folder = new URL('../recorded/coredns/', import.meta.url);

export function recordedText(name: string): string {
  return fs.readFileSync(new URL(name, folder), 'utf8');
}

export function recordedLines<T>(name: string): T[] {
  return recordedText(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

let cluster: Cluster | undefined;

/** The Services, EndpointSlices, Pods and Namespaces that CoreDNS looks at. */
export function recordedCluster(): Cluster {
  return (cluster ??= readCluster());
}

function readCluster(): Cluster {
  const kinds: readonly Kind[] = [Service, EndpointSlice, Pod, Namespace];
  const draft = new Cluster().edit();
  for (const object of JSON.parse(recordedText('objects.json')) as KubeObject[]) {
    const kind = kinds.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion);
    if (kind) draft.keep(kind, object);
  }
  return draft.publish();
}

/** Files by absolute path. */
export function filesOf(texts: Readonly<Record<string, string>>): CorednsFiles {
  const paths = Object.keys(texts).sort();
  return {
    read: (path) => texts[path],
    isDirectory: (path) => paths.some((one) => one.startsWith(path.endsWith('/') ? path : `${path}/`)),
    glob(pattern) {
      const expression = new RegExp(
        `^${pattern
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replaceAll('*', '[^/]*')
          .replaceAll('?', '[^/]')}$`,
      );
      return paths.filter((path) => expression.test(path));
    },
  };
}

/** What an outside resolver does with its table. */
export function upstreamFrom(name: string): (query: Query) => Outcome {
  const records: ResourceRecord[] = [];
  const failures: { readonly zone: string; readonly how: string }[] = [];
  for (const line of recordedText(name).trim().split('\n')) {
    const [first = '', ttl = '', type = '', ...data] = line.split(' ');
    if (first.startsWith('!')) failures.push({ zone: first.slice(1), how: ttl });
    else {
      const text = data.join(' ');
      const shown =
        type === 'TXT'
          ? text
              .split('|')
              .map((one) => JSON.stringify(one))
              .join(' ')
          : text;
      records.push({ name: first, ttl: Number(ttl), class: 'IN', type: parseType(type)!, data: shown });
    }
  }
  const at = (owner: string) => records.filter((record) => record.name.toLowerCase() === owner.toLowerCase());
  return (query) => {
    const { name: asked, type } = query.question;
    const failure = failures.find(({ zone }) => isSubDomain(zone, asked));
    if (failure?.how === 'drop') return { kind: 'timeout' };
    const empty = replyTo(query, 'upstream');
    const edns = query.edns && { udpSize: 1232, version: 0, flags: query.edns.flags & 0x8000, options: [] };
    const reply = { ...empty, flags: { ...empty.flags, ra: true }, ...(edns && { edns }) };
    const milliseconds = 0.4;
    if (failure) return { kind: 'reply', milliseconds, reply: { ...reply, rcode: failure.how === 'servfail' ? 'SERVFAIL' : 'REFUSED' } };
    const answer: ResourceRecord[] = [];
    let owner = asked;
    for (let hops = 0; hops < 8; hops++) {
      const own = at(owner);
      const alias = own.find((record) => record.type === 'CNAME');
      answer.push(...own.filter((record) => record.type === type || type === 'ANY').map((record) => ({ ...record, name: owner })));
      if (!alias || type === 'CNAME') break;
      answer.push({ ...alias, name: owner });
      owner = alias.data;
    }
    const exists = records.some((record) => isSubDomain(owner, record.name));
    const soa = records
      .filter((record) => record.type === 'SOA' && isSubDomain(record.name, owner))
      .sort((a, b) => b.name.length - a.name.length)[0];
    const negative = answer.filter((record) => record.type === type || type === 'ANY').length === 0;
    return {
      kind: 'reply',
      milliseconds,
      reply: { ...reply, rcode: exists ? 'NOERROR' : 'NXDOMAIN', answer, authority: negative && soa ? [soa] : [] },
    };
  };
}

const outside = { '203.0.113.53': upstreamFrom('upstream-203.0.113.53.txt'), '203.0.113.54': upstreamFrom('upstream-203.0.113.54.txt') };

/** What a message to an address outside the cluster comes to. */
export function sendOutside(query: Query, { ip, port }: ServerAddress): Outcome {
  if (ip === '203.0.113.56' || ip === '172.20.0.66') return { kind: 'timeout' };
  const server = (outside as Readonly<Record<string, (query: Query) => Outcome>>)[ip];
  return server && port === 53 ? server(query) : { kind: 'refused', milliseconds: 0.2 };
}

/** Where the recorded CoreDNS ran. */
export function recordedEnvironment(changes: Partial<Environment> & { readonly startedAt?: number } = {}): Environment {
  const cluster = recordedCluster();
  return {
    version: '1.13.1',
    files: filesOf({ '/etc/resolv.conf': 'nameserver 203.0.113.53\n' }),
    env: new Map([['HOSTNAME', 'coredns-6d8c4cb4d-x7k2p']]),
    addresses: ['10.10.0.2'],
    interfaces: new Map([
      ['lo', ['127.0.0.1']],
      ['eth0', ['10.10.0.2']],
    ]),
    kubernetes: {
      objects: () => cluster,
      modified: () => changes.startedAt ?? Date.UTC(2026, 10, 23, 3, 15, 15),
      synced: () => true,
      failures: () => [],
    },
    upstream: sendOutside,
    listenError: (ip) =>
      ip === '' || ip === '10.10.0.2' || ip === '127.0.0.1' || ip === 'localhost' ? undefined : 'cannot assign requested address',
    seed: 'test',
    processors: 2,
    args: ['-conf', '/etc/coredns/Corefile'],
    ...changes,
  };
}

/** A server in that place; throws when it does not start. */
export function serverWith(corefile: string, changes: Partial<Environment> & { readonly startedAt?: number } = {}): CorednsServer {
  const started = createServer(corefile, recordedEnvironment(changes), 0);
  if (!started.ok) throw new Error(started.error.error);
  return started.value;
}

export interface Asking {
  readonly from?: string;
  readonly at?: number;
  readonly id?: number;
  readonly edns?: Edns;
  readonly class?: RecordClass;
  readonly transport?: 'udp' | 'tcp';
  readonly flags?: Partial<Flags>;
}

/** Asks `NAME TYPE` and returns what comes back in lines: code and flags, the answer, then authority (`!`) and additional records (`+`). */
export function ask(server: CorednsServer, question: string, asking: Asking = {}): string[] {
  const [name = '', type = 'A'] = question.split(' ');
  const { from = '10.10.1.5', at = 1000, id = 7, transport = 'udp' } = asking;
  const query = queryOf({ name, type: type as RecordType, class: asking.class ?? 'IN' }, id, transport);
  const sent = { ...query, flags: { ...query.flags, ...asking.flags }, ...(asking.edns && { edns: asking.edns }) };
  const { outcome } = server.answer(sent, { ip: from, port: 40_000 }, at);
  if (outcome.kind !== 'reply') return [outcome.kind];
  const { rcode, flags, answer, authority, additional } = outcome.reply;
  const set = (['aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const).filter((flag) => flags[flag]);
  const shown = (records: readonly ResourceRecord[], mark = '') =>
    records.map((one) => `${mark}${one.name} ${one.ttl} ${one.type} ${one.data}`);
  return [[rcode, ...set].join(' '), ...shown(answer), ...shown(authority, '! '), ...shown(additional, '+ ')];
}
