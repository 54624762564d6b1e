/** What a shell knows of the commands that it has started with `&` (bash 5.2: jobs.c). */
import type { NodeName } from '#kube/names.ts';
import type { Lab } from '#lab/lab.ts';
import type { BackgroundProcess } from '#node/host.ts';

export interface Job {
  readonly number: number;
  readonly pid: number;
  /** The command line, as bash prints it. */
  readonly text: string;
  /** Where its streams go: files, or the terminal. */
  stdout?: string;
  stderr?: string;
  /** The machine on which its program goes on. */
  node?: NodeName;
  /** How it has ended; undefined while it runs. */
  ended?: string;
  /** In which of the shell's lines that was. */
  endedIn?: number;
  /** How much of what its program has written has been shown. */
  shown: number;
}

/** How bash tells what has ended a program (strsignal). */
const endings: Readonly<Record<string, string>> = {
  HUP: 'Hangup',
  INT: 'Interrupt',
  QUIT: 'Quit',
  KILL: 'Killed',
  TERM: 'Terminated',
};

export class Jobs {
  #jobs: readonly Job[] = [];
  #foreign: readonly Job[] = [];
  #lastPid: number | undefined;

  get list(): readonly Job[] {
    return this.#jobs;
  }

  /** Those of its subshells, too, of which it knows nothing but hears what they write. */
  get all(): readonly Job[] {
    return [...this.#jobs, ...this.#foreign];
  }

  /** `$!`; undefined before the first job. */
  get lastPid(): number | undefined {
    return this.#lastPid;
  }

  /** A new job: its number is one more than the highest. One that is not the shell's `own` is a subshell's. */
  begin(text: string, pid: number, own = true): Job {
    const job: Job = { number: (this.#jobs.at(-1)?.number ?? 0) + 1, pid: Math.max(pid, (this.#lastPid ?? 0) + 1), text, shown: 0 };
    if (own) this.#jobs = [...this.#jobs, job];
    else this.#foreign = [...this.#foreign, job];
    this.#lastPid = job.pid;
    return job;
  }

  remove(job: Job): void {
    this.#jobs = this.#jobs.filter((one) => one !== job);
  }

  /** The job that `%1`, `%%`, `%+`, `%-`, `%kub` or `%?forward` means; of the last two the newest. */
  find(spec: string): Job | undefined {
    const word = spec.slice(1);
    if (word === '' || word === '%' || word === '+') return this.#jobs.at(-1);
    if (word === '-') return this.#jobs.at(-2) ?? this.#jobs.at(-1);
    if (/^\d+$/.test(word)) return this.#jobs.find(({ number }) => number === Number(word));
    return this.#jobs.findLast(({ text }) => (word.startsWith('?') ? text.includes(word.slice(1)) : text.startsWith(word)));
  }

  /** A job's line of `jobs`, `long` with its program. */
  line(job: Job, long = false): string {
    const mark = job === this.#jobs.at(-1) ? '+' : job === this.#jobs.at(-2) ? '-' : ' ';
    const state = (job.ended ?? 'Running').padEnd(24);
    return `[${job.number}]${mark} ${long ? `${job.pid} ` : ' '}${state}${job.text}${job.ended === undefined ? ' &' : ''}\n`;
  }

  /** Sees what has become of the programs that go on. `now` is the number of the shell's line. */
  look(lab: Lab, now: number): void {
    for (const job of this.#jobs) {
      const program = processOf(lab, job);
      if (job.node === undefined || job.ended !== undefined) continue;
      if (program === undefined) this.remove(job);
      else if (program.ended !== undefined) {
        job.ended = wordFor(program.ended);
        job.endedIn = now;
      }
    }
  }
}

/** The program of a job that goes on; undefined when it has gone with the state of its machine (`undo`). */
export function processOf({ snapshot }: Lab, { node, pid }: Job): BackgroundProcess | undefined {
  return node === undefined ? undefined : snapshot.hosts.get(node)?.background?.find((one) => one.pid === pid);
}

function wordFor(ended: NonNullable<BackgroundProcess['ended']>): string {
  return 'signal' in ended ? (endings[ended.signal] ?? ended.signal) : endedWith(ended.status);
}

/** The word for an exit status. */
export function endedWith(status: number): string {
  return status === 0 ? 'Done' : `Exit ${status}`;
}
