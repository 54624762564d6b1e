/** host's command line. (bind9 9.18: bin/dig/host.c, parse_args, pre_parse_args) */
import { parseIp } from '#net/ip.ts';
import { reverseName } from '#dataplane/dns/name.ts';
import { parseClass, parseType, type RecordClass, type RecordType } from '#dataplane/dns/type.ts';
import { output, type Output } from '../../command.ts';

export interface HostOptions {
  readonly name: string;
  readonly server: string | undefined;
  readonly type: RecordType;
  readonly class: RecordClass;
  /** Nobody asked for a type: A, AAAA and MX are looked up. */
  readonly defaultLookups: boolean;
  readonly verbose: boolean;
  /** `-A`: leaves signatures and denials out. */
  readonly almostAll: boolean;
  /** Compares the SOA records of all name servers. */
  readonly compareSoa: boolean;
  readonly recurse: boolean;
  readonly tries: number;
  /** Seconds; as resolv.conf says when not given. */
  readonly timeout: number | undefined;
  readonly ndots: number | undefined;
  readonly port: number;
  readonly families: readonly ('IPv4' | 'IPv6')[];
  readonly tcp: boolean | undefined;
  readonly stopOnServfail: boolean;
}

export const usage = `Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]
            [-R number] [-m flag] [-p port] hostname [server]
       -a is equivalent to -v -t ANY
       -A is like -a but omits RRSIG, NSEC, NSEC3
       -c specifies query class for non-IN data
       -C compares SOA records on authoritative nameservers
       -d is equivalent to -v
       -l lists all hosts in a domain, using AXFR
       -m set memory debugging flag (trace|record|usage)
       -N changes the number of dots allowed before root lookup is done
       -p specifies the port on the server to query
       -r disables recursive processing
       -R specifies number of retries for UDP packets
       -s a SERVFAIL response should stop query
       -t specifies the query type
       -T enables TCP/IP mode
       -U enables UDP mode
       -v enables verbose output
       -V print version number and exit
       -w specifies to wait forever for a reply
       -W specifies how long to wait for a reply
       -4 use IPv4 query transport only
       -6 use IPv6 query transport only
`;

/** Letters that take a word. */
const valued = 'cNtRWmp';
const plain = 'aACdilnrsTUvVw46';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The options, or what the program prints instead of looking anything up. */
export function parseHostArguments(args: readonly string[], version: string): HostOptions | Output {
  // prettier-ignore
  const options: Writable<HostOptions> = {
    name: '', server: undefined, type: 'A', class: 'IN', defaultLookups: true, verbose: false, almostAll: false, compareSoa: false, recurse: true, tries: 2,
    timeout: undefined, ndots: undefined, port: 53, families: ['IPv4', 'IPv6'], tcp: undefined, stopOnServfail: false,
  };
  const setType = (type: RecordType) => {
    options.type = type;
    options.defaultLookups = false;
  };
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === '--') {
      words.push(...args.slice(at + 1));
      break;
    }
    if (!/^-./.test(arg)) {
      words.push(arg);
      continue;
    }
    for (let i = 1; i < arg.length; i++) {
      const letter = arg[i]!;
      if (plain.includes(letter)) {
        if (letter === 'V') return output('', `host ${version}\n`);
        plainOption(letter);
        continue;
      }
      if (!valued.includes(letter)) return output('', `host: illegal option -- ${letter}\n${usage}`, 1);
      const inline = arg.slice(i + 1);
      const value = inline === '' ? args[++at] : inline;
      if (value === undefined) return output('', `host: option requires an argument -- ${letter}\n${usage}`, 1);
      const failure = valuedOption(letter, value);
      if (failure !== undefined) return failure;
      break;
    }
  }
  if (words.length === 0) return output('', usage, 1);
  const ip = parseIp(words[0]!);
  if (ip !== undefined) setType('PTR');
  options.name = ip === undefined ? words[0]! : reverseName(ip);
  options.server = words[1];
  return options;

  function plainOption(letter: string): void {
    switch (letter) {
      case 'a':
      case 'A':
        setType('ANY');
        options.verbose = true;
        options.almostAll = letter === 'A';
        return;
      case 'C':
        setType('NS');
        options.compareSoa = true;
        return;
      case 'd':
      case 'v':
        options.verbose = true;
        return;
      case 'l':
        setType('AXFR');
        return;
      case 'r':
        options.recurse = false;
        return;
      case 's':
        options.stopOnServfail = true;
        return;
      case 'T':
      case 'U':
        options.tcp = letter === 'T';
        return;
      case 'w':
        options.timeout = 0x7fffffff;
        return;
      case '4':
      case '6':
        options.families = [letter === '4' ? 'IPv4' : 'IPv6'];
        return;
      default:
    }
  }

  function valuedOption(letter: string, value: string): Output | undefined {
    const number = /^\d+/.test(value) ? parseInt(value, 10) : 0;
    switch (letter) {
      case 't': {
        const type = parseType(value);
        if (type === undefined) return output('', `host: invalid type: ${value}\n\n`, 2);
        setType(type);
        return undefined;
      }
      case 'c': {
        const found = parseClass(value);
        if (found === undefined) return output('', `host: invalid class: ${value}\n\n`, 2);
        options.class = found;
        return undefined;
      }
      case 'R':
        options.tries = Math.max(2, number + 1);
        return undefined;
      case 'W':
        options.timeout = Math.max(1, number);
        return undefined;
      case 'N':
        options.ndots = number;
        return undefined;
      case 'p':
        options.port = number;
        return undefined;
      default:
        return undefined;
    }
  }
}
