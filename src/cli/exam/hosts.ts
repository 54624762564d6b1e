/** The hosts of an exam: each task has one of its own, which is entered by `ssh` from a base that has no tools. */
import { stream } from '#kube/chance.ts';

/** The names of so many hosts, such as `cka2560`: all different, and the same for the same seed. */
export function hostNames(seed: string, count: number): readonly string[] {
  const next = stream(`exam-hosts/${seed}`);
  const names = new Set<string>();
  while (names.size < count) names.add(`cka${1000 + (next() % 9000)}`);
  return [...names];
}

/** What is typed at the base to enter a host, or to run a line there. */
export interface SshLine {
  readonly host: string;
  /** Absent: its terminal is entered. */
  readonly line?: string;
}

/** Understands `ssh [user@]HOST [COMMAND…]`; undefined when it is no such line. */
export function sshLine(text: string): SshLine | undefined {
  const found = /^ssh\s+(?:[\w.-]+@)?([\w.-]+)(?:\s+(.+))?$/s.exec(text.trim());
  if (found === null || found[1]!.startsWith('-')) return undefined;
  const line = found[2]?.trim();
  return { host: found[1]!, ...(line !== undefined && { line: unquoted(line) }) };
}

/** A command that is quoted as a whole is what is between the quotes. */
function unquoted(line: string): string {
  return /^(['"])((?:(?!\1).)*)\1$/s.exec(line)?.[2] ?? line;
}
