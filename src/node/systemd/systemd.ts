/** Starting and stopping services on a host, and the journal they write to. */
import { pick } from '#kube/chance.ts';
import type { Host, JournalLine, UnitState } from '../host.ts';
import { execStartOf, isEnabled, knownUnit, setting, withUnitRead } from './unit-file.ts';

/** How a service's process takes being started: it runs, having read some files and perhaps changed its machine, or it exits. */
export type StartResult =
  | { readonly runs: true; readonly loaded: ReadonlyMap<string, string>; readonly logs: readonly string[]; readonly host?: Host }
  | { readonly runs: false; readonly exitCode: number; readonly logs: readonly string[] };

/** What the known services do when started; others simply run. */
export type Services = ReadonlyMap<string, (host: Host, now: number, pid: number) => StartResult>;

const restartDelay = 10_000;

export function unitName(name: string): string {
  return name.includes('.') ? name : `${name}.service`;
}

export function isRunning(host: Host, name: string): boolean {
  return host.units.get(unitName(name))?.active === 'active';
}

/** Starts a unit; a service that exits and has `Restart=always` is tried again and again: `activating (auto-restart)`. */
export function startUnit(host: Host, name: string, now: number, services: Services): Host {
  const unit = unitName(name);
  if (isRunning(host, unit)) return host;
  return launch(host, unit, now, services, 0);
}

export function stopUnit(host: Host, name: string, now: number): Host {
  const unit = unitName(name);
  const state = host.units.get(unit);
  if (state === undefined || state.active === 'inactive') return host;
  const description = descriptionOf(host, unit);
  const lines = [
    line(now, unit, 'systemd', 1, `Stopping ${unit} - ${description}...`),
    line(now, unit, 'systemd', 1, `${unit}: Deactivated successfully.`),
    line(now, unit, 'systemd', 1, `Stopped ${unit} - ${description}.`),
  ];
  return withUnit(append(host, lines), { ...state, active: 'inactive', since: now, loaded: new Map(), pid: 0 });
}

export function restartUnit(host: Host, name: string, now: number, services: Services): Host {
  return launch(stopUnit(host, name, now), unitName(name), now, services, 0);
}

/** Lets services that wait for their restart try again, at `now`. */
export function retryUnits(host: Host, now: number, services: Services): Host {
  let next = host;
  for (const state of host.units.values()) {
    if (state.active !== 'activating' || state.since + restartDelay > now) continue;
    // What a signal has ended starts well at the first try.
    const tries = state.signal === undefined ? Math.max(1, Math.floor((now - state.since) / restartDelay)) : 1;
    next = launch(next, state.name, now, services, state.restarts + tries);
  }
  return next;
}

function launch(before: Host, unit: string, now: number, services: Services, restarts: number): Host {
  const host = withUnitRead(before, unit);
  const file = knownUnit(host, unit);
  if (file === undefined) return host;
  const pid = 600 + pick(`${host.name}/${unit}/pid/${host.journal.length}/${restarts}`, 60_000);
  const description = descriptionOf(host, unit);
  const base: UnitState = {
    name: unit,
    active: 'active',
    enabled: isEnabled(host.files, unit),
    since: now,
    pid,
    restarts,
    argv: execStartOf(host.files, file),
    loaded: new Map(),
  };
  const result = services.get(unit)?.(host, now, pid) ?? { runs: true as const, loaded: new Map<string, string>(), logs: [] };
  const program = unit.replace(/\.service$/, '');
  // A service of this type has done its work when it has started.
  const oneshot = setting(file, 'Service.Type') === 'oneshot';
  const lines = [
    ...(restarts > 0 ? [line(now, unit, 'systemd', 1, `${unit}: Scheduled restart job, restart counter is at ${restarts}.`)] : []),
    line(now, unit, 'systemd', 1, oneshot ? `Starting ${unit} - ${description}...` : `Started ${unit} - ${description}.`),
    ...result.logs.map((text) => line(now, unit, program, pid, text)),
  ];
  if (result.runs && oneshot) {
    const done = setting(file, 'Service.RemainAfterExit') === 'yes' ? 'active' : 'inactive';
    lines.push(line(now, unit, 'systemd', 1, `Finished ${unit} - ${description}.`));
    return withUnit(append(result.host ?? host, lines), { ...base, active: done, exitCode: 0, loaded: result.loaded });
  }
  if (result.runs) return withUnit(append(result.host ?? host, lines), { ...base, loaded: result.loaded });
  lines.push(line(now, unit, 'systemd', 1, `${unit}: Main process exited, code=exited, status=${result.exitCode}/FAILURE`));
  lines.push(line(now, unit, 'systemd', 1, `${unit}: Failed with result 'exit-code'.`));
  const again = ['always', 'on-failure'].includes(setting(file, 'Service.Restart') ?? 'no');
  return withUnit(append(host, lines), { ...base, active: again ? 'activating' : 'failed', exitCode: result.exitCode });
}

function descriptionOf(host: Host, unit: string): string {
  const file = knownUnit(host, unit);
  return (file && setting(file, 'Unit.Description')) ?? unit;
}

function withUnit(host: Host, state: UnitState): Host {
  return { ...host, units: new Map(host.units).set(state.name, state) };
}

function line(at: number, unit: string, identifier: string, pid: number, message: string): JournalLine {
  return { at, unit, identifier, pid, message };
}

/** Adds lines to the host's journal. */
export function append(host: Host, lines: readonly JournalLine[]): Host {
  return lines.length === 0 ? host : { ...host, journal: [...host.journal, ...lines] };
}

/** Writes one line of a running unit. */
export function log(host: Host, unit: string, now: number, message: string): Host {
  const state = host.units.get(unitName(unit));
  return append(host, [line(now, unitName(unit), unitName(unit).replace(/\.service$/, ''), state?.pid ?? 0, message)]);
}
