import { replaceRun } from './container-run.ts';
import type { Lab } from './lab.ts';
import type { StreamingPlace } from './streaming.ts';

/** Lets the process of a container end by itself just now with this status. */
export function endProcess(lab: Lab, place: StreamingPlace, code: number): void {
  const { now } = lab;
  lab.change(({ hosts }) => replaceRun(hosts, place, (run) => ({ ...run, exit: { after: Math.max(0, now - run.startedAt), code } })));
}
