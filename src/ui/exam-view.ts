/** The screens of an exam: the tasks, one task, the report, exams side by side. */
import { byCompetency, competencies, competencyTitle, passPercent } from '#learn/exam.ts';
import type { ExamEnded } from '#learn/progress.ts';
import type { Question } from '#learn/question.ts';
import { count, findingsView, solutionView } from './grade-view.ts';
import { inline, markdown } from './markdown.ts';
import type { Screen } from './quiz-view.ts';
import { table } from './table.ts';
import { clip, harmless, indent, width, wrap } from './text.ts';

/** `1:42:07`, `42:07`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export interface TaskLine {
  readonly title: string;
  /** Of 100. */
  readonly weight: number;
  readonly visited: boolean;
  readonly flagged: boolean;
}

/** What is said before the clock runs. */
export function examIntroView(
  { tasks, wanted, minutes, seed }: { readonly tasks: number; readonly wanted: number; readonly minutes: number; readonly seed: string },
  { columns, theme }: Screen,
): readonly string[] {
  const fewer = tasks < wanted ? ` There are no more than ${tasks} that fit, of ${wanted}.` : '';
  return [
    theme.title('Mock exam'),
    ...wrap(
      theme.dim(
        [count(tasks, 'task'), count(minutes, 'minute'), `${passPercent} % to pass`, `seed ${seed}`].join(` ${theme.marks.separator} `),
      ),
      columns,
    ),
    '',
    ...markdown(
      `Every task has a cluster of its own, and a host that is entered by ssh from a base without tools; what counts is the state in which you leave it. Go through them in any order.${fewer} When the time is over, it is handed in as it is.`,
      columns,
      theme,
    ),
  ];
}

/** What is said of an exam that was left. */
export function leftExamView(
  { away, begun, tasks, left }: { readonly away: number; readonly begun: number; readonly tasks: number; readonly left: string },
  { columns, theme }: Screen,
): readonly string[] {
  return [
    theme.title('An exam has been left'),
    ...wrap(
      theme.dim([`${agoText(away)} ago`, `${begun} of ${count(tasks, 'task')} begun`, `${left} left`].join(` ${theme.marks.separator} `)),
      columns,
    ),
    '',
    ...markdown(
      '`yes` goes on with it: the time since then is marked as a pause. `submit` grades it as it stands. `drop` forgets it, and another one begins.',
      columns,
      theme,
    ),
  ];
}

function agoText(seconds: number): string {
  const [unit, length] = (
    [
      ['day', 86_400],
      ['hour', 3600],
      ['minute', 60],
    ] as const
  ).find(([, one]) => seconds >= 2 * one) ?? ['second', 1];
  return count(Math.floor(seconds / length), unit);
}

export function taskListView(tasks: readonly TaskLine[], clock: string, { columns, theme }: Screen): readonly string[] {
  const flag = theme.plain ? 'flagged' : '⚑';
  const rows = tasks.map(({ title, weight, visited, flagged }, index) => [
    String(index + 1),
    `${weight} %`,
    inline(title.trim().split('\n')[0]!, { ...theme, code: (text) => text, strong: (text) => text }),
    visited ? 'begun' : '',
    flagged ? flag : '',
  ]);
  return [`${theme.title('Tasks')}  ${theme.dim(`${clock} left`)}`, '', ...table(['', 'WORTH', 'TASK', '', ''], rows, columns, theme)];
}

export interface TaskScreen extends Screen {
  readonly index: number;
  readonly of: number;
  readonly weight: number;
  readonly clock: string;
  readonly flagged: boolean;
  /** The host that is entered by ssh. */
  readonly host: string;
  /** The node of the task's cluster that it is. */
  readonly node: string;
  /** The file that the answer goes into, when there is one. */
  readonly file?: string;
}

export function taskView(
  scenario: { readonly title: string; readonly story: string },
  question: Question,
  screen: TaskScreen,
): readonly string[] {
  const { columns, theme, index, of, weight, clock, flagged, host, node, file } = screen;
  const { marks } = theme;
  const head = [`Task ${index + 1} of ${of}`, `${weight} %`, ...(flagged ? ['flagged'] : [])].join(` ${marks.separator} `);
  const left = `${clock} left`;
  const gap = columns - width(head) - left.length;
  return [
    ...(gap > 1 ? [`${theme.title(head)}${' '.repeat(gap)}${theme.dim(left)}`] : [theme.title(head), theme.dim(left)]),
    ...(theme.plain ? [] : [theme.dim(marks.rule.repeat(columns))]),
    ...wrap(`${theme.dim('Solve this task on')} ${theme.code(`ssh ${host}`)}${theme.dim(`, the node ${node} of its cluster`)}`, columns),
    '',
    ...(scenario.story.trim() === '' ? [] : [...markdown(scenario.story, columns, theme), '']),
    ...markdown(question.prompt, columns, theme),
    ...(file === undefined ? [] : ['', ...wrap(`Write the answer into the file ${theme.code(file)} on ${node}.`, columns)]),
  ];
}

/** The verdict, the competencies, every task with its reasons. `taught` is what there is to understand, where the task still exists. */
export function examReportView(
  exam: ExamEnded,
  taught: (task: { readonly scenario: string; readonly question: string }) => Pick<Question, 'explain' | 'docs'>,
  { columns, theme }: Screen,
): readonly string[] {
  const { percent, passed, results, by, seconds, pauses, pausedSeconds } = exam;
  const verdict = passed
    ? theme.good(theme.strong(`${theme.marks.right} Passed`))
    : theme.bad(theme.strong(`${theme.marks.wrong} Not passed`));
  const facts = [
    `${percent} % of ${passPercent} % needed`,
    `${clockText(seconds)} used`,
    ...(by === 'time' ? ['handed in by the clock'] : []),
    pauses === 0 ? 'no pause' : `${count(pauses, 'pause')}, ${clockText(pausedSeconds)}: in the exam there is none`,
  ];
  return [
    ...wrap(`${verdict}  ${theme.dim(facts.join(` ${theme.marks.separator} `))}`, columns),
    '',
    theme.strong('By competency'),
    ...indent(competencyRows(exam, columns - 2, theme), '  '),
    '',
    ...results.flatMap((result, index) => {
      const mark =
        result.score === 1
          ? theme.good(theme.marks.right)
          : result.score > 0
            ? theme.warn(theme.marks.partly)
            : theme.bad(theme.marks.wrong);
      const worth = `${Math.round(result.score * 100)} % of ${count(result.of, 'point')}, ${clockText(result.seconds)}${result.flagged ? ', flagged' : ''}`;
      const failed = result.findings.filter((one) => !one.met).map((one) => ({ ...one, weight: 1 }));
      return [
        `${mark} ${theme.strong(clip(harmless(`${index + 1}. ${result.title.trim().split('\n')[0]!}`), columns - 12))}`,
        ...indent(wrap(theme.dim(`${worth} ${theme.marks.separator} ${competencyTitle(result.competency)}`), columns - 2), '  '),
        ...(result.score === 1
          ? []
          : [
              ...indent(wrap(inline(result.because, theme), columns - 2), '  '),
              ...indent(findingsView(failed, columns - 4, theme), '    '),
              '',
              ...indent(solutionView({ ...taught(result), expected: result.expected }, columns - 4, theme), '    '),
            ]),
        '',
      ];
    }),
  ];
}

function competencyRows({ results }: ExamEnded, columns: number, theme: Screen['theme']): readonly string[] {
  const rows = byCompetency(results).map(({ competency, percent, tasks }) => [
    clip(competencyTitle(competency), columns - (theme.plain ? 18 : 30)),
    ...(theme.plain
      ? []
      : [`${theme.marks.full.repeat(Math.round(percent / 10))}${theme.marks.empty.repeat(10 - Math.round(percent / 10))}`]),
    `${percent} %`,
    count(tasks, 'task'),
  ]);
  return table(rows[0]?.map(() => '') ?? [], rows, columns, theme, theme.plain ? {} : { 1: theme.accent }).slice(1);
}

/** Exams side by side, a column an exam, the latest last; as many as fit. */
export function pastExamsView(exams: readonly ExamEnded[], { columns, theme }: Screen): readonly string[] {
  const names = Math.min(columns - 14, Math.max(...competencies.map(({ title }) => title.length)));
  const fit = Math.max(1, Math.floor((columns - names) / 12));
  const shown = exams.slice(-fit);
  const first = exams.length - shown.length + 1;
  const cell = (exam: ExamEnded, key: string) => {
    const found = byCompetency(exam.results).find((one) => one.competency === key);
    return found === undefined ? '' : `${found.percent} %`;
  };
  const tried = competencies.filter(({ key }) => shown.some((exam) => cell(exam, key) !== ''));
  const rows = [
    ['Score', ...shown.map((exam) => `${exam.percent} %`)],
    ['', ...shown.map((exam) => (exam.passed ? 'passed' : 'not passed'))],
    ['Tasks', ...shown.map((exam) => String(exam.results.length))],
    ['Time', ...shown.map((exam) => clockText(exam.seconds))],
    ['Pauses', ...shown.map((exam) => (exam.pauses === 0 ? 'none' : String(exam.pauses)))],
    ...tried.map(({ key, title }) => [clip(title, names), ...shown.map((exam) => cell(exam, key))]),
  ];
  return table(['', ...shown.map((exam, index) => `${first + index}. ${exam.at.slice(5, 10)}`)], rows, columns, theme);
}
