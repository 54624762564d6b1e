/** How a learner is doing, seen from the journal: what is known, what fades, what comes back, and when they were at it. */
import { topics, type Topic } from './curriculum.ts';
import { progressOf, standingOf, type Entry, type Standing } from './progress.ts';
import { retrievability } from './schedule.ts';

/** A question that can be asked. */
export interface Catalogued {
  /** `scenario/question`. */
  readonly key: string;
  readonly topic?: Topic | undefined;
}

export interface TopicStatistics {
  readonly topic: Topic;
  readonly title: string;
  /** Questions that there are. */
  readonly questions: number;
  /** Of these: asked at least once, known for now, due again. */
  readonly seen: number;
  readonly known: number;
  readonly due: number;
  /** The share of seen questions that were right the last time; null when none was seen. */
  readonly right: number | null;
  /** The chance that what was seen is still known, on the whole; null when none was seen. */
  readonly retention: number | null;
}

export interface DrillStatistics {
  readonly drill: string;
  readonly done: number;
  readonly right: number;
  /** Seconds that half of them took less than. */
  readonly seconds: number;
}

export interface ExamResult {
  readonly at: string;
  readonly percent: number;
  readonly passed: boolean;
}

export interface Statistics {
  readonly answers: number;
  /** The share of all answers that were right; null without answers. */
  readonly right: number | null;
  readonly retention: number | null;
  readonly standings: Readonly<Record<Standing, number>>;
  readonly streak: { readonly days: number; readonly longest: number; readonly active: number };
  /** Weakest first; those never seen last, in the order of the curriculum. */
  readonly topics: readonly TopicStatistics[];
  /** Questions that come back, from today on. What is overdue comes back today. */
  readonly forecast: readonly { readonly day: string; readonly due: number }[];
  /** Answers and exercises, a day each, oldest first; whole weeks, the last one up to today. */
  readonly days: readonly { readonly day: string; readonly done: number }[];
  readonly drills: readonly DrillStatistics[];
  readonly exams: readonly ExamResult[];
}

const forecastDays = 14;
const mapWeeks = 26;

/** `dayNumber` counts the calendar days of where the learner is; day 0 is 1 January 1970, a Thursday. */
export function statisticsOf(
  entries: readonly Entry[],
  catalogue: readonly Catalogued[],
  now: number,
  dayNumber: (time: number) => number,
): Statistics {
  const progress = progressOf(entries);
  const today = dayNumber(now);
  const answers = entries.filter((entry) => entry.kind === 'answer');
  const done = new Map<number, number>();
  for (const entry of entries) {
    if (entry.kind !== 'answer' && entry.kind !== 'drill') continue;
    // A clock that was ahead has written about days that have not come yet.
    const day = Math.min(today, dayNumber(Date.parse(entry.at)));
    done.set(day, (done.get(day) ?? 0) + 1);
  }
  const standing = (key: string) => standingOf(key, progress, now);
  const standings = { new: 0, due: 0, wrong: 0, known: 0 };
  for (const { key } of catalogue) standings[standing(key)]++;
  // Whoever was wrong has just read what is right, which the memory model counts as a fresh memory: known it is when it was answered.
  const isKnown = (key: string) => progress.last.get(key)?.correct !== false;
  const retentionOf = (keys: readonly string[]) =>
    mean(
      keys.flatMap((key) => {
        const memory = progress.memories.get(key);
        return memory === undefined ? [] : isKnown(key) ? retrievability(memory, now) : 0;
      }),
    );
  const start = today - ((today + 3) % 7) - 7 * (mapWeeks - 1);
  return {
    answers: answers.length,
    right: mean(answers.map((one) => (one.correct ? 1 : 0))),
    retention: retentionOf(catalogue.map((one) => one.key)),
    standings,
    streak: streakOf([...done.keys()], today),
    topics: weakestFirst(
      topics.map(({ key: topic, title }) => {
        const keys = catalogue.filter((one) => one.topic === topic).map((one) => one.key);
        const seen = keys.filter((key) => progress.memories.has(key));
        return {
          topic,
          title,
          questions: keys.length,
          seen: seen.length,
          known: keys.filter((key) => standing(key) === 'known').length,
          due: keys.filter((key) => standing(key) === 'due').length,
          right: mean(seen.map((key) => (progress.last.get(key)!.correct ? 1 : 0))),
          retention: retentionOf(seen),
        };
      }),
    ),
    forecast: Array.from({ length: forecastDays }, (_, index) => ({
      day: dayText(today + index),
      due: catalogue.filter(({ key }) => {
        const memory = progress.memories.get(key);
        return memory !== undefined && (standing(key) === 'due' ? index === 0 : Math.max(today, dayNumber(memory.due)) === today + index);
      }).length,
    })),
    days: Array.from({ length: today - start + 1 }, (_, index) => ({ day: dayText(start + index), done: done.get(start + index) ?? 0 })),
    drills: drillsOf(entries),
    exams: entries.flatMap((entry) => (entry.kind === 'exam-end' ? [{ at: entry.at, percent: entry.percent, passed: entry.passed }] : [])),
  };
}

/** Days in a row on which something was done, up to today; a day that is not over yet breaks nothing. */
function streakOf(days: readonly number[], today: number): Statistics['streak'] {
  const active = [...days].sort((a, b) => a - b);
  let longest = 0;
  let run = 0;
  let last: number | undefined;
  for (const day of active) {
    run = last !== undefined && day === last + 1 ? run + 1 : 1;
    longest = Math.max(longest, run);
    last = day;
  }
  return { days: last !== undefined && last >= today - 1 ? run : 0, longest, active: active.length };
}

function weakestFirst(all: readonly TopicStatistics[]): readonly TopicStatistics[] {
  const strength = ({ right, retention }: TopicStatistics) => (right === null ? 2 : right * (retention ?? 1));
  return all.filter((one) => one.questions > 0).sort((a, b) => strength(a) - strength(b));
}

function drillsOf(entries: readonly Entry[]): readonly DrillStatistics[] {
  const byDrill = new Map<string, { right: number; seconds: number[] }>();
  for (const entry of entries) {
    if (entry.kind !== 'drill') continue;
    const one = byDrill.get(entry.drill) ?? { right: 0, seconds: [] };
    byDrill.set(entry.drill, one);
    if (entry.correct) one.right++;
    one.seconds.push(entry.seconds);
  }
  return [...byDrill].map(([drill, { right, seconds }]) => ({
    drill,
    done: seconds.length,
    right: round(right / seconds.length),
    seconds: [...seconds].sort((a, b) => a - b)[Math.floor((seconds.length - 1) / 2)]!,
  }));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : round(values.reduce((sum, one) => sum + one, 0) / values.length);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
