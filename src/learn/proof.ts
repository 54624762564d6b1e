/** What makes a question trustworthy, tried out: its own answers are right, its wrong ones are wrong, and doing nothing is not enough. */
import { ComputeError } from './computed.ts';
import { giveaways } from './giveaways.ts';
import { ask, grade, listedWrong, rightAnswers, solve, type Question } from './question.ts';
import type { Sitting } from './questions/kind.ts';
import { mistakeIn, quotedCommands } from './quoted-commands.ts';

export interface Claim {
  /** The question; absent where the scenario as a whole is meant. */
  readonly question?: string;
  /** What should be so: `a listed wrong answer is graded wrong: 10.244.1.5`. */
  readonly claim: string;
  readonly holds: boolean;
  /** What was seen instead. */
  readonly seen?: string;
}

/** Tries a question out on the cluster as it was at the start. */
export async function proveQuestion(question: Question, sitting: Sitting): Promise<readonly Claim[]> {
  const { claims, attempt } = attempts(question, sitting);
  await attempt('it can be asked', async () => {
    const { mode, choices } = await ask(question, sitting);
    return new Set(choices).size === choices.length || mode === 'line' ? undefined : 'two choices read the same';
  });
  let answers: readonly string[] = [];
  await attempt('its answer can be computed', async () => {
    answers = await rightAnswers(question, sitting);
    return answers.every((answer) => answer.trim() !== '') ? undefined : 'the answer is empty';
  });
  for (const [index, answer] of answers.entries()) {
    await attempt(
      index === 0 ? `the right answer is graded right: ${shortened(answer)}` : `so is the alternative: ${shortened(answer)}`,
      async () => {
        const { correct, because } = await grade(question, answer, sitting);
        return correct ? undefined : because;
      },
    );
  }
  for (const answer of listedWrong(question)) {
    await attempt(`a listed wrong answer is graded wrong: ${shortened(answer)}`, () => isWrong(answer, question, sitting));
  }
  await attempt('doing nothing is worth nothing', () => worthOfNothing(question, sitting));
  await attempt('neither prompt nor hints give the answer away', async () => {
    const found = (await giveaways(question, sitting)).filter(({ rule }) => rule === 'answer-in-prompt' || rule === 'hint-gives-answer');
    return found[0]?.message;
  });
  for (const [where, line] of taught(question)) {
    await attempt(`${where} tells a command that runs: ${shortened(line)}`, async () => {
      const here = await tried(line, sitting);
      // An explanation comes after the answer: what it shows may be there only then.
      if (here === undefined || question.type !== 'fix') return here;
      return await sitting.cluster.aside(async () => {
        await sitting.cluster.run(question.solution);
        return await tried(line, sitting);
      });
    });
  }
  return claims;
}

/** What must hold of a question with other words, too: its answer is right; doing nothing, and values that are listed as wrong, are not. */
export async function proveVaried(question: Question, sitting: Sitting): Promise<readonly Claim[]> {
  const { claims, attempt } = attempts(question, sitting);
  await attempt(`the right answer is graded right with seed ${sitting.seed}`, async () => {
    const { correct, because } = await grade(question, await solve(question, sitting), sitting);
    return correct ? undefined : because;
  });
  await attempt(`doing nothing is worth nothing with seed ${sitting.seed}`, () => worthOfNothing(question, sitting));
  // Scripts would take as long as all the rest, and compare no words.
  if (question.type !== 'fix' && question.type !== 'manifest')
    for (const answer of listedWrong(question))
      await attempt(`a listed wrong answer is graded wrong with seed ${sitting.seed}: ${shortened(answer)}`, () =>
        isWrong(answer, question, sitting),
      );
  return claims;
}

async function isWrong(answer: string, question: Question, sitting: Sitting): Promise<string | undefined> {
  const { correct } = await grade(question, answer, sitting);
  return correct ? 'it is graded right' : undefined;
}

async function worthOfNothing(question: Question, sitting: Sitting): Promise<string | undefined> {
  const { correct, score } = await grade(question, '', sitting);
  return correct ? 'it is graded right' : score > 0 ? `it is worth ${Math.round(score * 100)} %` : undefined;
}

/** Claims, each tried on the cluster as it was at the start; an attempt returns what was seen instead. */
function attempts(question: Question, { cluster }: Sitting) {
  const claims: Claim[] = [];
  const attempt = async (claim: string, act: () => Promise<string | undefined>) => {
    const seen = await cluster.asStarted(act).catch((error: unknown) => {
      if (error instanceof ComputeError) return error.message;
      throw error;
    });
    claims.push({ question: question.id, claim, holds: seen === undefined, ...(seen !== undefined && { seen }) });
  };
  return { claims, attempt };
}

function taught(question: Question): readonly (readonly [where: string, line: string])[] {
  const of = (where: string, text: string) => quotedCommands(text).map((line) => [where, line] as const);
  const all = [...question.hints.flatMap((hint, index) => of(`hint ${index + 1}`, hint)), ...of('the explanation', question.explain ?? '')];
  return all.filter(([, line], index) => all.findIndex(([, other]) => other === line) === index);
}

/** Types a line, an editor leaving its file as it is; what is wrong with the line, if something is. */
async function tried(line: string, { cluster }: Sitting): Promise<string | undefined> {
  return mistakeIn(await cluster.aside(() => cluster.run(`export KUBE_EDITOR=true EDITOR=true\n${line}`)));
}

function shortened(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n');
  return rest.length > 0 || first.length > 60 ? `${first.slice(0, 59)}…` : first;
}
