/** Which questions a round is made of. */
import { coursed } from '#learn/course.ts';
import type { Difficulty, Topic } from '#learn/curriculum.ts';
import { standingOf, type Progress, type Standing } from '#learn/progress.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { keyOf, type Item } from './quiz.ts';

export interface Wishes {
  readonly topic?: Topic;
  readonly difficulty?: Difficulty;
  /** Only questions that stand so. */
  readonly standings?: readonly Standing[];
  /** At most so many questions. */
  readonly count?: number;
}

/** The questions of all scenarios, in the order of the course. */
export function itemsOf(scenarios: readonly Scenario[]): readonly Item[] {
  return coursed(scenarios).flatMap((scenario) => scenario.questions.map((question) => ({ scenario, question })));
}

/** Those that fit the wishes, in the same order. */
export function wished(items: readonly Item[], wishes: Wishes, progress: Progress, now: number): readonly Item[] {
  const fitting = items.filter(
    (item) =>
      (wishes.topic === undefined || item.scenario.topic === wishes.topic) &&
      (wishes.difficulty === undefined || item.scenario.difficulty === wishes.difficulty) &&
      (wishes.standings === undefined || wishes.standings.includes(standingOf(keyOf(item), progress, now))),
  );
  return wishes.count === undefined ? fitting : fitting.slice(0, wishes.count);
}

/**
 * What to do today: what is due, those longest due first but a scenario's questions together; when nothing is, the next scenario with
 * something new in it.
 */
export function today(items: readonly Item[], wishes: Wishes, progress: Progress, now: number): readonly Item[] {
  const { count = 10, ...rest } = wishes;
  const due = wished(items, { ...rest, standings: ['due'] }, progress, now);
  if (due.length > 0) {
    const dueAt = (item: Item) =>
      Math.min(...due.filter((other) => other.scenario === item.scenario).map((other) => progress.memories.get(keyOf(other))!.due));
    return [...due].sort((a, b) => dueAt(a) - dueAt(b)).slice(0, count);
  }
  const fresh = wished(items, { ...rest, standings: ['new'] }, progress, now);
  return fresh.filter((item) => item.scenario === fresh[0]?.scenario).slice(0, count);
}

/** When the next of these questions is due, in words; undefined when none was ever answered. */
export function comingBackText(keys: Iterable<string>, progress: Progress, now: number): string | undefined {
  const due = [...keys].flatMap((key) => progress.memories.get(key)?.due ?? []);
  if (due.length === 0) return undefined;
  const first = Math.min(...due);
  const those = due.filter((one) => one - first < 43_200_000).length;
  return `${those === 1 ? 'One question comes' : `${those} questions come`} back ${distanceText(first - now)}.`;
}

function distanceText(milliseconds: number): string {
  const days = Math.round(milliseconds / 86_400_000);
  if (milliseconds <= 0) return 'now';
  if (days <= 0) return 'later today';
  return days === 1 ? 'tomorrow' : days < 14 ? `in ${days} days` : `in ${Math.round(days / 7)} weeks`;
}
