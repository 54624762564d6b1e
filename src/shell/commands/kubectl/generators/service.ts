/** `kubectl create service …` (staging:kubectl/pkg/cmd/create/create_service.go). */
import type { KubeObject } from '#kube/object.ts';
import { int, string, stringSlice, type Flags } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import type { Given, Verb } from '../verb.ts';
import { generatorVerb, newMetadata } from './generator.ts';
import { KubectlError } from '../errors.ts';

const tcp = { tcp: stringSlice('Ports of the Service and of its targets: 80 or 80:8080.') };

interface Made {
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly tcp: readonly string[];
  readonly clusterIP?: string;
  readonly nodePort?: number;
  readonly externalName?: string;
}

function serviceVerb<const F extends Flags>(
  name: string,
  use: string,
  short: string,
  flags: F,
  type: Made['type'],
  made: (given: Given<F>) => Omit<Made, 'type'>,
): Verb {
  return generatorVerb({
    name,
    use: `${name} NAME ${use}[--dry-run=server|client|none]`,
    short,
    flags,
    resource: 'services',
    namespaced: true,
    failure: `failed to create ${type} service`,
    build: (kubectl, name, given) => service(kubectl, name, { type, ...made(given) }),
  });
}

export const serviceVerbs: readonly Verb[] = [
  serviceVerb(
    'clusterip',
    '[--tcp=<port>:<targetPort>] ',
    'Create a ClusterIP service',
    { ...tcp, clusterip: string('The cluster IP to ask for; None makes the Service headless.') },
    'ClusterIP',
    ({ flags }) => ({ tcp: flags.tcp, clusterIP: flags.clusterip }),
  ),
  serviceVerb(
    'externalname',
    '--external-name external.name ',
    'Create an ExternalName service',
    { ...tcp, 'external-name': string('The name that the Service stands for.', '', { required: true }) },
    'ExternalName',
    ({ flags }) => ({ tcp: flags.tcp, externalName: flags['external-name'] }),
  ),
  serviceVerb('loadbalancer', '[--tcp=port:targetPort] ', 'Create a LoadBalancer service', tcp, 'LoadBalancer', ({ flags }) => ({
    tcp: flags.tcp,
  })),
  serviceVerb(
    'nodeport',
    '[--tcp=port:targetPort] ',
    'Create a NodePort service',
    { ...tcp, 'node-port': int('The port on every node to ask for.', 0) },
    'NodePort',
    ({ flags }) => ({ tcp: flags.tcp, nodePort: flags['node-port'] }),
  ),
];

function service(kubectl: Invocation, name: string, made: Made): KubeObject {
  const { type, clusterIP = '', nodePort = 0, externalName = '' } = made;
  if (clusterIP !== 'None' && made.tcp.length === 0 && type !== 'ExternalName')
    throw new KubectlError('at least one tcp port specifier must be provided');
  if (type === 'ExternalName' && !isSubdomain(externalName)) throw new KubectlError(`invalid service external name ${externalName}`);
  const ports = made.tcp.map((text) => {
    const { port, targetPort } = portPair(text);
    return { name: text.replaceAll(':', '-'), protocol: 'TCP', port, targetPort, ...(nodePort !== 0 && { nodePort }) };
  });
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: newMetadata(kubectl, name, { labels: { app: name } }),
    spec: {
      ...(ports.length > 0 && { ports }),
      selector: { app: name },
      ...(clusterIP !== '' && { clusterIP }),
      type,
      ...(externalName !== '' && { externalName }),
    },
    status: { loadBalancer: {} },
  } as KubeObject;
}

function isSubdomain(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

/** `80:http` (create.parsePorts). */
function portPair(text: string): { readonly port: number; readonly targetPort: number | string } {
  const [first = '', target] = text.split(':');
  if (!/^\d+$/.test(first)) throw new KubectlError(`strconv.ParseUint: parsing ${JSON.stringify(first)}: invalid syntax`);
  const port = Number(first);
  if (port > 65535) throw new KubectlError(`strconv.ParseUint: parsing ${JSON.stringify(first)}: value out of range`);
  if (target === undefined) return { port, targetPort: port };
  if (/^[+-]?\d+$/.test(target)) {
    const number = Number(target);
    if (number < 1 || number > 65535) throw new KubectlError('must be between 1 and 65535, inclusive');
    return { port, targetPort: number };
  }
  const complaints = portNameComplaints(target);
  if (complaints.length > 0) throw new KubectlError(complaints.join(','));
  return { port, targetPort: target };
}

/** (validation.IsValidPortName) */
function portNameComplaints(name: string): readonly string[] {
  return [
    ...(name.length > 15 ? ['must be no more than 15 characters'] : []),
    ...(/^[-a-z0-9]+$/.test(name) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(name) ? [] : ['must contain at least one letter (a-z)']),
    ...(name.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(/^-|-$/.test(name) ? ['must not begin or end with a hyphen'] : []),
  ];
}
