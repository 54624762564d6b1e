/** getopt_long(3), as iptables uses it: short options in clusters, long ones in full or by a prefix that fits one. */

export interface Option {
  /** What it is called to the program: `A`, `line-numbers`, `dport`. */
  readonly id: string;
  readonly argument: 'none' | 'required' | 'optional';
}

export type OptionTable = ReadonlyMap<string, Option>;

export interface Found {
  readonly option: Option;
  /** As typed: `-A`, `--append`. */
  readonly typed: string;
  readonly value?: string;
}

/** The long option of that name, or the only one that begins so. */
export function longOption(name: string, tables: readonly OptionTable[]): Option | undefined {
  for (const table of tables) {
    const exact = table.get(name);
    if (exact !== undefined) return exact;
  }
  const ids = new Map<string, Option>();
  for (const table of tables) for (const [known, option] of table) if (known.startsWith(name)) ids.set(option.id, option);
  return ids.size === 1 ? [...ids.values()][0] : undefined;
}

export function optionTable(argument: Option['argument'], ...names: readonly string[]): readonly (readonly [string, Option])[] {
  return names.map((name) => [name, { id: names[0]!, argument }] as const);
}
