/** What makes a question trustworthy, tried out: its own answers are right, its wrong ones are wrong, and doing nothing is not enough. */
import { ComputeError } from './computed.ts';
import { pathOfAnswer, readOnceBroken, toldByTexts } from './giveaways.ts';
import { ask, grade, isRight, listedWrong, rightAnswers, solve, type Question } from './question.ts';
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
  /** Where it does not hold: below the question, and the part of the text there that is meant. */
  readonly path?: readonly (string | number)[];
  readonly within?: string;
  /** Where that is in the file: `web.yaml:14:11`. */
  readonly place?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Where a claim is written, and what to do when it does not hold. */
interface Blame {
  readonly path: readonly (string | number)[];
  readonly within?: string;
  readonly remedy: string;
}

/** Tries a question out on the cluster as it was at the start. */
export async function proveQuestion(question: Question, sitting: Sitting): Promise<readonly Claim[]> {
  const { claims, attempt } = attempts(question, sitting);
  const answerPlace = { path: pathOfAnswer(question), remedy: readOnceBroken };
  await attempt('it can be asked', answerPlace, async () => {
    const { mode, choices } = await ask(question, sitting);
    return new Set(choices).size === choices.length || mode === 'line' ? undefined : 'two choices read the same';
  });
  let answers: readonly string[] = [];
  await attempt('its answer can be computed', answerPlace, async () => {
    const computed = await rightAnswers(question, sitting);
    if (computed.some((answer) => answer.trim() === '')) return 'the answer is empty';
    answers = computed;
    return undefined;
  });
  for (const [index, answer] of answers.entries()) {
    await attempt(
      index === 0 ? `the right answer is graded right: ${shortened(answer)}` : `so is the alternative: ${shortened(answer)}`,
      index === 0
        ? rightGradedWrong(question)
        : { path: ['alternatives', index - 1], remedy: 'mend it, leave it out, or check what comes of it and not how it is done' },
      async () => {
        const { correct, because } = await grade(question, answer, sitting);
        return correct ? undefined : because;
      },
    );
  }
  for (const [index, answer] of listedWrong(question).entries()) {
    await attempt(`a listed wrong answer is graded wrong: ${shortened(answer)}`, wrongGradedRight(index), () =>
      isWrong(answer, question, sitting),
    );
  }
  await attempt('doing nothing is worth nothing', nothingToDo(question), () => worthOfNothing(question, sitting));
  const told = await toldByTexts(question, againAsSeen(question, sitting));
  const tells = { path: told?.path ?? [], remedy: told?.note ?? '' };
  await attempt('neither prompt nor hints give the answer away', tells, async () => told?.message);
  for (const { where, line, path } of taught(question)) {
    const blame = { path, within: line, remedy: 'mend the command, or take it out of the code marks' };
    await attempt(`${where} tells a command that runs: ${shortened(line)}`, blame, async () => {
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

/**
 * Where answers that are wrong are given, or nothing but the right one is asked for: that has been looked at time and again. Repairs are
 * tried each for itself.
 */
function againAsSeen(question: Question, sitting: Sitting): Sitting {
  const { remembered } = sitting.cluster;
  return 'checks' in question || remembered === undefined ? sitting : { ...sitting, cluster: remembered };
}

/** What must hold of a question with other words, too: its answer is right; doing nothing, and values that are listed as wrong, are not. */
export async function proveVaried(question: Question, sitting: Sitting): Promise<readonly Claim[]> {
  const { claims, attempt } = attempts(question, sitting);
  await attempt(`the right answer is graded right with seed ${sitting.seed}`, rightGradedWrong(question), async () => {
    const { correct, because } = await grade(question, await solve(question, sitting), sitting);
    return correct ? undefined : because;
  });
  await attempt(`doing nothing is worth nothing with seed ${sitting.seed}`, nothingToDo(question), () => worthOfNothing(question, sitting));
  // Scripts would take as long as all the rest, and compare no words.
  if (question.type !== 'fix' && question.type !== 'manifest')
    for (const [index, answer] of listedWrong(question).entries())
      await attempt(`a listed wrong answer is graded wrong with seed ${sitting.seed}: ${shortened(answer)}`, wrongGradedRight(index), () =>
        isWrong(answer, question, sitting),
      );
  return claims;
}

function rightGradedWrong(question: Question): Blame {
  return { path: pathOfAnswer(question), remedy: 'what is answered and what is graded differ: mend one of the two' };
}

function wrongGradedRight(index: number): Blame {
  return { path: ['wrong', index], remedy: 'take it out of `wrong`, or ask and check more strictly' };
}

function nothingToDo(question: Question): Blame {
  const path = 'checks' in question ? ['checks'] : ['prompt'];
  return { path, remedy: 'at least one check must fail while the cluster is broken' };
}

async function isWrong(answer: string, question: Question, sitting: Sitting): Promise<string | undefined> {
  return (await isRight(question, answer, againAsSeen(question, sitting))) ? 'it is graded right' : undefined;
}

async function worthOfNothing(question: Question, sitting: Sitting): Promise<string | undefined> {
  const { correct, score } = await grade(question, '', againAsSeen(question, sitting));
  return correct ? 'it is graded right' : score > 0 ? `it is worth ${Math.round(score * 100)} %` : undefined;
}

/** Claims, each tried on the cluster as it was at the start; an attempt returns what was seen instead. */
function attempts(question: Question, { cluster }: Sitting) {
  const claims: Claim[] = [];
  const attempt = async (claim: string, blame: Blame, act: () => Promise<string | undefined>) => {
    const seen = await cluster.asStarted(act).catch((error: unknown) => {
      if (error instanceof ComputeError) return error.message;
      throw error;
    });
    claims.push({ question: question.id, claim, holds: seen === undefined, ...(seen !== undefined && { seen, ...blame }) });
  };
  return { claims, attempt };
}

/** A command line that the question's texts tell. */
interface Taught {
  readonly where: string;
  readonly line: string;
  readonly path: Blame['path'];
}

function taught(question: Question): readonly Taught[] {
  const of = (where: string, text: string, path: Blame['path']) => quotedCommands(text).map((line) => ({ where, line, path }));
  const all = [
    ...question.hints.flatMap((hint, index) => of(`hint ${index + 1}`, hint, ['hints', index])),
    ...of('the explanation', question.explain ?? '', ['explain']),
  ];
  return all.filter(({ line }, index) => all.findIndex((other) => other.line === line) === index);
}

/** Types a line, an editor leaving its file as it is; what is wrong with the line, if something is. */
async function tried(line: string, { cluster }: Sitting): Promise<string | undefined> {
  return mistakeIn(await cluster.aside(() => cluster.run(`export KUBE_EDITOR=true EDITOR=true\n${line}`)));
}

function shortened(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n');
  return rest.length > 0 || first.length > 60 ? `${first.slice(0, 59)}…` : first;
}
