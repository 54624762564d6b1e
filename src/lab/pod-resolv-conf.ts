import type { Pod } from '#kube/kinds/pod.ts';
import type { Occurrence } from '#kube/record-event.ts';
import type { Change } from '#node/change.ts';
import { readFile } from '#node/files.ts';
import type { Host } from '#node/host.ts';
import { kubeletConfiguration } from '#node/kubelet/config.ts';
import { podResolvConf } from '#node/kubelet/resolv-conf.ts';

/** The resolv.conf that the kubelet of a host gives a pod, by the configuration it has started with. */
export function resolvConfOf(_change: Change, host: Host, pod: Pod): { readonly text: string; readonly event?: Occurrence } {
  const { clusterDNS, clusterDomain, resolvConf } = kubeletConfiguration(host);
  const { text, events } = podResolvConf({
    pod,
    clusterDNS,
    clusterDomain,
    hostText: resolvConf === '' ? '' : readFile(host.files, resolvConf),
    withoutHost: resolvConf === '',
  });
  const [event] = events;
  return { text, ...(event !== undefined && { event: { type: 'Warning', reason: event.reason, message: event.message } }) };
}
