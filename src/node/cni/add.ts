/** A pod's network: what containerd does with CNI when a sandbox starts and ends (containerd internal/cri/server/sandbox_{run,stop}.go, go-cni). */
import { fail, ok, type Result } from '#kube/status.ts';
import { familyOf } from '#net/ip.ts';
import type { Host, PodNetwork, PortMapping } from '../host.ts';
import { defaultSettings, type CniSettings } from './containerd-settings.ts';
import { quote } from '#kube/json.ts';
import { marshal } from './go-json.ts';
import { addNetworkList, delNetworkList, parseConfigList, type RuntimeConf } from './libcni.ts';
import { loadNetworks, notInitialized, type Network } from './load.ts';
import { Machine, netnsPath, type MachineOptions } from './machine.ts';
import type { CalicoDatastore } from './plugins/calico-ipam/datastore.ts';
import { parseResult, type IpConfig } from './result.ts';

export interface SandboxRequest {
  /** The sandbox's id: 64 hex digits. */
  readonly containerId: string;
  /** The name of the pod's network namespace, `cni-<uuid>`; made when it is not there. */
  readonly netns: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly podUid: string;
  /** Container ports that have a host port. */
  readonly portMappings?: readonly PortMapping[];
  /** More CNI_ARGS. */
  readonly args?: readonly (readonly [key: string, value: string])[];
  /** More capability arguments: `bandwidth`, `dns`. */
  readonly capabilities?: Readonly<Record<string, unknown>>;
}

export interface CniOptions extends MachineOptions {
  readonly settings?: CniSettings;
}

/** A host after CNI has been at work on it, whatever came of it. */
export interface CniOutcome<T> {
  readonly host: Host;
  readonly outcome: Result<T, string>;
  /** Calico's datastore as it is now, where there is one. */
  readonly calico?: CalicoDatastore;
}

/** A machine with its runtime's settings. */
class RuntimeMachine extends Machine {
  readonly settings: CniSettings;
  constructor(host: Host, options: CniOptions) {
    super(host, options);
    this.settings = options.settings ?? defaultSettings;
  }
}

const loopback = parseConfigList(marshal({ cniVersion: '0.3.1', name: 'cni-loopback', plugins: [{ type: 'loopback' }] }));

/** The loopback network comes first, then those of the configuration directory. */
function networksOf(machine: Machine, settings: CniSettings): readonly Network[] | undefined {
  const loaded = loadNetworks(machine.files, settings);
  if (!loaded.ok || !loopback.ok) return undefined;
  return [{ list: loopback.value, ifName: 'lo', file: '' }, ...loaded.value];
}

function runtimeConf(request: SandboxRequest, ifName: string): RuntimeConf {
  const { containerId, podNamespace, podName, podUid, portMappings = [], args = [], capabilities = {} } = request;
  return {
    containerId,
    netns: netnsPath(request.netns),
    ifName,
    args: [
      ['IgnoreUnknown', '1'],
      ['K8S_POD_NAMESPACE', podNamespace],
      ['K8S_POD_NAME', podName],
      ['K8S_POD_INFRA_CONTAINER_ID', containerId],
      ['K8S_POD_UID', podUid],
      ...args,
    ],
    capabilityArgs: {
      ...capabilities,
      ...(portMappings.length > 0 && {
        portMappings: portMappings.map(({ hostPort, containerPort, protocol, hostIP = '' }) => ({
          HostPort: hostPort,
          ContainerPort: containerPort,
          Protocol: protocol.toLowerCase(),
          HostIP: hostIP,
        })),
      }),
    },
  };
}

function published<T>(machine: Machine, outcome: Result<T, string>): CniOutcome<T> {
  return { host: machine.publish(), outcome, ...(machine.calico !== undefined && { calico: machine.calico }) };
}

/** The addresses of `eth0` among the results; an address that names no interface is eth0's (go-cni result.go). */
function addressesOf(machine: RuntimeMachine, networks: readonly Network[], request: SandboxRequest): Result<readonly IpConfig[], string> {
  const ips: IpConfig[] = [];
  let failed: string | undefined;
  for (const { list, ifName } of networks) {
    const result = addNetworkList(machine, list, runtimeConf(request, ifName), machine.settings.binDirs);
    if (!result.ok) {
      // All networks are attached at once: the others go on.
      failed ??= result.error;
      continue;
    }
    const parsed = parseResult(marshal(result.value));
    if (!parsed.ok) failed ??= parsed.error;
    else
      ips.push(
        ...parsed.value.ips.filter((ip) => {
          const named = ip.interface === undefined ? undefined : parsed.value.interfaces[ip.interface];
          return (named?.name ?? 'eth0') === 'eth0';
        }),
      );
  }
  return failed === undefined ? ok(ips) : fail(failed);
}

/**
 * Sets up a pod's network: its namespace, loopback, and the networks of the configuration in force. The outcome is what the pod got, or the
 * error of RunPodSandbox without its `rpc error` frame: `failed to setup network for sandbox "…": plugin type="bridge" failed (add): …`.
 *
 * After an error containerd tears down again, last plugin first, and stops at the first that fails: what is left over then (an address in
 * host-local's store) is left over on the host too.
 */
export function add(host: Host, request: SandboxRequest, options: CniOptions): CniOutcome<PodNetwork> {
  const machine = new RuntimeMachine(host, options);
  const networks = networksOf(machine, machine.settings);
  const refuse = (why: string) => fail(`failed to setup network for sandbox ${quote(request.containerId)}: ${why}`);
  if (networks === undefined) return published(machine, refuse(notInitialized));
  if (!machine.kernel.has(request.netns)) machine.kernel.addNamespace(request.netns);
  const attached = addressesOf(machine, networks, request);
  if (attached.ok && attached.value.length > 0) {
    // The node's preference is IPv4 first, whatever order the plugin gave them in.
    const v4 = (ip: IpConfig) => familyOf(ip.address.ip) === 'IPv4';
    const ips = [...attached.value.filter(v4), ...attached.value.filter((ip) => !v4(ip))];
    return published(
      machine,
      ok({
        ips: ips.map(({ address, gateway }) => ({ address, ...(gateway !== undefined && { gateway }) })),
        namespace: request.netns,
        networkName: networks[1]!.list.name,
        ...(request.portMappings !== undefined && request.portMappings.length > 0 && { portMappings: request.portMappings }),
      }),
    );
  }
  const why = attached.ok ? `failed to find network info for sandbox ${quote(request.containerId)}` : attached.error;
  if (tearDown(machine, networks, request).ok) machine.kernel.removeNamespace(request.netns);
  return published(machine, refuse(why));
}

/** go-cni's Remove: an error that says "not found" is taken for somebody else's earlier work. */
function tearDown(machine: RuntimeMachine, networks: readonly Network[], request: SandboxRequest): Result<undefined, string> {
  for (const { list, ifName } of networks) {
    const done = delNetworkList(machine, list, runtimeConf(request, ifName), machine.settings.binDirs);
    if (!done.ok && !done.error.includes('not found')) return done;
  }
  return ok(undefined);
}

/** Takes a pod's network down and its namespace away; on an error (`failed to destroy network for sandbox "…": …`) the namespace stays. */
export function del(host: Host, request: SandboxRequest, options: CniOptions): CniOutcome<undefined> {
  const machine = new RuntimeMachine(host, options);
  const networks = networksOf(machine, machine.settings);
  const refuse = (why: string) => fail(`failed to destroy network for sandbox ${quote(request.containerId)}: ${why}`);
  if (networks === undefined) return published(machine, refuse(notInitialized));
  const done = tearDown(machine, networks, request);
  if (!done.ok) return published(machine, refuse(done.error));
  machine.kernel.removeNamespace(request.netns);
  return published(machine, done);
}
