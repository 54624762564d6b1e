/** `ip` of busybox (networking/libiproute): fewer words on the same state. What changes it goes iproute2's way. */
import { familyOf, parseIp } from '#net/ip.ts';
import type { Link } from '#node/kernel.ts';
import { lookup, sourceFor, localLink } from '#dataplane/links/routing.ts';
import { failure, output, type Output } from '../../command.ts';
import { userlandAt } from '../../network/dialect.ts';
import { flagsOf, linkAddress, linkBroadcast, linkType, operState, qdiscOf } from '../../network/link-state.ts';
import { fullName, queueText } from './link.ts';
import type { Context } from './options.ts';
import type { Words } from './words.ts';

/** A peer's index is looked for here, wherever the peer is: what is not found counts as down. */
function flagsText(context: Context, link: Link): string {
  const { kernel, namespace } = context;
  const flags = flagsOf(kernel, namespace, link).filter((flag) => flag !== 'M-DOWN');
  const lower = link.peer === undefined ? undefined : namespace.links.find((one) => one.index === link.peer!.index);
  return [...flags, ...(link.peer !== undefined && lower?.up !== true ? ['M-DOWN'] : [])].join(',');
}

function head(context: Context, link: Link, hardware: boolean): string {
  const alpine = userlandAt(context.here).name.startsWith('alpine');
  const master = link.master === undefined ? '' : `master ${link.master} `;
  const state = alpine ? `state ${operState(context.kernel, context.namespace, link)} ` : '';
  const address = hardware ? `    link/${linkType(link)} ${linkAddress(link)} brd ${linkBroadcast(link)}\n` : '';
  return `${link.index}: ${fullName(context, link)}: <${flagsText(context, link)}> mtu ${link.mtu} qdisc ${qdiscOf(link)} ${master}${state}${queueText(link)}\n${address}`;
}

function chosen(context: Context, words: Words): readonly Link[] | Output {
  let links = context.namespace.links;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    const name = word === 'dev' ? words.next() : word;
    if (name === 'up') links = links.filter((link) => link.up);
    else {
      links = links.filter((link) => link.name === name);
      if (links.length === 0) return failure(`ip: can't find device '${name ?? ''}'\n`);
    }
  }
  return links;
}

function showLinks(context: Context, words: Words): Output {
  const links = chosen(context, words);
  return 'exitCode' in links ? links : output(links.map((link) => head(context, link, true)).join(''));
}

function showAddresses(context: Context, words: Words): Output {
  const links = chosen(context, words);
  if ('exitCode' in links) return links;
  const { family } = context.options;
  return output(
    links
      .map((link) => {
        const addresses = link.addresses.filter((one) => family === undefined || familyOf(one.ip) === family);
        if (family !== undefined && addresses.length === 0) return '';
        const lines = addresses.map((one) => {
          const v4 = familyOf(one.ip) === 'IPv4';
          const broadcast = one.broadcast === undefined ? '' : ` brd ${one.broadcast}`;
          return `    inet${v4 ? '' : '6'} ${one.ip}/${one.length}${broadcast} scope ${one.scope} ${v4 ? link.name : ''}\n       valid_lft forever preferred_lft forever\n`;
        });
        return head(context, link, family === undefined) + lines.join('');
      })
      .join(''),
  );
}

function showRoutes(context: Context, words: Words): Output {
  const family = context.options.family === 'IPv6' ? 'IPv6' : 'IPv4';
  let dev: string | undefined;
  let wanted: string | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'dev') dev = words.next();
    else if (word === 'table' || word === 'via' || word === 'match' || word === 'root')
      return failure(`cka-net: busybox ip route: "${word}" is not simulated\n`);
    else wanted = word;
  }
  return output(
    context.namespace.routes
      .filter((route) => familyOf(route.dst) === family && (dev === undefined || route.dev === dev))
      .map((route) => ({ route, dst: /^(0\.0\.0\.0|::)\/0$/.test(route.dst) ? 'default' : route.dst.replace(/\/(32|128)$/, '') }))
      .filter(({ dst }) => wanted === undefined || dst === wanted)
      .map(({ route, dst }) => {
        const type = route.type === 'unicast' ? '' : `${route.type} `;
        const via = route.via === undefined ? '' : `via ${route.via} `;
        const out = route.dev === undefined || dev !== undefined ? '' : `dev ${route.dev} `;
        const scope = route.scope === 'global' ? '' : `scope ${route.scope} `;
        const src = route.src === undefined ? '' : ` src ${route.src} `;
        const metric = route.metric ?? (family === 'IPv6' ? 1024 : undefined);
        return `${type}${dst} ${via}${out}${scope}${src}${metric === undefined ? '' : ` metric ${metric} `}\n`;
      })
      .join(''),
  );
}

function getRoute(context: Context, words: Words): Output {
  const text = words.next();
  const destination = parseIp(text ?? '');
  if (destination === undefined) return failure(`ip: an inet address is expected rather than "${text ?? ''}"\n`);
  const { namespace } = context;
  const local = localLink(namespace, destination);
  if (local !== undefined) return output(`local ${destination} dev lo  src ${destination} \n`);
  const route = lookup(namespace, destination);
  if (route === undefined) return failure('ip: RTNETLINK answers: Network is unreachable\n', 2);
  const source = sourceFor(namespace, route, destination);
  return output(
    `${destination} ${route.via === undefined ? '' : `via ${route.via} `}dev ${route.dev ?? 'lo'} ${source === undefined ? '' : ` src ${source} `}\n`,
  );
}

function showNeighbours(context: Context, words: Words): Output {
  const dev = words.next() === 'dev' ? words.next() : undefined;
  return output(
    context.namespace.neighbours
      .filter((one) => dev === undefined || one.dev === dev)
      .map(
        (one) =>
          `${one.ip} ${dev === undefined ? `dev ${one.dev} ` : ''}${one.mac === undefined ? '' : `lladdr ${one.mac} `} used 0/0/0 probes 0 ${one.state}\n`,
      )
      .join(''),
  );
}

/** What busybox prints in its own way; undefined where it is iproute2's. */
export function appletShow(context: Context, object: string, words: Words): Output | undefined {
  const verb = words.peek();
  const shows = verb === undefined || ['show', 'list', 's', 'l', 'sh', 'lst', 'ls'].includes(verb);
  const is = (name: string) => name.startsWith(object);
  if (is('route') && verb !== undefined && verb.startsWith('g')) {
    words.next();
    return getRoute(context, words);
  }
  if (!shows) return undefined;
  words.next();
  if (is('address')) return showAddresses(context, words);
  if (is('route')) return showRoutes(context, words);
  if (is('link')) return showLinks(context, words);
  return is('neigh') ? showNeighbours(context, words) : undefined;
}
