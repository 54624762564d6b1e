/** What a signal to the main process of a service makes of it (systemd.service(5), Restart=; systemd: src/core/service.c). */
import type { Host } from '../host.ts';
import { append } from './systemd.ts';
import { knownUnit, setting } from './unit-file.ts';

export type Deadly = 'HUP' | 'INT' | 'QUIT' | 'KILL' | 'TERM';

const numbers: Readonly<Record<Deadly, number>> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15 };
/** Signals that count as an orderly end. */
const orderly: readonly Deadly[] = ['HUP', 'INT', 'TERM'];

/** The host after the main process of an active service has been ended; the service is started again where its unit says so. */
export function killUnit(host: Host, unit: string, now: number, signal: Deadly): Host {
  const state = host.units.get(unit)!;
  const file = knownUnit(host, unit);
  const restart = (file && setting(file, 'Service.Restart')) ?? 'no';
  const clean = orderly.includes(signal);
  const say = (message: string) => ({ at: now, unit, identifier: 'systemd', pid: 1, message: `${unit}: ${message}` });
  const lines = clean
    ? [say('Deactivated successfully.')]
    : [say(`Main process exited, code=killed, status=${numbers[signal]}/${signal}`), say("Failed with result 'signal'.")];
  const again = restart === 'always' || (restart === 'on-success' ? clean : /^on-(failure|abnormal|abort)$/.test(restart) && !clean);
  const active = again ? 'activating' : clean ? 'inactive' : 'failed';
  const after = { ...state, active, since: now, loaded: new Map<string, string>(), signal } as const;
  return { ...append(host, lines), units: new Map(host.units).set(unit, after) };
}
