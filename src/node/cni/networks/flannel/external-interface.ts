/** Which card leads to the other nodes (flannel pkg/ipmatch/match.go, pkg/ip/iface.go). */
import { fail, ok, type Result } from '#kube/status.ts';
import { familyOf, lengthOf, parseIp, type Ip } from '#net/ip.ts';
import type { Link } from '../../../kernel.ts';
import type { Machine } from '../../machine.ts';
import type { KlogLog } from '../daemon.ts';

/** The card that leads to the other nodes, and its address. */
export interface ExternalInterface {
  readonly link: Link;
  readonly ip: Ip;
}

function firstV4(link: Link): Ip | undefined {
  return link.addresses.find((address) => familyOf(address.ip) === 'IPv4' && address.scope === 'global')?.ip;
}

/** ipmatch.LookupExtIface */
export function lookUpInterface({ kernel }: Machine, wanted: string, log: KlogLog): Result<ExternalInterface, string> {
  const { links, routes } = kernel.namespace('');
  const asked = parseIp(wanted);
  let link: Link | undefined;
  if (wanted === '') {
    log.write('I', 'match.go:211', 'Determining IP address of default interface');
    const route = routes.find((one) => lengthOf(one.dst) === 0 && familyOf(one.dst) === 'IPv4' && one.dev !== undefined);
    link = links.find((one) => one.name === route?.dev);
    if (link === undefined) return fail('failed to get default interface: unable to find default route');
  } else if (asked !== undefined) {
    log.write('I', 'match.go:65', `Searching for interface using ${asked}`);
    link = links.find((one) => one.addresses.some((address) => address.ip === asked));
    if (link === undefined) return fail(`error looking up interface ${wanted}: no interface with given IP found`);
  } else {
    link = links.find((one) => one.name === wanted);
    if (link === undefined) return fail(`error looking up interface ${wanted}: route ip+net: no such network interface`);
  }
  const ip = asked ?? firstV4(link);
  if (ip === undefined) return fail(`failed to find IPv4 address for interface ${link.name}`);
  log.write('I', 'match.go:264', `Using interface with name ${link.name} and address ${ip}`);
  log.write('I', 'match.go:286', `Defaulting external address to interface address (${ip})`);
  return ok({ link, ip });
}
