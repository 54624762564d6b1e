import { ExitError } from './errors.ts';
import type { Invocation } from './invocation.ts';

const forEver = 600_000;

/** So long it is looked every second, afterwards more seldom. */
const often = 30_000;

/**
 * Lets simulated time pass until something holds; false when `timeout` (milliseconds) is over first. Without a timeout a real kubectl
 * goes on for ever: here it ends, as if interrupted, when a long time has changed nothing.
 */
export async function waitUntil(kubectl: Invocation, holds: () => boolean, timeout: number | undefined): Promise<boolean> {
  const { lab } = kubectl.here;
  const start = lab.now;
  const end = start + (timeout ?? forEver);
  const long = Math.max(1000, (end - start) / 30);
  for (;;) {
    if (holds()) return true;
    if (lab.now >= end) break;
    await kubectl.io.pass(Math.min(lab.now - start < often ? 1000 : long, end - lab.now));
  }
  if (timeout === undefined) throw new ExitError(130);
  return false;
}
