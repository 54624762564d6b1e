/** `ip neighbour` (iproute2 ip/ipneigh.c). */
import { familyOf, parseIp, type Ip } from '#net/ip.ts';
import type { Neighbour } from '#node/kernel.ts';
import { failure, output, type Output } from '../../command.ts';
import { act, noDevice } from './act.ts';
import { expected, prefixOf } from './addr.ts';
import { printJson } from './json.ts';
import { findLink } from './link.ts';
import type { Context } from './options.ts';
import { abbreviates, incomplete, unknownCommand, type Words } from './words.ts';

const states: Readonly<Record<string, Neighbour['state']>> = {
  permanent: 'PERMANENT',
  reachable: 'REACHABLE',
  stale: 'STALE',
  failed: 'FAILED',
  delay: 'DELAY',
  incomplete: 'INCOMPLETE',
};

interface Selection {
  readonly dev?: string;
  readonly to?: Ip;
  readonly state?: Neighbour['state'];
}

function select(context: Context, words: Words): Selection | Output {
  const chosen: { -readonly [K in keyof Selection]: Selection[K] } = {};
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'dev') {
      const name = words.next();
      if (name === undefined) return incomplete();
      const dev = findLink(context, name);
      if (dev === undefined) return noDevice(name);
      chosen.dev = dev.name;
    } else if (word === 'nud') {
      const state = words.next() ?? '';
      if (state === 'all') continue;
      if (states[state] === undefined) return failure(`Error: argument "${state}" is wrong: nud state is bad\n\n`, 255);
      chosen.state = states[state];
    } else if (word === 'proxy') {
      return output('');
    } else {
      const text = word === 'to' ? (words.next() ?? '') : word;
      const to = prefixOf(text)?.ip;
      if (to === undefined) return expected('any valid', text);
      chosen.to = to;
    }
  }
  return chosen;
}

function selected(context: Context, { dev, to, state }: Selection): readonly Neighbour[] {
  const { family } = context.options;
  const all = context.namespace.neighbours.filter(
    (one) =>
      (dev === undefined || one.dev === dev) &&
      (to === undefined || one.ip === to) &&
      (state === undefined || one.state === state) &&
      (family === undefined || familyOf(one.ip) === family),
  );
  return [...all.filter((one) => familyOf(one.ip) === 'IPv4'), ...all.filter((one) => familyOf(one.ip) === 'IPv6')];
}

function show(context: Context, words: Words): Output {
  const chosen = select(context, words);
  if ('exitCode' in chosen) return chosen;
  const list = selected(context, chosen);
  if (context.options.json)
    return output(
      printJson(
        list.map((one) => ({
          dst: one.ip,
          ...(chosen.dev === undefined && { dev: one.dev }),
          ...(one.mac !== undefined && { lladdr: one.mac }),
          state: [one.state],
        })),
        context.options.pretty,
      ),
    );
  return output(
    list
      .map(
        (one) =>
          `${one.ip} ${chosen.dev === undefined ? `dev ${one.dev} ` : ''}${one.mac === undefined ? '' : `lladdr ${one.mac} `}${context.options.statistics > 0 ? ' used 0/0/0probes 0 ' : ''}${one.state} \n`,
      )
      .join(''),
  );
}

function change(context: Context, words: Words, how: 'add' | 'replace' | 'change'): Output {
  let to: Ip | undefined;
  let dev: string | undefined;
  let mac: string | undefined;
  let state: Neighbour['state'] = 'PERMANENT';
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'dev') dev = words.next();
    else if (word === 'lladdr') {
      mac = words.next();
      if (mac === undefined) return incomplete();
      if (!/^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(mac)) return failure(`"${mac}" is invalid lladdr.\n`, 255);
    } else if (word === 'nud') {
      const name = words.next() ?? '';
      const found = states[name];
      if (found === undefined) return failure(`Error: argument "${name}" is wrong: nud state is bad\n\n`, 255);
      state = found;
    } else {
      const text = word === 'to' ? (words.next() ?? '') : word;
      to = parseIp(text);
      if (to === undefined) return expected('any valid', text);
    }
  }
  if (to === undefined || dev === undefined) return failure('Device and destination are required arguments.\n', 255);
  const link = findLink(context, dev);
  if (link === undefined) return noDevice(dev);
  const old = context.namespace.neighbours.find((one) => one.ip === to && one.dev === link.name);
  if (mac === undefined && old?.mac === undefined && state === 'PERMANENT') return failure('RTNETLINK answers: Invalid argument\n', 2);
  const address = mac?.toLowerCase() ?? old?.mac;
  return act(context, (draft) => {
    if (how === 'add' && old !== undefined) return 'file exists';
    if (how === 'change' && old === undefined) return 'no such file or directory';
    draft.setNeighbour(context.name, { ip: to, dev: link.name, ...(address !== undefined && { mac: address }), state });
    return undefined;
  });
}

function remove(context: Context, words: Words): Output {
  const chosen = select(context, words);
  if ('exitCode' in chosen) return chosen;
  if (chosen.to === undefined || chosen.dev === undefined) return failure('Device and destination are required arguments.\n', 255);
  const found = selected(context, chosen);
  return act(context, (draft) => {
    if (found.length === 0) return 'no such file or directory';
    draft.removeNeighbours(context.name, (one) => found.includes(one));
    return undefined;
  });
}

function flush(context: Context, words: Words): Output {
  if (words.peek() === undefined) return failure('Flush requires arguments.\n');
  const chosen = select(context, words);
  if ('exitCode' in chosen) return chosen;
  // Without a state, permanent entries stay.
  const doomed = selected(context, chosen).filter((one) => chosen.state !== undefined || one.state !== 'PERMANENT');
  if (doomed.length === 0) return output('');
  return act(context, (draft) => {
    draft.removeNeighbours(context.name, (one) => doomed.includes(one));
    return undefined;
  });
}

/** `ip neighbour`, after the object's name. */
export function neighbour(context: Context, words: Words): Output {
  const command = words.next();
  if (command === undefined || abbreviates(command, ['show', 'lst', 'list'])) return show(context, words);
  if (abbreviates(command, ['add'])) return change(context, words, 'add');
  if (abbreviates(command, ['change', 'chg'])) return change(context, words, 'change');
  if (abbreviates(command, ['replace'])) return change(context, words, 'replace');
  if (abbreviates(command, ['delete'])) return remove(context, words);
  if (abbreviates(command, ['flush'])) return flush(context, words);
  return unknownCommand(command, 'neigh');
}
