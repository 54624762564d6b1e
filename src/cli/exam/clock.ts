/** The time of an exam: it runs down, and stands while there is a pause. */
export class ExamClock {
  readonly #total: number;
  readonly #now: () => number;
  readonly #begun: number;
  #paused: number | undefined;
  #pausedFor = 0;
  #pauses = 0;

  /** `now` counts milliseconds and never jumps, whatever somebody does to the clock of the computer. */
  constructor(minutes: number, now: () => number) {
    this.#total = minutes * 60_000;
    this.#now = now;
    this.#begun = now();
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

  get pauses(): { readonly count: number; readonly milliseconds: number } {
    return { count: this.#pauses, milliseconds: this.#pausedFor };
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
