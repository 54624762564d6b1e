import { randomUUID } from 'node:crypto';
import { difficulties, topicKeys, type Difficulty, type Topic } from '#learn/curriculum.ts';
import { progressOf, type Progress, type RoundBegun, type Standing } from '#learn/progress.ts';
import { isDue } from '#learn/schedule.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { didYouMean } from '#scenario/nearest.ts';
import { markdown } from '#ui/markdown.ts';
import { textColumns } from '#ui/text.ts';
import { exitCodes, Failure } from '../failure.ts';
import { Keeper } from '../keeper.ts';
import { bundledScenarios } from '../library.ts';
import { openForQuiz } from '../open-lesson.ts';
import type { Asker } from '../quiz/asker.ts';
import { askerFor } from '../quiz/asker-for.ts';
import { keyOf, playRound, type Answer, type Item, type RoundOutcome } from '../quiz/quiz.ts';
import { Shelf } from '../quiz/shelf.ts';
import { comingBackText, itemsOf, today, wished, type Wishes } from '../quiz/selection.ts';
import { nextVisit, withSeed } from '../quiz/visit.ts';
import { readScenario, readScenarios } from '../read-scenario.ts';
import { openTerminal, type Terminal } from '../terminal.ts';
import { version } from '../version.ts';

export interface QuizOptions {
  readonly topic?: string;
  readonly difficulty?: string;
  readonly due?: boolean;
  readonly new?: boolean;
  readonly wrong?: boolean;
  readonly question?: string;
  readonly count?: number;
  readonly seed?: string;
  readonly plain?: boolean;
  readonly json?: boolean;
  readonly record?: boolean;
  readonly color?: boolean;
}

/** `cka-net quiz [scenario…]`: asks, grades, explains, remembers. Exits 1 in a pipe when an answer was wrong or missing. */
export async function quiz(names: readonly string[], options: QuizOptions): Promise<number> {
  const terminal = openTerminal(options);
  const wishes = wishesOf(options);
  const keeper = new Keeper(options.record !== false && options.json !== true, terminal);
  const named = names.length > 0;
  const daily = !named && options.question === undefined && options.json !== true && wishes.standings === undefined;
  if (daily && options.record !== false && Object.keys(wishes).length === 0) await welcome(keeper, terminal);
  const progress = progressOf(keeper.entries);
  // A script is asked the same every time, a person something else on the second visit.
  const seed = options.seed ?? (terminal.interactive && options.json !== true ? undefined : '0');
  const read: Read = async (name) => (seed === undefined ? nextVisit(await readScenario(name), progress) : await readScenario(name, seed));
  const { all, items } = daily ? await ofToday(wishes, progress, read) : await ofAll(names, options.question, wishes, progress, read);
  if (options.json === true) {
    const { runBatch } = await import('../quiz/batch.ts');
    const open = (scenario: Scenario) => openForQuiz(scenario, scenario.seed, terminal);
    const right = await runBatch({ items, input: process.stdin, open, write: (line) => terminal.print([line]) });
    return right ? exitCodes.ok : exitCodes.no;
  }
  if (items.length === 0) {
    const next = comingBackText(progress.memories.keys(), progress, Date.now());
    const text = `Nothing is due, and there is nothing new that you wish for.${next === undefined ? '' : ` ${next}`} Name a scenario to be asked about it anyway; \`cka-net list\` shows them.`;
    terminal.print(markdown(text, textColumns(terminal.columns), terminal.theme));
    return exitCodes.ok;
  }
  const asker = await askerFor(terminal);
  try {
    return await rounds({
      items,
      all,
      seed: seed ?? '0',
      terminal,
      asker,
      keeper,
      isNamed: named,
      unfinished: options.question === undefined ? progress.unfinished : undefined,
    });
  } finally {
    asker.close();
  }
}

/** Places whoever was never asked anything; scripts are not asked. */
async function welcome(keeper: Keeper, terminal: Terminal): Promise<void> {
  if (!terminal.interactive) return;
  const { isNewcomer, place } = await import('../quiz/placement.ts');
  if (!isNewcomer(keeper)) return;
  const asker = await askerFor(terminal);
  try {
    await place(keeper, asker, terminal, bundledScenarios().length);
  } finally {
    asker.close();
  }
}

interface Selection {
  /** The questions at hand. */
  readonly all: readonly Item[];
  /** Those of the round. */
  readonly items: readonly Item[];
}

/** Reads a scenario as this visit finds it. */
type Read = (name: string) => Promise<Scenario>;

/** What is due, or the next new scenario. Only the scenarios that it takes are read. */
async function ofToday(wishes: Wishes, progress: Progress, read: Read): Promise<Selection> {
  const now = Date.now();
  const shelf = new Shelf(read);
  const due = [...progress.memories].filter(([, memory]) => isDue(memory, now)).map(([key]) => key.slice(0, key.lastIndexOf('/')));
  const begun = progress.unfinished?.begun.questions.map((one) => one.scenario) ?? [];
  const taken = await Promise.all([...new Set([...due, ...begun])].map((name) => shelf.take(name)));
  const all = itemsOf(taken.filter((one) => one !== undefined));
  if (wished(all, { ...wishes, standings: ['due'] }, progress, now).length > 0) return { all, items: today(all, wishes, progress, now) };
  for (const name of shelf.inOrder(progress.placed)) {
    const scenario = await shelf.take(name);
    if (scenario === undefined) continue;
    const items = today(itemsOf([scenario]), wishes, progress, now);
    if (items.length > 0) return { all: [...all.filter((item) => item.scenario.name !== name), ...items], items };
  }
  return { all, items: [] };
}

/** What is wished for, of the named scenarios or of all. */
async function ofAll(
  names: readonly string[],
  question: string | undefined,
  wishes: Wishes,
  progress: Progress,
  read: Read,
): Promise<Selection> {
  const scenarios = await readScenarios(names, read);
  const all = itemsOf(scenarios);
  if (all.length === 0)
    throw new Failure(
      names.length > 0
        ? `${names.join(', ')}: there are no questions in it; \`cka-net inspect\` shows the cluster`
        : 'there are no scenarios to ask about',
    );
  const chosen = question === undefined ? all : questionsCalled(question, all);
  return { all, items: wished(chosen, wishes, progress, Date.now()) };
}

interface Rounds {
  readonly items: readonly Item[];
  readonly all: readonly Item[];
  readonly seed: string;
  readonly terminal: Terminal;
  readonly asker: Asker;
  readonly keeper: Keeper;
  readonly unfinished: ReturnType<typeof progressOf>['unfinished'];
  /** Whether the learner has named scenarios. */
  readonly isNamed: boolean;
}

/** Rounds, until the learner has enough. */
async function rounds(wanted: Rounds): Promise<number> {
  const { items, all, seed, terminal, asker, keeper, isNamed } = wanted;
  const resumed = await resumedRound(wanted);
  let next = resumed ?? { items, round: randomUUID(), before: undefined };
  if (resumed === undefined) keeper.begin(next.round, seed, items);
  for (;;) {
    const outcome = await playRound(next.items, {
      terminal,
      asker,
      version,
      round: next.round,
      record: (entry) => keeper.record(entry),
      report: (doubt) => keeper.report(doubt),
      open: (scenario) => openForQuiz(scenario, scenario.seed, terminal),
      now: () => Date.now(),
      comingBack: () => {
        const known = progressOf(keeper.entries);
        return comingBackText(isNamed ? all.map(keyOf) : known.memories.keys(), known, Date.now());
      },
      ...(next.before !== undefined && { before: next.before }),
    });
    if (!outcome.finished) return leave(outcome, terminal);
    keeper.end(next.round);
    const again = await asker.end(mistakes(outcome, next.items).length > 0).catch(() => 'leave' as const);
    if (again === 'leave') return terminal.interactive || mistakes(outcome, next.items).length === 0 ? exitCodes.ok : exitCodes.no;
    next = { items: again === 'all' ? next.items : mistakes(outcome, next.items), round: randomUUID(), before: undefined };
    keeper.begin(next.round, seed, next.items);
  }
}

function mistakes({ answers }: RoundOutcome, items: readonly Item[]): readonly Item[] {
  return items.filter((item) => answers.get(item)?.correct !== true);
}

function leave({ answers }: RoundOutcome, terminal: Terminal): number {
  if (!terminal.interactive) {
    terminal.note(['cka-net: the answers have ended before the questions']);
    return exitCodes.no;
  }
  const kept = answers.size === 1 ? 'Your answer is kept' : `Your ${answers.size} answers are kept`;
  terminal.print(['', answers.size === 0 ? 'See you.' : `${kept}; \`cka-net quiz\` goes on where you were.`]);
  return exitCodes.interrupted;
}

/** The round that was interrupted, when its questions are still there and the learner wants to go on with it. */
async function resumedRound({ unfinished, all, asker, isNamed }: Rounds) {
  if (unfinished === undefined || unfinished.answers.length === 0) return undefined;
  const items = asBegun(unfinished.begun, all);
  const before = new Map<string, Answer>(unfinished.answers.map((one) => [`${one.scenario}/${one.question}`, one]));
  const left = items.filter((item) => !before.has(keyOf(item))).length;
  // Among named scenarios, only a round of these goes on.
  if (
    left === 0 ||
    (isNamed && items.length < unfinished.begun.questions.length) ||
    !(await asker.confirm(`Go on with the round you left? ${left === 1 ? 'One question is' : `${left} questions are`} open.`))
  )
    return undefined;
  return { items, round: unfinished.begun.round, before };
}

/** The questions of a round that was begun, as far as they are still there, with the words that they had. */
function asBegun({ questions, seed: roundSeed }: RoundBegun, all: readonly Item[]): readonly Item[] {
  const scenarios = new Map(all.map(({ scenario }) => [scenario.name, scenario]));
  return questions.flatMap(({ scenario: name, question: id, seed = roundSeed }) => {
    const scenario = scenarios.get(name);
    if (scenario === undefined) return [];
    const asThen = withSeed(scenario, seed);
    scenarios.set(name, asThen);
    const question = asThen.questions.find((one) => one.id === id);
    return question === undefined ? [] : [{ scenario: asThen, question }];
  });
}

/** The questions with this id, whichever scenario they are in; `scenario/id` is one. */
function questionsCalled(id: string, all: readonly Item[]): readonly Item[] {
  const found = all.filter((item) => item.question.id === id || keyOf(item) === id);
  if (found.length > 0) return found;
  const names = all.map((item) => (id.includes('/') ? keyOf(item) : item.question.id));
  throw new Failure(`no question is called "${id}"${didYouMean(id, names)}`);
}

function wishesOf({ topic, difficulty, due, new: fresh, wrong, count }: QuizOptions): Wishes {
  const standings = [
    ...(due === true ? ['due'] : []),
    ...(fresh === true ? ['new'] : []),
    ...(wrong === true ? ['wrong'] : []),
  ] as Standing[];
  return {
    ...(topic !== undefined && { topic: oneOf<Topic>('topic', topic, topicKeys) }),
    ...(difficulty !== undefined && { difficulty: oneOf<Difficulty>('difficulty', difficulty, difficulties) }),
    ...(standings.length > 0 && { standings }),
    ...(count !== undefined && { count }),
  };
}

function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Failure(`no ${what} is called "${value}"${didYouMean(value, allowed)} (${allowed.join(', ')})`);
  return found;
}
