import { randomInt } from 'node:crypto';
import { drillKinds } from '#learn/drills/drill.ts';
import type { DrillKind } from '#learn/drills/kind.ts';
import { drillNames } from '#learn/drills/names.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { didYouMean } from '#scenario/nearest.ts';
import { exitCodes, Failure } from '../failure.ts';
import { Keeper } from '../keeper.ts';
import { openForQuiz, startFresh } from '../open-lesson.ts';
import { askerFor } from '../quiz/asker-for.ts';
import { exercise, playExercises } from '../quiz/exercises.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

export interface DrillOptions {
  readonly seed?: string;
  readonly count?: number;
  readonly plain?: boolean;
  readonly json?: boolean;
  readonly record?: boolean;
  readonly color?: boolean;
}

/** Exercises between two scores. */
const roundLength = 10;

/** `cka-net drill [kind]`: exercises without end, of one kind or of all. Exits 1 in a pipe when an answer was wrong or missing. */
export async function drill(name: string | undefined, options: DrillOptions): Promise<number> {
  const kinds = name === undefined ? drillKinds : [kindCalled(name)];
  const terminal = openTerminal(options);
  const keeper = new Keeper(options.record !== false && options.json !== true, terminal);
  const seed = options.seed ?? String(randomInt(1_000_000));
  if (options.json === true) return await batch(kinds, seed, options.count ?? roundLength, terminal);
  const asker = await askerFor(terminal);
  const { theme } = terminal;
  terminal.print([
    theme.title(name === undefined ? 'Drill: a little of everything' : kinds[0]!.title),
    theme.dim(`${kinds.map((kind) => kind.trains).join('; ')} ${theme.marks.separator} seed ${seed}`),
  ]);
  const again = `cka-net drill${name === undefined ? '' : ` ${name}`} --seed ${seed}`;
  let asked = 0;
  let allRight = true;
  try {
    for (;;) {
      const length = Math.min(roundLength, (options.count ?? Number.POSITIVE_INFINITY) - asked);
      const exercises = Array.from({ length }, (_, i) => exercise(kinds[(asked + i) % kinds.length]!, seed, asked + i + 1));
      const outcome = await playExercises(exercises, { terminal, asker, keeper, seed, again: () => again });
      asked += length;
      allRight &&= exercises.every(({ item }) => outcome.answers.get(item)?.correct === true);
      if (!outcome.finished) {
        if (terminal.interactive) terminal.print(['', theme.dim(`The same exercises again: ${again}`)]);
        return terminal.interactive ? exitCodes.interrupted : outcome.answers.size > 0 && allRight ? exitCodes.ok : exitCodes.no;
      }
      if (asked >= (options.count ?? Number.POSITIVE_INFINITY)) break;
      if (terminal.interactive && !(await asker.confirm('Ten more?').catch(() => false))) break;
    }
    return terminal.interactive || allRight ? exitCodes.ok : exitCodes.no;
  } finally {
    asker.close();
  }
}

/** `--json`: so many exercises described, or the answers on standard input graded, a line each. */
async function batch(kinds: readonly DrillKind[], seed: string, count: number, terminal: Terminal): Promise<number> {
  const items = Array.from({ length: count }, (_, i) => exercise(kinds[i % kinds.length]!, seed, i + 1).item);
  const { runBatch } = await import('../quiz/batch.ts');
  const open = (scenario: Scenario) => openForQuiz(scenario, seed, terminal, { start: startFresh });
  const right = await runBatch({ items, input: process.stdin, open, write: (line) => terminal.print([line]) });
  return right ? exitCodes.ok : exitCodes.no;
}

function kindCalled(name: string): DrillKind {
  const found = drillKinds.find((one) => one.kind === name);
  if (found === undefined) throw new Failure(`no drill is called "${name}"${didYouMean(name, drillNames)} (${drillNames.join(', ')})`);
  return found;
}
