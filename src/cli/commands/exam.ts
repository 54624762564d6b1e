import { randomInt, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { drawTasks, usualMinutes, usualTasks } from '#learn/exam.ts';
import type { ExamEnded } from '#learn/progress.ts';
import { clockText, examIntroView, examReportView, pastExamsView } from '#ui/exam-view.ts';
import { textColumns } from '#ui/text.ts';
import { ExamClock } from '../exam/clock.ts';
import { playExam } from '../exam/exam.ts';
import { ScriptLines, TypedLines } from '../exam/lines.ts';
import { exitCodes, Failure } from '../failure.ts';
import { Keeper } from '../keeper.ts';
import { listScenarios } from '../library.ts';
import { openForQuiz } from '../open-lesson.ts';
import type { Item } from '../quiz/quiz.ts';
import { itemsOf } from '../quiz/selection.ts';
import { readScenario } from '../read-scenario.ts';
import { openTerminal, type Terminal } from '../terminal.ts';
import { version } from '../version.ts';

export interface ExamOptions {
  readonly minutes?: number;
  readonly tasks?: number;
  readonly seed?: string;
  readonly past?: boolean;
  readonly report?: boolean | string;
  readonly plain?: boolean;
  readonly record?: boolean;
  readonly color?: boolean;
}

/** `cka-net exam [scenario…]`: a mock exam, from the named scenarios or from all. Exits 0 when it is passed, 1 when it is not. */
export async function exam(names: readonly string[], options: ExamOptions): Promise<number> {
  const terminal = openTerminal(options);
  const keeper = new Keeper(options.record !== false, terminal);
  const ended = keeper.entries.filter((entry) => entry.kind === 'exam-end');
  if (options.past === true) return past(ended, terminal);
  const scenarios = await Promise.all(
    (names.length > 0 ? names : listScenarios().map((one) => one.path)).map((name) => readScenario(name)),
  );
  const all = itemsOf(scenarios);
  if (options.report !== undefined) return report(chosen(ended, options.report), all, terminal);

  const { minutes = usualMinutes, tasks: wanted = usualTasks, seed = String(randomInt(1_000_000)) } = options;
  const items = drawTasks(all, { tasks: wanted, minutes, seed });
  if (items.length === 0) throw new Failure('there are no scenarios with tasks to draw from');
  terminal.print(examIntroView({ tasks: items.length, wanted, minutes, seed }, screenOf(terminal)));

  const over = new AbortController();
  const clock = new ExamClock(minutes, () => performance.now());
  const lines = terminal.interactive
    ? new TypedLines(over.signal, !terminal.theme.plain)
    : new ScriptLines(process.stdin, over.signal, (line) => terminal.print([`> ${line}`]));
  const stopTitle = showInTitle(terminal, clock);
  const watch = setInterval(() => clock.isOver && over.abort(), 200);
  // Between two prompts, Ctrl-C must not throw an exam away.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  const id = randomUUID();
  keeper.record({
    kind: 'exam',
    at: new Date().toISOString(),
    exam: id,
    seed,
    version,
    minutes,
    tasks: items.map(({ scenario, question }) => ({ scenario: scenario.name, question: question.id })),
  });
  try {
    const result = await playExam({
      items,
      terminal,
      lines,
      clock,
      signal: over.signal,
      open: (scenario) => openForQuiz(scenario, seed, terminal),
      record: (entry) => keeper.record(entry),
      now: () => Date.now(),
      exam: id,
      seed,
      version,
    });
    if (result === undefined) return exitCodes.interrupted;
    return report(result, all, terminal);
  } finally {
    clearInterval(watch);
    process.off('SIGINT', ignore);
    stopTitle();
    lines.close();
  }
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
