/** How a learner is doing, on one screen. */
import type { Statistics } from '#learn/statistics.ts';
import { count } from './grade-view.ts';
import type { Screen } from './quiz-view.ts';
import { table } from './table.ts';
import { wrap } from './text.ts';
import type { Theme } from './theme.ts';

export function statisticsView(statistics: Statistics, { columns, theme }: Screen): readonly string[] {
  const { answers, drills, exams } = statistics;
  if (answers === 0 && drills.length === 0 && exams.length === 0)
    return wrap('Nothing is written down yet. `cka-net quiz` begins.', columns);
  return [
    ...headline(statistics, columns, theme),
    ...section('Topics, weakest first', topicRows(statistics, columns, theme), theme),
    ...section('Days', heatMap(statistics, columns, theme), theme),
    ...section('What comes back', forecast(statistics, columns, theme), theme),
    ...section('Drills', drillRows(statistics, columns, theme), theme),
    ...section('Exams', examRows(statistics, columns, theme), theme),
  ];
}

function section(title: string, lines: readonly string[], theme: Theme): readonly string[] {
  return lines.length === 0 ? [] : ['', theme.strong(title), ...lines.map((line) => `  ${line}`.trimEnd())];
}

function headline({ answers, right, retention, standings, streak }: Statistics, columns: number, theme: Theme): readonly string[] {
  const parts = [
    `${count(answers, 'answer')}${right === null ? '' : `, ${percent(right)} right`}`,
    ...(retention === null ? [] : [`retention ${percent(retention)}`]),
    `${standings.known} known`,
    ...(standings.wrong > 0 ? [`${standings.wrong} wrong`] : []),
    `${standings.due} due`,
    `${standings.new} new`,
    streak.days === 0 ? `longest streak ${count(streak.longest, 'day')}` : `streak ${count(streak.days, 'day')}, longest ${streak.longest}`,
  ];
  return [theme.title('How you are doing'), ...joined(parts, ` ${theme.marks.separator} `, columns)];
}

/** Parts on as few lines as they fit, none of them broken. */
function joined(parts: readonly string[], separator: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + separator.length + part.length <= columns) lines[lines.length - 1] = last + separator + part;
    else lines.push(part);
  }
  return lines;
}

const barWidth = 10;

function topicRows({ topics }: Statistics, columns: number, theme: Theme): readonly string[] {
  const bars = !theme.plain && columns >= 48;
  const rows = topics.map(({ title, questions, seen, known, due, right, retention }) => [
    title,
    ...(bars ? [right === null ? '' : bar(right, theme)] : []),
    right === null ? 'new' : percent(right),
    `${known}/${questions}`,
    String(seen),
    due === 0 ? '' : String(due),
    retention === null ? '' : percent(retention),
  ]);
  const head = ['TOPIC', ...(bars ? [''] : []), 'RIGHT', 'KNOWN', 'SEEN', 'DUE', 'RETENTION'];
  const narrow = columns < 60;
  const keep = (cells: readonly string[]) => (narrow ? cells.filter((_, index) => index < cells.length - 3) : cells);
  return table(keep(head), rows.map(keep), columns - 2, theme, { ...(bars && { 1: theme.accent }) });
}

function bar(share: number, theme: Theme): string {
  const full = Math.round(share * barWidth);
  return `${theme.marks.full.repeat(full)}${theme.marks.empty.repeat(barWidth - full)}`;
}

const shades = [' ', '░', '▒', '▓', '█'];
const weekdays = ['Mon', '', 'Wed', '', 'Fri', '', 'Sun'];

/** A column a week, a row a day of the week; the more was done, the darker. In words for whoever cannot see it. */
function heatMap({ days }: Statistics, columns: number, theme: Theme): readonly string[] {
  const most = Math.max(...days.map((one) => one.done));
  if (most === 0) return [];
  const weeks = Math.min(Math.ceil(days.length / 7), Math.floor((columns - 8) / 2));
  const shown = days.slice(-(weeks - 1) * 7 - (((days.length - 1) % 7) + 1));
  if (theme.plain)
    return Array.from({ length: weeks }, (_, week) => shown.slice(week * 7, week * 7 + 7))
      .filter((week) => week.some((one) => one.done > 0))
      .map((week) => `week of ${week[0]!.day}: ${week.reduce((sum, one) => sum + one.done, 0)}`);
  const shade = (done: number) => (done === 0 ? theme.dim('·') : theme.good(shades[Math.max(1, Math.ceil((done / most) * 4))]!));
  const rows = weekdays.map((name, weekday) => {
    const cells = Array.from({ length: weeks }, (_, week) => shown[week * 7 + weekday]).flatMap((one) =>
      one === undefined ? [] : shade(one.done),
    );
    return `${theme.dim(name.padEnd(3))} ${cells.join(' ')}`;
  });
  return [...rows, theme.dim(`since ${shown[0]!.day}; most on one day: ${most}`)];
}

function forecast({ forecast: days }: Statistics, columns: number, theme: Theme): readonly string[] {
  const most = Math.max(...days.map((one) => one.due));
  if (most === 0) return [];
  const room = Math.min(30, columns - 24);
  return days
    .map(({ day, due }, index) => ({ day: index === 0 ? 'today' : index === 1 ? 'tomorrow' : day, due }))
    .filter(({ due }) => due > 0)
    .map(({ day, due }) =>
      `${day.padEnd(10)}  ${String(due).padStart(3)}  ${theme.plain ? '' : theme.accent(theme.marks.full.repeat(Math.max(1, Math.round((due / most) * room))))}`.trimEnd(),
    );
}

function drillRows({ drills }: Statistics, columns: number, theme: Theme): readonly string[] {
  if (drills.length === 0) return [];
  const rows = drills.map(({ drill, done, right, seconds }) => [drill, String(done), percent(right), `${seconds} s`]);
  return table(['DRILL', 'DONE', 'RIGHT', 'USUALLY'], rows, columns - 2, theme);
}

function examRows({ exams }: Statistics, columns: number, theme: Theme): readonly string[] {
  if (exams.length === 0) return [];
  const rows = exams.map(({ at, percent: points, passed }) => [at.slice(0, 10), `${points} %`, passed ? 'passed' : 'not passed']);
  return table(['DAY', 'SCORE', ''], rows, columns - 2, theme);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
