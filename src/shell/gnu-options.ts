/** Options of GNU programs, and what they say of those that they do not know. */
import { failure, type Output } from './command.ts';
import { getopt } from './getopt.ts';

export interface GivenOptions {
  /** In the order they were given; a repeated one comes again. */
  readonly options: readonly { readonly id: string; readonly value?: string }[];
  readonly operands: readonly string[];
  has(id: string): boolean;
  /** The last argument that was given for one. */
  value(id: string): string | undefined;
}

interface Program {
  readonly name: string;
  readonly letters: string;
  readonly words: Readonly<Record<string, string>>;
  /** What follows a complaint; the usual advice when absent. */
  readonly hint?: string;
  /** The status of a complaint; 1 when absent. */
  readonly status?: number;
}

/** What was given, or the complaint. Letters and words as for {@link getopt}. */
export function gnuOptions(program: Program, args: readonly string[]): GivenOptions | Output {
  const parsed = getopt(args, program.letters, program.words);
  if ('problem' in parsed)
    return failure(`${program.name}: ${parsed.problem}\n${program.hint ?? tryHelp(program.name)}`, program.status ?? 1);
  const { found, rest } = parsed;
  return {
    options: found,
    operands: rest,
    has: (id) => found.some((one) => one.id === id),
    value: (id) => found.findLast((one) => one.id === id)?.value,
  };
}

/** `Try 'head --help' for more information.` */
export function tryHelp(program: string): string {
  return `Try '${program} --help' for more information.\n`;
}
