/** `ip address` (iproute2 ip/ipaddress.c). */
import { contains, familyOf, lastOf, networkOf, parseCidr, parseIp, parsePrefixed, bitsOf, type Prefixed } from '#net/ip.ts';
import type { Address, Link } from '#node/kernel.ts';
import { failure, output, type Output } from '../../command.ts';
import { act, noDevice } from './act.ts';
import { printJson, type Json } from './json.ts';
import { brief, findLink, linkFilterWord, linkJson, linkText, oneline, passes, type LinkFilter } from './link.ts';
import type { Context } from './options.ts';
import { abbreviates, garbage, incomplete, unknownCommand, type Words } from './words.ts';

type Filter = LinkFilter & { readonly scope?: string; readonly to?: Prefixed };

/** A later address of a network that the link already has one in. */
function isSecondary(link: Link, address: Address): boolean {
  if (familyOf(address.ip) === 'IPv6') return false;
  const first = link.addresses.find((one) => one.length === address.length && networkOf(one) === networkOf(address));
  return first !== address;
}

function addressText(link: Link, address: Address): string {
  const v4 = familyOf(address.ip) === 'IPv4';
  const broadcast = address.broadcast === undefined ? '' : ` brd ${address.broadcast}`;
  const secondary = isSecondary(link, address) ? ' secondary' : '';
  return `inet${v4 ? '' : '6'} ${address.ip}/${address.length}${broadcast} scope ${address.scope}${secondary} ${v4 ? link.name : ''}`;
}

const forever = 4294967295;

function addressJson(link: Link, address: Address): Json {
  const v4 = familyOf(address.ip) === 'IPv4';
  return {
    family: v4 ? 'inet' : 'inet6',
    local: address.ip,
    prefixlen: address.length,
    ...(address.broadcast !== undefined && { broadcast: address.broadcast }),
    scope: address.scope,
    ...(isSecondary(link, address) && { secondary: true }),
    ...(v4 && { label: link.name }),
    valid_life_time: forever,
    preferred_life_time: forever,
  };
}

/** Whether entries tell of the link's own address too: not where addresses of one family are asked for. */
function withHardware({ family, details }: Context['options']): boolean {
  return family === undefined || family === 'link' || details;
}

function matches({ options }: Context, filter: Filter, address: Address): boolean {
  if (options.family === 'link') return false;
  if (options.family !== undefined && familyOf(address.ip) !== options.family) return false;
  if (filter.scope !== undefined && filter.scope !== address.scope) return false;
  return filter.to === undefined || contains(networkOf(filter.to), address.ip);
}

const lifetimes = 'valid_lft forever preferred_lft forever';

function show(context: Context, words: Words): Output {
  const filter: { -readonly [K in keyof Filter]: Filter[K] } = { up: false };
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (['permanent', 'dynamic', 'primary', 'secondary', 'tentative', 'deprecated'].includes(word))
      return failure(`cka-net: ip address show: the filter "${word}" is not simulated\n`);
    if (word === 'scope') {
      const scope = words.next();
      if (scope === undefined) return incomplete();
      if (scope !== 'all') filter.scope = scope;
      continue;
    }
    if (word === 'to') {
      const text = words.next() ?? '';
      const to = prefixOf(text);
      if (to === undefined) return expected('any valid', text);
      filter.to = to;
      continue;
    }
    const done = linkFilterWord(context, word, words, filter);
    if (done === true) continue;
    if (done !== undefined) return done;
    const name = word === 'dev' ? words.next() : word;
    if (name === undefined) return incomplete();
    const dev = findLink(context, name);
    if (dev === undefined) return failure(`Device "${name}" does not exist.\n`);
    filter.dev = dev;
  }
  const { options } = context;
  const shown = context.namespace.links
    .filter((link) => passes(filter, link))
    .map((link) => ({ link, addresses: link.addresses.filter((address) => matches(context, filter, address)) }))
    .filter(
      ({ link, addresses }) =>
        addresses.length > 0 || options.family === 'link' || (options.family === undefined && link.addresses.length === 0),
    );
  if (options.json) {
    const list = shown.map(({ link, addresses }): Json => {
      const all = linkJson(context, link, { mode: false, hardware: withHardware(options) });
      if (!options.brief) return { ...all, addr_info: addresses.map((address) => addressJson(link, address)) };
      const keep = ['link_index', 'link', 'ifname', 'operstate'].filter((key) => key in all);
      return {
        ...Object.fromEntries(keep.map((key) => [key, all[key]!])),
        addr_info: addresses.map(({ ip, length }) => ({ local: ip, prefixlen: length })),
      };
    });
    return output(printJson(list, options.pretty));
  }
  return output(
    shown
      .map(({ link, addresses }) => {
        if (options.brief) return brief(context, link, addresses.map(({ ip, length }) => `${ip}/${length} `).join(''));
        if (options.oneline && options.family !== 'link')
          return addresses.map((address) => `${link.index}: ${link.name}    ${addressText(link, address)}\\       ${lifetimes}\n`).join('');
        const head = linkText(context, link, { mode: false, hardware: withHardware(options) });
        const text = `${head}${addresses.map((address) => `    ${addressText(link, address)}\n       ${lifetimes}\n`).join('')}`;
        return options.oneline ? oneline(text) : text;
      })
      .join(''),
  );
}

/** An address with a length, or a host's address. */
export function prefixOf(text: string): Prefixed | undefined {
  const bare = parseIp(text);
  return bare === undefined ? parsePrefixed(text) : { ip: bare, length: bitsOf(familyOf(bare)) };
}

export function expected(what: string, text: string): Output {
  return failure(`Error: ${what} ${what === 'any valid' ? 'prefix' : 'address'} is expected rather than "${text}".\n`);
}

interface Given {
  readonly address: Prefixed;
  readonly bare: boolean;
  readonly dev: string;
  readonly broadcast?: string;
  readonly scope?: Address['scope'];
}

function parse(context: Context, words: Words): Given | Output {
  let address: Prefixed | undefined;
  let bare = false;
  let dev: string | undefined;
  let broadcast: string | undefined;
  let scope: Address['scope'] | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'dev') {
      dev = words.next();
      if (dev === undefined) return incomplete();
    } else if (word === 'brd' || word === 'broadcast') {
      broadcast = words.next();
      if (broadcast === undefined) return incomplete();
    } else if (word === 'scope') {
      const given = words.next();
      if (given !== 'global' && given !== 'link' && given !== 'host')
        return failure(`Error: argument "${given ?? ''}" is wrong: invalid scope value.\n\n`, 255);
      scope = given;
    } else if (['label', 'valid_lft', 'preferred_lft', 'metric', 'peer', 'anycast'].includes(word)) {
      return failure(`cka-net: ip address: "${word}" is not simulated\n`);
    } else if (word === 'noprefixroute' || word === 'nodad' || word === 'home') {
      return failure(`cka-net: ip address: "${word}" is not simulated\n`);
    } else {
      const text = word === 'local' ? (words.next() ?? '') : word;
      if (address !== undefined) return garbage('local', text);
      address = prefixOf(text);
      bare = !text.includes('/');
      if (address === undefined || (context.options.family !== undefined && familyOf(address.ip) !== context.options.family))
        return expected(context.options.family === 'IPv6' ? 'inet6' : context.options.family === 'IPv4' ? 'inet' : 'any valid', text);
    }
  }
  if (dev === undefined) return failure('Not enough information: "dev" argument is required.\n');
  const found = findLink(context, dev);
  if (address === undefined) return failure('RTNETLINK answers: Operation not supported\n', 2);
  return {
    address,
    bare,
    dev: found?.name ?? dev,
    ...(broadcast !== undefined && { broadcast }),
    ...(scope !== undefined && { scope }),
  };
}

function add(context: Context, words: Words, replace: boolean): Output {
  const given = parse(context, words);
  if (!('address' in given)) return given;
  const { address, dev } = given;
  const link = findLink(context, dev);
  if (link === undefined) return noDevice(dev);
  const v6 = familyOf(address.ip) === 'IPv6';
  const broadcast =
    given.broadcast === undefined || given.broadcast === '-'
      ? undefined
      : given.broadcast === '+'
        ? lastOf(networkOf(address))
        : parseIp(given.broadcast);
  return act(context, (draft) => {
    const failed = draft.addAddress(context.name, dev, address, {
      ...(broadcast === undefined ? { broadcast: false } : { broadcast }),
      ...(given.scope !== undefined && { scope: given.scope }),
    });
    if (failed !== 'file exists') return failed;
    if (replace) return undefined;
    return v6 ? 'Error: ipv6: address already assigned.' : 'Error: ipv4: Address already assigned.';
  });
}

function remove(context: Context, words: Words): Output {
  const given = parse(context, words);
  if (!('address' in given)) return given;
  const { address, dev } = given;
  const wildcard = given.bare && familyOf(address.ip) === 'IPv4';
  const warning = wildcard
    ? `Warning: Executing wildcard deletion to stay compatible with old scripts.\n         Explicitly specify the prefix length (${address.ip}/${address.length}) to avoid this warning.\n         This special behaviour is likely to disappear in further releases,\n         fix your scripts!\n`
    : '';
  const link = findLink(context, dev);
  const v6 = familyOf(address.ip) === 'IPv6';
  const meant = wildcard ? (link?.addresses.find((one) => one.ip === address.ip) ?? address) : address;
  const done =
    link === undefined
      ? noDevice(dev)
      : act(context, (draft) => {
          const failed = draft.removeAddress(context.name, dev, meant);
          return failed === undefined ? undefined : v6 ? 'Error: ipv6: address not found.' : 'Error: ipv4: Address not found.';
        });
  return { ...done, stderr: warning + done.stderr };
}

function flush(context: Context, words: Words): Output {
  let dev: string | undefined;
  let to: string | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'dev') dev = words.next();
    else if (word === 'to') to = words.next();
    else if (word === 'scope') words.next();
    else dev = word;
  }
  if (dev === undefined && to === undefined) return failure('Flush requires arguments.\n', 255);
  const within = to === undefined ? undefined : parseCidr(to);
  const links = context.namespace.links.filter((link) => dev === undefined || link.name === dev);
  if (dev !== undefined && links.length === 0) return failure(`Device "${dev}" does not exist.\n`);
  return act(context, (draft) => {
    for (const link of links)
      for (const address of link.addresses)
        if (matches(context, { up: false }, address) && (within === undefined || contains(within, address.ip)))
          draft.removeAddress(context.name, link.name, address);
    return undefined;
  });
}

/** `ip address`, after the object's name. */
export function address(context: Context, words: Words): Output {
  const command = words.next();
  if (command === undefined || abbreviates(command, ['show', 'lst', 'list'])) return show(context, words);
  if (abbreviates(command, ['add'])) return add(context, words, false);
  if (abbreviates(command, ['change', 'chg', 'replace'])) return add(context, words, true);
  if (abbreviates(command, ['delete'])) return remove(context, words);
  if (abbreviates(command, ['flush'])) return flush(context, words);
  return unknownCommand(command, 'address');
}
