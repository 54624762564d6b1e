/** Whom BIND's tools ask. (bind9 9.18: bin/dig/dighost.c, getaddresses, setup_system) */
import { familyOf, parseIp, type Family, type Ip } from '#net/ip.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { Resolver } from '#dataplane/resolver/libc.ts';
import type { ResolvConf } from '#dataplane/resolver/resolv-conf.ts';

export interface Server {
  readonly ip: Ip;
  readonly port: number;
  /** What the user called it. */
  readonly userarg: string;
}

export const bothFamilies: readonly Family[] = ['IPv4', 'IPv6'];

export function serverText({ ip, port }: Server): string {
  return `${ip}#${port}`;
}

/** The servers of resolv.conf; the loopback addresses, first that of IPv6, when it names none. */
export function defaultServers(client: DnsClient, conf: ResolvConf, port: number, families = bothFamilies): readonly Server[] {
  const named = /^nameserver[ \t]+\S/m.test(client.readFile('/etc/resolv.conf') ?? '');
  const addresses = named ? conf.nameservers : (['::1', '127.0.0.1'] as Ip[]);
  const usable = addresses.filter((ip) => families.includes(familyOf(ip)));
  const fallback = (families.includes('IPv6') ? ['::1'] : ['127.0.0.1']) as Ip[];
  return (usable.length > 0 ? usable : fallback).map((ip) => ({ ip, port, userarg: ip }));
}

/** The addresses of a server that is called by name or address; none when the name is not known. */
export function namedServers(client: DnsClient, name: string, port: number, families = bothFamilies): readonly Server[] {
  const literal = parseIp(name.replace(/%.*/, ''));
  const addresses = literal !== undefined ? [literal] : new Resolver(client).addresses(name, families, true).addresses;
  return addresses.map((ip) => ({ ip, port, userarg: name }));
}

/** What BIND's tools take from resolv.conf: they ask three times where it does not say. (bind9 9.18: lib/irs/resconf.c) */
export function toolConf(client: DnsClient): ResolvConf {
  const { conf } = new Resolver(client);
  const text = client.readFile('/etc/resolv.conf') ?? '';
  return /^options[ \t].*\battempts:\d/m.test(text) ? conf : { ...conf, attempts: 3 };
}
