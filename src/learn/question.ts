/** A question as a scenario writes it: asked, graded, solved by its kind. */
import * as z from 'zod';
import type { NodeMention } from './checks/kind.ts';
import { compute } from './computed.ts';
import type { Grade } from './grade.ts';
import { questionKinds } from './questions/index.ts';
import { wrongAnswers, type Asked, type QuestionKind, type Sitting } from './questions/kind.ts';

export const questionKindNames = Object.keys(questionKinds) as (keyof typeof questionKinds)[];

export const Question = z
  .discriminatedUnion('type', [
    questionKinds.choice.schema,
    questionKinds.multi.schema,
    questionKinds.input.schema,
    questionKinds.command.schema,
    questionKinds.order.schema,
    questionKinds.predict.schema,
    questionKinds.manifest.schema,
    questionKinds.fix.schema,
  ])
  .describe('A question; its `type` says how it is asked and graded.');
export type Question = z.infer<typeof Question>;

function kindOf(question: Question): Omit<QuestionKind<never>, 'schema'> {
  return questionKinds[question.type];
}

/** How the question is put: what there is to choose from, what an answer looks like. */
export async function ask(question: Question, sitting: Sitting): Promise<Asked> {
  const asked = await kindOf(question).ask(question as never, sitting);
  if (question.exhibit === undefined) return asked;
  const { evidence } = await compute(question.exhibit, sitting.cluster);
  return { ...asked, exhibit: { ...evidence, proves: [] } };
}

/**
 * Judges an answer; afterwards the cluster is as it was. An empty answer to a `fix` means: look at what I have done. Throws a
 * ComputeError when the scenario is at fault.
 */
export async function grade(question: Question, answer: string, sitting: Sitting): Promise<Grade> {
  return await kindOf(question).grade(question as never, answer, sitting);
}

/** Whether {@link grade} finds an answer right; nobody asks why, so that the first thing that is wrong with it is enough. */
export async function isRight(question: Question, answer: string, sitting: Sitting): Promise<boolean> {
  const kind = kindOf(question);
  if (kind.isRight !== undefined) return await kind.isRight(question as never, answer, sitting);
  return (await kind.grade(question as never, answer, sitting)).correct;
}

/** A right answer, as one would give it. */
export async function solve(question: Question, sitting: Sitting): Promise<string> {
  return await kindOf(question).solve(question as never, sitting);
}

/** All the right answers that the scenario knows: the first solves, the others are its alternatives. */
export async function rightAnswers(question: Question, sitting: Sitting): Promise<readonly string[]> {
  return [await solve(question, sitting), ...('alternatives' in question ? question.alternatives : [])];
}

/** The answers that the scenario lists as wrong. */
export function listedWrong(question: Question): readonly string[] {
  return wrongAnswers(question.wrong);
}

/** The nodes that the question names, with the place of each in it. */
export function nodesOfQuestion(question: Question): readonly NodeMention[] {
  const { exhibit } = question;
  const shown = exhibit?.node === undefined ? [] : [{ path: ['exhibit', 'node'], node: exhibit.node }];
  return [...shown, ...kindOf(question).nodes(question as never)];
}
