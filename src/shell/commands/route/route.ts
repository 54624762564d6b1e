/** route(8) of net-tools: the table, and the simple ways to change it. */
import { cidr, parseCidr, parseIp, networkOf, toUint32, type Cidr, type Ip } from '#net/ip.ts';
import { lookup } from '#dataplane/links/routing.ts';
import { KernelDraft } from '#node/cni/kernel-draft.ts';
import { failure, output, type Command, type Here, type Output } from '../../command.ts';
import { mayChange } from '../ip/act.ts';
import { isApplet } from '../../network/dialect.ts';
import { networkAt } from '../../network/entered.ts';
import { routingTable } from './table.ts';

/** The length of a dotted mask; undefined when its ones are not together. */
function maskLength(text: string): number | undefined {
  const mask = parseIp(text);
  if (mask === undefined) return undefined;
  const bits = toUint32(mask).toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

function change(here: Here, verb: 'add' | 'del', words: readonly string[]): Output {
  let dst: Cidr | undefined;
  let via: Ip | undefined;
  let dev: string | undefined;
  let metric: number | undefined;
  let length: number | undefined;
  let reject = false;
  const rest = words.filter((word) => word !== '-net' && word !== '-host');
  const unknown = (name: string) => failure(`${name}: Unknown host\n`, 1);
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i]!;
    if (word === 'gw') {
      via = parseIp(rest[++i] ?? '');
      if (via === undefined) return unknown(rest[i] ?? '');
    } else if (word === 'netmask') {
      length = maskLength(rest[++i] ?? '');
      if (length === undefined) return failure(`route: bogus netmask ${rest[i] ?? ''}\n`, 4);
    } else if (word === 'dev') dev = rest[++i];
    else if (word === 'metric') metric = Number(rest[++i]);
    else if (word === 'reject') reject = true;
    else if (dst === undefined) {
      dst = word === 'default' ? cidr('0.0.0.0/0') : parseCidr(word.includes('/') ? word : `${word}/32`);
      if (dst === undefined) return unknown(word);
    } else dev = word;
  }
  if (dst === undefined) return failure('cka-net: route: a destination is missing; the long usage text is not simulated\n', 4);
  const base = parseIp(dst.split('/')[0]!)!;
  const target = length === undefined ? dst : networkOf({ ip: base, length });
  const { name, namespace } = networkAt(here);
  const device = dev ?? (via === undefined ? undefined : lookup(namespace, via)?.dev);
  const call = verb === 'add' ? 'SIOCADDRT' : 'SIOCDELRT';
  if (!mayChange(here)) return failure(`${call}: Operation not permitted\n`, 7);
  if (verb === 'add' && !reject && device === undefined)
    return failure(`${call}: ${via === undefined ? 'No such device' : 'Network is unreachable'}\n`, 7);
  const refused = here.lab.change(({ hosts, now }) => {
    const host = hosts.get(here.place.node)!;
    const draft = new KernelDraft(host.kernel, `route/${now}/${host.name}`);
    const failed =
      verb === 'add'
        ? draft.addRoute(name, {
            dst: target,
            ...(reject ? { type: 'unreachable' as const } : { dev: device! }),
            ...(via !== undefined ? { via } : { scope: 'link' as const }),
            ...(metric !== undefined && { metric }),
          })
        : draft.removeRoute(
            name,
            (route) => route.dst === target && (via === undefined || route.via === via) && (dev === undefined || route.dev === dev),
          );
    if (failed === undefined) hosts.set(host.name, { ...host, kernel: draft.kernel });
    return failed;
  });
  if (refused === undefined) return output('');
  return failure(`${call}: ${refused.charAt(0).toUpperCase()}${refused.slice(1)}\n`, 7);
}

/** `route`, `route add`, `route del`. */
export const route: Command = {
  name: 'route',
  run(args, _io, here): Output {
    const flags = args.filter((arg) => /^-(n|e|ee|v|4|F|C|6|A|V|-numeric|-version)/.test(arg) && arg !== '-net');
    const words = args.filter((arg) => !flags.includes(arg));
    if (flags.some((flag) => flag === '-V' || flag === '--version')) return output('net-tools 2.10\n');
    if (flags.some((flag) => /^-[6A]/.test(flag))) return failure('cka-net: route: the IPv6 table is not simulated; use "ip -6 route"\n');
    const [verb] = words;
    if (verb === 'add' || verb === 'del' || verb === 'delete') return change(here, verb === 'add' ? 'add' : 'del', words.slice(1));
    if (verb !== undefined) return failure('cka-net: route: the long usage text is not simulated\n', 4);
    const numeric = flags.some((flag) => flag.includes('n'));
    const windows = flags.some((flag) => /^-\w*e/.test(flag));
    return output(routingTable(networkAt(here).namespace, { numeric, windows, applet: isApplet(here, 'route') }));
  },
};
