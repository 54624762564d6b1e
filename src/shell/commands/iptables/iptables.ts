/** iptables, iptables-save and iptables-restore, for both families. (iptables 1.8.9: xtables-standalone.c, xtables-save.c, xtables-restore.c) */
import { builtinTables, isTableName } from '#dataplane/netfilter/iptables/builtin.ts';
import { runRestore } from '#dataplane/netfilter/iptables/restore.ts';
import { runIptables, type IptablesHost, type Ran } from '#dataplane/netfilter/iptables/run.ts';
import { saveTable, saveTables } from '#dataplane/netfilter/iptables/save.ts';
import { parseIp, type Family, type Ip } from '#net/ip.ts';
import { ipsetsOf, tablesOf, type Tables } from '#node/netfilter.ts';
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { resolve } from '../../network/dial.ts';
import { formatDate } from '../date/date.ts';
import { changeNetfilter, mayAdminister, netfilterAt } from './access.ts';
import { getopt } from '../../getopt.ts';

const version = 'v1.8.9 (nf_tables)';

function keyOf(family: Family): 'ipv4' | 'ipv6' {
  return family === 'IPv4' ? 'ipv4' : 'ipv6';
}

function tablesAt(here: Here, family: Family): Tables {
  return tablesOf(netfilterAt(here), keyOf(family));
}

/** What the program printed; rules that it changed are the namespace's from now on. */
function done({ stdout, stderr, exitCode, tables }: Ran, here: Here, family: Family): Output {
  if (tables !== undefined) changeNetfilter(here, { ...netfilterAt(here), [keyOf(family)]: tables });
  return { stdout, stderr, exitCode };
}

/** Names of addresses are those of /etc/hosts. */
function nameOf(io: Io, ip: Ip): string | undefined {
  for (const line of (io.files.read('/etc/hosts') ?? '').split('\n')) {
    const [address = '', name] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (name !== undefined && parseIp(address) === ip) return name;
  }
  return undefined;
}

function hostOf(io: Io, here: Here, family: Family): IptablesHost {
  return {
    family,
    version,
    resolve: (name) => resolve(here, name, [family]).addresses,
    nameOf: (ip) => nameOf(io, ip),
    hasSet: (name) => ipsetsOf(netfilterAt(here)).has(name),
  };
}

function forbidden(program: string): Output {
  return failure(`${program} ${version}: Could not fetch rule set generation id: Permission denied (you must be root)\n`, 4);
}

/** Whether the program came as far as the rules: arguments that are wrong are said to be so before. */
function asksKernel({ stdout, stderr, exitCode }: Ran): boolean {
  if (exitCode === 2) return /Chain '.*' does not exist|Couldn't load target/.test(stderr);
  return exitCode !== 3 && !/^ip6?tables v\S+ \(nf_tables\)\n/.test(stdout);
}

function filter(name: 'iptables' | 'ip6tables', family: Family): Command {
  return {
    name,
    run(args, io, here) {
      const ran = runIptables(args, tablesAt(here, family), hostOf(io, here, family));
      if (!mayAdminister(here) && asksKernel(ran)) return forbidden(name);
      return done(ran, here, family);
    },
  };
}

const saveOptions = { counters: 'c', version: 'V', dump: 'd', table: 't:', modprobe: 'M:', file: 'f:', ipv4: '4', ipv6: '6' };

function save(name: 'iptables-save' | 'ip6tables-save', family: Family): Command {
  return {
    name,
    run(args, io, here) {
      const parsed = getopt(args, 'bcdt:M:f:46V', saveOptions);
      if ('problem' in parsed) {
        return failure(`${name}: ${parsed.problem}\nLook at manual page \`iptables-save.8' for more information.\n`);
      }
      const { found, rest } = parsed;
      const last = (id: string) => found.findLast((one) => one.id === id)?.value;
      if (found.some(({ id }) => id === 'V')) return output(`${name} ${version}\n`);
      if (rest.length > 0) return failure('Unknown arguments found on commandline\n');
      if (!mayAdminister(here)) return forbidden(name);
      const options = {
        family,
        program: `${name} ${version}`,
        date: formatDate('%a %b %e %H:%M:%S %Y', here.lab.now),
        counters: found.some(({ id }) => id === 'c'),
      };
      const tables = tablesAt(here, family);
      const only = last('t');
      let text = '';
      if (only === undefined) text = saveTables(tables, options);
      else if (!isTableName(only) || !builtinTables.has(only)) return failure(`Table \`${only}' does not exist\n`);
      else text = saveTable(tables.get(only) ?? { name: only, chains: new Map() }, options);
      const file = last('f');
      if (file === undefined) return output(text);
      io.files.write(file.startsWith('/') ? file : `${io.cwd.replace(/\/$/, '')}/${file}`, text);
      return output('');
    },
  };
}

const restoreOptions = {
  counters: 'c',
  verbose: 'v',
  version: 'V',
  test: 't',
  help: 'h',
  noflush: 'n',
  modprobe: 'M:',
  table: 'T:',
  wait: 'w',
  'wait-interval': 'W',
  ipv4: '4',
  ipv6: '6',
};

function restore(name: 'iptables-restore' | 'ip6tables-restore', family: Family): Command {
  return {
    name,
    run(args, io, here) {
      const parsed = getopt(args, 'bcvVthnwWM:T:46', restoreOptions);
      if ('problem' in parsed) return failure(`${name}: ${parsed.problem}\nTry \`${name} -h' for more information.\n`);
      const { found, rest } = parsed;
      const has = (id: string) => found.some((one) => one.id === id);
      if (has('V')) return output(`${name} ${version}\n`);
      if (has('h')) return output(restoreHelp(name));
      // `-w 5` leaves its number behind.
      const files = rest.filter((word) => !(has('w') && /^\d+$/.test(word)));
      if (files.length > 1) return failure('Unknown arguments found on commandline\n');
      const [file] = files;
      const text = file === undefined ? io.stdin : file === '/dev/null' ? '' : io.files.read(pathOf(io, file));
      if (text === undefined) return failure(`Can't open ${file}: No such file or directory\n`);
      if (!mayAdminister(here) && text !== '') return forbidden(name);
      const onlyTable = found.findLast(({ id }) => id === 'T')?.value;
      const ran = runRestore(text, tablesAt(here, family), hostOf(io, here, family), {
        noFlush: has('n'),
        test: has('t'),
        ...(onlyTable !== undefined && { onlyTable }),
      });
      return done(ran, here, family);
    },
  };
}

function pathOf(io: Io, file: string): string {
  return file.startsWith('/') ? file : `${io.cwd.replace(/\/$/, '')}/${file}`;
}

function restoreHelp(name: string): string {
  const long = ['counters', 'verbose', 'version', 'test', 'help', 'noflush', 'table=<TABLE>', 'modprobe=<command>', 'ipv4', 'ipv6'];
  const lines = long.map((option) => `\t   [ --${option}${option === 'version' ? '' : ' '}]\n`);
  return `Usage: ${name} [-c] [-v] [-V] [-t] [-h] [-n] [-T table] [-M command] [-4] [-6] [file]\n${lines.join('')}`;
}

export const iptables = filter('iptables', 'IPv4');
export const ip6tables = filter('ip6tables', 'IPv6');
export const iptablesSave = save('iptables-save', 'IPv4');
export const ip6tablesSave = save('ip6tables-save', 'IPv6');
export const iptablesRestore = restore('iptables-restore', 'IPv4');
export const ip6tablesRestore = restore('ip6tables-restore', 'IPv6');
