/** curl's progress meter on stderr. (curl: lib/progress.c) */
import type { Timeline } from '../../timeline.ts';

const heading =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n' +
  '                                 Dload  Upload   Total   Spent    Left  Speed\n';

/** A number of at most five characters. */
function max5(bytes: number): string {
  const units = ['k', 'M', 'G', 'T'] as const;
  if (bytes < 100_000) return String(Math.floor(bytes)).padStart(5);
  let value = bytes / 1024;
  for (const unit of units) {
    if (value < 10_000) {
      const whole = unit === 'k' || value >= 100;
      return `${whole ? Math.floor(value) : value.toFixed(1)}${unit}`.padStart(5);
    }
    value /= 1024;
  }
  return '*****';
}

function clock(seconds: number): string {
  if (seconds <= 0) return '--:--:--';
  const hours = Math.floor(seconds / 3600);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${String(hours).padStart(2)}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;
}

export class ProgressMeter {
  readonly #timeline: Timeline;
  readonly #kind: 'meter' | 'bar' | 'none';
  readonly #start: number;
  #shown = -1;
  /** Bytes so far, and in all where that is known. */
  received = 0;
  sent = 0;
  expected: number | undefined;

  constructor(timeline: Timeline, kind: 'meter' | 'bar' | 'none') {
    this.#timeline = timeline;
    this.#kind = kind;
    this.#start = timeline.now;
  }

  /** Shows the meter for the first time. */
  begin(): void {
    if (this.#shown >= 0) return;
    this.#shown = 0;
    if (this.#kind !== 'meter') return;
    this.#timeline.err(heading);
    this.#line();
  }

  /** Lets time pass; the meter is written anew each second. */
  wait(milliseconds: number): void {
    const end = this.#timeline.now + milliseconds;
    if (this.#kind === 'meter' && this.#shown >= 0) {
      for (let second = this.#shown + 1; this.#start + second * 1000 < end; second++) {
        this.#timeline.waitUntil(this.#start + second * 1000);
        this.#shown = second;
        this.#line();
      }
    }
    this.#timeline.waitUntil(end);
  }

  /** Writes the meter a last time. */
  end(): void {
    if (this.#kind === 'bar') {
      if (this.received > 0) this.#timeline.err(`\r${'#'.repeat(72)} 100.0%`);
      this.#timeline.err('\n');
    }
    if (this.#kind !== 'meter' || this.#shown < 0) return;
    this.#line();
    this.#timeline.err('\n');
  }

  #line(): void {
    const elapsed = this.#timeline.now - this.#start;
    const { received, sent, expected } = this;
    const percent = received === 0 ? 0 : 100;
    const receivedPercent = expected === undefined || expected === 0 ? 0 : Math.floor((received * 100) / expected);
    const speed = (bytes: number) => (bytes === 0 ? 0 : Math.floor((bytes * 1000) / Math.max(elapsed, 0.5)));
    const current = Math.floor(((received + sent) * 1000) / Math.max(1, Math.floor(elapsed)));
    const columns = [
      `${String(sent + received === 0 ? 0 : percent).padStart(3)} ${max5(received + sent)}`,
      `${String(receivedPercent).padStart(3)} ${max5(received)}`,
      `${String(sent === 0 ? 0 : 100).padStart(3)} ${max5(sent)}`,
      `${max5(speed(received))}`,
      `${max5(speed(sent))} ${clock(0)} ${clock(Math.floor(elapsed / 1000))} ${clock(0)} ${max5(current)}`,
    ];
    this.#timeline.err(`\r${columns.join('  ')}`);
  }
}
