/** getent: entries of the name service. (glibc 2.36: nss/getent.c; on Alpine musl-utils' getent.c) */
import { familyOf, parseIp, type Family } from '#net/ip.ts';
import { withFile, type DnsClient } from '#dataplane/resolver/client.ts';
import { parseHosts, type HostEntry } from '#dataplane/resolver/hosts.ts';
import { Resolver, type Libc } from '#dataplane/resolver/libc.ts';
import { output, type Command, type Here, type Io, type Output } from '../../command.ts';
import type { DnsClientFor } from '../dig/dig.ts';
import { fileDatabases } from './file-databases.ts';

const hint = "Try `getent --help' or `getent --usage' for more information.\n";

const help = `Usage: getent [OPTION...] database [key ...]
Get entries from administrative database.

  -A, --no-addrconfig        do not filter out unsupported IPv4/IPv6 addresses
                             (with ahosts*)
  -i, --no-idn               disable IDN encoding
  -s, --service=CONFIG       Service configuration to be used
  -?, --help                 Give this help list
      --usage                Give a short usage message
  -V, --version              Print program version

Mandatory or optional arguments to long options are also mandatory or optional
for any corresponding short options.

Supported databases:
ahosts ahostsv4 ahostsv6 aliases ethers group gshadow hosts initgroups
netgroup networks passwd protocols rpc services shadow

For bug reporting instructions, please see:
<http://www.debian.org/Bugs/>.
`;

const shortUsage = `Usage: getent [-Ai?V] [-s CONFIG] [--no-addrconfig] [--no-idn]
            [--service=CONFIG] [--help] [--usage] [--version]
            database [key ...]
`;

/** `libcFor`: whether the place is one of Alpine's, with musl. */
export function getentCommand(clientFor: DnsClientFor, libcFor: (io: Io, here: Here) => Libc): Command {
  return { name: 'getent', run: (args, io, here) => getent(args, clientFor(io, here), libcFor(io, here)) };
}

interface Options {
  onlyConfigured: boolean;
  service: string | undefined;
}

/** Runs a command line; waits on the client's clock. Status 2: a key was not found; 1: no such database. */
export function getent(args: readonly string[], client: DnsClient, libc: Libc = 'glibc'): Output {
  const options: Options = { onlyConfigured: true, service: undefined };
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === '-?' || arg === '--help') return output(help);
    if (arg === '--usage') return output(shortUsage);
    if (arg === '-A' || arg === '--no-addrconfig') options.onlyConfigured = false;
    else if (arg === '-i' || arg === '--no-idn') continue;
    else if (/^(-s.+|--service=)/.test(arg)) options.service = arg.replace(/^(-s|--service=)/, '');
    else if (arg === '-s' || arg === '--service') {
      if (args[at + 1] === undefined) return output('', `getent: option requires an argument -- 's'\n${hint}`, 64);
      options.service = args[++at];
    } else if (/^-./.test(arg)) {
      const what = arg.startsWith('--') ? `unrecognized option '${arg}'` : `invalid option -- '${arg[1]}'`;
      return output('', `getent: ${what}\n${hint}`, 64);
    } else words.push(arg);
  }
  const [database, ...keys] = words;
  if (database === undefined) return output('', `getent: wrong number of arguments\n${hint}`, 1);
  const look = Object.hasOwn(hostDatabases, database) ? hostDatabases[database] : undefined;
  if (look !== undefined) {
    const place = options.service === undefined ? client : withFile(client, '/etc/nsswitch.conf', `hosts: ${options.service}\n`);
    if (keys.length === 0) return output(allHosts(place));
    return collect(keys, (key) => look(place, key, options, libc));
  }
  const file = Object.hasOwn(fileDatabases, database) ? fileDatabases[database] : undefined;
  if (file === undefined) return output('', `Unknown database: ${database}\n${hint}`, 1);
  const lines = (client.readFile(file.path) ?? '').split('\n').filter((line) => line.replace(/#.*/, '').trim() !== '');
  if (keys.length === 0) return output(lines.map((line) => file.show(line)).join(''));
  return collect(keys, (key) => {
    const line = lines.find((one) => file.matches(one, key));
    return line === undefined ? undefined : file.show(line, key);
  });
}

function collect(keys: readonly string[], look: (key: string) => string | undefined): Output {
  const found = keys.map(look);
  return output(found.join(''), '', found.includes(undefined) ? 2 : 0);
}

type Look = (client: DnsClient, key: string, options: Options, libc: Libc) => string | undefined;

const hostDatabases: { readonly [name: string]: Look } = {
  hosts,
  ahosts: addressesOf(['IPv4', 'IPv6']),
  ahostsv4: addressesOf(['IPv4']),
  ahostsv6: addressesOf(['IPv6']),
};

/** Asks for AAAA records through the whole search list first, then for A records. */
function hosts(client: DnsClient, key: string, _: Options, libc: Libc): string | undefined {
  const resolver = new Resolver(client, libc);
  const ip = parseIp(key);
  const first = ip !== undefined ? resolver.hostByAddress(ip) : resolver.hostByName(key, 'IPv6');
  const entry = typeof first === 'string' && ip === undefined ? resolver.hostByName(key, 'IPv4') : first;
  if (typeof entry === 'string') return undefined;
  return libc === 'musl' ? muslEntry(entry, key) : entryText(entry);
}

function entryText({ name, aliases, addresses }: HostEntry): string {
  return addresses.map((ip) => `${[ip.padEnd(15), name, ...aliases].join(' ')}\n`).join('');
}

/** musl counts the canonical name and the name as asked as aliases, and only one address is shown. */
function muslEntry({ name, addresses }: HostEntry, key: string): string {
  return `${addresses[0]!.padEnd(16)}  ${name}  ${[...new Set([name, key])].join(' ')}\n`;
}

/** Every line of /etc/hosts; only IPv4 addresses are shown, and that of IPv6's loopback becomes one. */
function allHosts(client: DnsClient): string {
  return parseHosts(client.readFile('/etc/hosts'))
    .flatMap(({ ip, names: [name, ...aliases] }) => {
      const shown = ip === '::1' ? parseIp('127.0.0.1') : ip;
      return shown === undefined || familyOf(shown) === 'IPv6' ? [] : entryText({ name: name!, aliases, addresses: [shown] });
    })
    .join('');
}

const socketTypes = ['STREAM', 'DGRAM', 'RAW'];

function addressesOf(families: readonly Family[]): Look {
  const mapped = families.length === 1 && families[0] === 'IPv6';
  return (client, key, { onlyConfigured }) => {
    const literal = parseIp(key);
    const { addresses, canonicalName } =
      literal !== undefined && mapped
        ? { addresses: [literal], canonicalName: key }
        : new Resolver(client).addresses(key, families, onlyConfigured);
    if (addresses.length === 0) return undefined;
    return addresses
      .flatMap((ip, index) => {
        const shown = mapped && familyOf(ip) === 'IPv4' ? `::ffff:${ip}` : ip;
        return socketTypes.map((type, i) => `${shown.padEnd(15)} ${type.padEnd(6)} ${index === 0 && i === 0 ? canonicalName : ''}\n`);
      })
      .join('');
  };
}
