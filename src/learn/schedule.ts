/** When a question comes back: FSRS over what was answered, never over a date that somebody wrote down. */
import { createEmptyCard, fsrs, Rating, type Card, type Grade as FsrsGrade } from 'ts-fsrs';
import type { Question } from './question.ts';

/** What an answer says about how well something is remembered. */
export interface Review {
  /** Unix milliseconds. */
  readonly at: number;
  readonly correct: boolean;
  /** From 0 to 1. */
  readonly score: number;
  readonly hints: number;
  readonly seconds: number;
  readonly kind: Question['type'];
}

/** How well a question is known after its reviews. */
export interface Memory {
  /** Unix milliseconds: when it should be asked again. */
  readonly due: number;
  /** Unix milliseconds. */
  readonly last: number;
  readonly reviews: number;
  readonly lapses: number;
  readonly card: Card;
}

// No steps of minutes: a round asks a question once, and what was wrong comes back the next day.
const scheduler = fsrs({ request_retention: 0.9, maximum_interval: 365, enable_fuzz: false, enable_short_term: false });

/** Seconds in which somebody who knows the answer gives it. */
const usualSeconds: Record<Question['type'], number> = {
  choice: 30,
  multi: 45,
  predict: 45,
  input: 60,
  command: 60,
  order: 60,
  manifest: 300,
  fix: 300,
};

/** The rating of an answer: again, hard, good or easy, from its correctness, the hints it took, and the time. */
export function ratingOf({ correct, score, hints, seconds, kind }: Omit<Review, 'at'>): FsrsGrade {
  if (!correct) return score >= 0.5 ? Rating.Hard : Rating.Again;
  if (hints >= 2) return Rating.Hard;
  return hints === 0 && seconds < usualSeconds[kind] / 3 ? Rating.Easy : Rating.Good;
}

/** The memory after one more review. A clock that has jumped backwards counts as no time at all. */
export function remember(memory: Memory | undefined, review: Review): Memory {
  const before = memory?.card ?? createEmptyCard<Card>(new Date(review.at));
  const last = before.last_review;
  const card = last !== undefined && last.getTime() > review.at ? { ...before, last_review: new Date(review.at) } : before;
  const next = scheduler.next(card, new Date(review.at), ratingOf(review)).card;
  return { due: next.due.getTime(), last: review.at, reviews: next.reps, lapses: next.lapses, card: next };
}

/** Reports whether the question should be asked again. One that was answered “in the future” is due: nobody knows how long ago it was. */
export function isDue(memory: Memory, now: number): boolean {
  return memory.due <= now || memory.last > now;
}

/** The chance, from 0 to 1, that the answer is still known. */
export function retrievability(memory: Memory, now: number): number {
  return scheduler.get_retrievability(memory.card, new Date(Math.max(now, memory.last)), false);
}
