/** The options before the object, and where the command acts. */
import type { Kernel, NetworkNamespace } from '#node/kernel.ts';
import { failure, type Here, type Io, type Output } from '../../command.ts';
import { networkAt } from '../../network/entered.ts';

export interface Options {
  readonly family?: 'IPv4' | 'IPv6' | 'link';
  readonly brief: boolean;
  readonly details: boolean;
  readonly json: boolean;
  readonly pretty: boolean;
  /** How often `-s` was given. */
  readonly statistics: number;
  readonly oneline: boolean;
}

export interface Context {
  readonly options: Options;
  readonly here: Here;
  readonly io: Io;
  /** The namespace acted in: `''` is the host's. */
  readonly name: string;
  readonly kernel: Kernel;
  readonly namespace: NetworkNamespace;
}

type Mutable = { -readonly [K in keyof Options]: Options[K] } & { netns?: string };

/** Long names may be cut short, as iproute2's matches() takes them. In order: the first that fits. */
const table: readonly (readonly [name: string, short: string, set: (options: Mutable) => void])[] = [
  ['loops', 'l', () => undefined],
  ['4', '4', (o) => void (o.family = 'IPv4')],
  ['6', '6', (o) => void (o.family = 'IPv6')],
  ['0', '0', (o) => void (o.family = 'link')],
  ['human-readable', 'h', () => undefined],
  ['iec', 'iec', () => undefined],
  ['statistics', 's', (o) => void o.statistics++],
  ['stats', 'stats', (o) => void o.statistics++],
  ['details', 'd', (o) => void (o.details = true)],
  ['resolve', 'r', () => undefined],
  ['oneline', 'o', (o) => void (o.oneline = true)],
  ['timestamp', 't', () => undefined],
  ['json', 'j', (o) => void (o.json = true)],
  ['pretty', 'p', (o) => void (o.pretty = true)],
  ['brief', 'br', (o) => void (o.brief = true)],
  ['Numeric', 'N', () => undefined],
  ['all', 'a', () => undefined],
];

const families: Readonly<Record<string, Options['family']>> = { inet: 'IPv4', inet6: 'IPv6', link: 'link' };

export const version = 'iproute2-6.1.0, libbpf 1.1.2';

/** Splits the global options from the rest; an Output where the command ends with them. */
export function parseOptions(
  args: readonly string[],
  io: Io,
  here: Here,
): Output | { readonly context: Context; readonly rest: readonly string[] } {
  const options: Mutable = { brief: false, details: false, json: false, pretty: false, statistics: 0, oneline: false };
  let i = 0;
  for (; i < args.length && args[i]!.startsWith('-'); i++) {
    const word = args[i]!.replace(/^--?/, '');
    if (word === '') {
      i++;
      break;
    }
    if (word === 'V' || (word.length > 1 && 'Version'.startsWith(word)))
      return { stdout: `ip utility, ${version}\n`, stderr: '', exitCode: 0 };
    if (word === 'n' || (word.length > 1 && 'netns'.startsWith(word))) {
      const name = args[++i];
      if (name === undefined) return failure('Command line is not complete. Try option "help"\n', 255);
      options.netns = name;
      continue;
    }
    if (word === 'f' || (word.length > 1 && 'family'.startsWith(word))) {
      const family = args[++i] ?? '';
      if (families[family] === undefined) return failure(`Error: argument "${family}" is wrong: invalid protocol family\n\n`, 255);
      options.family = families[family];
      continue;
    }
    if (/^c(o|ol|olo|olor)?(=.*)?$/.test(word)) continue;
    const found = table.find(([name, short]) => word === short || (word.length >= short.length && name.startsWith(word)));
    if (found === undefined) return failure(`Option "${args[i]!}" is unknown, try "ip -help".\n`, 255);
    found[2](options);
  }
  const own = networkAt(here);
  const { kernel } = own;
  const name = options.netns ?? own.name;
  const namespace = kernel.namespaces.get(name);
  if (namespace === undefined || (options.netns !== undefined && !seesNamed(here)))
    return failure(`Cannot open network namespace "${name}": No such file or directory\n`, 255);
  return { context: { options, here, io, name, kernel, namespace }, rest: args.slice(i) };
}

/** Named namespaces are files under /run/netns of the host; containers do not see them. */
export function seesNamed({ place }: Here): boolean {
  return place.kind === 'node';
}
