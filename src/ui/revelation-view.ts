import type { Evidence } from '#learn/evidence.ts';
import { evidenceView, findingsView } from './grade-view.ts';
import { markdown } from './markdown.ts';
import { harmless, indent } from './text.ts';
import type { Screen } from './quiz-view.ts';

/** The author's view of a scenario, as plain data: `inspect --reveal -o json`. */
export interface Revelation {
  /** The shell lines that broke the cluster. */
  readonly break: string;
  readonly questions: readonly {
    readonly id: string;
    readonly prompt: string;
    /** A right answer; null when it could not be computed. */
    readonly answer: string | null;
    /** For repairs: what is not as it should be. */
    readonly broken: readonly { readonly wanted: string; readonly observed: string }[];
    readonly evidence: readonly Evidence[];
    readonly explain?: string;
    /** Why the answer could not be computed. */
    readonly fault?: string;
  }[];
}

export function revelationView(revelation: Revelation, { columns, theme }: Screen): readonly string[] {
  const code = (text: string) =>
    harmless(text)
      .split('\n')
      .map((line) => `  ${theme.code(line)}`.trimEnd());
  return [
    ...(revelation.break === '' ? [] : [theme.strong('What was broken'), ...code(revelation.break)]),
    ...revelation.questions.flatMap(({ id, prompt, answer, broken, evidence, explain, fault }) => [
      '',
      theme.strong(harmless(id)),
      ...indent(markdown(prompt, columns - 2, theme), '  '),
      ...(broken.length === 0
        ? []
        : [
            '',
            ...indent(
              findingsView(
                broken.map((one) => ({ ...one, met: false, weight: 1 })),
                columns - 2,
                theme,
              ),
              '  ',
            ),
          ]),
      ...evidence.flatMap((one) => ['', ...indent(evidenceView(one, columns - 2, theme), '  ')]),
      '',
      ...(answer === null
        ? [`  ${theme.bad(`cannot be computed: ${harmless(fault ?? '')}`)}`]
        : [`  ${theme.dim('Right is')}`, ...indent(code(answer), '  ')]),
      ...(explain === undefined ? [] : ['', ...indent(markdown(explain, columns - 2, theme), '  ')]),
    ]),
  ];
}
