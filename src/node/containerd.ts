/** containerd as a service: the configuration it read when it started. */
import { readFile } from './files.ts';
import { cniSettings, type CniSettings } from './cni/containerd-settings.ts';
import type { Host, UnitState } from './host.ts';
import type { StartResult } from './systemd/systemd.ts';

export const containerdUnit = 'containerd.service';
const configPath = '/etc/containerd/config.toml';

/** `now` in Unix milliseconds. The log is in logrus' text format, with all nine digits of a second (containerd/log, RFC3339NanoFixed). */
export function startContainerd(host: Host, now: number): StartResult {
  const text = readFile(host.files, configPath);
  const booted = new Date(now + 31).toISOString().replace('Z', '540000Z');
  return {
    runs: true,
    loaded: text === undefined ? new Map() : new Map([[configPath, text]]),
    logs: [`time="${booted}" level=info msg="containerd successfully booted in 0.031540s"`],
  };
}

const settingsByUnit = new WeakMap<UnitState, CniSettings>();

/** Where the running containerd looks for CNI configurations and plugins. */
export function cniSettingsOf(host: Host): CniSettings {
  const unit = host.units.get(containerdUnit);
  if (unit === undefined) return cniSettings();
  let settings = settingsByUnit.get(unit);
  if (settings === undefined) settingsByUnit.set(unit, (settings = cniSettings(unit.loaded.get(configPath))));
  return settings;
}
