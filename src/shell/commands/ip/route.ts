/** `ip route` (iproute2 ip/iproute.c). */
import { addressOn, linkOf, localLink, lookup, sourceFor } from '#dataplane/links/routing.ts';
import {
  baseOf,
  bitsOf,
  cidr,
  contains,
  containsCidr,
  familyOf,
  lengthOf,
  networkOf,
  parseIp,
  type Cidr,
  type Family,
  type Ip,
} from '#net/ip.ts';
import type { Route } from '#node/kernel.ts';
import type { RouteSpec } from '#node/cni/kernel-draft.ts';
import { failure, output, type Output } from '../../command.ts';
import { hasCarrier } from '../../network/link-state.ts';
import { act, answers, noDevice } from './act.ts';
import { expected, prefixOf } from './addr.ts';
import { printJson, type Json } from './json.ts';
import { findLink } from './link.ts';
import { localRoutes, type Entry } from './local-table.ts';
import type { Context } from './options.ts';
import { abbreviates, garbage, incomplete, unknownCommand, type Words } from './words.ts';

interface Filter {
  dev?: string;
  via?: Ip;
  src?: Ip;
  proto?: string;
  scope?: string;
  type?: string;
  metric?: number;
  table: 'main' | 'local' | 'all';
  tableGiven: boolean;
  exact?: Cidr;
  match?: Cidr;
  root?: Cidr;
}

/** The words of one route, in the order in which they are printed; what a filter has fixed is left out. */
function fields(
  context: Context,
  entry: Entry,
  filter: Pick<Filter, 'dev' | 'via' | 'src' | 'proto' | 'scope' | 'metric' | 'table' | 'tableGiven'>,
): readonly (readonly [key: string, text: string, json: Json])[] {
  const { route } = entry;
  const v6 = familyOf(route.dst) === 'IPv6';
  const { details } = context.options;
  const dst = destinationText(route.dst);
  const metric = route.metric ?? (v6 && entry.table === 'main' ? (route.proto === 'kernel' ? 256 : 1024) : v6 ? 0 : undefined);
  const type = entry.type;
  const link = route.dev === undefined ? undefined : linkOf(context.namespace, route.dev);
  const down = link !== undefined && link.up && link.kind !== 'loopback' && !hasCarrier(context.kernel, context.namespace, link);
  const flags = [
    ...(down && (entry.table === 'main' || type === 'multicast') ? ['linkdown'] : []),
    ...(route.onlink === true ? ['onlink'] : []),
  ];
  const wantsTable = entry.table === 'local' && filter.table === 'all';
  return [
    ...(type !== 'unicast' || details ? ([['type', `${type} `, type]] as const) : []),
    ['dst', `${dst} `, dst],
    ...(route.via !== undefined && filter.via === undefined ? ([['gateway', `via ${route.via} `, route.via]] as const) : []),
    ...(route.dev !== undefined && filter.dev === undefined ? ([['dev', `dev ${route.dev} `, route.dev]] as const) : []),
    ...(wantsTable ? ([['table', 'table local ', 'local']] as const) : []),
    ...((route.proto !== 'boot' || details) && filter.proto === undefined
      ? ([['protocol', `proto ${route.proto} `, route.proto]] as const)
      : []),
    ...((route.scope !== 'global' || details) && filter.scope === undefined && !v6
      ? ([['scope', `scope ${route.scope} `, route.scope]] as const)
      : []),
    ...(route.src !== undefined && filter.src === undefined ? ([['prefsrc', `src ${route.src} `, route.src]] as const) : []),
    ...(metric !== undefined && filter.metric === undefined ? ([['metric', `metric ${metric} `, metric]] as const) : []),
    ['flags', flags.map((flag) => `${flag} `).join(''), flags],
    ...(v6 ? ([['pref', 'pref medium', 'medium']] as const) : []),
  ];
}

function destinationText(dst: Cidr): string {
  if (lengthOf(dst) === 0) return 'default';
  return lengthOf(dst) === bitsOf(familyOf(dst)) ? baseOf(dst) : dst;
}

/** The length of the prefix says what bits of the destination a person has given: `10.1` is not spelled out here. */
function destinationOf(text: string, family: Family): Cidr | undefined {
  if (['default', 'any', 'all'].includes(text)) return cidr(family === 'IPv6' ? '::/0' : '0.0.0.0/0');
  const parsed = prefixOf(text);
  return parsed && networkOf(parsed);
}

function entriesOf(context: Context, filter: Filter, families: readonly Family[]): readonly Entry[] {
  const main = context.namespace.routes.map((route): Entry => ({ route, type: route.type, table: 'main' }));
  const all = [...(filter.table === 'local' ? [] : main), ...(filter.table === 'main' ? [] : localRoutes(context.namespace))];
  return families.flatMap((family) => all.filter(({ route }) => familyOf(route.dst) === family));
}

function passes(filter: Filter, { route, type }: Entry): boolean {
  if (filter.dev !== undefined && route.dev !== filter.dev) return false;
  if (filter.via !== undefined && route.via !== filter.via) return false;
  if (filter.src !== undefined && route.src !== filter.src) return false;
  if (filter.proto !== undefined && route.proto !== filter.proto) return false;
  if (filter.scope !== undefined && route.scope !== filter.scope) return false;
  if (filter.type !== undefined && type !== filter.type) return false;
  if (filter.metric !== undefined && (route.metric ?? 0) !== filter.metric) return false;
  if (filter.exact !== undefined && route.dst !== filter.exact) return false;
  if (filter.match !== undefined && !containsCidr(route.dst, filter.match)) return false;
  return filter.root === undefined || containsCidr(filter.root, route.dst);
}

const tables: Readonly<Record<string, Filter['table']>> = {
  main: 'main',
  '254': 'main',
  local: 'local',
  '255': 'local',
  all: 'all',
  '0': 'all',
};

function parseFilter(context: Context, words: Words): Filter | Output {
  const filter: Filter = { table: 'main', tableGiven: false };
  const family = context.options.family === 'IPv6' ? 'IPv6' : 'IPv4';
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'cache' || word === 'cached') return output('');
    const kinds = ['root', 'match', 'exact', 'to'];
    const valued = ['dev', 'oif', 'via', 'src', 'proto', 'protocol', 'scope', 'type', 'table', 'metric', ...kinds].includes(word);
    let value = valued ? words.next() : word;
    if (value === undefined) return incomplete();
    if (word === 'dev' || word === 'oif') {
      if (findLink(context, value) === undefined) return noDevice(value);
      filter.dev = findLink(context, value)!.name;
    } else if (word === 'via' || word === 'src') {
      const address = parseIp(value);
      if (address === undefined) return expected(family === 'IPv6' ? 'inet6' : 'inet', value);
      filter[word] = address;
    } else if (word === 'proto' || word === 'protocol') filter.proto = value;
    else if (word === 'scope') filter.scope = value;
    else if (word === 'type') filter.type = value;
    else if (word === 'metric') filter.metric = Number(value);
    else if (word === 'table') {
      const table = tables[value];
      if (table === undefined) {
        if (!/^\d+$/.test(value) && value !== 'default')
          return failure(`Error: argument "${value}" is wrong: table id value is invalid\n\n`, 255);
        return failure(`Error: ipv4: FIB table does not exist.\nDump terminated\n`, 2);
      }
      filter.table = table;
      filter.tableGiven = true;
    } else {
      let kind = kinds.includes(word) ? word : 'exact';
      if (kind === 'to') {
        kind = 'exact';
        if (kinds.includes(value)) {
          kind = value;
          value = words.next() ?? '';
        }
      }
      const dst = destinationOf(value, family);
      if (dst === undefined) return expected('any valid', value);
      if (kind === 'root') filter.root = dst;
      else if (kind === 'match') filter.match = dst;
      else filter.exact = dst;
    }
  }
  return filter;
}

function familiesOf(context: Context, filter: Filter): readonly Family[] {
  if (context.options.family === 'IPv6') return ['IPv6'];
  if (context.options.family === 'IPv4') return ['IPv4'];
  const asked = filter.exact ?? filter.match ?? filter.root ?? filter.via;
  if (asked !== undefined) return [familyOf(asked)];
  return filter.table === 'all' ? ['IPv4', 'IPv6'] : ['IPv4'];
}

function show(context: Context, words: Words): Output {
  const filter = parseFilter(context, words);
  if ('exitCode' in filter) return filter;
  const entries = entriesOf(context, filter, familiesOf(context, filter)).filter((entry) => passes(filter, entry));
  const { options } = context;
  if (options.json)
    return output(
      printJson(
        entries.map((entry) => Object.fromEntries(fields(context, entry, filter).map(([key, , json]) => [key, json]))),
        options.pretty,
      ),
    );
  return output(
    entries
      .map(
        (entry) =>
          `${fields(context, entry, filter)
            .map(([, text]) => text)
            .join('')}\n`,
      )
      .join(''),
  );
}

interface Question {
  readonly destination: Ip;
  readonly from?: Ip;
  readonly iif?: string;
  readonly oif?: string;
}

function get(context: Context, words: Words): Output {
  let destination: Ip | undefined;
  let from: Ip | undefined;
  let iif: string | undefined;
  let oif: string | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'from' || word === 'src') {
      const text = words.next() ?? '';
      from = prefixOf(text)?.ip;
      if (from === undefined) return expected('any valid', text);
    } else if (word === 'iif' || word === 'oif' || word === 'dev') {
      const name = words.next();
      if (name === undefined) return incomplete();
      if (findLink(context, name) === undefined) return noDevice(name);
      if (word === 'iif') iif = name;
      else oif = name;
    } else if (['mark', 'tos', 'uid', 'ipproto', 'sport', 'dport', 'vrf'].includes(word)) words.next();
    else if (word !== 'fibmatch') {
      const text = word === 'to' ? (words.next() ?? '') : word;
      destination = prefixOf(text)?.ip;
      if (destination === undefined) return expected('any valid', text);
    }
  }
  if (destination === undefined) return failure('need at least a destination address\n');
  const question: Question = {
    destination,
    ...(from !== undefined && { from }),
    ...(iif !== undefined && { iif }),
    ...(oif !== undefined && { oif }),
  };
  return familyOf(destination) === 'IPv4' ? getV4(context, question) : getV6(context, question);
}

const refusals: Readonly<Record<Route['type'], string>> = {
  unicast: '',
  blackhole: 'invalid argument',
  unreachable: 'no route to host',
  prohibit: 'permission denied',
};

function getV4(context: Context, { destination, from, iif, oif }: Question): Output {
  const { namespace } = context;
  if (from !== undefined && iif === undefined && localLink(namespace, from) === undefined) return failure(answers('invalid argument'), 2);
  const local = localLink(namespace, destination);
  const broadcast = localRoutes(namespace).find((entry) => entry.type === 'broadcast' && baseOf(entry.route.dst) === destination);
  const parts: [string, string, Json][] = [];
  const cache: string[] = [];
  const put = (key: string, text: string, json: Json) => void parts.push([key, text, json]);
  const head = (type: 'local' | 'broadcast' | undefined) => {
    if (type !== undefined) put('type', `${type} `, type);
    put('dst', `${destination} `, destination);
    if (from !== undefined) put('from', `from ${from} `, from);
  };
  if (local !== undefined) {
    const own = local.kind === 'loopback' && destination.startsWith('127.') ? local.addresses[0]?.ip : destination;
    head('local');
    put('dev', 'dev lo ', 'lo');
    if (iif === undefined && from === undefined) put('prefsrc', `src ${own ?? destination} `, own ?? destination);
    cache.push('local');
  } else if (broadcast !== undefined) {
    head('broadcast');
    put('dev', `dev ${broadcast.route.dev!} `, broadcast.route.dev!);
    if (from === undefined) put('prefsrc', `src ${broadcast.route.src!} `, broadcast.route.src!);
    cache.push('local', 'brd');
  } else {
    const route = lookup(namespace, destination, oif);
    if (route === undefined) return failure(answers('network is unreachable'), 2);
    if (route.type !== 'unicast') return failure(answers(refusals[route.type]), 2);
    if (iif !== undefined && namespace.sysctls.get('net.ipv4.ip_forward') === '0') return failure(answers('no route to host'), 2);
    head(undefined);
    if (route.via !== undefined) put('gateway', `via ${route.via} `, route.via);
    put('dev', `dev ${route.dev!} `, route.dev!);
    const source = sourceFor(namespace, route, destination);
    if (from === undefined && source !== undefined) put('prefsrc', `src ${source} `, source);
  }
  put('flags', '', []);
  if (iif === undefined) put('uid', 'uid 0 ', 0);
  const { options } = context;
  if (options.json)
    return output(
      printJson(
        [{ ...Object.fromEntries(parts.map(([key, , json]) => [key, json])), cache, ...(iif !== undefined && { iif }) }],
        options.pretty,
      ),
    );
  const text = parts.map(([, one]) => one).join('');
  const cached = `cache ${cache.length === 0 ? '' : `<${cache.join(',')}> `}${iif === undefined ? '' : `iif ${iif} `}`;
  return output(`${text}${options.oneline ? '\\' : '\n'}    ${cached}\n`);
}

function getV6(context: Context, { destination, from, oif }: Question): Output {
  const { namespace } = context;
  const local = localLink(namespace, destination);
  const route = local === undefined ? lookup(namespace, destination, oif) : undefined;
  if (local === undefined && route === undefined) return failure(answers('network is unreachable'), 2);
  if (route !== undefined && route.type !== 'unicast') return failure(answers(refusals[route.type]), 2);
  const dev = local === undefined ? route!.dev! : local.kind === 'loopback' ? 'lo' : local.name;
  const source = local === undefined ? (route!.src ?? addressOn(namespace, route!.dev, route!.via ?? destination)) : destination;
  const metric = local === undefined ? (route!.metric ?? (route!.proto === 'kernel' ? 256 : 1024)) : 0;
  const proto = local === undefined ? route!.proto : 'kernel';
  const parts: readonly (readonly [string, string, Json])[] = [
    ...(local === undefined ? [] : ([['type', 'local ', 'local']] as const)),
    ['dst', `${destination} `, destination],
    ['from', `from ${from ?? '::'} `, from ?? '::'],
    ...(route?.via === undefined ? [] : ([['gateway', `via ${route.via} `, route.via]] as const)),
    ['dev', `dev ${dev} `, dev],
    ...(local === undefined ? [] : ([['table', 'table local ', 'local']] as const)),
    ...(proto === 'boot' ? [] : ([['protocol', `proto ${proto} `, proto]] as const)),
    ...(source === undefined || from !== undefined ? [] : ([['prefsrc', `src ${source} `, source]] as const)),
    ['metric', `metric ${metric} `, metric],
    ['flags', '', []],
    ['pref', 'pref medium', 'medium'],
  ];
  if (context.options.json)
    return output(printJson([Object.fromEntries(parts.map(([key, , json]) => [key, json]))], context.options.pretty));
  return output(`${parts.map(([, text]) => text).join('')}\n`);
}

const routeTypes = ['unicast', 'blackhole', 'unreachable', 'prohibit'] as const;

interface GivenRoute {
  readonly spec: RouteSpec;
  readonly given: ReadonlySet<string>;
}

function parseRoute(context: Context, words: Words): GivenRoute | Output {
  const family: Family = context.options.family === 'IPv6' ? 'IPv6' : 'IPv4';
  const spec: { -readonly [K in keyof RouteSpec]?: RouteSpec[K] } = {};
  const given = new Set<string>();
  let wantsDefault = false;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    const type = routeTypes.find((one) => one === word);
    if (type !== undefined) {
      spec.type = type;
      continue;
    }
    if (word === 'onlink') {
      spec.onlink = true;
      continue;
    }
    if (['nexthop', 'encap', 'mtu', 'advmss', 'weight', 'nhid', 'throw', 'local', 'broadcast', 'multicast'].includes(word))
      return failure(`cka-net: ip route: "${word}" is not simulated\n`);
    const valued = ['via', 'dev', 'src', 'proto', 'protocol', 'scope', 'metric', 'preference', 'table', 'to'].includes(word);
    let value = valued ? words.next() : word;
    if (value === undefined) return incomplete();
    if (valued && word !== 'to') given.add(word);
    if (word === 'via') {
      if (value === 'inet' || value === 'inet6') value = words.next() ?? '';
      const via = parseIp(value);
      if (via === undefined) return expected(family === 'IPv6' ? 'inet6' : 'inet', value);
      spec.via = via;
    } else if (word === 'src') {
      const src = parseIp(value);
      if (src === undefined) return expected(family === 'IPv6' ? 'inet6' : 'inet', value);
      spec.src = src;
    } else if (word === 'dev') spec.dev = value;
    else if (word === 'metric' || word === 'preference') {
      if (!/^\d+$/.test(value)) return failure(`Error: argument "${value}" is wrong: "metric" value is invalid\n\n`, 255);
      spec.metric = Number(value);
    } else if (word === 'proto' || word === 'protocol') {
      const known = (['kernel', 'boot', 'static', 'bird', 'dhcp', 'ra', '80'] as const).find((one) => one === value);
      if (known === undefined) return failure(`Error: argument "${value}" is wrong: "protocol" value is invalid\n\n`, 255);
      spec.proto = known;
    } else if (word === 'scope') {
      if (value !== 'global' && value !== 'link' && value !== 'host')
        return failure(`Error: argument "${value}" is wrong: invalid "scope" value\n\n`, 255);
      spec.scope = value;
    } else if (word === 'table') {
      if (tables[value] !== 'main') return failure(`cka-net: ip route: tables beside main are not simulated\n`);
    } else {
      if (spec.dst !== undefined || wantsDefault) return garbage('to', value);
      if (['default', 'any', 'all'].includes(value)) wantsDefault = true;
      else {
        const parsed = prefixOf(value);
        if (parsed === undefined) return expected('any valid', value);
        spec.dst = networkOf(parsed);
        if (familyOf(parsed.ip) === 'IPv4' && baseOf(spec.dst) !== parsed.ip)
          return failure('Error: Invalid prefix for given prefix length.\n', 2);
      }
    }
  }
  if (spec.dst === undefined) {
    const v6 = spec.via === undefined ? family === 'IPv6' : familyOf(spec.via) === 'IPv6';
    spec.dst = cidr(v6 ? '::/0' : '0.0.0.0/0');
  }
  if (spec.dev !== undefined) {
    const found = findLink(context, spec.dev);
    if (found === undefined) return noDevice(spec.dev);
    spec.dev = found.name;
  }
  return { spec: spec as RouteSpec, given };
}

/** What the kernel looks at before it takes a route (net/ipv4/fib_semantics.c, fib_check_nh), and which device leads to its gateway. */
function checked(context: Context, spec: RouteSpec): RouteSpec | string {
  const { namespace } = context;
  if (spec.type !== undefined && spec.type !== 'unicast') {
    return familyOf(spec.dst) === 'IPv6' ? { ...spec, dev: 'lo' } : spec;
  }
  if (spec.dev !== undefined && linkOf(namespace, spec.dev)?.up === false) return 'Error: Device for nexthop is not up.';
  if (spec.src !== undefined && localLink(namespace, spec.src) === undefined) return 'Error: Invalid prefsrc address.';
  if (spec.via === undefined) {
    if (spec.dev === undefined) return familyOf(spec.dst) === 'IPv4' ? 'no such device' : 'no such device';
    return familyOf(spec.dst) === 'IPv4' ? { ...spec, scope: spec.scope ?? 'link' } : spec;
  }
  if (spec.onlink === true) return spec;
  if (localLink(namespace, spec.via) !== undefined) return 'Error: Nexthop has invalid gateway.';
  const way = lookup(namespace, spec.via, undefined);
  const onLink = way !== undefined && way.type === 'unicast' && way.via === undefined;
  const wanted = namespace.routes.find(
    (route) => route.via === undefined && route.type === 'unicast' && route.dev === spec.dev && contains(route.dst, spec.via!),
  );
  const found = spec.dev === undefined ? (onLink ? way : undefined) : wanted;
  if (found?.dev === undefined) return familyOf(spec.dst) === 'IPv4' ? 'Error: Nexthop has invalid gateway.' : 'no route to host';
  return { ...spec, dev: found.dev };
}

function change(context: Context, words: Words, how: 'add' | 'replace' | 'append' | 'change'): Output {
  if (words.peek() === undefined) return failure('cka-net: ip route: a route is missing; the long usage text is not simulated\n', 255);
  const parsed = parseRoute(context, words);
  if ('exitCode' in parsed) return parsed;
  return act(context, (draft) => {
    const spec = checked(context, parsed.spec);
    if (typeof spec === 'string') return spec;
    if (how === 'append') return draft.addRouteBeside(context.name, spec);
    if (how === 'add') return draft.addRoute(context.name, spec);
    if (how === 'change' && !draft.namespace(context.name).routes.some((route) => route.dst === spec.dst))
      return 'no such file or directory';
    return draft.replaceRoute(context.name, spec);
  });
}

function remove(context: Context, words: Words): Output {
  if (words.peek() === undefined) return failure('cka-net: ip route: a route is missing; the long usage text is not simulated\n', 255);
  const parsed = parseRoute(context, words);
  if ('exitCode' in parsed) return parsed;
  const { spec } = parsed;
  const fits = (route: Route) =>
    route.dst === spec.dst &&
    (spec.dev === undefined || route.dev === spec.dev) &&
    (spec.via === undefined || route.via === spec.via) &&
    (spec.src === undefined || route.src === spec.src) &&
    (spec.metric === undefined || (route.metric ?? 0) === spec.metric) &&
    (spec.proto === undefined || route.proto === spec.proto) &&
    (spec.type === undefined || route.type === spec.type);
  const first = context.namespace.routes.find(fits);
  return act(context, (draft) => draft.removeRoute(context.name, (route) => route === first));
}

function flush(context: Context, words: Words): Output {
  if (words.peek() === undefined) return failure('"ip route flush" requires arguments.\n');
  const filter = parseFilter(context, words);
  if ('exitCode' in filter) return filter;
  const doomed = new Set(
    entriesOf(context, filter, familiesOf(context, filter))
      .filter((entry) => entry.table === 'main' && passes(filter, entry))
      .map((entry) => entry.route),
  );
  if (doomed.size === 0) return output('');
  return act(context, (draft) => draft.removeRoute(context.name, (route) => doomed.has(route)));
}

/** `ip route`, after the object's name. */
export function route(context: Context, words: Words): Output {
  const command = words.next();
  if (command === undefined || abbreviates(command, ['list', 'show', 'lst'])) return show(context, words);
  if (abbreviates(command, ['get'])) return get(context, words);
  if (abbreviates(command, ['add'])) return change(context, words, 'add');
  if (abbreviates(command, ['change', 'chg'])) return change(context, words, 'change');
  if (abbreviates(command, ['replace'])) return change(context, words, 'replace');
  if (abbreviates(command, ['append', 'prepend'])) return change(context, words, 'append');
  if (abbreviates(command, ['delete'])) return remove(context, words);
  if (abbreviates(command, ['flush'])) return flush(context, words);
  return unknownCommand(command, 'route');
}
