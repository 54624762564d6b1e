/** Exercises of drills as questions of a round: made, asked, and written down. */
import { randomUUID } from 'node:crypto';
import { drillText } from '#learn/drills/drill.ts';
import type { DrillKind } from '#learn/drills/kind.ts';
import type { Entry } from '#learn/progress.ts';
import { loadScenario } from '#scenario/load.ts';
import type { Keeper } from '../keeper.ts';
import { openForQuiz, startFresh } from '../open-lesson.ts';
import type { Terminal } from '../terminal.ts';
import { version } from '../version.ts';
import type { Asker } from './asker.ts';
import { playRound, type Item } from './quiz.ts';

export interface Exercise {
  readonly item: Item;
  readonly kind: string;
  readonly seed: string;
}

/**
 * The exercise of this number. Its own seed decides what is asked; that of the drill, what chance does on its cluster. Its question is
 * called by kind and number, as no two of a drill may have one name.
 */
export function exercise(kind: DrillKind, drillSeed: string, number: number): Exercise {
  const seed = `${drillSeed}/${number}`;
  const loaded = loadScenario([{ name: `drill ${kind.kind} ${seed}`, text: drillText(kind, seed) }], drillSeed);
  if (!loaded.ok) throw new Error(`unreachable: the exercise ${kind.kind} ${seed} is not sound: ${loaded.problems[0]?.message}`);
  const question = { ...loaded.scenario.questions[0]!, id: `${kind.kind}-${number}` };
  return { item: { scenario: loaded.scenario, question }, kind: kind.kind, seed };
}

/** What exercises are played with. */
interface Table {
  readonly terminal: Terminal;
  readonly asker: Asker;
  readonly keeper: Keeper;
  /** That of the drill. */
  readonly seed: string;
  /** The line that asks an exercise again, for reports of bad ones. */
  readonly again: (exercise: Exercise) => string;
}

/** Asks exercises in a round of their own, and records the answers. */
export async function playExercises(
  exercises: readonly Exercise[],
  { terminal, asker, keeper, seed, again }: Table,
): ReturnType<typeof playRound> {
  const called = (question: string) => exercises.find((one) => one.item.question.id === question)!;
  return await playRound(
    exercises.map((one) => one.item),
    {
      terminal,
      asker,
      version,
      round: randomUUID(),
      tellsStory: false,
      record: (entry) => keeper.record(drilled(entry, called)),
      report: (doubt) => keeper.report({ ...doubt, again: again(called(doubt.item.question.id)) }),
      // An exercise does not come back: its start is not worth keeping.
      open: (scenario) => openForQuiz(scenario, seed, terminal, { start: startFresh }),
      now: () => Date.now(),
    },
  );
}

/** What a round writes down, as the journal keeps exercises: they have no question that comes back. */
function drilled(entry: Entry, called: (question: string) => Exercise): Entry {
  if (entry.kind !== 'answer') return entry;
  const { at, answer, correct, score, hints, seconds, question } = entry;
  const { kind, seed } = called(question);
  return { kind: 'drill', at, drill: kind, seed, answer, correct, score, hints, seconds };
}
