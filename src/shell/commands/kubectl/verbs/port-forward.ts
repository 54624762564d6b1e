/** `kubectl port-forward` (staging:kubectl/pkg/cmd/portforward/portforward.go). */
import type { KubeObject } from '#kube/object.ts';
import { firstPodOf, goType, objectNamed, openContainer, type PodShape } from '../containers.ts';
import { duration, stringSlice } from '../flags.ts';
import { defineVerb } from '../verb.ts';
import { KubectlError } from '../errors.ts';
import { bindProblem, freePort } from '../../../network/binding.ts';
import type { Invocation } from '../invocation.ts';
import { parseIp, type Port } from '#net/ip.ts';
import type { Tunnel } from '#node/host.ts';

interface ServiceShape extends KubeObject {
  readonly spec: {
    readonly clusterIP?: string;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly protocol?: string;
      readonly targetPort?: number | string;
    }[];
  };
}

interface PodPorts {
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
}

export const portForward = defineVerb({
  name: 'port-forward',
  use: 'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  short: 'Forward one or more local ports to a pod',
  examples: ['kubectl port-forward svc/web 8080:80', 'kubectl port-forward pod/web 8080'],
  flags: {
    address: stringSlice('Addresses to listen on.', {}, ['localhost']),
    'pod-running-timeout': duration('How long to wait for a pod to run.', 60_000, '1m0s'),
  },
  run: async (kubectl, { args, flags }) => {
    if (args.length < 2) throw kubectl.usageError('TYPE/NAME and list of ports are required for port-forward');
    const [target, ...ports] = args as [string, ...string[]];
    const object = objectNamed(kubectl, target);
    let pod: PodShape;
    try {
      ({ pod } = await firstPodOf(kubectl, object, flags['pod-running-timeout']));
    } catch (error) {
      if (object.kind === 'Service' && error instanceof Error && error.message.startsWith('invalid service'))
        throw new KubectlError(`cannot attach to ${goType(object)}: ${error.message}`);
      throw error;
    }
    const pairs = ports.map((port) => pairOf(port, (remote) => remoteOf(object as ServiceShape, pod, remote)));
    if (pod.status?.phase !== 'Running')
      throw new KubectlError(`unable to forward port because pod is not running. Current status=${pod.status?.phase ?? ''}`);
    openContainer(kubectl, pod, '', 'portforward', {});
    const addresses = listenAddresses(flags.address);
    const bound = pairs.flatMap(({ local, remote }) => listening(kubectl, addresses, local, remote));
    if (bound.length === 0) {
      const asked = pairs.map(({ local, remote }) => `{${local} ${remote}}`).join(' ');
      throw new KubectlError(`unable to listen on any of the requested ports: [${asked}]`);
    }
    const tunnel = tunnelTo(kubectl, pod);
    if (tunnel === undefined) return;
    kubectl.io.background?.goOn((pid) =>
      bound.map(({ address, port, remote }) => ({
        ...{ protocol: 'TCP', address, port: port as Port, process: 'kubectl', pid, speaks: 'silent' },
        tunnel: { ...tunnel, port: remote },
      })),
    );
  },
});

/** The sandbox in which connections are opened; undefined where the pod runs on none of the simulated machines. */
function tunnelTo({ here, version }: Invocation, { metadata: { uid = '' } }: PodShape): Omit<PodTunnel, 'port'> | undefined {
  const sandbox = [...here.lab.snapshot.hosts.values()].map(({ sandboxes }) => sandboxes.get(uid)).find((one) => one !== undefined);
  return sandbox === undefined ? undefined : { to: 'pod', podUid: uid, sandboxId: sandbox.id, minorVersion: version.minor };
}

/** Listens on a port of every address, and says so; what is taken already is told of only where nothing was free (listenOnPort). */
function listening(kubectl: Invocation, addresses: readonly string[], local: number, remote: number): readonly Bound[] {
  const bound: Bound[] = [];
  const errors: string[] = [];
  for (const address of addresses) {
    const problem = bindProblem(kubectl.here, address, local);
    const shown = address.includes(':') ? `[${address}]` : address;
    const family = address.includes(':') ? 'tcp6' : 'tcp4';
    if (problem !== undefined) {
      errors.push(`unable to create listener: Error listen ${family} ${shown}:${local}: bind: ${problem}`);
      continue;
    }
    // What the kernel has chosen for the first address holds for the others, too.
    const port = bound[0]?.port ?? (local === 0 ? freePort(kubectl.here, `${address}/${remote}`) : local);
    kubectl.out(`Forwarding from ${shown}:${port} -> ${remote}\n`);
    bound.push({ address, port, remote });
  }
  if (bound.length === 0)
    kubectl.err(`Unable to listen on port ${local}: Listeners failed to create with the following errors: [${errors.join(' ')}]\n`);
  return bound;
}

interface Bound {
  readonly address: string;
  readonly port: number;
  readonly remote: number;
}

type PodTunnel = Extract<Tunnel, { readonly to: 'pod' }>;

/** (parseAddresses) */
function listenAddresses(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => {
    if (address === 'localhost') return ['127.0.0.1', '::1'];
    if (parseIp(address) === undefined) throw new KubectlError(`${address} is not a valid IP`);
    return [address];
  });
}

/** (parsePorts; the local port is the remote one unless it is said, and 0, any, where nothing stands before the colon) */
function pairOf(text: string, remoteNumber: (remote: string) => number): { readonly local: number; readonly remote: number } {
  const parts = text.split(':');
  if (parts.length > 2) throw new KubectlError(`invalid port format '${text}'`);
  const [first = '', second = first] = parts;
  const remote = remoteNumber(second);
  if (parts.length === 1) return { local: /^\d+$/.test(first) ? Number(first) : remote, remote };
  const local = first === '' ? '0' : first;
  const problem = !/^\d+$/.test(local) ? 'invalid syntax' : Number(local) > 65_535 ? 'value out of range' : undefined;
  if (problem !== undefined)
    throw new KubectlError(`error parsing local port '${local}': strconv.ParseUint: parsing ${JSON.stringify(local)}: ${problem}`);
  return { local: Number(local), remote };
}

/** The port on the pod that a Service's port, or a name, stands for (translateServicePortToTargetPort, convertPodNamedPortToNumber). */
function remoteOf(object: ServiceShape, pod: PodShape, text: string): number {
  const containers = pod.spec.containers as readonly PodPorts[];
  const named = (name: string) => {
    for (const { ports = [] } of containers)
      for (const port of ports) if (port.name === name && (port.protocol ?? 'TCP') === 'TCP') return port.containerPort;
    return undefined;
  };
  const isNumber = /^\d+$/.test(text);
  if (object.kind !== 'Service') {
    if (isNumber) return Number(text);
    const number = named(text);
    if (number === undefined) throw new KubectlError(`Pod '${pod.metadata.name}' does not have a named port '${text}'`);
    return number;
  }
  const port = (object.spec.ports ?? []).find((one) => (isNumber ? one.port === Number(text) : one.name === text));
  if (port === undefined)
    throw new KubectlError(
      isNumber
        ? `Service ${object.metadata.name} does not have a service port ${text}`
        : `Service '${object.metadata.name}' does not have a named port '${text}'`,
    );
  if ((port.protocol ?? 'TCP') === 'UDP') throw new KubectlError(`UDP protocol is not supported for ${text}`);
  const target = port.targetPort ?? port.port;
  if (object.spec.clusterIP === 'None') return isNumber ? Number(text) : port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const number = named(target);
  if (number === undefined) throw new KubectlError(`Pod '${pod.metadata.name}' does not have a named port '${target}'`);
  return number;
}
