/** An exam that was left or killed: found again, and gone on with. */
import type { Terminal } from '../terminal.ts';
import { Failure } from '../failure.ts';
import { itemsOf } from '../quiz/selection.ts';
import { readScenarios } from '../read-scenario.ts';
import type { Item } from '../quiz/quiz.ts';
import { clockText, leftExamView } from '#ui/exam-view.ts';
import { textColumns } from '#ui/text.ts';
import type { ExamLines } from './lines.ts';
import { isRunning, tasksOf, thisBuild, type SavedExams } from './saved-exams.ts';
import type { SavedExam } from '#learn/saved-exam.ts';

export interface LeftExam {
  readonly saved: SavedExam;
  readonly items: readonly Item[];
  /** Milliseconds since it was left. */
  readonly away: number;
}

/**
 * The exam that can go on, the one left last. One whose clusters or tasks are no longer there is dropped, and told. Throws a
 * {@link Failure} when it has to be there and is not.
 */
export async function leftExam(
  store: SavedExams,
  { isWanted, terminal, now }: { readonly isWanted: boolean; readonly terminal: Terminal; readonly now: number },
): Promise<LeftExam | undefined> {
  for (const saved of store.all()) {
    if (!isWanted && isRunning(saved, now)) continue;
    const items = saved.build === thisBuild() ? tasksOf(saved, await itemsFrom(saved.from)) : undefined;
    // A clock that was set back has no time to tell.
    if (items !== undefined) return { saved, items, away: Math.max(0, now - Date.parse(saved.savedAt)) };
    store.drop(saved.exam);
    const why = saved.build === thisBuild() ? 'its tasks have changed' : 'its clusters are those of another build of this program';
    terminal.note([`cka-net: the exam that was left on ${saved.savedAt.slice(0, 10)} cannot go on: ${why}. It is dropped.`]);
  }
  if (isWanted) throw new Failure('no exam has been left that could go on');
  return undefined;
}

/** All tasks of the named scenarios; of the whole library when none is named. */
export async function itemsFrom(names: readonly string[]): Promise<readonly Item[]> {
  try {
    return itemsOf(await readScenarios(names));
  } catch (error) {
    if (names.length > 0 && error instanceof Failure) return [];
    throw error;
  }
}

/** Asks what to do with it; undefined when nobody answers. */
export async function askAboutLeft(
  { saved, away }: LeftExam,
  lines: ExamLines,
  terminal: Terminal,
): Promise<'yes' | 'submit' | 'drop' | undefined> {
  const { theme } = terminal;
  const facts = {
    away: away / 1000,
    begun: saved.tasks.filter((task) => task.begun).length,
    tasks: saved.tasks.length,
    left: clockText(saved.minutes * 60 - saved.clock.used / 1000),
  };
  terminal.print(leftExamView(facts, { columns: textColumns(terminal.columns), theme }));
  for (;;) {
    const line = await lines.next(() => `yes, submit or drop ${theme.plain ? '>' : '›'} `);
    if (line === undefined || line === 'interrupted') return undefined;
    const word = line.text.trim().toLowerCase();
    if (/^y(es)?$/.test(word)) return 'yes';
    if (word === 'submit' || word === 'drop') return word;
  }
}
