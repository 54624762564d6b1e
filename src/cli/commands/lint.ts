import { loadScenario } from '#scenario/load.ts';
import type { Problem } from '#scenario/problem.ts';
import { problemView } from '#ui/problem-view.ts';
import { BadScenario, exitCodes } from '../failure.ts';
import { readSources } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';

interface LintOptions {
  readonly output?: string;
  readonly color?: boolean;
}

/** `cka-net lint <scenario…>`: everything that is wrong with how scenarios are written. Exits 1 when something is. */
export async function lint(names: readonly string[], { output, color }: LintOptions): Promise<number> {
  const terminal = openTerminal({ color });
  const problems: Problem[] = [];
  for (const name of names) problems.push(...(await problemsOf(name)));
  if (output === 'json') terminal.print([JSON.stringify(problems.map(flat), undefined, 2)]);
  else if (problems.length > 0) terminal.print(problemView(problems, terminal.columns, terminal.theme));
  else terminal.note([`${terminal.theme.good(terminal.theme.marks.right)} ${names.join(', ')}: well written`]);
  return problems.length === 0 ? exitCodes.ok : exitCodes.no;
}

async function problemsOf(name: string): Promise<readonly Problem[]> {
  try {
    const result = loadScenario(await readSources(name));
    return result.ok ? [] : result.problems;
  } catch (error) {
    if (error instanceof BadScenario) return error.problems;
    throw error;
  }
}

function flat({ file, at, message, note }: Problem): object {
  return { file, line: at?.line ?? null, column: at?.column ?? null, message, note: note ?? null };
}
