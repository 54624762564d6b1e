/**
 * Commands of containers that nobody is attached to. Each is carried out by a shell of its own in its container, which stands still until
 * simulated time has come to where it is, so that what it does meets the cluster as it is then.
 */
import { endProcess } from '#lab/end-process.ts';
import type { Lab } from '#lab/lab.ts';
import { nextBeginning, openRuns, writeLog, type OpenRun } from '#lab/container-run.ts';
import type { LogLine } from '#node/host.ts';
import type { Place } from './command.ts';

/** What a shell needs to be one of these. */
export interface Unattended {
  /** It has taken so many milliseconds of simulated time. */
  spend(milliseconds: number): void;
  /** A statement of it has ended, and written this: it goes on when the time has passed that it has taken. */
  write(stream: LogLine['stream'], text: string): Promise<void>;
}

/** How a command comes to its end; undefined: it cannot be carried out, and goes on without a word. */
export interface Carried {
  readonly loops: boolean;
  readonly end: Promise<{ readonly status: number }>;
}

export type Carry = (place: Place, argv: readonly string[], unattended: Unattended) => Promise<Carried | undefined>;

/**
 * So long a command is waited for that comes to its end by itself, one that tries something again once something has changed, and one that
 * has only begun: until it sleeps.
 */
const patience = { ends: 330_000, tries: 30_000, begins: 500 };
/** What happens more often than that in one go is not worth a look. */
const mostTurns = 200;
/** After so many statements that take no time it is given some: a loop would leave none to others. */
const busy = { statements: 500, takes: 1000 };

/** A command, and how far it has come. */
class Process implements Unattended {
  readonly open: OpenRun;
  /** When it goes on. */
  wakes: number;
  loops = false;
  /** Something has changed since its last turn. */
  curious = false;
  status: number | undefined;
  readonly #carry: Carry;
  readonly #rests: Record<LogLine['stream'], string> = { stdout: '', stderr: '' };
  #lines: LogLine[] = [];
  #begun = false;
  #crash: { readonly error: unknown } | undefined;
  #owes = 0;
  #statements = 0;
  #goOn: (() => void) | undefined;
  #rest: (() => void) | undefined;
  readonly #now: () => number;
  /** How many lines of its log are there, by what it has written. */
  logged: number;

  constructor(open: OpenRun, carry: Carry, now: () => number) {
    this.open = open;
    this.wakes = open.run.startedAt;
    this.logged = open.run.logs.length;
    this.#carry = carry;
    this.#now = now;
  }

  spend(milliseconds: number): void {
    this.#owes += milliseconds;
  }

  async write(stream: LogLine['stream'], text: string): Promise<void> {
    if (++this.#statements >= busy.statements) this.spend(busy.takes);
    if (this.#owes > 0) await this.#standStill();
    this.#note(stream, text);
  }

  #standStill(): Promise<void> {
    this.wakes = this.#now() + this.#owes;
    this.#owes = 0;
    this.#statements = 0;
    this.#rest?.();
    return new Promise((resolve) => (this.#goOn = resolve));
  }

  #note(stream: LogLine['stream'], text: string): void {
    const lines = `${this.#rests[stream]}${text}`.split('\n');
    this.#rests[stream] = lines.pop()!;
    this.#lines.push(...lines.map((line) => ({ at: this.#now(), stream, text: line })));
  }

  /** Goes on until it stands still again, or has ended. */
  async turn(): Promise<void> {
    this.curious = false;
    const rest = new Promise<void>((resolve) => (this.#rest = resolve));
    if (this.#begun) this.#goOn?.();
    else await this.#begin();
    await rest;
    if (this.#crash !== undefined) throw this.#crash.error;
  }

  async #begin(): Promise<void> {
    this.#begun = true;
    const { namespace, node, pod, podUid, container } = this.open.place;
    const place: Place = { kind: 'pod', node, podUid, namespace, pod, container };
    const carried = await this.#carry(place, this.open.run.executes, this);
    if (carried === undefined) {
      this.spend(Infinity);
      void this.#standStill();
      return;
    }
    this.loops = carried.loops;
    const over = (act: () => void) => {
      act();
      this.#rest?.();
    };
    void carried.end.then(
      ({ status }) => over(() => (this.status = status)),
      (error: unknown) => over(() => (this.#crash = { error })),
    );
  }

  /** The lines since the last time; of one that has ended, what it has left without a line break too. */
  take(): readonly LogLine[] {
    if (this.status !== undefined)
      for (const stream of ['stdout', 'stderr'] as const) if (this.#rests[stream] !== '') this.#note(stream, '\n');
    const lines = this.#lines;
    this.#lines = [];
    this.logged += lines.length;
    return lines;
  }
}

export class ContainerCommands {
  readonly #lab: Lab;
  readonly #carry: Carry;
  readonly #processes = new Map<string, Process>();
  #acting: Promise<void> | undefined;
  /** What there was when it was looked last, and nothing was left to do. */
  #seen: unknown;

  constructor(lab: Lab, carry: Carry) {
    this.#lab = lab;
    this.#carry = carry;
  }

  /** Somebody has changed something: who tries again and again may find it. */
  changed(): void {
    for (const one of this.#processes.values()) one.curious = true;
  }

  /** Carries on whatever can be carried on now, and waits for what comes to an end soon. */
  async look(): Promise<void> {
    if (this.#lab.snapshot.hosts === this.#seen) return;
    await this.#alone(async () => {
      const lab = this.#lab;
      const begun = lab.now + patience.begins;
      for (let turn = 0; turn < mostTurns; turn++) {
        const next = this.#next(({ loops, curious }) => (loops && !curious ? begun : lab.now + (loops ? patience.tries : patience.ends)));
        if (next === undefined) break;
        await this.#step(next);
      }
      this.#seen = lab.snapshot.hosts;
    });
  }

  /** One after the other: whoever asks in the meantime waits for the first. */
  async #alone(act: () => Promise<void>): Promise<void> {
    if (this.#acting !== undefined) return this.#acting;
    this.#acting = act().finally(() => (this.#acting = undefined));
    await this.#acting;
  }

  /** Carries on, moment by moment, whatever happens until then. */
  async until(moment: number): Promise<void> {
    const lab = this.#lab;
    await this.#alone(async () => {
      for (let turn = 0; turn < mostTurns; turn++) {
        const next = this.#next(() => moment);
        const beginning = nextBeginning(lab);
        if (beginning > lab.now && beginning <= Math.min(moment, next?.wakes ?? Infinity)) lab.advance(beginning - lab.now);
        else if (next === undefined) break;
        else await this.#step(next);
      }
    });
  }

  /** The first that goes on before its limit. */
  #next(limit: (one: Process) => number): Process | undefined {
    let first: Process | undefined;
    for (const one of this.#present()) if (one.wakes <= limit(one) && (first === undefined || one.wakes < first.wakes)) first = one;
    return first;
  }

  async #step(one: Process): Promise<void> {
    const lab = this.#lab;
    // Time may bring something that comes before it.
    if (one.wakes > lab.now) {
      lab.advance(one.wakes - lab.now);
      return;
    }
    await one.turn();
    const lines = one.take();
    if (lines.length > 0) writeLog(lab, one.open, lines);
    if (one.status !== undefined) endProcess(lab, one.open.place, one.status);
  }

  /** Those that run now. One whose container has gone back to an earlier state (`undo`) begins again. */
  #present(): readonly Process[] {
    const { open } = openRuns(this.#lab.snapshot);
    if (open.length === 0) {
      this.#processes.clear();
      return [];
    }
    const present = open.map((one) => {
      const { id, logs } = one.run;
      const known = this.#processes.get(id);
      return known !== undefined && known.status === undefined && known.logged === logs.length
        ? known
        : new Process(one, this.#carry, () => this.#lab.now);
    });
    this.#processes.clear();
    for (const one of present) this.#processes.set(one.open.run.id, one);
    return present;
  }
}

const known = new WeakMap<Lab, ContainerCommands>();

/** Those of a lab, which all its shells share. */
export function containerCommandsOf(lab: Lab, carry: Carry): ContainerCommands {
  let commands = known.get(lab);
  if (commands === undefined) known.set(lab, (commands = new ContainerCommands(lab, carry)));
  return commands;
}
