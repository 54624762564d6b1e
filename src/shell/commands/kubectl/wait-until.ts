import { ExitError } from './errors.ts';
import type { Invocation } from './invocation.ts';

const forEver = 600_000;

/**
 * Lets simulated time pass until something holds; false when `timeout` (milliseconds) is over first. Without a timeout a real kubectl
 * goes on for ever: here it ends, as if interrupted, when a long time has changed nothing.
 */
export function waitUntil(kubectl: Invocation, holds: () => boolean, timeout: number | undefined): boolean {
  const { lab } = kubectl.here;
  const end = lab.now + (timeout ?? forEver);
  const step = Math.max(1000, (end - lab.now) / 30);
  for (;;) {
    if (holds()) return true;
    if (lab.now >= end) break;
    lab.advance(Math.min(step, end - lab.now));
  }
  if (timeout === undefined) throw new ExitError(130);
  return false;
}
