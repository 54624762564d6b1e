/** The screens of a quiz, as lines: what is told first, a question, a hint, the end. */
import type { Evidence } from '#learn/evidence.ts';
import { topicTitle } from '#learn/curriculum.ts';
import { letter } from '#learn/choices.ts';
import { priceOf } from '#learn/hint.ts';
import type { Question } from '#learn/question.ts';
import type { Asked } from '#learn/questions/kind.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { count } from './grade-view.ts';
import { inline, markdown } from './markdown.ts';
import { progressBar, type Mark } from './progress-bar.ts';
import { clip, hardWrap, harmless, indent, width, wrap } from './text.ts';
import type { Theme } from './theme.ts';

export interface Screen {
  readonly columns: number;
  readonly theme: Theme;
}

/** The title, where it belongs, and the story. */
export function storyView(scenario: Scenario, questions: number, { columns, theme }: Screen): readonly string[] {
  const { title, topic, difficulty, story } = scenario;
  const where = [
    ...(topic === undefined ? [] : [topicTitle(topic)]),
    ...(difficulty === undefined ? [] : [difficulty]),
    count(questions, 'question'),
  ];
  return [
    ...wrap(theme.title(harmless(title)), columns),
    ...(theme.plain ? [] : [theme.dim(theme.marks.rule.repeat(Math.min(columns, Math.max(20, title.length))))]),
    theme.dim(where.join(` ${theme.marks.separator} `)),
    ...(story.trim() === '' ? [] : ['', ...markdown(story, columns, theme)]),
  ];
}

export interface QuestionScreen extends Screen {
  readonly marks: readonly Mark[];
  readonly index: number;
}

/** The bar, the question, and what there is to choose from. */
export function questionView(question: Question, asked: Asked, screen: QuestionScreen): readonly string[] {
  const { columns, theme, marks, index } = screen;
  const bar = progressBar(marks, index, Math.min(columns, 60), theme);
  return [
    `${bar} ${theme.dim(`${theme.marks.separator} ${count(question.points, 'point')}`)}`,
    '',
    ...markdown(question.prompt, columns, theme),
    ...(asked.exhibit === undefined ? [] : ['', ...exhibitView(asked.exhibit, screen)]),
    ...(asked.choices.length === 0 ? [] : ['', ...choicesView(asked.choices, screen)]),
  ];
}

/** What a question shows: all of it, whatever its length. */
function exhibitView({ kind, source, node, lines }: Evidence, { columns, theme }: Screen): readonly string[] {
  const head =
    kind === 'command'
      ? [`${theme.dim(`${node ?? ''}$ `)}${theme.code(clip(harmless(source), columns - 4 - (node ?? '').length - 2))}`]
      : [];
  return indent([...head, ...lines.flatMap((line) => hardWrap(harmless(line), columns - 4))], '  ');
}

/** `a  the first`, a choice a line. */
export function choicesView(choices: readonly string[], { columns, theme }: Screen): readonly string[] {
  return choices.flatMap((text, index) => indent(wrap(inline(text, theme), columns - 5), '     ', `  ${theme.accent(letter(index))}  `));
}

/** What may be typed instead of an answer, in one line. */
export function keysView(keys: readonly (readonly [key: string, does: string])[], { columns, theme }: Screen): readonly string[] {
  const text = keys.map(([key, does]) => `${theme.code(key)} ${theme.dim(does)}`).join(theme.dim(` ${theme.marks.separator} `));
  return wrap(text, columns);
}

export function hintView(
  question: Question,
  shown: number,
  { columns, theme, free = false }: Screen & { readonly free?: boolean },
): readonly string[] {
  if (question.hints.length === 0) return [theme.dim('There is no hint for this question.')];
  if (shown >= question.hints.length) return [theme.dim('Those were all the hints.')];
  const label = `Hint ${shown + 1} of ${question.hints.length}`;
  const price = free ? '' : theme.dim(` ${theme.marks.separator} costs ${Math.round(priceOf(shown) * 100)} % of the points`);
  return [`${theme.warn(label)}${price}`, ...indent(markdown(question.hints[shown]!, columns - 2, theme), '  ')];
}

export interface RoundResult {
  readonly title: string;
  readonly points: number;
  readonly of: number;
  readonly mark: Mark;
}

/** The score, each question with what it brought, and what comes next. */
export function scoreView(results: readonly RoundResult[], comingBack: string | undefined, { columns, theme }: Screen): readonly string[] {
  const points = round(results.reduce((sum, one) => sum + one.points, 0));
  const of = round(results.reduce((sum, one) => sum + one.of, 0));
  const share = of === 0 ? 0 : Math.round((points / of) * 100);
  const paint = share >= 66 ? theme.good : share >= 33 ? theme.warn : theme.bad;
  return [
    `${theme.title('Score')}  ${paint(theme.strong(`${share} %`))}  ${theme.dim(`${points} of ${count(of, 'point')}`)}`,
    '',
    ...resultLines(results, columns, theme),
    ...(comingBack === undefined ? [] : ['', theme.dim(comingBack)]),
  ];
}

function resultLines(results: readonly RoundResult[], columns: number, theme: Theme): readonly string[] {
  const { marks } = theme;
  const signs: Record<Mark, string> = {
    right: theme.good(marks.right),
    partly: theme.warn(marks.partly),
    wrong: theme.bad(marks.wrong),
    skipped: theme.dim(marks.bullet),
    open: theme.dim(marks.bullet),
  };
  const worths = results.map((one) => (one.points === one.of ? String(one.of) : `${one.points} of ${one.of}`));
  const sign = Math.max(...Object.values(signs).map(width));
  const space = columns - Math.max(...worths.map((worth) => worth.length)) - sign - 5;
  const titles = results.map((one) => clip(inline(firstSentence(one.title), theme), space));
  const widest = Math.max(...titles.map(width));
  return results.map(
    ({ mark }, index) =>
      `  ${signs[mark]}${' '.repeat(sign - width(signs[mark]))} ${titles[index]!}${' '.repeat(widest - width(titles[index]!))}  ${theme.dim(worths[index]!)}`,
  );
}

function firstSentence(text: string): string {
  return text.trim().split('\n')[0]!;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
