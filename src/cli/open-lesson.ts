import type { Problem } from '#scenario/problem.ts';
import type { Scenario } from '#scenario/scenario.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { BadScenario } from './failure.ts';
import type { OpenLesson } from './quiz/quiz.ts';
import type { Terminal } from './terminal.ts';

/** Brings a scenario to life; throws a {@link BadScenario} when its cluster does not come up as it is written. */
export async function openLesson(scenario: Scenario, seed: string): Promise<Lesson> {
  const { startLesson } = await import('#lesson/lesson.ts');
  const started = await startLesson(scenario, { seed });
  if (!started.ok) throw new BadScenario(started.error as readonly Problem[]);
  return started.value;
}

/** A lesson as a quiz needs it: with the learner's terminal at hand. */
export async function openForQuiz(scenario: Scenario, seed: string, terminal: Terminal): Promise<OpenLesson> {
  const lesson = await openLesson(scenario, seed);
  return {
    sitting: { cluster: lesson.cluster, seed },
    look: (line) => lesson.run(line),
    async enter() {
      const { repl } = await import('./repl.ts');
      await repl(lesson, { terminal, leaveHint: 'exit, or Ctrl-D, goes back to the question' });
    },
  };
}
