/** `kubectl port-forward` (staging:kubectl/pkg/cmd/portforward/portforward.go). */
import type { KubeObject } from '#kube/object.ts';
import { firstPodOf, goType, objectNamed, openContainer, type PodShape } from '../containers.ts';
import { duration, stringSlice } from '../flags.ts';
import { defineVerb } from '../verb.ts';
import { KubectlError } from '../errors.ts';

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
  run: (kubectl, { args, flags }) => {
    if (args.length < 2) throw kubectl.usageError('TYPE/NAME and list of ports are required for port-forward');
    const [target, ...ports] = args as [string, ...string[]];
    const object = objectNamed(kubectl, target);
    let pod: PodShape;
    try {
      pod = firstPodOf(kubectl, object, flags['pod-running-timeout']).pod;
    } catch (error) {
      if (object.kind === 'Service' && error instanceof Error && error.message.startsWith('invalid service'))
        throw new KubectlError(`cannot attach to ${goType(object)}: ${error.message}`);
      throw error;
    }
    const pairs = ports
      .map((port) => pairOf(port))
      .map(({ local, remote }) => ({ local, remote: remoteOf(object as ServiceShape, pod, remote), asked: remote }));
    if (pod.status?.phase !== 'Running')
      throw new KubectlError(`unable to forward port because pod is not running. Current status=${pod.status?.phase ?? ''}`);
    openContainer(kubectl, pod, '', 'portforward', {});
    for (const { local, remote, asked } of pairs) {
      const listen = local === '' ? (/^\d+$/.test(asked) ? asked : String(remote)) : local;
      for (const address of listenAddresses(flags.address)) kubectl.out(`Forwarding from ${address}:${listen} -> ${remote}\n`);
    }
  },
});

function listenAddresses(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) =>
    address === 'localhost' ? ['127.0.0.1', '[::1]'] : [address.includes(':') ? `[${address}]` : address],
  );
}

function pairOf(text: string): { readonly local: string; readonly remote: string } {
  const parts = text.split(':');
  if (parts.length > 2) throw new KubectlError(`invalid port format '${text}'`);
  const [first = '', second = first] = parts;
  return { local: parts.length === 2 ? first : '', remote: second };
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
