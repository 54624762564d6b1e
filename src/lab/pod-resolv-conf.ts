import type { Pod } from '#kube/kinds/pod.ts';
import type { Occurrence } from '#kube/record-event.ts';
import type { Change } from '#node/change.ts';
import { readFile } from '#node/files.ts';
import type { Host } from '#node/host.ts';
import { kubeletConfiguration } from '#node/kubelet/config.ts';
import { podResolvConf } from '#node/kubelet/resolv-conf.ts';
import type { PodResolvConf } from '#node/kubelet/worker.ts';

/** The resolv.conf that the kubelet of a host gives a pod, by the configuration it has started with. */
export function resolvConfOf(_change: Change, host: Host, pod: Pod): PodResolvConf {
  const { clusterDNS, clusterDomain, resolvConf } = kubeletConfiguration(host);
  const hostText = resolvConf === '' ? '' : readFile(host.files, resolvConf);
  if (hostText === undefined) return { error: `open ${resolvConf}: no such file or directory` };
  const { text, events } = podResolvConf({ pod, clusterDNS, clusterDomain, hostText, withoutHost: resolvConf === '' });
  return { text, events: events.map(({ reason, message }): Occurrence => ({ type: 'Warning', reason, message })) };
}
