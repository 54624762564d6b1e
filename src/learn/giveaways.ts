/** What makes a question pointless, seen on the running cluster: it answers itself, or cannot be answered at all. */
import { ComputeError } from './computed.ts';
import { evaluate } from './check.ts';
import { solve, type Question } from './question.ts';
import type { Sitting } from './questions/kind.ts';

export interface Giveaway {
  readonly rule: 'answer-in-prompt' | 'hint-gives-answer' | 'check-passes-before' | 'unreachable-question';
  /** The place in the question. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly note: string;
}

/** Looks at a question on the cluster as it was at the start. */
export async function giveaways(question: Question, sitting: Sitting): Promise<readonly Giveaway[]> {
  return await sitting.cluster.asStarted(async () => [...(await inTexts(question, sitting)), ...(await inChecks(question, sitting))]);
}

/** What a question's own texts tell of its answer, as that was at the start; undefined when nothing does. */
export async function toldByTexts(question: Question, sitting: Sitting): Promise<Giveaway | undefined> {
  const found = await sitting.cluster.asStarted(() => inTexts(question, sitting));
  return found.find(({ rule }) => rule === 'answer-in-prompt' || rule === 'hint-gives-answer');
}

async function inTexts(question: Question, sitting: Sitting): Promise<readonly Giveaway[]> {
  const unreachable = (why: string) => [
    {
      rule: 'unreachable-question' as const,
      path: pathOfAnswer(question),
      message: `the question ${question.id} has no answer: ${why}`,
      note: readOnceBroken,
    },
  ];
  let answer: string;
  try {
    answer = await solve(question, sitting);
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    return unreachable(error.message);
  }
  if (answer.trim() === '') return unreachable('it is empty');
  const words = wordsOf(question, answer);
  if (words.length === 0) return [];
  const says = (text: string) => words.every((word) => hasWord(text, word));
  return [
    ...(asksForValue(question) && says(question.prompt)
      ? [
          {
            rule: 'answer-in-prompt' as const,
            path: ['prompt'],
            message: `the prompt prints the answer: ${words.join(' ')}`,
            note: 'ask so that one has to look, or break it so that the answer differs from what is told',
          },
        ]
      : []),
    ...question.hints.flatMap((hint, index) =>
      says(hint) && !says(question.prompt)
        ? [
            {
              rule: 'hint-gives-answer' as const,
              path: ['hints', index],
              message: `the hint prints the answer: ${words.join(' ')}`,
              note: 'say where to look, not what is there',
            },
          ]
        : [],
    ),
  ];
}

export const readOnceBroken = 'the answer is read from the cluster as it is once it is broken: look there (`cka-net shell`)';

/** Where a question says how its answer is found. */
export function pathOfAnswer(question: Question): readonly string[] {
  const field = ['solution', 'answer', 'choices', 'from'].find(
    (name) => (question as Readonly<Record<string, unknown>>)[name] !== undefined,
  );
  return [field ?? 'type'];
}

function asksForValue({ type }: Question): boolean {
  return type === 'input';
}

/** What a text must not say all of. Short numbers and words stand in texts for other reasons. */
function wordsOf(question: Question, answer: string): readonly string[] {
  if (question.type !== 'input' && question.type !== 'choice') return [];
  const parts = question.type === 'input' && question.list ? answer.split(/[\s,]+/) : [answer.trim()];
  return parts.every((part) => part.length >= 3) ? parts : [];
}

function hasWord(text: string, word: string): boolean {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w.:/-])${escaped}(?![\\w:/-]|\\.\\w)`, 'i').test(text);
}

async function inChecks(question: Question, { cluster }: Sitting): Promise<readonly Giveaway[]> {
  const checks = 'checks' in question ? (question.checks ?? []) : [];
  for (const check of checks) if (!(await evaluate(check, cluster)).met) return [];
  return checks.length === 0
    ? []
    : [
        {
          rule: 'check-passes-before',
          path: ['checks'],
          message: `all checks of ${question.id} pass before anything is done`,
          note: 'at least one must fail while the cluster is broken; those that hold from the start are guards',
        },
      ];
}
