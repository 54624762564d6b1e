/**
 * What a learner has done: a journal of JSON lines to which is only ever appended, and what follows from it. Texts in, texts out;
 * files are somebody else's business.
 */
import * as z from 'zod';
import { topicKeys, type Topic } from './curriculum.ts';
import { questionKindNames, type Question } from './question.ts';
import { isDue, remember, type Memory } from './schedule.ts';

const time = z.iso.datetime();
const share = z.number().min(0).max(1);

const Answered = z.object({
  kind: z.literal('answer'),
  at: time,
  /** The round it was given in. */
  round: z.string(),
  scenario: z.string(),
  question: z.string(),
  type: z.enum(questionKindNames as [Question['type'], ...Question['type'][]]),
  topic: z.string().optional(),
  answer: z.string(),
  correct: z.boolean(),
  score: share,
  points: z.number(),
  of: z.number(),
  hints: z.int().min(0),
  seconds: z.number().min(0),
  seed: z.string(),
});
export type Answered = z.infer<typeof Answered>;

const RoundBegun = z.object({
  kind: z.literal('round'),
  at: time,
  round: z.string(),
  seed: z.string(),
  /** Each with the seed of its scenario, where that is not the round's. */
  questions: z.array(z.object({ scenario: z.string(), question: z.string(), seed: z.string().optional() })),
});
export type RoundBegun = z.infer<typeof RoundBegun>;

const RoundEnded = z.object({ kind: z.literal('end'), at: time, round: z.string() });

const Flagged = z.object({
  kind: z.literal('flag'),
  at: time,
  scenario: z.string(),
  question: z.string(),
  seed: z.string(),
  version: z.string(),
  note: z.string(),
});

/** An exercise of a drill: it trains, and nothing plans its return. */
const Drilled = z.object({
  kind: z.literal('drill'),
  at: time,
  drill: z.string(),
  seed: z.string(),
  answer: z.string(),
  correct: z.boolean(),
  score: share,
  hints: z.int().min(0),
  seconds: z.number().min(0),
});
export type Drilled = z.infer<typeof Drilled>;

/** What a newcomer knows already: a short exercise a topic, once. */
const Placement = z.object({
  kind: z.literal('placement'),
  at: time,
  results: z.array(z.object({ topic: z.enum(topicKeys), drill: z.string(), correct: z.boolean() })),
});
export type Placement = z.infer<typeof Placement>;

const task = { scenario: z.string(), question: z.string() };
const ExamBegun = z.object({
  kind: z.literal('exam'),
  at: time,
  exam: z.string(),
  seed: z.string(),
  version: z.string(),
  minutes: z.number().positive(),
  tasks: z.array(z.object(task)),
});
export type ExamBegun = z.infer<typeof ExamBegun>;

const ExamEnded = z.object({
  kind: z.literal('exam-end'),
  at: time,
  exam: z.string(),
  /** `time`: the clock has submitted it. */
  by: z.enum(['learner', 'time']),
  /** Without pauses. */
  seconds: z.number().min(0),
  pauses: z.int().min(0),
  pausedSeconds: z.number().min(0),
  /** Of 100. */
  percent: z.number().min(0).max(100),
  passed: z.boolean(),
  results: z.array(
    z.object({
      ...task,
      title: z.string(),
      competency: z.string(),
      of: z.number().positive(),
      score: share,
      seconds: z.number().min(0),
      flagged: z.boolean(),
      because: z.string(),
      /** What would have been right. */
      expected: z.string(),
      findings: z.array(z.object({ wanted: z.string(), met: z.boolean(), observed: z.string() })),
    }),
  ),
});
export type ExamEnded = z.infer<typeof ExamEnded>;

const Entry = z.discriminatedUnion('kind', [Answered, RoundBegun, RoundEnded, Flagged, Drilled, Placement, ExamBegun, ExamEnded]);
const kinds: readonly string[] = Entry.options.map((option) => option.shape.kind.value);
export type Entry = z.infer<typeof Entry>;

export interface DamagedLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * The journal's entries in their order; lines that are no entries are set aside. Kinds that a later version writes are passed over, and a
 * line that is there twice counts once: no two things happen in the same millisecond of the same round.
 */
export function readJournal(text: string): { readonly entries: readonly Entry[]; readonly damaged: readonly DamagedLine[] } {
  const entries: Entry[] = [];
  const damaged: DamagedLine[] = [];
  const seen = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || seen.has(line)) continue;
    seen.add(line);
    const value = parsed(line);
    const result = Entry.safeParse(value);
    if (result.success) entries.push(result.data);
    else if (!isUnknownKind(value)) damaged.push({ line: index + 1, text: line });
  }
  return { entries, damaged };
}

/** The entry as a line of the journal. */
export function journalLine(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** The journal without its damaged lines, and those lines by themselves. */
export function mendJournal(text: string): { readonly sound: string; readonly damaged: string } {
  const bad = new Set(readJournal(text).damaged.map((one) => one.line));
  const lines = text.split('\n').map((line, index) => ({ line, isBad: bad.has(index + 1) }));
  const join = (wanted: boolean) => {
    const chosen = lines.filter(({ line, isBad }) => isBad === wanted && line.trim() !== '').map(({ line }) => line);
    return chosen.length === 0 ? '' : `${chosen.join('\n')}\n`;
  };
  return { sound: join(false), damaged: join(true) };
}

/** Two journals as one, in the order of their times; entries of one time stay in the order in which they were written. */
export function mergeJournals(
  mine: readonly Entry[],
  others: readonly Entry[],
): { readonly merged: readonly Entry[]; readonly fresh: number } {
  const have = new Set(mine.map(journalLine));
  const fresh = others.filter((entry) => !have.has(journalLine(entry)));
  const merged = [...mine, ...fresh].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return { merged, fresh: fresh.length };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isUnknownKind(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('kind' in value) || typeof value.kind !== 'string') return false;
  return !kinds.includes(value.kind);
}

/** How progress names a question: by scenario and id, so that its text may change. */
export function questionKey({ scenario, question }: { readonly scenario: string; readonly question: string }): string {
  return `${scenario}/${question}`;
}

/** What follows from the journal. */
export interface Progress {
  /** By {@link questionKey}. */
  readonly memories: ReadonlyMap<string, Memory>;
  /** The last answer to each question. */
  readonly last: ReadonlyMap<string, Answered>;
  /** The seed of the last visit to each scenario. */
  readonly seeds: ReadonlyMap<string, string>;
  /** The topics that the placement has found to be known. */
  readonly placed: ReadonlySet<Topic>;
  /** A round that was begun and not ended, with the answers that were given in it. */
  readonly unfinished: { readonly begun: RoundBegun; readonly answers: readonly Answered[] } | undefined;
}

export function progressOf(entries: readonly Entry[]): Progress {
  const memories = new Map<string, Memory>();
  const last = new Map<string, Answered>();
  const seeds = new Map<string, string>();
  const placed = new Set<Topic>();
  let round: { readonly begun: RoundBegun; readonly answers: Answered[] } | undefined;
  for (const entry of entries) {
    if (entry.kind === 'round') round = { begun: entry, answers: [] };
    if (entry.kind === 'end' && entry.round === round?.begun.round) round = undefined;
    if (entry.kind === 'placement') for (const { topic, correct } of entry.results) if (correct) placed.add(topic);
    if (entry.kind !== 'answer') continue;
    const key = questionKey(entry);
    const { correct, score, hints, seconds, type } = entry;
    memories.set(key, remember(memories.get(key), { at: Date.parse(entry.at), correct, score, hints, seconds, kind: type }));
    last.set(key, entry);
    seeds.set(entry.scenario, entry.seed);
    if (entry.round === round?.begun.round) round.answers.push(entry);
  }
  return { memories, last, seeds, placed, unfinished: round };
}

export type Standing = 'new' | 'due' | 'wrong' | 'known';

/** How a question stands: never asked, due again, wrong the last time, or known for now. */
export function standingOf(key: string, progress: Progress, now: number): Standing {
  const memory = progress.memories.get(key);
  if (memory === undefined) return 'new';
  if (isDue(memory, now)) return 'due';
  return progress.last.get(key)!.correct ? 'known' : 'wrong';
}
