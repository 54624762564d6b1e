/** What a clock has counted. */
export interface ClockState {
  /** Milliseconds that the learner has had, without pauses. */
  readonly used: number;
  readonly pauses: number;
  /** Milliseconds of all pauses, the one that goes on included. */
  readonly pausedFor: number;
}

const fresh: ClockState = { used: 0, pauses: 0, pausedFor: 0 };

/** The time of an exam: it runs down, and stands while there is a pause. */
export class ExamClock {
  readonly #total: number;
  readonly #now: () => number;
  readonly #begun: number;
  #paused: number | undefined;
  #pausedFor: number;
  #pauses: number;

  /** `now` counts milliseconds and never jumps, whatever somebody does to the clock of the computer. `before` is what was counted until an interruption. */
  constructor(minutes: number, now: () => number, before: ClockState = fresh) {
    this.#total = minutes * 60_000;
    this.#now = now;
    this.#begun = now() - before.used - before.pausedFor;
    this.#pausedFor = before.pausedFor;
    this.#pauses = before.pauses;
  }

  /** Milliseconds that the learner has had, without pauses. */
  get used(): number {
    const until = this.#paused ?? this.#now();
    return Math.min(this.#total, until - this.#begun - this.#pausedFor);
  }

  get left(): number {
    return this.#total - this.used;
  }

  get isOver(): boolean {
    return this.left <= 0;
  }

  get state(): ClockState {
    const open = this.#paused === undefined ? 0 : this.#now() - this.#paused;
    return { used: this.used, pauses: this.#pauses, pausedFor: this.#pausedFor + open };
  }

  pause(): void {
    if (this.#paused !== undefined) return;
    this.#paused = this.#now();
    this.#pauses++;
  }

  goOn(): void {
    if (this.#paused === undefined) return;
    this.#pausedFor += this.#now() - this.#paused;
    this.#paused = undefined;
  }
}

/** What a clock goes on from when it has stood for so many milliseconds because the exam was interrupted: that is a pause, too. */
export function interrupted({ used, pauses, pausedFor }: ClockState, milliseconds: number): ClockState {
  return { used, pauses: pauses + 1, pausedFor: pausedFor + Math.max(0, milliseconds) };
}
