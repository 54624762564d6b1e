import type { Station } from '#learn/course.ts';
import { table } from './table.ts';
import { harmless, wrap } from './text.ts';
import type { Theme } from './theme.ts';

/** A scenario on the way. */
export interface Stop {
  readonly name: string;
  readonly title: string;
  readonly difficulty: string;
  readonly station: Station;
  readonly questions: number;
  readonly known: number;
  readonly due: number;
}

/** A part of the course: a topic, or a pack. */
export interface Leg {
  readonly title: string;
  /** What there is to say about it: of a pack, whose it is and under which licence. */
  readonly about: readonly string[];
  readonly stops: readonly Stop[];
}

interface Screen {
  readonly columns: number;
  readonly theme: Theme;
}

/** The course leg by leg, a line a scenario: how it stands, its name, its title, how hard it is. */
export function courseView(legs: readonly Leg[], { columns, theme }: Screen): readonly string[] {
  const shown = legs.filter(({ stops }) => stops.length > 0);
  const cells = shown.flatMap(({ stops }) => stops.map((stop) => [stop.name, stop.title, stop.difficulty, stateText(stop)]));
  const [, ...lines] = table(['NAME', 'TITLE', 'LEVEL', 'PROGRESS'], cells, columns - 2, theme, {
    0: theme.code,
    3: (text) => (text === 'next' ? theme.accent(text) : text === 'locked' ? theme.dim(text) : text),
  });
  const out: string[] = [];
  let at = 0;
  for (const { title, about, stops } of shown) {
    const done = stops.filter((one) => one.station === 'done' || one.station === 'due').length;
    if (out.length > 0) out.push('');
    out.push(`${theme.title(harmless(title))} ${theme.dim(`${done} of ${stops.length} done`)}`);
    out.push(...about.flatMap((text) => wrap(harmless(text), columns).map((line) => theme.dim(line))));
    for (const stop of stops) out.push(`${markOf(stop, theme)} ${lines[at++]!}`.trimEnd());
  }
  return out;
}

function stateText({ station, known, due, questions }: Stop): string {
  const share = `${known}/${questions}`;
  switch (station) {
    case 'due':
      return `${share}, ${due} due`;
    case 'done':
    case 'begun':
      return share;
    case 'open':
      return questions === 0 ? '' : share;
    case 'placed':
      return 'placed';
    case 'next':
    case 'locked':
      return station;
  }
}

/** One column wide, so that names stand below each other. */
function markOf({ station }: Stop, { plain, good, warn, accent, marks }: Theme): string {
  if (plain) return ' ';
  switch (station) {
    case 'done':
      return good(marks.right);
    case 'due':
      return warn(marks.partly);
    case 'next':
      return accent(marks.arrow);
    default:
      return ' ';
  }
}

/** What the words mean, and what to do next. */
export function courseFooter(legs: readonly Leg[], { columns, theme }: Screen): readonly string[] {
  const stops = legs.flatMap((one) => one.stops);
  const due = stops.reduce((sum, one) => sum + one.due, 0);
  const next = stops.find((one) => one.station === 'next') ?? stops.find((one) => one.station === 'begun');
  const todo =
    due > 0
      ? `cka-net quiz asks ${due === 1 ? 'the question that is' : `the ${due} questions that are`} due.`
      : next === undefined
        ? ''
        : `cka-net quiz goes on with ${next.name}.`;
  const locked = stops.some((one) => one.station === 'locked') ? 'Locked ones build on others; whoever names one may try it.' : '';
  return wrap(harmless([todo, locked].filter((one) => one !== '').join(' ')), columns).map((line) => theme.dim(line));
}
