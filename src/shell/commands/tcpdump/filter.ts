/** Filter expressions of pcap (pcap-filter(7)), as far as they are about addresses, ports and protocols. */
import type { Frame } from '#dataplane/trace/frame.ts';
import { contains, parseCidr, parseIp, type Ip } from '#net/ip.ts';

export type Filter = (frame: Frame) => boolean;

/** What an expression says that cannot be understood. */
export class FilterError extends Error {}

const protocols: Readonly<Record<string, Filter>> = {
  tcp: ({ flow }) => flow.protocol === 'TCP',
  udp: ({ flow }) => flow.protocol === 'UDP',
  sctp: ({ flow }) => flow.protocol === 'SCTP',
  icmp: ({ flow }) => flow.protocol === 'ICMP' && !flow.dstIp.includes(':'),
  icmp6: ({ flow }) => flow.protocol === 'ICMP' && flow.dstIp.includes(':'),
  ip: ({ flow }) => !flow.dstIp.includes(':'),
  ip6: ({ flow }) => flow.dstIp.includes(':'),
  // Neighbours are found without packets here.
  arp: () => false,
};
const services: Readonly<Record<string, number>> = { domain: 53, http: 80, https: 443, ssh: 22 };

class Parser {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get #word(): string | undefined {
    return this.#words[this.#at];
  }

  whole(): Filter {
    const filter = this.#or();
    if (this.#word !== undefined) throw new FilterError('syntax error');
    return filter;
  }

  #or(): Filter {
    const first = this.#and();
    if (!['or', '||'].includes(this.#word ?? '')) return first;
    this.#at++;
    const rest = this.#or();
    return (frame) => first(frame) || rest(frame);
  }

  #and(): Filter {
    const first = this.#not();
    if (!['and', '&&'].includes(this.#word ?? '')) return first;
    this.#at++;
    const rest = this.#and();
    return (frame) => first(frame) && rest(frame);
  }

  #not(): Filter {
    if (this.#word === 'not' || this.#word === '!') {
      this.#at++;
      const inner = this.#not();
      return (frame) => !inner(frame);
    }
    if (this.#words[this.#at] === '(') {
      this.#at++;
      const inner = this.#or();
      if (this.#words[this.#at] !== ')') throw new FilterError('syntax error');
      this.#at++;
      return inner;
    }
    return this.#primitive();
  }

  #primitive(): Filter {
    const word = this.#word ?? '';
    const protocol = protocols[word];
    if (protocol !== undefined) {
      this.#at++;
      // `tcp port 80` is one primitive.
      if (!['port', 'src', 'dst', 'host', 'net'].includes(this.#word ?? '')) return protocol;
      const rest = this.#primitive();
      return (frame) => protocol(frame) && rest(frame);
    }
    let side: 'src' | 'dst' | undefined;
    if (word === 'src' || word === 'dst') {
      side = word;
      this.#at++;
    }
    const kind = ['host', 'port', 'net'].includes(this.#word ?? '') ? this.#words[this.#at++]! : 'host';
    const value = this.#word;
    if (value === undefined || (kind === 'host' && side === undefined && word !== 'host' && parseIp(value) === undefined))
      throw new FilterError('syntax error');
    this.#at++;
    return matcher(kind, value, side);
  }
}

function matcher(kind: string, value: string, side: 'src' | 'dst' | undefined): Filter {
  const either = (source: boolean, destination: boolean) =>
    side === 'src' ? source : side === 'dst' ? destination : source || destination;
  if (kind === 'port') {
    const port = services[value] ?? Number(value);
    if (!Number.isInteger(port)) throw new FilterError(`unknown port '${value}'`);
    return ({ flow }) => flow.protocol !== 'ICMP' && either(flow.srcPort === port, flow.dstPort === port);
  }
  const network = parseCidr(value);
  const address = parseIp(value);
  if (kind === 'net' && network !== undefined) {
    const within = (ip: Ip) => ip.includes(':') === network.includes(':') && contains(network, ip);
    return ({ flow }) => either(within(flow.srcIp), within(flow.dstIp));
  }
  if (address === undefined) throw new FilterError(`unknown host '${value}'`);
  return ({ flow }) => either(flow.srcIp === address, flow.dstIp === address);
}

/** The filter of an expression; throws a {@link FilterError}. */
export function filterOf(expression: string): Filter {
  const words = expression
    .replaceAll(/([()])/g, ' $1 ')
    .replaceAll(/!(?!=)/g, ' ! ')
    .split(/\s+/)
    .filter((word) => word !== '');
  return words.length === 0 ? () => true : new Parser(words).whole();
}
