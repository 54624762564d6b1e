/**
 * Exams that are being sat, on disk: an exam that is killed goes on where it was. What was done on a task's cluster is written when it
 * was done, the clock every few seconds.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uptime } from 'node:os';
import { deserialize, serialize } from 'node:v8';
import type { SavedLab } from '#lab/saved.ts';
import { SavedExam } from '#learn/saved-exam.ts';
import { worldOf } from '#scenario/scenario.ts';
import { buildId } from '../build-id.ts';
import { dataDirectory } from '../directories.ts';
import type { Item } from '../quiz/quiz.ts';

export class SavedExams {
  readonly #directory: string;

  constructor(directory: string = join(dataDirectory(), 'exams')) {
    this.#directory = directory;
  }

  /** The exams that were left, the latest first. What cannot be read is none. */
  all(): readonly SavedExam[] {
    return names(this.#directory)
      .flatMap((name) => this.#read(name) ?? [])
      .sort((a, b) => Date.parse(b.savedAt) - Date.parse(a.savedAt));
  }

  save(exam: SavedExam): void {
    this.#write(exam.exam, 'exam.json', JSON.stringify(exam, undefined, 2));
  }

  saveTask(exam: string, index: number, lab: SavedLab): void {
    this.#write(exam, `task-${index + 1}`, serialize(lab));
  }

  /** What was done on a task's cluster; undefined when nothing was. */
  task(exam: string, index: number): SavedLab | undefined {
    try {
      return deserialize(readFileSync(join(this.#directory, exam, `task-${index + 1}`))) as SavedLab;
    } catch {
      return undefined;
    }
  }

  drop(exam: string): void {
    rmSync(join(this.#directory, exam), { recursive: true, force: true });
  }

  #read(name: string): SavedExam | undefined {
    try {
      return SavedExam.parse(JSON.parse(readFileSync(join(this.#directory, name, 'exam.json'), 'utf8')));
    } catch {
      return undefined;
    }
  }

  /** Puts a file in its place at once: who reads it sees the old one or the new one. */
  #write(exam: string, name: string, bytes: string | Uint8Array): void {
    const directory = join(this.#directory, exam);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const fresh = join(directory, `${name}.new`);
    writeFileSync(fresh, bytes, { mode: 0o600 });
    renameSync(fresh, join(directory, name));
  }
}

/** The program, as far as saved clusters depend on it. */
export function thisBuild(): string {
  return `${buildId() ?? 'sources'} ${process.version}`;
}

/** Whether another process sits at an exam right now. */
export function isRunning({ pid, savedAt }: SavedExam, now: number): boolean {
  if (pid === process.pid || Date.parse(savedAt) < now - uptime() * 1000) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Names a task by what it is made of: an exam does not go on with one that has changed. */
export function taskKey({ scenario, question }: Item): string {
  return createHash('sha256').update(worldOf(scenario)).update(JSON.stringify(question)).digest('hex').slice(0, 32);
}

/** The tasks of a saved exam, found again; undefined when one is gone or has changed. */
export function tasksOf(saved: SavedExam, all: readonly Item[]): readonly Item[] | undefined {
  const found = saved.tasks.map((task) =>
    all.find((item) => item.scenario.name === task.scenario && item.question.id === task.question && taskKey(item) === task.key),
  );
  return found.every((item) => item !== undefined) ? found : undefined;
}

function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
