/** Names as they are resolved where somebody asks: for checks, traces and programs. */
import { queryOf } from '#dataplane/dns/message.ts';
import type { RecordType } from '#dataplane/dns/type.ts';
import { Resolver, candidates, type Libc, type Lookup } from '#dataplane/resolver/libc.ts';
import { fqdn } from '#dataplane/dns/name.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { dnsClient } from './dns-client.ts';
import type { Lab } from './lab.ts';
import { nodeSpot, podSpot, type Spot } from './spot.ts';

/** `pod:NS/NAME` or `node:NAME`; undefined when there is no such pod or node, or it has no network yet. */
export function spotOf(lab: Lab, text: string): Spot | undefined {
  const pod = /^pod:([^/]+)\/(.+)$/.exec(text);
  if (pod) return podSpot(lab.snapshot, pod[1]!, pod[2]!);
  const node = /^node:(.+)$/.exec(text);
  return node ? nodeSpot(lab.snapshot, node[1]!) : undefined;
}

/** Which C library the programs of a spot are linked with, by the image. */
export function libcAt(lab: Lab, spot: Spot): Libc {
  if (spot.pod === undefined) return 'glibc';
  const pod = lab.snapshot.cluster.get(Pod, spot.pod.namespace, spot.pod.name);
  const image = (pod?.spec.containers.find((one) => one.name === spot.pod!.container) ?? pod?.spec.containers[0])?.image ?? '';
  return /alpine|curlimages|netshoot|network-multitool/.test(image) ? 'musl' : 'glibc';
}

/** The addresses of a name, as a program there gets them (getaddrinfo). */
export function addressesOf(lab: Lab, spot: Spot, name: string): Lookup {
  return new Resolver(dnsClient(lab, spot), libcAt(lab, spot)).addresses(name, ['IPv4', 'IPv6'], true);
}

export interface NameReport {
  readonly rcode: string;
  readonly answeredName: string | null;
  readonly data: readonly string[];
  readonly because: string;
}

/** Asks for records of a type, search path and ndots included, and says who answered. */
export function lookupName(lab: Lab, question: { readonly from: string; readonly name: string; readonly type: string }): NameReport {
  const spot = spotOf(lab, question.from);
  if (spot === undefined) return { rcode: 'TIMEOUT', answeredName: null, data: [], because: `${question.from} has no network to ask from` };
  const client = dnsClient(lab, spot);
  const libc = libcAt(lab, spot);
  const resolver = new Resolver(client, libc);
  const type = question.type as RecordType;
  let last: NameReport = { rcode: 'TIMEOUT', answeredName: null, data: [], because: 'no nameserver is configured' };
  for (const name of candidates(resolver.conf, question.name, libc)) {
    for (const server of resolver.conf.nameservers) {
      const outcome = client.exchange(queryOf({ name: fqdn(name), type }, client.draw() & 0xffff), { ip: server, port: 53 });
      if (outcome.kind !== 'reply') {
        const why = client.walks.at(-1)?.why ?? outcome.kind;
        last = { rcode: 'TIMEOUT', answeredName: null, data: [], because: `${server} does not answer: ${why}` };
        continue;
      }
      const { reply } = outcome;
      const data = reply.answer
        .filter((record) => record.type === type)
        .map((record) => record.data)
        .sort();
      last = {
        rcode: reply.rcode,
        answeredName: reply.rcode === 'NOERROR' ? fqdn(name) : null,
        data,
        because: `${server} answers for ${fqdn(name)}: ${reply.rcode} (${reply.answeredBy})`,
      };
      break;
    }
    if (last.rcode === 'NOERROR' && last.data.length > 0) return last;
    if (last.rcode === 'TIMEOUT') return last;
  }
  return last;
}
