/** The container runtime's network, as the kubelet calls it: CNI by the configuration that lies on the host. */
import { uuidOf } from '#kube/chance.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { addIp, compareIps, familyOf, type Ip } from '#net/ip.ts';
import type { Change } from '#node/change.ts';
import { add, del, type CniOptions, type CniOutcome, type SandboxRequest } from '#node/cni/add.ts';
import { readDatastore, writeDatastore } from '#node/cni/networks/calico/stored.ts';
import { networkNotReady } from '#node/cni/load.ts';
import { cniSettingsOf } from '#node/containerd.ts';
import type { FileTree } from '#node/files.ts';
import type { Host, PortMapping, Sandbox } from '#node/host.ts';
import type { PodNetworking } from '#node/kubelet/worker.ts';

function requestOf(pod: Pick<Pod, 'metadata'> & Partial<Pick<Pod, 'spec' | 'status'>>, sandboxId: string, seed: string): SandboxRequest {
  const portMappings = (pod.spec?.containers ?? []).flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port): PortMapping => ({
        hostPort: port.hostPort!,
        containerPort: port.containerPort,
        protocol: (port.protocol ?? 'TCP') as PortMapping['protocol'],
        ...(port.hostIP !== undefined && { hostIP: port.hostIP }),
      })),
  );
  return {
    containerId: sandboxId,
    netns: `cni-${uuidOf(`${seed}/netns/${sandboxId}`)}`,
    podNamespace: pod.metadata.namespace!,
    podName: pod.metadata.name,
    podUid: pod.metadata.uid!,
    portMappings,
  };
}

function optionsOf({ objects, now }: Change, host: Host): CniOptions {
  const calico = readDatastore(objects);
  return { now, seed: objects.seed, settings: cniSettingsOf(host), ...(calico !== undefined && { calico }) };
}

/** Calico's plugin writes to the API what it gives and takes. */
function store(change: Change, { calico }: CniOutcome<unknown>): void {
  if (calico !== undefined) writeDatastore(change.objects, calico, change.now);
}

/** What was found for a tree of files: it is asked for every pod, and the tree seldom changes. */
const known = new WeakMap<FileTree, string>();

/** So many addresses after the last that is taken are tried. */
const tries = 64;

/** The next addresses behind these, in each family. */
function addressesBehind(taken: readonly Ip[]): readonly Ip[] {
  return (['IPv4', 'IPv6'] as const).flatMap((family) => {
    const last = taken
      .filter((one) => familyOf(one) === family)
      .sort(compareIps)
      .at(-1);
    return last === undefined ? [] : Array.from({ length: tries }, (_, i) => addIp(last, i + 1));
  });
}

/**
 * `observed`: addresses that pods of a dump have, by UID; they keep them where their network can give them. `expected`: by node, those that
 * other pods leave free for pods that are to come.
 */
export function podNetworking(
  observed: ReadonlyMap<string, readonly Ip[]> = new Map(),
  expected: ReadonlyMap<string, readonly Ip[]> = new Map(),
): PodNetworking {
  return {
    notReady(host) {
      let found = known.get(host.files);
      if (found === undefined) {
        const problem = networkNotReady(host.files, cniSettingsOf(host));
        found = problem === undefined ? '' : `NetworkReady=false reason:${problem.reason} message:${problem.message}`;
        known.set(host.files, found);
      }
      return found === '' ? undefined : found;
    },
    add(change, host, pod, sandboxId) {
      const keep = observed.get(pod.metadata.uid!) ?? addressesBehind(expected.get(host.name) ?? []);
      const result = add(host, requestOf(pod, sandboxId, change.objects.seed), { ...optionsOf(change, host), keep });
      store(change, result);
      return { host: result.host, result: result.outcome };
    },
    remove(change, host, sandbox: Sandbox) {
      if (sandbox.network.namespace === '') return { host };
      const request = {
        ...requestOf(
          { metadata: { name: sandbox.podName, namespace: sandbox.podNamespace, uid: sandbox.podUid } },
          sandbox.id,
          change.objects.seed,
        ),
        netns: sandbox.network.namespace,
        portMappings: sandbox.network.portMappings ?? [],
      };
      const result = del(host, request, optionsOf(change, host));
      store(change, result);
      return result.outcome.ok ? { host: result.host } : { host: result.host, error: result.outcome.error };
    },
  };
}
