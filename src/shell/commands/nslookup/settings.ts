/** nslookup's options, on the command line and behind `set`. (bind9 9.18: bin/dig/nslookup.c, setoption, show_settings) */
import type { ResolvConf } from '#dataplane/resolver/resolv-conf.ts';
import { parseClass, parseType, type RecordClass, type RecordType } from '#dataplane/dns/type.ts';
import { serverText, type Server } from '../dig/servers.ts';

export interface Settings {
  type: RecordType;
  /** As typed. */
  typeText: string;
  class: RecordClass;
  /** Nobody asked for a type: A and AAAA are looked up. */
  defaultLookups: boolean;
  port: number;
  /** Seconds; 0 for the usual ones. */
  timeout: number;
  tries: number;
  recurse: boolean;
  search: boolean;
  domains: readonly string[];
  ndots: number;
  tcp: boolean;
  debug: boolean;
  debugMore: boolean;
  nextOnServfail: boolean;
  checkRecursion: boolean;
  servers: readonly Server[];
}

export function defaultSettings(conf: ResolvConf, timeout: number, servers: readonly Server[]): Settings {
  // prettier-ignore
  return {
    type: 'A', typeText: 'A', class: 'IN', defaultLookups: true, port: 53, timeout, tries: conf.attempts, recurse: true, search: true, domains: conf.search,
    ndots: conf.ndots, tcp: false, debug: false, debugMore: false, nextOnServfail: true, checkRecursion: true, servers,
  };
}

type Set = (settings: Settings, value: string) => string | undefined;

/** A number, or what the tool says about a value that is none. */
const number =
  (name: string, most: number, set: (settings: Settings, value: number) => void): Set =>
  (settings, value) => {
    if (!/^\d+$/.test(value)) return `invalid ${name} '${value}': not a valid number`;
    if (Number(value) > most) return `invalid ${name} '${value}': out of range`;
    set(settings, Number(value));
    return undefined;
  };

const setType: Set = (settings, value) => {
  const type = parseType(value);
  if (type === undefined) return `unknown query type: ${value}`;
  settings.type = type;
  settings.typeText = value;
  settings.defaultLookups = false;
  return undefined;
};

const setClass: Set = (settings, value) => {
  const found = parseClass(value);
  if (found === undefined) return `unknown query class: ${value}`;
  settings.class = found;
  return undefined;
};

const setDomain: Set = (settings, value) => {
  settings.domains = [value];
  settings.search = true;
  return undefined;
};

const setPort = number('port', 0xffff, (settings, value) => {
  settings.port = value;
  settings.servers = settings.servers.map((server) => ({ ...server, port: value }));
});
const setTimeout = number('timeout', 0x7fffffff, (settings, value) => (settings.timeout = Math.max(1, value)));
const setTries = number('tries', 0x7fffffff, (settings, value) => (settings.tries = Math.max(1, value)));
const setNdots = number('ndots', 128, (settings, value) => (settings.ndots = value));

/** `name=value`, in this order. */
// prettier-ignore
const valued: readonly (readonly [name: string, set: Set])[] = [
  ['class', setClass], ['cl', setClass], ['type', setType], ['ty', setType], ['querytype', setType], ['query', setType], ['qu', setType], ['q', setType],
  ['domain', setDomain], ['do', setDomain], ['port', setPort], ['po', setPort], ['timeout', setTimeout], ['t', setTimeout],
  ['retry', setTries], ['ret', setTries], ['ndots', setNdots],
];

type Switch = (settings: Settings) => void;

/** Words, and how much of each has to be written. */
const switches: readonly (readonly [name: string, least: number, change: Switch])[] = [
  ['recurse', 3, (settings) => (settings.recurse = true)],
  ['norecurse', 5, (settings) => (settings.recurse = false)],
  ['defname', 3, (settings) => (settings.search = true)],
  ['nodefname', 5, (settings) => (settings.search = false)],
  ['vc', 2, (settings) => (settings.tcp = true)],
  ['novc', 4, (settings) => (settings.tcp = false)],
  ['debug', 3, (settings) => (settings.debug = true)],
  ['nodebug', 5, (settings) => (settings.debug = settings.debugMore = false)],
  ['d2', 2, (settings) => (settings.debugMore = true)],
  ['nod2', 4, (settings) => (settings.debugMore = false)],
  ['search', 3, (settings) => (settings.search = true)],
  ['nosearch', 5, (settings) => (settings.search = false)],
  ['sil', 3, () => undefined],
  ['fail', 3, (settings) => (settings.nextOnServfail = false)],
  ['nofail', 5, (settings) => (settings.nextOnServfail = true)],
];

/** Sets one option; returns what the tool prints about it. */
export function setOption(settings: Settings, text: string): string {
  const lower = text.toLowerCase();
  if (lower.length >= 3 && 'all'.startsWith(lower)) return settingsText(settings);
  for (const [name, set] of valued) {
    if (!lower.startsWith(`${name}=`)) continue;
    const complaint = set(settings, text.slice(name.length + 1));
    return complaint === undefined ? '' : `${complaint}\n`;
  }
  const found = switches.find(([name, least]) => lower.length >= least && name.startsWith(lower));
  if (found === undefined) return `*** Invalid option: ${text}\n`;
  found[2](settings);
  return '';
}

/** `set all`, and what `server` shows. */
export function serversText({ servers }: Settings): string {
  return servers.map((server) => `Default server: ${server.userarg}\nAddress: ${serverText(server)}\n`).join('');
}

function settingsText(settings: Settings): string {
  const word = (on: boolean, name: string) => `${on ? '' : 'no'}${name}`;
  return `${serversText(settings)}
Set options:
  ${word(settings.tcp, 'vc')}\t\t\t${word(settings.debug, 'debug')}\t\t${word(settings.debugMore, 'd2')}
  ${word(settings.search, 'search')}\t\t${word(settings.recurse, 'recurse')}
  timeout = ${settings.timeout}\t\tretry = ${settings.tries}\tport = ${settings.port}\tndots = ${settings.ndots}
  querytype = ${settings.typeText.padEnd(8)}\tclass = ${settings.class}
  srchlist = ${settings.domains.join('/')}
`;
}
