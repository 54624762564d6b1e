import { Failure } from '../failure.ts';
import { openLesson } from '../open-lesson.ts';
import { readScenario } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';

interface ShellOptions {
  readonly seed?: string;
  readonly color?: boolean;
  readonly kubectl?: 'simulated' | 'host';
}

/** `cka-net shell <scenario>`: the simulated terminal. */
export async function shell(name: string, { seed = '0', color, kubectl }: ShellOptions): Promise<number> {
  const terminal = openTerminal({ color });
  if (name === '-' && terminal.interactive)
    throw new Failure('the scenario and the terminal cannot both be standard input; save it to a file');
  const lesson = await openLesson(await readScenario(name, seed), seed);
  const { repl } = await import('../repl.ts');
  return await repl(lesson, { terminal, kubectl });
}
