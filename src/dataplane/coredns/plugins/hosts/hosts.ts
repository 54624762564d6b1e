/** Answers from a hosts file and from lines in the Corefile. (coredns: plugin/hosts) */
import { familyOf, parseIp } from '#net/ip.ts';
import { replyTo, type ResourceRecord } from '../../../dns/message.ts';
import { addressOfReverse } from '../../../dns/name.ts';
import type { RecordType } from '../../../dns/type.ts';
import { parseDuration } from '../../go/duration.ts';
import { atoi } from '../../go/number.ts';
import { quote } from '../../go/quote.ts';
import { nameOf, once, written, type CorednsPlugin, type Setup } from '../../plugin.ts';
import { Fallthrough, normalizeName, zoneOf } from '../../zone.ts';

interface Names {
  readonly A: Map<string, string[]>;
  readonly AAAA: Map<string, string[]>;
  /** Names by address. */
  readonly PTR: Map<string, string[]>;
}

interface Settings {
  path: string;
  zones: readonly string[];
  ttl: number;
  reverse: boolean;
  readonly inline: string[];
  readonly fall: Fallthrough;
}

export const hosts: CorednsPlugin = {
  name: 'hosts',
  setup(setup) {
    const settings = parse(setup);
    const { files } = setup.environment;
    const inline = parseHosts(settings.inline.join('\n'), settings.reverse);
    let text: string | undefined;
    let file = parseHosts('', settings.reverse);
    /** The file as it is now; read again only when its text has changed. */
    const current = () => {
      const now = files.read(settings.path) ?? '';
      if (now !== text) file = parseHosts((text = now), settings.reverse);
      return file;
    };
    const lookup = (kind: keyof Names, key: string) => [...(current()[kind].get(key) ?? []), ...(inline[kind].get(key) ?? [])];

    setup.add({
      name: 'hosts',
      serve(request, next) {
        const name = nameOf(request);
        const { type } = request.query.question;
        if (zoneOf(settings.zones, name) === undefined && type !== 'PTR') return next(request);
        let answer: ResourceRecord[] = [];
        const record =
          (as: RecordType) =>
          (data: string): ResourceRecord => ({ name, ttl: settings.ttl, class: 'IN', type: as, data });
        if (type === 'PTR') {
          const address = addressOfReverse(name);
          const names = address === undefined ? [] : lookup('PTR', address);
          if (names.length === 0) return next(request);
          answer = names.map(record('PTR'));
        } else if (type === 'A' || type === 'AAAA') answer = lookup(type, name).map(record(type));
        if (answer.length === 0 && lookup('A', name).length + lookup('AAAA', name).length === 0) {
          // Without an SOA there can be no NXDOMAIN.
          return settings.fall.through(name) ? next(request) : { rcode: 'SERVFAIL' };
        }
        const reply = replyTo(request.query, 'hosts');
        return written({ ...reply, flags: { ...reply.flags, aa: true }, answer });
      },
    });
  },
};

function parse(setup: Setup): Settings {
  const settings: Settings = { path: '/etc/hosts', zones: [], ttl: 3600, reverse: true, inline: [], fall: new Fallthrough() };
  for (let i = 0; setup.next(); i++) {
    if (i > 0) throw once();
    const [path, ...zones] = setup.remainingArgs();
    if (path !== undefined) {
      settings.path = path.startsWith('/') || setup.block.root === '' ? path : `${setup.block.root}/${path}`;
      const { files } = setup.environment;
      if (files.isDirectory(settings.path)) setup.log(`[WARNING] plugin/hosts: Hosts file ${quote(settings.path)} is a directory`);
      else if (files.read(settings.path) === undefined) setup.log(`[WARNING] plugin/hosts: File does not exist: ${settings.path}`);
    }
    settings.zones = setup.zonesOr(zones);
    while (setup.nextBlock()) parseOption(setup, settings);
  }
  return settings;
}

function parseOption(setup: Setup, settings: Settings): void {
  const option = setup.word();
  const args = setup.remainingArgs();
  switch (option) {
    case 'fallthrough':
      return settings.fall.set(args);
    case 'no_reverse':
      settings.reverse = false;
      return;
    case 'ttl': {
      if (args.length < 1) throw setup.error('ttl needs a time in second');
      const ttl = atoi(args[0]!);
      if (!ttl.ok) throw setup.error('ttl needs a number of second');
      if (ttl.value <= 0 || ttl.value > 65535) throw setup.error('ttl provided is invalid');
      settings.ttl = ttl.value;
      return;
    }
    case 'reload': {
      if (args.length !== 1) throw setup.error('reload needs a duration (zero seconds to disable)');
      const duration = parseDuration(args[0]!);
      if (!duration.ok) throw setup.error(`invalid duration for reload '${args[0]}'`);
      if (duration.value < 0) throw setup.error(`invalid negative duration for reload '${args[0]}'`);
      return;
    }
    default:
      if (settings.fall.isSet) throw setup.error(`unknown property '${option}'`);
      settings.inline.push([option, ...args].join(' '));
  }
}

function parseHosts(text: string, reverse: boolean): Names {
  const names: Names = { A: new Map(), AAAA: new Map(), PTR: new Map() };
  const add = (map: Map<string, string[]>, key: string, value: string) => map.set(key, [...(map.get(key) ?? []), value]);
  for (const line of text.split('\n')) {
    const [first = '', ...hostNames] = line.replace(/#.*/, '').trim().split(/\s+/);
    const address = parseIp(first.replace(/%.*/, ''));
    if (address === undefined || hostNames.length === 0) continue;
    for (const host of hostNames.map(normalizeName)) {
      add(familyOf(address) === 'IPv4' ? names.A : names.AAAA, host, address);
      if (reverse) add(names.PTR, address, host);
    }
  }
  return names;
}
