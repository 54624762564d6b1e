/** /etc/resolv.conf as the C libraries read it. (glibc: resolv/res_init.c; musl: src/network/resolvconf.c; resolv.conf(5)) */
import { parseIp, type Ip } from '#net/ip.ts';

export interface ResolvConf {
  /** At most three; the loopback address when the file names none. */
  readonly nameservers: readonly Ip[];
  readonly search: readonly string[];
  readonly ndots: number;
  /** Seconds. */
  readonly timeout: number;
  readonly attempts: number;
  readonly rotate: boolean;
  readonly tcp: boolean;
  readonly noAaaa: boolean;
}

const mostServers = 3;

/** The largest values that the libraries take. */
const limits = { glibc: { ndots: 15, timeout: 30, attempts: 5 }, musl: { ndots: 15, timeout: 60, attempts: 10 } };

/** Reads a file's text; undefined stands for a missing file. Keywords stand at the beginning of a line; the last `search` or `domain` counts. */
export function parseResolvConf(text: string | undefined, libc: 'glibc' | 'musl' = 'glibc'): ResolvConf {
  const nameservers: Ip[] = [];
  let search: readonly string[] = [];
  const numbers = { ndots: 1, timeout: 5, attempts: 2 };
  const flags = new Set<string>();
  for (const line of (text ?? '').split('\n')) {
    const [, keyword, rest = ''] = /^(\w+)[ \t]+(.*)$/.exec(line) ?? [];
    const words = rest
      .replace(/[;#].*/, '')
      .split(/[ \t]+/)
      .filter((word) => word !== '');
    if (keyword === 'nameserver' && words[0] !== undefined) {
      const ip = parseIp(words[0].replace(/%.*/, ''));
      if (ip !== undefined && nameservers.length < mostServers) nameservers.push(ip);
    } else if (keyword === 'search') search = words;
    else if (keyword === 'domain') search = words.slice(0, 1);
    else if (keyword === 'options') {
      for (const word of words) {
        const [, name = '', value = ''] = /^([\w-]+)(?::(\d*))?/.exec(word) ?? [];
        if (name in numbers) numbers[name as keyof typeof numbers] = Math.min(Number(value), limits[libc][name as keyof typeof numbers]);
        else flags.add(name);
      }
    }
  }
  return {
    nameservers: nameservers.length > 0 ? nameservers : ['127.0.0.1' as Ip],
    search,
    ...numbers,
    rotate: flags.has('rotate'),
    tcp: flags.has('use-vc'),
    noAaaa: flags.has('no-aaaa'),
  };
}
