/** How the program fails: in one line that says what is wrong, where, and what to do. */
import type { Problem } from '#scenario/problem.ts';

/** What the user can put right. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** 2: bad usage, or a bad file. 1: the answer is “no”. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A scenario that cannot be used, with everything that is wrong with it. */
export class BadScenario extends Error {
  override readonly name = 'BadScenario';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`${problems.length} problems`);
    this.problems = problems;
  }
}

/** The learner has left (Ctrl-C, Ctrl-D): nothing went wrong, but the shell should know. */
export class Left extends Error {
  override readonly name = 'Left';
}

/** Statuses of the program. */
export const exitCodes = { ok: 0, no: 1, usage: 2, crash: 70, interrupted: 130 } as const;

/** The code of an error of the operating system (`ENOENT`, `ENOSPC`); undefined when it is another one. */
export function systemCodeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
