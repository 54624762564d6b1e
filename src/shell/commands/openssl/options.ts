/** How the programs of openssl read their arguments: options first, one dash or two, values after a space or `=`. (OpenSSL: apps/lib/opt.c) */

export interface Given {
  readonly name: string;
  readonly value: string;
}

export interface Options {
  /** In order: openssl prints in the order it was asked. */
  readonly given: readonly Given[];
  readonly rest: readonly string[];
  has(name: string): boolean;
  /** The value given last. */
  last(name: string): string | undefined;
}

/** Names of options, in one text; `values` and `numbers` want one. */
export interface Known {
  readonly flags: string;
  readonly values: string;
  readonly numbers?: string;
  /** Options that openssl has and the simulation does not. */
  readonly beyond?: string;
  /** What is no option may be the name of a digest, or is told to be neither. */
  readonly digests?: 'any' | 'told';
}

const helps = new Set(['help', 'h', '?']);

function named(list: string | undefined): ReadonlySet<string> {
  return new Set((list ?? '').split(' '));
}

/** The options, or the words for stderr. */
export function parseOptions(program: string, args: readonly string[], known: Known): Options | { readonly problem: string } {
  const [flags, values, numbers, beyond] = [named(known.flags), named(known.values), named(known.numbers), named(known.beyond)];
  const wrong = (words: string) => ({ problem: `${program}: ${words}\n${program}: Use -help for summary.\n` });
  const given: Given[] = [];
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at]!;
    if (!word.startsWith('-') || word === '-') break;
    if (word === '--') {
      at++;
      break;
    }
    const [, name = '', attached] = /^--?([^=]*)(?:=(.*))?$/s.exec(word)!;
    if (helps.has(name)) return { problem: `cka-net: openssl ${program}: the long usage text is not simulated\n` };
    if (beyond.has(name)) return { problem: `cka-net: openssl ${program}: -${name} is not simulated\n` };
    if (flags.has(name)) given.push({ name, value: '' });
    else if (values.has(name) || numbers.has(name)) {
      const value = attached ?? args[++at];
      if (value === undefined) return wrong(`Option -${name} needs a value`);
      if (numbers.has(name) && !/^-?\d+$/.test(value)) return wrong(`Can't parse "${value}" as a number`);
      given.push({ name, value });
    } else if (known.digests === 'any') given.push({ name: 'digest', value: name });
    else return wrong(known.digests === 'told' ? `Unknown option or message digest: ${name}` : `Unknown option: -${name}`);
  }
  return {
    given,
    rest: args.slice(at),
    has: (name) => given.some((one) => one.name === name),
    last: (name) => given.findLast((one) => one.name === name)?.value,
  };
}
