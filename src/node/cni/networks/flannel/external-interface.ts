/** Which card leads to the other nodes (flannel pkg/ipmatch/match.go, pkg/ip/iface.go). */
import { fail, ok, type Result } from '#kube/status.ts';
import { familyOf, lengthOf, parseIp, type Family, type Ip } from '#net/ip.ts';
import type { Link } from '../../../kernel.ts';
import type { Machine } from '../../machine.ts';
import type { KlogLog } from '../daemon.ts';

/** The card that leads to the other nodes, and its addresses. */
export interface ExternalInterface {
  readonly link: Link;
  readonly IPv4?: Ip;
  readonly IPv6?: Ip;
}

function firstOf(link: Link, family: Family): Ip | undefined {
  return link.addresses.find((address) => familyOf(address.ip) === family && address.scope === 'global')?.ip;
}

/** The card of the default route of a family. */
function defaultCard({ kernel }: Machine, family: Family): Result<Link, string> {
  const { links, routes } = kernel.namespace('');
  const route = routes.find((one) => lengthOf(one.dst) === 0 && familyOf(one.dst) === family && one.dev !== undefined);
  const link = links.find((one) => one.name === route?.dev);
  const v6 = family === 'IPv6' ? 'v6 ' : '';
  return link === undefined ? fail(`failed to get default ${v6}interface: unable to find default ${v6}route`) : ok(link);
}

function chosen(machine: Machine, wanted: string, families: readonly Family[], log: KlogLog): Result<Link, string> {
  const { links } = machine.kernel.namespace('');
  const asked = parseIp(wanted);
  if (asked !== undefined) {
    log.write('I', 'match.go:65', `Searching for interface using ${asked}`);
    const link = links.find((one) => one.addresses.some((address) => address.ip === asked));
    return link === undefined ? fail(`error looking up interface ${wanted}: no interface with given IP found`) : ok(link);
  }
  if (wanted !== '') {
    const link = links.find((one) => one.name === wanted);
    return link === undefined ? fail(`error looking up interface ${wanted}: route ip+net: no such network interface`) : ok(link);
  }
  log.write('I', 'match.go:211', 'Determining IP address of default interface');
  const cards: Link[] = [];
  for (const family of families) {
    const card = defaultCard(machine, family);
    if (!card.ok) return card;
    cards.push(card.value);
  }
  const [first, second] = cards;
  if (first === undefined) return fail('none matched ip stack');
  if (second !== undefined && first.name !== second.name)
    return fail(`v6 default route interface ${second.name} must be the same with v4 default route interface ${first.name}`);
  return ok(first);
}

/** ipmatch.LookupExtIface */
export function lookUpInterface(
  machine: Machine,
  wanted: string,
  families: readonly Family[],
  log: KlogLog,
): Result<ExternalInterface, string> {
  const found = chosen(machine, wanted, families, log);
  if (!found.ok) return found;
  const link = found.value;
  const asked = parseIp(wanted);
  const addresses: { IPv4?: Ip; IPv6?: Ip } = {};
  for (const family of families) {
    const ip = asked !== undefined && familyOf(asked) === family ? asked : firstOf(link, family);
    if (ip === undefined) return fail(`failed to find ${family} address for interface ${link.name}`);
    addresses[family] = ip;
  }
  const { IPv4, IPv6 } = addresses;
  if (IPv4 !== undefined) log.write('I', 'match.go:264', `Using interface with name ${link.name} and address ${IPv4}`);
  if (IPv6 !== undefined) log.write('I', 'match.go:267', `Using interface with name ${link.name} and v6 address ${IPv6}`);
  if (IPv4 !== undefined) log.write('I', 'match.go:286', `Defaulting external address to interface address (${IPv4})`);
  if (IPv6 !== undefined) log.write('I', 'match.go:299', `Defaulting external v6 address to interface address (${IPv6})`);
  return ok({ link, ...addresses });
}
