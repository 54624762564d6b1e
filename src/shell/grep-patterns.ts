/** Several patterns of grep as one: the interpreter's grep knows them only as the lines of a single argument. */

/** Long options of GNU grep that take the next word. */
const takesWord =
  /^--(regexp|file|max-count|after-context|before-context|context|include|exclude|exclude-from|exclude-dir|binary-files|devices|directories|label)$/;

/**
 * The same arguments with all patterns of `-e` and `--regexp`, wherever they stand, in one `-e` at the front. POSIX: a pattern list is
 * separated by newlines, and several `-e` make one list.
 */
export function withOnePattern(args: readonly string[]): readonly string[] {
  const patterns: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === '--') {
      rest.push(...args.slice(at));
      break;
    }
    const long = /^--regexp(?:=(.*))?$/s.exec(word);
    const short = long === null ? /^-(?!-)(?<flags>[^efmABCdD]*)(?<option>[efmABCdD])(?<value>.*)$/s.exec(word)?.groups : undefined;
    if (long !== null || short?.['option'] === 'e') {
      const value = long === null ? short!['value'] || undefined : long[1];
      const pattern = value ?? args[++at];
      // Without its argument the option is left to complain.
      if (pattern === undefined) return args;
      patterns.push(pattern);
      if (short !== undefined && short['flags'] !== '') rest.push(`-${short['flags']}`);
      continue;
    }
    rest.push(word);
    const takesNext = takesWord.test(word) || (short !== undefined && short['value'] === '');
    if (takesNext && at + 1 < args.length) rest.push(args[++at]!);
  }
  return patterns.length === 0 ? args : ['-e', patterns.join('\n'), ...rest];
}
