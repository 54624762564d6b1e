import { coursed, prerequisites, stations, type Placed, type Station, type Tally } from '#learn/course.ts';
import { topicTitle } from '#learn/curriculum.ts';
import { progressOf, standingOf, type Progress } from '#learn/progress.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { courseFooter, courseView, type Leg, type Stop } from '#ui/course-view.ts';
import { problemView } from '#ui/problem-view.ts';
import { exitCodes, Failure } from '../failure.ts';
import { Journal } from '../journal.ts';
import type { Pack } from '../packs.ts';
import { itemsOf } from '../quiz/selection.ts';
import { keyOf } from '../quiz/quiz.ts';
import { packCalled, readLibrary, readScenario, withPacksOpened } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';

interface ListOptions {
  readonly output?: string;
  readonly color?: boolean;
}

interface Row {
  /** In the course, from 1. */
  readonly place: number;
  readonly name: string;
  readonly title: string;
  readonly topic: string | null;
  readonly difficulty: string | null;
  readonly questions: number;
  /** The scenarios that its author wants to be known before. */
  readonly after: readonly string[];
  /** Those that it builds on, in this course. */
  readonly requires: readonly string[];
  readonly status: Station;
  /** Questions that are known for now. */
  readonly known: number;
  readonly due: number;
  readonly pack: { readonly name: string; readonly title: string; readonly author: string | null; readonly licence: string } | null;
}

/** `cka-net list [pack…]`: the course in its order, or packs alone, and how far one is. */
export async function list(names: readonly string[], { output, color }: ListOptions): Promise<number> {
  const terminal = openTerminal({ color });
  const { scenarios, packs, problems } = names.length > 0 ? await ofPacks(names) : await readLibrary();
  const progress = progressOf(new Journal().load().entries);
  const course = coursed(scenarios);
  const rows = rowsOf(course, packs, progress);
  if (output === 'json') terminal.print([JSON.stringify(rows, undefined, 2)]);
  else {
    const screen = { columns: terminal.tableColumns, theme: terminal.theme };
    const legs = legsOf(rows, packs);
    terminal.print(courseView(legs, screen));
    if (terminal.interactive) terminal.print(['', ...courseFooter(legs, screen)]);
  }
  if (problems.length > 0) {
    terminal.note(['', 'Left out, because it is not sound:']);
    terminal.note(problemView(problems, terminal.columns, terminal.theme));
  }
  return exitCodes.ok;
}

async function ofPacks(names: readonly string[]) {
  const packs = names.map((name) => {
    const pack = packCalled(name);
    if (pack === undefined) throw new Failure(`no pack is called "${name}"; \`cka-net list\` shows all that there is`);
    return pack;
  });
  const scenarios = await Promise.all(withPacksOpened(names).map((path) => readScenario(path)));
  return { scenarios, packs, problems: [] };
}

function rowsOf(course: readonly Scenario[], packs: readonly Pack[], progress: Progress): readonly Row[] {
  const now = Date.now();
  const tallies = new Map(course.map((scenario) => [scenario.name, tallyOf(scenario, progress, now)]));
  const builtOn = prerequisites(course satisfies readonly Placed[]);
  const standing = stations(course, tallies, progress.placed);
  return course.map((scenario, index) => {
    const pack = packs.find((one) => one.name === scenario.pack?.name);
    const { questions, known, due } = tallies.get(scenario.name)!;
    return {
      place: index + 1,
      name: scenario.name,
      title: scenario.title,
      topic: scenario.topic === undefined ? null : topicTitle(scenario.topic),
      difficulty: scenario.difficulty ?? null,
      questions,
      after: scenario.after,
      requires: builtOn.get(scenario.name)!,
      status: standing.get(scenario.name)!,
      known,
      due,
      pack: pack === undefined ? null : { name: pack.name, title: pack.title, author: pack.author ?? null, licence: pack.licence },
    };
  });
}

function tallyOf(scenario: Scenario, progress: Progress, now: number): Tally {
  const standings = itemsOf([scenario]).map((item) => standingOf(keyOf(item), progress, now));
  const count = (wanted: string) => standings.filter((one) => one === wanted).length;
  return { questions: standings.length, asked: standings.length - count('new'), known: count('known'), due: count('due') };
}

/** Topics in the order in which the course comes to them, then packs. */
function legsOf(rows: readonly Row[], packs: readonly Pack[]): readonly Leg[] {
  const own = rows.filter((row) => row.pack === null);
  const topics = [...new Set(own.map((row) => row.topic))];
  const stopOf = (row: Row): Stop => ({ ...row, difficulty: row.difficulty ?? '', station: row.status });
  return [
    ...topics.map((topic) => ({ title: topic ?? 'Others', about: [], stops: own.filter((row) => row.topic === topic).map(stopOf) })),
    ...packs.map((pack) => ({
      title: pack.title,
      about: aboutOf(pack),
      stops: rows.filter((row) => row.pack?.name === pack.name).map(stopOf),
    })),
  ];
}

function aboutOf({ name, description, author, licence, homepage }: Pack): readonly string[] {
  const whose = [`pack ${name}`, ...(author === undefined ? [] : [`by ${author}`]), licence, ...(homepage === undefined ? [] : [homepage])];
  return [...(description === undefined ? [] : [description]), whose.join(', ')];
}
