/** containerd as a service: the configuration it read when it started. */
import { readFile } from './files.ts';
import { cniSettings, type CniSettings } from './cni/containerd-settings.ts';
import type { Host } from './host.ts';
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

/** Where the running containerd looks for CNI configurations and plugins. */
export function cniSettingsOf(host: Host): CniSettings {
  return cniSettings(host.units.get(containerdUnit)?.loaded.get(configPath));
}
