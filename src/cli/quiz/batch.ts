/** `quiz --json`: answers as JSON lines in, verdicts as JSON lines out. */
import * as readline from 'node:readline';
import { ComputeError } from '#learn/computed.ts';
import { pointsFor } from '#learn/hint.ts';
import { ask, grade } from '#learn/question.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { didYouMean } from '#scenario/nearest.ts';
import type { Item, OpenLesson } from './quiz.ts';

interface Batch {
  readonly items: readonly Item[];
  readonly input: NodeJS.ReadableStream;
  open(scenario: Scenario): OpenLesson;
  write(line: string): void;
}

/**
 * Without answers, describes the questions, a line each. With them, `{"question": …, "answer": …}` (and `"scenario"` where several have
 * a question of that id), grades each on a cluster as it was at the start. Returns whether every line was understood and right.
 */
export async function runBatch({ items, input, open, write }: Batch): Promise<boolean> {
  const lessons = new Map<Scenario, OpenLesson>();
  const lessonOf = (scenario: Scenario) => {
    const found = lessons.get(scenario) ?? open(scenario);
    lessons.set(scenario, found);
    return found;
  };
  let allRight = true;
  let given = 0;
  for await (const line of readline.createInterface({ input, crlfDelay: Infinity, terminal: false })) {
    if (line.trim() === '') continue;
    given++;
    const verdict = await one(line, items, lessonOf);
    allRight &&= 'correct' in verdict && verdict.correct === true;
    write(JSON.stringify(verdict));
  }
  if (given === 0) for (const item of items) write(JSON.stringify(await description(item, lessonOf)));
  return allRight;
}

async function description({ scenario, question }: Item, lessonOf: (scenario: Scenario) => OpenLesson): Promise<object> {
  const { mode, form, choices, exhibit } = await ask(question, lessonOf(scenario).sitting);
  const { id, type, prompt, points } = question;
  return {
    scenario: scenario.name,
    question: id,
    type,
    prompt,
    points,
    mode,
    form,
    choices,
    ...(exhibit !== undefined && { exhibit: exhibit.lines }),
  };
}

async function one(
  line: string,
  items: readonly Item[],
  lessonOf: (scenario: Scenario) => OpenLesson,
): Promise<Readonly<Record<string, unknown>>> {
  const given = parse(line);
  if (given === undefined) return { error: 'not a JSON object with "question" and "answer", both texts' };
  const { scenario: scenarioName, question: id, answer } = given;
  const fitting = items.filter((item) => item.question.id === id && (scenarioName === undefined || item.scenario.name === scenarioName));
  if (fitting.length !== 1) {
    const ids = items.map((item) => item.question.id);
    return {
      question: id,
      error:
        fitting.length === 0
          ? `no question is called "${id}"${didYouMean(id, ids)}`
          : `several scenarios have a question "${id}": say which by "scenario"`,
    };
  }
  const { scenario, question } = fitting[0]!;
  try {
    const {
      correct,
      score,
      given: understood,
      expected,
      because,
      near,
      findings,
    } = await grade(question, answer, lessonOf(scenario).sitting);
    const parts = findings.map(({ wanted, met, observed }) => ({ wanted, met, observed }));
    return {
      scenario: scenario.name,
      question: id,
      correct,
      score,
      points: pointsFor(score, 0, question.points),
      given: understood,
      expected,
      because,
      near: near ?? null,
      findings: parts,
    };
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    return { scenario: scenario.name, question: id, error: `cannot be graded: ${error.message}` };
  }
}

function parse(line: string): { readonly scenario?: string; readonly question: string; readonly answer: string } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { scenario, question, answer } = value as Record<string, unknown>;
    if (typeof question !== 'string' || typeof answer !== 'string') return undefined;
    return { question, answer, ...(typeof scenario === 'string' && { scenario }) };
  } catch {
    return undefined;
  }
}
