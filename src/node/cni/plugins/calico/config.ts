/** What the plugins calico and calico-ipam read of their configuration, and of the arguments that name the pod (cni-plugin pkg/types). */
import { fail, ok, type Result } from '#kube/status.ts';
import { parseIp } from '#net/ip.ts';
import { goAny, goBool, goInt, goSlice, goString, goStruct, unmarshal, type GoInfer } from '../../go-json.ts';
import type { Machine } from '../../machine.ts';
import { hasFullPaths } from '../../versions.ts';
import { anyText, loadArgs } from '../cni-args.ts';
import { netConf } from '../net-conf.ts';

const goNetConf = netConf(
  {
    mtu: goInt(),
    nodename: goString,
    nodename_file_optional: goBool,
    datastore_type: goString,
    ipam: goStruct('struct', {
      type: goString,
      assign_ipv4: goString,
      assign_ipv6: goString,
      ipv4_pools: goSlice(goString),
      ipv6_pools: goSlice(goString),
      routes: goAny,
    }),
    kubernetes: goStruct('types.Kubernetes', { kubeconfig: goString }),
    policy: goStruct('types.Policy', { type: goString }),
  },
  'types.NetConf',
);

export type CalicoConf = GoInfer<typeof goNetConf>;

export function loadConf(stdin: string, version: string): Result<CalicoConf, string> {
  const decoded = unmarshal(stdin, goNetConf, hasFullPaths(version));
  return decoded.ok ? ok(decoded.value ?? {}) : fail(`failed to load netconf: ${decoded.error}`);
}

const nodenameFile = '/var/lib/calico/nodename';

/** Why the plugin does not begin: calico-node has not run here, or its kubeconfig is gone, or there are no such resources. */
export function notReady(machine: Machine, config: CalicoConf): string | undefined {
  if (config.nodename_file_optional !== true && !machine.exists(nodenameFile))
    return `stat ${nodenameFile}: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/`;
  const kubeconfig = config.kubernetes?.kubeconfig ?? '';
  if (kubeconfig !== '' && !machine.exists(kubeconfig))
    return `error creating calico client: stat ${kubeconfig}: no such file or directory`;
  if (machine.calico === undefined)
    return 'error getting ClusterInformation: resource does not exist: ClusterInformation(default) with error: the server could not find the requested resource (get ClusterInformations.crd.projectcalico.org default)';
  return undefined;
}

/** utils.DetermineNodename */
export function nodenameOf(machine: Machine, config: CalicoConf): string {
  const stored = machine.read(nodenameFile)?.trim() ?? '';
  return stored !== '' ? stored : (config.nodename ?? machine.host.name);
}

/** CNI_ARGS: the pod's namespace and name, and an address that is asked for. */
export function argsOf(args: string): Result<ReadonlyMap<string, string>, string> {
  return loadArgs(args, {
    IP: (text) => (parseIp(text) === undefined ? `invalid IP address: ${text}` : undefined),
    K8S_POD_NAMESPACE: anyText,
    K8S_POD_NAME: anyText,
    K8S_POD_INFRA_CONTAINER_ID: anyText,
    K8S_POD_UID: anyText,
  });
}
