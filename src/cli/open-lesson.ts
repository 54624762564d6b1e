import type { Problem } from '#scenario/problem.ts';
import type { Scenario } from '#scenario/scenario.ts';
import type { Grounds } from '#lab/bring-up/grounds.ts';
import type { LiveCluster } from '#learn/live-cluster.ts';
import type { SavedLab } from '#lab/saved.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { BadScenario } from './failure.ts';
import { freshStart } from './fresh-start.ts';
import { KeptStart } from './kept-start.ts';
import type { OpenLesson } from './quiz/quiz.ts';
import type { Terminal } from './terminal.ts';

/**
 * Brings a scenario to life, or goes on with a start of it that was kept; throws a {@link BadScenario} when its cluster does not come up
 * as it is written.
 */
export async function openLesson(scenario: Scenario, seed: string): Promise<Lesson> {
  const kept = new KeptStart(scenario, seed);
  const { resumeLesson, saveLesson } = await import('#lesson/lesson.ts');
  const saved = kept.read();
  const resumed = saved && resumeLesson(scenario, saved);
  if (resumed !== undefined) return resumed;
  const lesson = await startFresh(scenario, seed);
  kept.write(saveLesson(lesson));
  return lesson;
}

/** Brings a scenario to life from nothing, or from what `grounds` has. */
export async function startFresh(scenario: Scenario, seed: string, grounds?: Grounds): Promise<Lesson> {
  freshStart.happened = true;
  const { startLesson } = await import('#lesson/lesson.ts');
  const started = await startLesson(scenario, { seed, ...(grounds !== undefined && { grounds }) });
  if (!started.ok) throw new BadScenario(started.error as readonly Problem[]);
  return started.value;
}

/** Long enough for a prompt to be drawn before the bring-up takes the processor. */
const drawn = 60;

export interface SeatOptions {
  readonly start?: typeof openLesson;
  /** What was done on its cluster before an interruption. */
  readonly saved?: SavedLab | undefined;
  /** Told after each line that has changed something. */
  changed?(lesson: Lesson): void;
}

/** A lesson as a quiz needs it: with the learner's terminal at hand. The cluster comes up when it is needed, or {@link OpenLesson.prepare} asks for it. */
export function openForQuiz(
  scenario: Scenario,
  seed: string,
  terminal: Terminal,
  { start = openLesson, saved, changed }: SeatOptions = {},
): OpenLesson {
  let starting: Promise<Lesson> | undefined;
  const lesson = () => (starting ??= start(scenario, seed).then((fresh) => goneOnWith(fresh, saved, terminal)));
  return {
    sitting: { cluster: laterCluster(async () => (await lesson()).cluster), seed },
    prepare() {
      if (starting !== undefined) return;
      // A cluster that does not come up is told when somebody needs it.
      setTimeout(() => void lesson().catch(() => undefined), drawn).unref();
    },
    async look(line) {
      const started = await lesson();
      const before = started.lab.snapshot;
      const output = await started.run(line);
      if (started.lab.snapshot !== before) changed?.(started);
      return output;
    },
    async enter(options) {
      const [started, { repl }] = await Promise.all([lesson(), import('./repl.ts')]);
      const afterLine = changed && (() => changed(started));
      await repl(started, {
        terminal,
        leaveHint: 'exit, or Ctrl-D, goes back to the question',
        ...options,
        ...(afterLine && { afterLine }),
      });
    },
  };
}

/** The lesson as it was left; as it starts, and told so, when that cannot be found again. */
async function goneOnWith(fresh: Lesson, saved: SavedLab | undefined, terminal: Terminal): Promise<Lesson> {
  if (saved === undefined) return fresh;
  const { resumeLesson } = await import('#lesson/lesson.ts');
  const resumed = resumeLesson(fresh.scenario, saved, fresh.start);
  if (resumed === undefined)
    terminal.note([`cka-net: what was done on the cluster of ${fresh.scenario.name} cannot be found again: it starts anew`]);
  return resumed ?? fresh;
}

/** A cluster that is there once it is asked for something. */
function laterCluster(cluster: () => Promise<LiveCluster>): LiveCluster {
  return {
    run: async (line, options) => (await cluster()).run(line, options),
    trace: async (flow) => (await cluster()).trace(flow),
    lookup: async (question) => (await cluster()).lookup(question),
    aside: async (act) => (await cluster()).aside(act),
    asStarted: async (act) => (await cluster()).asStarted(act),
  };
}
