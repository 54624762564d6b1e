import { topicTitle } from '#learn/curriculum.ts';
import { progressOf, standingOf, type Progress } from '#learn/progress.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { table } from '#ui/table.ts';
import { exitCodes } from '../failure.ts';
import { Journal } from '../journal.ts';
import { listScenarios } from '../library.ts';
import { itemsOf, wished } from '../quiz/selection.ts';
import { keyOf } from '../quiz/quiz.ts';
import { readScenario } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';

interface ListOptions {
  readonly output?: string;
  readonly color?: boolean;
}

interface Row {
  readonly name: string;
  readonly title: string;
  readonly topic: string | null;
  readonly difficulty: string | null;
  readonly questions: number;
  /** The scenarios that should be known before. */
  readonly after: readonly string[];
  /** Questions that are known for now. */
  readonly known: number;
  readonly due: number;
}

/** `cka-net list`: the scenarios in the order in which they build on each other, and how far one is. */
export async function list({ output, color }: ListOptions): Promise<number> {
  const terminal = openTerminal({ color });
  const scenarios = await Promise.all(listScenarios().map((one) => readScenario(one.path)));
  const progress = progressOf(new Journal().load().entries);
  const ordered = [...new Set(itemsOf(scenarios).map((item) => item.scenario)), ...scenarios.filter((one) => one.questions.length === 0)];
  const rows = ordered.map((scenario) => rowOf(scenario, progress));
  if (output === 'json') {
    terminal.print([JSON.stringify(rows, undefined, 2)]);
    return exitCodes.ok;
  }
  const cells = rows.map((row) => [
    row.name,
    row.title,
    row.topic ?? '',
    row.difficulty ?? '',
    `${row.known}/${row.questions}${row.due > 0 ? `, ${row.due} due` : ''}`,
  ]);
  terminal.print(
    table(['NAME', 'TITLE', 'TOPIC', 'DIFFICULTY', 'KNOWN'], cells, terminal.tableColumns, terminal.theme, { 0: terminal.theme.code }),
  );
  return exitCodes.ok;
}

function rowOf(scenario: Scenario, progress: Progress): Row {
  const items = itemsOf([scenario]);
  const now = Date.now();
  return {
    name: scenario.name,
    title: scenario.title,
    topic: scenario.topic === undefined ? null : topicTitle(scenario.topic),
    difficulty: scenario.difficulty ?? null,
    questions: items.length,
    after: scenario.after,
    known: items.filter((item) => standingOf(keyOf(item), progress, now) === 'known').length,
    due: wished(items, { standings: ['due'] }, progress, now).length,
  };
}
