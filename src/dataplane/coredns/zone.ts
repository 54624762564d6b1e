/** Zones as a Corefile names them. (coredns: plugin/normalize.go, plugin/pkg/parse/transport.go, plugin/pkg/cidr) */
import { baseOf, bitsOf, familyOf, lengthOf, parseCidr, toIp, toNumber, type Cidr } from '#net/ip.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { fqdn, isDomainName, isSubDomain, labelsOf, reverseName } from '../dns/name.ts';
import { quote } from './go/quote.ts';
import { atoi } from './go/number.ts';

const transports: { readonly [transport: string]: string } = {
  dns: '53',
  tls: '853',
  quic: '853',
  grpc: '443',
  https: '443',
  https3: '443',
};

/** `tls://example.org` is parted into `tls` and `example.org`; without a known scheme it is `dns`. */
export function splitTransport(text: string): { readonly transport: string; readonly rest: string } {
  const scheme = /^(\w+):\/\//.exec(text);
  if (scheme && scheme[1]! in transports) return { transport: scheme[1]!, rest: text.slice(scheme[0].length) };
  return { transport: 'dns', rest: text };
}

export function defaultPort(transport: string): string {
  return transports[transport] ?? '53';
}

/** The zones a text means, and the port behind them; a network becomes its reverse zones, one for each octet's end. */
export function splitHostPort(text: string): Result<{ readonly hosts: readonly string[]; readonly port: string }, string> {
  const colon = text.lastIndexOf(':');
  if (colon >= 0 && colon === text.length - 1) return fail(`expecting data after last colon: ${quote(text)}`);
  let host = text;
  let port = '';
  if (colon >= 0) {
    const number = atoi(text.slice(colon + 1));
    if (number.ok) {
      port = String(number.value);
      host = text.slice(0, colon);
    }
  }
  if (host.length > 255) return fail(`specified zone is too long: ${host.length} > 255`);
  if (!isDomainName(host)) return fail(`zone is not a valid domain name: ${host}`);
  const network = parseCidr(host);
  return ok({ hosts: network === undefined ? [host] : reverseZones(network), port });
}

/** The normalized zones of an argument: lower case, absolute; none when it is no zone at all. */
export function normalizeHost(text: string): string[] {
  const split = splitHostPort(splitTransport(text).rest);
  return split.ok ? split.value.hosts.map(normalizeName) : [];
}

export function normalizeName(name: string): string {
  return fqdn(name).toLowerCase();
}

/** The longest of the zones that a name lies in; undefined when it lies in none. */
export function zoneOf(zones: readonly string[], name: string): string | undefined {
  let longest: string | undefined;
  for (const zone of zones) if (isSubDomain(zone, name) && (longest === undefined || zone.length > longest.length)) longest = zone;
  return longest;
}

/** A network's reverse zones: networks that end inside an octet (a nibble for IPv6) become several. */
function reverseZones(network: Cidr): string[] {
  const family = familyOf(network);
  const step = family === 'IPv4' ? 8 : 4;
  const length = lengthOf(network);
  const wanted = Math.max(step, Math.ceil(length / step) * step);
  const size = 1n << BigInt(bitsOf(family) - wanted);
  const zones: string[] = [];
  const labels = (bitsOf(family) - wanted) / step;
  for (let i = 0n, base = toNumber(baseOf(network)); i < 1n << BigInt(wanted - length); i++) {
    zones.push(
      `${labelsOf(reverseName(toIp(base + i * size, family)))
        .slice(labels)
        .join('.')}.`,
    );
  }
  return zones;
}

/** Which zones a plugin's `fallthrough` covers. (coredns: plugin/pkg/fall) */
export class Fallthrough {
  #zones: readonly string[] = [];

  /** `fallthrough` with its arguments: without any, all zones. */
  set(args: readonly string[]): void {
    this.#zones = args.length === 0 ? ['.'] : args.flatMap(normalizeHost);
  }

  through(name: string): boolean {
    return zoneOf(this.#zones, name) !== undefined;
  }

  get isSet(): boolean {
    return this.#zones.length > 0;
  }
}
