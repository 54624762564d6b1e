/** containerd as a service: the configuration it read when it started. */
import { readFile } from './files.ts';
import { cniSettings, type CniSettings } from './cni/containerd-settings.ts';
import type { Host } from './host.ts';
import type { StartResult } from './systemd/systemd.ts';

export const containerdUnit = 'containerd.service';
const configPath = '/etc/containerd/config.toml';

export function startContainerd(host: Host): StartResult {
  const text = readFile(host.files, configPath);
  return {
    runs: true,
    loaded: text === undefined ? new Map() : new Map([[configPath, text]]),
    logs: ['msg="containerd successfully booted in 0.031540s"'],
  };
}

/** Where the running containerd looks for CNI configurations and plugins. */
export function cniSettingsOf(host: Host): CniSettings {
  return cniSettings(host.units.get(containerdUnit)?.loaded.get(configPath));
}
