/** Signals, and what becomes of those that get one (signal(7)). */
import type { Host } from '#node/host.ts';
import { end } from '#node/kubelet/container.ts';
import { killUnit, type Deadly } from '#node/systemd/kill-unit.ts';
import type { Here } from '../../command.ts';
import { changeBackground } from '../../network/forwarded.ts';
import { processesAt, type Process } from '../ps/processes.ts';

const names =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
/** 32 and 33 belong to the threads of the C library. */
const realTime = Array.from({ length: 31 }, (_, i) => {
  const number = 34 + i;
  const name = i <= 15 ? (i === 0 ? 'RTMIN' : `RTMIN+${i}`) : i === 30 ? 'RTMAX' : `RTMAX-${30 - i}`;
  return [number, name] as const;
});
export const signals: ReadonlyMap<number, string> = new Map([...names.map((name, i) => [i + 1, name] as const), ...realTime]);

/** The name of a signal by what somebody has called it: `9`, `KILL`, `SIGKILL`, `kill`; `0` asks only whether the process is there. */
export function signalNamed(text: string): string | undefined {
  if (text === '0') return '0';
  if (/^\d+$/.test(text)) return signals.get(Number(text));
  const name = text.toUpperCase().replace(/^SIG/, '');
  return [...signals.values()].includes(name) ? name : undefined;
}

const deadly: readonly string[] = ['HUP', 'INT', 'QUIT', 'KILL', 'TERM'];

/** Sends a signal; what cannot be simulated of it is the answer. */
export function send(here: Here, to: Process, signal: string): string | undefined {
  if (signal === '0') return undefined;
  const { lab, place } = here;
  const host = lab.snapshot.hosts.get(place.node)!;
  const change = (next: (host: Host, now: number) => Host) =>
    lab.change((draft) => draft.hosts.set(place.node, next(draft.hosts.get(place.node)!, draft.now)));
  const unit = place.kind === 'node' ? [...host.units.values()].find((one) => one.active === 'active' && one.pid === to.pid) : undefined;
  if (unit !== undefined && deadly.includes(signal)) {
    change((before, now) => killUnit(before, unit.name, now, signal as Deadly));
    return undefined;
  }
  const background = place.kind === 'node' && host.background?.some(({ pid, ended }) => pid === to.pid && ended === undefined);
  if (background === true && deadly.includes(signal)) {
    // kubectl port-forward waits for an interrupt, and takes its leave then.
    const leaves = signal === 'INT' && to.argv.includes('port-forward');
    changeBackground(lab, place.node, to.pid, (process) => ({ ...process, ended: leaves ? { status: 0 } : { signal } }));
    return undefined;
  }
  const container = containerOf(here, to);
  if (container !== undefined && (signal === 'TERM' || signal === 'KILL')) {
    const sandbox = host.sandboxes.get(container.podUid)!;
    const state = sandbox.containers.find((one) => one.name === container.name)!;
    const run = state.run!;
    // The first process of a namespace hears from inside only what it wants to hear, and from outside SIGKILL, too.
    const dies = signal === 'KILL' ? place.kind === 'node' : run.stopsAfter !== undefined;
    if (!dies) return undefined;
    change((before, now) => {
      const containers = sandbox.containers.map((one) => (one === state ? end(state, run, now, signal === 'KILL' ? 137 : 0) : one));
      return { ...before, sandboxes: new Map(before.sandboxes).set(sandbox.podUid, { ...sandbox, containers }) };
    });
    return undefined;
  }
  return `what SIG${signal} does to ${to.argv[0]?.split('/').at(-1) ?? 'it'} is not simulated`;
}

function containerOf({ lab, place }: Here, to: Process): { readonly podUid: string; readonly name: string } | undefined {
  if (place.kind === 'pod') return to.pid === 1 ? { podUid: place.podUid, name: place.container } : undefined;
  const { container } = to;
  if (container === undefined) return undefined;
  const sandbox = lab.snapshot.hosts.get(place.node)!.sandboxes.get(container.sandbox.podUid);
  const isContainer = sandbox?.containers.some((one) => one.name === container.name && one.run !== undefined) === true;
  return isContainer ? { podUid: container.sandbox.podUid, name: container.name } : undefined;
}

/** The processes of the place but the one that asks. */
export function others(here: Here, asking: readonly string[]): readonly Process[] {
  return processesAt(here, asking).slice(0, -1);
}
