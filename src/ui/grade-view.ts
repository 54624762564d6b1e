/** A verdict, as a good teacher gives it: right or wrong, why, what it is seen by, what is to be understood. */
import type { Evidence } from '#learn/evidence.ts';
import type { Finding, Grade } from '#learn/grade.ts';
import { inline, markdown } from './markdown.ts';
import { clip, harmless, indent, wrap } from './text.ts';
import type { Theme } from './theme.ts';
import { walkPicture } from './walk-view.ts';

export interface Verdict {
  readonly grade: Grade;
  readonly points: number;
  readonly of: number;
  readonly hints: number;
  readonly explain?: string | undefined;
  readonly docs?: string | undefined;
  /** Whether the answer and the explanation may be told; not while a task is still being tried. */
  readonly tells: boolean;
}

export function gradeView(verdict: Verdict, columns: number, theme: Theme): readonly string[] {
  const { grade, explain, docs, tells } = verdict;
  const body = columns - 2;
  const paragraphs: (readonly string[])[] = [
    [...wrap(spoken(grade.because, theme), body), ...(grade.near === undefined ? [] : wrap(theme.warn(harmless(grade.near)), body))],
    tells ? answers(grade, body, theme) : [],
    grade.findings.length > 1 ? findingsView(grade.findings, body, theme) : [],
    ...grade.evidence.map((evidence) => evidenceView(evidence, body, theme)),
    explain === undefined || !tells ? [] : markdown(explain, body, theme),
    docs === undefined || !tells ? [] : wrap(theme.dim(`Documentation: ${harmless(docs)}`), body),
  ];
  return [
    ...wrap(headline(verdict, theme), columns),
    ...paragraphs.filter((lines) => lines.length > 0).flatMap((lines) => ['', ...indent(lines, '  ')]),
  ];
}

/** `✓ Right · 1 point`. */
function headline({ grade, points, of, hints }: Verdict, theme: Theme): string {
  const { marks } = theme;
  const word = grade.correct
    ? theme.good(theme.strong(`${marks.right} Right`))
    : grade.score > 0
      ? theme.warn(theme.strong(`${marks.partly} Partly right`))
      : theme.bad(theme.strong(`${marks.wrong} Not right`));
  const price = hints > 0 && points > 0 ? `, after ${count(hints, 'hint')}` : '';
  const won = points === of ? count(points, 'point') : `${points} of ${count(of, 'point')}`;
  return `${word} ${theme.dim(`${marks.separator} ${won}${price}`)}`;
}

/** What was answered and what is right, where the two differ and the sentence above does not say it. */
function answers({ correct, given, expected, because, findings }: Grade, columns: number, theme: Theme): readonly string[] {
  if (correct || findings.length > 1) return expected.includes('\n') && !correct ? solution(expected, theme) : [];
  if (expected.includes('\n')) return solution(expected, theme);
  const said = given === '' ? [] : field('You said', given, columns, theme);
  return because.includes(expected) ? said : [...said, ...field('Right is', expected, columns, theme)];
}

function field(label: string, value: string, columns: number, theme: Theme): readonly string[] {
  return indent(wrap(theme.code(harmless(value)), columns - 10), ' '.repeat(10), theme.dim(label.padEnd(10)));
}

function solution(text: string, theme: Theme): readonly string[] {
  return [
    theme.dim('One way to do it'),
    ...harmless(text)
      .trimEnd()
      .split('\n')
      .map((line) => `  ${theme.code(line)}`.trimEnd()),
  ];
}

export function findingsView(findings: readonly Finding[], columns: number, theme: Theme): readonly string[] {
  const { marks } = theme;
  return findings.flatMap(({ wanted, met, observed }) => {
    const mark = met ? theme.good(marks.right) : theme.bad(marks.wrong);
    const margin = ' '.repeat((met ? marks.right : marks.wrong).length + 1);
    const seen = met ? [] : wrap(theme.dim(spoken(observed, theme)), columns - margin.length - 2).map((line) => `${margin}  ${line}`);
    return [...indent(wrap(spoken(wanted, theme), columns - margin.length), margin, `${mark} `), ...seen];
  });
}

const shownLines = 12;
const promptsOf = { walk: 'walk: ', lookup: 'asked: ', sum: '' } as const;

/** A command with what it printed, or a walk; the lines that prove the point are marked, what is between them is left out when long. */
export function evidenceView(evidence: Evidence, columns: number, theme: Theme): readonly string[] {
  const { kind, source, node, lines, proves } = evidence;
  const prompt = kind === 'command' ? `${node ?? ''}$ ` : promptsOf[kind];
  const commands = harmless(source).trimEnd().split('\n');
  const head = commands.map(
    (line, index) => `${theme.dim(index === 0 ? prompt : '> '.padStart(prompt.length))}${theme.code(clip(line, columns - prompt.length))}`,
  );
  if (evidence.hops !== undefined && evidence.hops.length > 0 && !theme.plain)
    return [...head, ...indent(walkPicture(evidence.hops, proves, columns - 2, theme), '  ')];
  const wanted = chosenLines(lines.length, proves);
  const margin = ' '.repeat(theme.marks.proof.length + 1);
  const body: string[] = [];
  let last = -1;
  for (const index of wanted) {
    if (index > last + 1) body.push(theme.dim(`${margin}… ${count(index - last - 1, 'line')}`));
    const text = harmless(lines[index]!);
    // A table's columns are cut at the window's edge; the sentences of a walk are wrapped.
    const shown = kind === 'command' || kind === 'sum' ? [clip(text, columns - margin.length)] : wrap(text, columns - margin.length - 2);
    const isProof = proves.includes(index);
    const first = isProof ? `${theme.accent(theme.marks.proof)} ` : margin;
    body.push(...indent(shown.map(isProof ? theme.strong : theme.dim), `${first}  `, first));
    last = index;
  }
  if (last < lines.length - 1) body.push(theme.dim(`${margin}… ${count(lines.length - 1 - last, 'more line')}`));
  return [...head, ...body].map((line) => line.trimEnd());
}

/** All lines when they are few; else the first, and those that prove something with a line around them. */
function chosenLines(total: number, proves: readonly number[]): readonly number[] {
  const all = Array.from({ length: total }, (_, index) => index);
  if (total <= shownLines) return all;
  if (proves.length === 0) return all.slice(0, shownLines - 1);
  const near = all.filter((index) => index === 0 || proves.some((proof) => Math.abs(proof - index) <= 1));
  return near.slice(0, shownLines);
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function spoken(text: string, theme: Theme): string {
  return inline(text, theme);
}

/** What a task's right answer is and what there is to understand, for whoever has tried long enough. */
export function solutionView(
  { expected, explain, docs }: Pick<Verdict, 'explain' | 'docs'> & { readonly expected: string },
  columns: number,
  theme: Theme,
): readonly string[] {
  return [
    ...solution(expected, theme),
    ...(explain === undefined ? [] : ['', ...markdown(explain, columns, theme)]),
    ...(docs === undefined ? [] : ['', ...wrap(theme.dim(`Documentation: ${harmless(docs)}`), columns)]),
  ];
}
