import { existsSync } from 'node:fs';
import { randomInt, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { saveLab } from '#lab/saved.ts';
import { drawTasks, usualMinutes, usualTasks } from '#learn/exam.ts';
import type { ExamEnded } from '#learn/progress.ts';
import { clockText, examIntroView, examReportView, pastExamsView } from '#ui/exam-view.ts';
import { textColumns } from '#ui/text.ts';
import { ExamClock, interrupted, type ClockState } from '../exam/clock.ts';
import { playExam, type ExamState } from '../exam/exam.ts';
import { hostNames } from '../exam/hosts.ts';
import { askAboutLeft, itemsFrom, leftExam } from '../exam/left.ts';
import { ScriptLines, TypedLines, type ExamLines } from '../exam/lines.ts';
import { SavedExams, taskKey, thisBuild } from '../exam/saved-exams.ts';
import { exitCodes, Failure, systemCodeOf } from '../failure.ts';
import { Keeper } from '../keeper.ts';
import { listScenarios } from '../library.ts';
import { openForQuiz } from '../open-lesson.ts';
import type { Item } from '../quiz/quiz.ts';
import { itemsOf } from '../quiz/selection.ts';
import { readScenarios } from '../read-scenario.ts';
import { openTerminal, type Terminal } from '../terminal.ts';
import { version } from '../version.ts';

export interface ExamOptions {
  readonly minutes?: number;
  readonly tasks?: number;
  readonly seed?: string;
  readonly past?: boolean;
  readonly report?: boolean | string;
  readonly resume?: boolean;
  readonly plain?: boolean;
  readonly record?: boolean;
  readonly color?: boolean;
}

/**
 * `cka-net exam [scenario…]`: a mock exam, from the named scenarios or from all; first of all, one that was left goes on. Exits 0 when it
 * is passed, 1 when it is not.
 */
export async function exam(names: readonly string[], options: ExamOptions): Promise<number> {
  const terminal = openTerminal(options);
  const keeper = new Keeper(options.record !== false, terminal);
  const ended = keeper.entries.filter((entry) => entry.kind === 'exam-end');
  if (options.past === true) return past(ended, terminal);
  if (options.report !== undefined) return report(chosen(ended, options.report), await itemsFrom(names), terminal);

  const over = new AbortController();
  const lines = terminal.interactive
    ? new TypedLines(over.signal, !terminal.theme.plain)
    : new ScriptLines(process.stdin, over.signal, (line) => terminal.print([`> ${line}`]));
  const store = options.record === false || names.includes('-') ? undefined : new SavedExams();
  try {
    const went = store && (await goOn(store, lines, terminal, options));
    if (went === 'left') return exitCodes.interrupted;
    const seat = went ?? (await begin(names, options, keeper, terminal));
    return await sit(seat, { terminal, keeper, lines, over, store });
  } finally {
    lines.close();
  }
}

/** An exam that is about to be sat. */
interface Seat {
  readonly exam: string;
  readonly seed: string;
  readonly minutes: number;
  readonly from: readonly string[];
  readonly items: readonly Item[];
  /** Where it was when it was left. */
  readonly before?: ExamState & { readonly clock: ClockState };
  /** It is only handed in. */
  readonly isGraded?: boolean;
}

/** The exam that was left, if the learner wants it: who is asked nothing, by pipe, says so by `--resume`. */
async function goOn(store: SavedExams, lines: ExamLines, terminal: Terminal, options: ExamOptions): Promise<Seat | 'left' | undefined> {
  const isWanted = options.resume === true;
  if (!isWanted && !terminal.interactive) return undefined;
  const left = await leftExam(store, { isWanted, terminal, now: Date.now() });
  if (left === undefined) return undefined;
  const answer = isWanted ? 'yes' : await askAboutLeft(left, lines, terminal);
  if (answer === undefined) return 'left';
  const { saved, items, away } = left;
  if (answer === 'drop') {
    store.drop(saved.exam);
    return undefined;
  }
  const tasks = saved.tasks.map(({ begun, flagged, spent }) => ({ begun, flagged, spent }));
  const before = { at: saved.at, tasks, clock: answer === 'yes' ? interrupted(saved.clock, away) : saved.clock };
  return { ...saved, items, before, isGraded: answer === 'submit' };
}

/** Draws a new exam. */
async function begin(names: readonly string[], options: ExamOptions, keeper: Keeper, terminal: Terminal): Promise<Seat> {
  const { minutes = usualMinutes, tasks: wanted = usualTasks, seed = String(randomInt(1_000_000)) } = options;
  const all = itemsOf(await readScenarios(names));
  const items = drawTasks(all, { tasks: wanted, minutes, seed });
  if (items.length === 0) throw new Failure('there are no scenarios with tasks to draw from');
  terminal.print(examIntroView({ tasks: items.length, wanted, minutes, seed }, screenOf(terminal)));
  const exam = randomUUID();
  const tasks = items.map(({ scenario, question }) => ({ scenario: scenario.name, question: question.id }));
  keeper.record({ kind: 'exam', at: new Date().toISOString(), exam, seed, version, minutes, tasks });
  const bundled = new Set(listScenarios().map((one) => one.name));
  return { exam, seed, minutes, items, from: names.map((name) => (bundled.has(name) || !existsSync(name) ? name : resolve(name))) };
}

interface Room {
  readonly terminal: Terminal;
  readonly keeper: Keeper;
  readonly lines: ExamLines;
  readonly over: AbortController;
  readonly store: SavedExams | undefined;
}

async function sit(seat: Seat, { terminal, keeper, lines, over, store }: Room): Promise<number> {
  const { exam, seed, minutes, items, from, before, isGraded = false } = seat;
  const clock = new ExamClock(minutes, () => performance.now(), before?.clock);
  const stopTitle = showInTitle(terminal, clock);
  const watch = setInterval(() => clock.isOver && over.abort(), 200);
  // Between two prompts, Ctrl-C must not throw an exam away.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  const keys = items.map(taskKey);
  const kept = onceTold(terminal);
  const keep = (state: ExamState) =>
    kept(() =>
      store!.save({
        ...{ exam, seed, minutes, from: [...from], build: thisBuild(), pid: process.pid, savedAt: new Date().toISOString() },
        clock: clock.state,
        ...(state.at !== undefined && { at: state.at }),
        tasks: state.tasks.map((task, i) => ({
          ...task,
          scenario: items[i]!.scenario.name,
          question: items[i]!.question.id,
          key: keys[i]!,
        })),
      }),
    );
  try {
    const result = await playExam({
      items,
      terminal,
      lines,
      clock,
      signal: over.signal,
      hosts: hostNames(seed, items.length),
      open: (index) =>
        openForQuiz(items[index]!.scenario, seed, terminal, {
          saved: store?.task(exam, index),
          changed: (lesson) => kept(() => store?.saveTask(exam, index, saveLab(lesson.lab))),
        }),
      record: (entry) => keeper.record(entry),
      now: () => Date.now(),
      exam,
      seed,
      version,
      ...(store !== undefined && { keep }),
      before,
      isGraded,
    });
    if (result === undefined) return exitCodes.interrupted;
    store?.drop(exam);
    return report(result, items, terminal);
  } finally {
    clearInterval(watch);
    process.off('SIGINT', ignore);
    stopTitle();
  }
}

/** Does what the disk may refuse; says so once. */
function onceTold(terminal: Terminal): (act: () => void) => void {
  let told = false;
  return (act) => {
    try {
      act();
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === undefined) throw error;
      if (!told) terminal.note([`cka-net: the exam cannot be kept (${code}): when it is interrupted, it cannot go on`]);
      told = true;
    }
  };
}

/** The time that is left, in the title of the window: it is seen in the simulated terminal and in an editor, too. */
function showInTitle(terminal: Terminal, clock: ExamClock): () => void {
  if (!terminal.interactive) return () => undefined;
  const write = (text: string) => process.stdout.write(`\u001b]2;${text}\u0007`);
  let shown = '';
  const timer = setInterval(() => {
    const text = `exam ${clockText(clock.left / 1000)}`;
    if (text !== shown) write(text);
    shown = text;
  }, 500);
  return () => {
    clearInterval(timer);
    write('');
  };
}

function report(ended: ExamEnded, all: readonly Item[], terminal: Terminal): number {
  const taught = ({ scenario, question }: { readonly scenario: string; readonly question: string }) => {
    const found = all.find((item) => item.scenario.name === scenario && item.question.id === question)?.question;
    return { explain: found?.explain, docs: found?.docs };
  };
  terminal.print(['', ...examReportView(ended, taught, screenOf(terminal))]);
  return ended.passed ? exitCodes.ok : exitCodes.no;
}

function past(ended: readonly ExamEnded[], terminal: Terminal): number {
  if (ended.length === 0) terminal.note(['No exam has been handed in yet.']);
  else terminal.print(pastExamsView(ended, { columns: terminal.columns, theme: terminal.theme }));
  return exitCodes.ok;
}

/** The exam with a number, as `--past` counts them; the last one without. */
function chosen(ended: readonly ExamEnded[], which: boolean | string): ExamEnded {
  const found = which === true ? ended.at(-1) : ended[Number(which) - 1];
  if (found === undefined)
    throw new Failure(
      ended.length === 0
        ? 'no exam has been handed in yet'
        : `there is no exam ${String(which)}; \`cka-net exam --past\` counts ${ended.length}`,
    );
  return found;
}

function screenOf(terminal: Terminal) {
  return { columns: textColumns(terminal.columns), theme: terminal.theme };
}
