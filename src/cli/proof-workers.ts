/** Scenarios proven in several processes: each reads names on standard input, a line each, and answers with a line of JSON. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { exitCodes, Failure } from './failure.ts';
import { packageRoot } from './package-root.ts';
import { reportOn, type HowProven, type ProofReport } from './proof-report.ts';

type Answer = { readonly report: ProofReport } | { readonly failure: string };

interface Job {
  readonly name: string;
  readonly done: (report: ProofReport) => void;
  readonly failed: (error: Error) => void;
}

/** Every processor has a proof of its own to work on, so nobody else has time to tidy up after it; and little of what it makes is there to stay. */
const memory = ['--single-threaded-gc', '--max-semi-space-size=32'];

export class ProofWorkers {
  readonly #waiting: Job[] = [];
  readonly #children: readonly ChildProcess[];
  readonly #idle: ChildProcess[];
  readonly #working = new Map<ChildProcess, Job>();

  constructor(count: number, how: HowProven) {
    this.#children = Array.from({ length: count }, () => this.#start(how));
    this.#idle = [...this.#children];
  }

  /** Proves one as soon as a process has time for it. */
  prove(name: string): Promise<ProofReport> {
    return new Promise((done, failed) => {
      this.#waiting.push({ name, done, failed });
      this.#next();
    });
  }

  end(): void {
    for (const child of this.#children) child.kill();
  }

  #start({ seed, asWritten }: HowProven): ChildProcess {
    const flags = ['--worker', '--seed', seed, ...(asWritten ? ['--as-written'] : [])];
    const child = spawn(process.execPath, [...memory, join(packageRoot(), 'bin', 'cka-net'), 'test', ...flags], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const job = this.#working.get(child);
      this.#working.delete(child);
      this.#idle.push(child);
      const answer = JSON.parse(line) as Answer;
      if ('report' in answer) job?.done(answer.report);
      else job?.failed(new Failure(answer.failure));
      this.#next();
    });
    child.on('exit', (status) =>
      this.#working.get(child)?.failed(new Error(`a process that proves scenarios ended with status ${status}`)),
    );
    return child;
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const child = this.#idle.shift()!;
      const job = this.#waiting.shift()!;
      this.#working.set(child, job);
      child.stdin!.write(`${job.name}\n`);
    }
  }
}

/** The results of promises in their own order, each as soon as those before it are there. */
export async function* inOrder<T>(promises: readonly Promise<T>[]): AsyncGenerator<T> {
  for (const promise of promises) promise.catch(() => undefined);
  for (const promise of promises) yield await promise;
}

/** The other end: proves what it is told until its input ends. */
export async function workForParent(how: HowProven): Promise<number> {
  for await (const name of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await answerTo(name, how))}\n`);
  return exitCodes.ok;
}

async function answerTo(name: string, how: HowProven): Promise<Answer> {
  try {
    return { report: await reportOn(name, how) };
  } catch (error) {
    if (error instanceof Failure) return { failure: error.message };
    throw error;
  }
}
