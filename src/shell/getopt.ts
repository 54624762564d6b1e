/** getopt_long(3): options in clusters or in full, anywhere among the arguments. */

export interface Options {
  /** In order; `id` is the short letter, or the long name of an option that has none. */
  readonly found: readonly { readonly id: string; readonly value?: string }[];
  readonly rest: readonly string[];
}

/**
 * `short` as getopt(3) writes it: `ct:V`, two colons for an optional argument. `long` gives for each name its letter, or the name itself;
 * with a colon when it wants an argument, and two when it may have one. A leading `+` of `short` ends the options at the first other word. A mistake is getopt's own words, without the program's name.
 */
export function getopt(
  argv: readonly string[],
  short: string,
  long: Readonly<Record<string, string>>,
): Options | { readonly problem: string; readonly sofar: Options } {
  const found: { readonly id: string; readonly value?: string }[] = [];
  const rest: string[] = [];
  const failed = (problem: string) => ({ problem, sofar: { found, rest } });
  const letters = new Map([...short.matchAll(/([^:+])(:{0,2})/g)].map(([, letter, colons]) => [letter!, colons!.length]));
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      rest.push(...argv.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      if (short.startsWith('+')) {
        rest.push(...argv.slice(i));
        break;
      }
      rest.push(word);
    } else if (word.startsWith('--')) {
      const [, typed = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word)!;
      const names = long[typed] === undefined ? Object.keys(long).filter((name) => name.startsWith(typed)) : [typed];
      const targets = new Set(names.map((name) => long[name]));
      if (names.length === 0) return failed(`unrecognized option '${word}'`);
      if (targets.size > 1) {
        return failed(`option '${word}' is ambiguous; possibilities: ${names.map((name) => `'--${name}'`).join(' ')}`);
      }
      const [name] = names;
      const [id = '', colon, optional] = long[name!]!.split(':');
      if (optional !== undefined) found.push({ id, ...(value !== undefined && { value }) });
      else if (colon === undefined) {
        if (value !== undefined) return failed(`option '--${name}' doesn't allow an argument`);
        found.push({ id });
      } else {
        const argument = value ?? argv[++i];
        if (argument === undefined) return failed(`option '--${name}' requires an argument`);
        found.push({ id, value: argument });
      }
    } else {
      for (let at = 1; at < word.length; at++) {
        const id = word[at]!;
        const wants = letters.get(id);
        if (wants === undefined) return failed(`invalid option -- '${id}'`);
        if (wants === 0) {
          found.push({ id });
          continue;
        }
        const attached = word.slice(at + 1);
        if (attached !== '') found.push({ id, value: attached });
        else if (wants === 2) found.push({ id });
        else {
          const value = argv[++i];
          if (value === undefined) return failed(`option requires an argument -- '${id}'`);
          found.push({ id, value });
        }
        break;
      }
    }
  }
  return { found, rest };
}
