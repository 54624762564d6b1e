/** The command lines of control-plane components, and what they say of those they cannot use. */

export type Flags = ReadonlyMap<string, string>;

/** `--name=value` and `--name value`; a flag alone is `true`. */
export function parseFlags(argv: readonly string[]): Flags {
  const flags = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const found = /^--([\w-]+)(?:=(.*))?$/.exec(argv[i]!);
    if (found === null) continue;
    const next = argv[i + 1];
    if (found[2] !== undefined) flags.set(found[1]!, found[2]);
    else if (next !== undefined && !next.startsWith('-')) flags.set(found[1]!, next);
    else flags.set(found[1]!, 'true');
  }
  return flags;
}

/** The first flag that is not among the known ones. */
export function unknownFlag(flags: Flags, known: ReadonlySet<string>): string | undefined {
  return [...flags.keys()].find((flag) => !known.has(flag));
}
