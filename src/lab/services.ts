import { containerdUnit, startContainerd } from '#node/containerd.ts';
import { runPodRoutes } from '#node/cni/networks/bridge/bridge.ts';
import { kubeletUnit, startKubelet } from '#node/kubelet/config.ts';
import type { Services } from '#node/systemd/systemd.ts';

/** What the services that the simulation knows do when systemd starts them, where the kubelet is of this version: `v1.36.2`. */
export function servicesOf(kubeletVersion: string): Services {
  return new Map([
    [kubeletUnit, (host, now, pid) => startKubelet(host, now, pid, kubeletVersion)],
    [containerdUnit, (host, now) => startContainerd(host, now)],
    [
      'pod-routes.service',
      (before, now) => {
        const { host, logs } = runPodRoutes(before, { now });
        return { runs: true, loaded: new Map(), logs, host };
      },
    ],
  ]);
}
