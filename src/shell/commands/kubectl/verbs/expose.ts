/** `kubectl expose` (staging:kubectl/pkg/cmd/expose/expose.go). */
import { applyJsonPatch, type Operation } from '#apiserver/patch/json-patch.ts';
import { applyMergePatch } from '#apiserver/patch/merge-patch.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseYaml } from '#kube/yaml.ts';
import { forEach, visit, type Info } from '../builder.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, saveConfigFlag, writeQuery } from '../dry-run.ts';
import { fileFlags } from '../file-flags.ts';
import { string, type Values } from '../flags.ts';
import { newMetadata } from '../generators/generator.ts';
import type { Invocation } from '../invocation.ts';
import { withLastApplied } from '../last-applied.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { defineVerb } from '../verb.ts';
import { KubectlError } from '../errors.ts';

export const overrideFlags = {
  'override-type': string('How --overrides are put in: json, merge or strategic.', 'merge'),
  overrides: string('JSON to lay over the object before it is sent.'),
};

const flags = {
  ...printFlags,
  'cluster-ip': string('The cluster IP to ask for; None makes the Service headless.'),
  ...dryRunFlag,
  'external-ip': string('An address outside the cluster to take packets at.'),
  ...fieldManagerFlag('kubectl-expose'),
  ...fileFlags,
  labels: string('Labels of the Service: a=b,….', '', { shorthand: 'l' }),
  'load-balancer-ip': string('The address a load balancer is to have.'),
  name: string("The Service's name; else that of the object."),
  ...overrideFlags,
  port: string("The Service's port; else those the object declares."),
  protocol: string('The protocol of the port; TCP by default.'),
  ...saveConfigFlag,
  selector: string("The Service's selector: a=b,…; else that of the object."),
  'session-affinity': string('None or ClientIP.'),
  'target-port': string('Name or number of the port on the pods; else the same as the port.'),
  type: string('ClusterIP, NodePort, LoadBalancer or ExternalName.'),
};

type Flags = Values<typeof flags>;

interface ContainerPorts {
  readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
}

interface Exposable extends KubeObject {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>> & {
      readonly matchLabels?: Readonly<Record<string, string>>;
      readonly matchExpressions?: readonly unknown[];
    };
    readonly containers?: readonly ContainerPorts[];
    readonly template?: { readonly spec: { readonly containers: readonly ContainerPorts[] } };
    readonly ports?: readonly { readonly port: number; readonly protocol?: string }[];
  };
}

export const expose = defineVerb({
  name: 'expose',
  use: 'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  short: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  examples: ['kubectl expose deployment web --port=80 --target-port=8080', 'kubectl expose pod web --port=80 --name=web --type=NodePort'],
  flags,
  run: (kubectl, { args, flags }) => {
    const dryRun = dryRunOf(kubectl, flags);
    const printer = printerFor({ flags, io: kubectl.io, operation: operation('exposed', dryRun), typed: true });
    const infos = visit(kubectl, { args, filenames: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive, latest: true });
    forEach(infos, (info) => {
      const service = overridden(serviceFor(kubectl, info, flags), flags);
      const object = flags['save-config'] ? withLastApplied(service) : service;
      const result =
        dryRun === 'client'
          ? object
          : (kubectl.client.request('POST', `/api/v1/namespaces/${kubectl.namespace.name}/services`, {
              query: writeQuery(dryRun, flags['field-manager']),
              body: JSON.stringify(object),
            }).body as KubeObject);
      printer.print(result, (text) => kubectl.out(text));
    });
  },
});

const exposable = ['ReplicationController', 'Service', 'Pod', 'Deployment', 'ReplicaSet'];

function serviceFor(kubectl: Invocation, { mapping, name, object }: Info, flags: Flags): KubeObject {
  if (!exposable.includes(mapping.kind)) {
    const { group } = mapping;
    throw new KubectlError(`cannot expose a ${mapping.kind}${group === '' ? '' : `.${group}`}`);
  }
  const source = object as Exposable;
  const selector = flags.selector === '' ? selectorOf(source) : labelPairs(flags.selector);
  const headless = flags['cluster-ip'] === 'None';
  const declared = declaredPorts(source);
  let ports = flags.port;
  if (ports === '') {
    const found = [...declared.keys()];
    if (found.length === 0 && !headless) throw new KubectlError("couldn't find port via --port flag or introspection");
    ports = found.join(',');
  }
  const labels = flags.labels === '' ? (source.metadata.labels ?? {}) : labelPairs(flags.labels);
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: newMetadata(kubectl, flags.name || name.slice(0, 63), { ...(Object.keys(labels).length > 0 && { labels }) }),
    spec: {
      ...(ports !== '' && { ports: servicePorts(ports, flags, declared) }),
      selector,
      ...(flags['cluster-ip'] !== '' && { clusterIP: flags['cluster-ip'] }),
      ...(flags.type !== '' && { type: flags.type }),
      ...(flags['external-ip'] !== '' && { externalIPs: [flags['external-ip']] }),
      ...(flags['session-affinity'] !== '' && { sessionAffinity: affinityOf(flags['session-affinity']) }),
      ...(flags.type === 'LoadBalancer' && flags['load-balancer-ip'] !== '' && { loadBalancerIP: flags['load-balancer-ip'] }),
    },
    status: { loadBalancer: {} },
  } as unknown as KubeObject;
}

function affinityOf(text: string): string {
  if (text !== 'None' && text !== 'ClientIP') throw new KubectlError(`unknown session affinity: ${text}`);
  return text;
}

/** `a=b,c=d` (generate.ParseLabels) */
export function labelPairs(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const parts = pair.split('=');
      if (parts.length !== 2) throw new KubectlError(`unexpected label spec: ${pair}`);
      if (parts[0] === '') throw new KubectlError('unexpected empty label key');
      return [parts[0]!, parts[1]!];
    }),
  );
}

/** (polymorphichelpers.mapBasedSelectorForObject) */
function selectorOf({ kind, metadata, spec }: Exposable): Readonly<Record<string, string>> {
  const refuse = (why: string) => new KubectlError(`couldn't retrieve selectors via --selector flag or introspection: ${why}`);
  if (kind === 'Pod') {
    if (Object.keys(metadata.labels ?? {}).length === 0) throw refuse('the pod has no labels and cannot be exposed');
    return metadata.labels!;
  }
  if (kind === 'Service') {
    if (spec.selector === undefined) throw refuse('the service has no pod selector set');
    return spec.selector;
  }
  if (kind === 'ReplicationController') return spec.selector ?? {};
  if ((spec.selector?.matchExpressions ?? []).length > 0)
    throw refuse(`couldn't convert expressions - "${JSON.stringify(spec.selector!.matchExpressions)}" to map-based selector format`);
  if (spec.selector?.matchLabels === undefined) throw refuse(`invalid ${kind.toLowerCase()} - selector is nil`);
  return spec.selector.matchLabels;
}

/** The ports that the object names, with their protocols, in order. */
function declaredPorts({ kind, spec }: Exposable): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (port: number, protocol = 'TCP') => {
    const protocols = found.get(String(port)) ?? [];
    if (!protocols.includes(protocol)) protocols.push(protocol);
    found.set(String(port), protocols);
  };
  if (kind === 'Service') for (const { port, protocol } of spec.ports ?? []) add(port, protocol);
  const containers = kind === 'Pod' ? (spec.containers ?? []) : (spec.template?.spec.containers ?? []);
  for (const { ports = [] } of containers) for (const { containerPort, protocol } of ports) add(containerPort, protocol);
  return found;
}

function servicePorts(
  text: string,
  { protocol, 'target-port': target }: Flags,
  declared: ReadonlyMap<string, readonly string[]>,
): readonly object[] {
  const ports = text.split(',');
  return ports.flatMap((one, i) => {
    if (!/^[+-]?\d+$/.test(one)) throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(one)}: invalid syntax`);
    const port = Number(one);
    const targetPort = target === '' ? port : /^\d+$/.test(target) ? Number(target) : target;
    const name = ports.length > 1 ? { name: `port-${i + 1}` } : {};
    const protocols = protocol === '' ? (declared.get(one) ?? ['TCP']) : [protocol];
    if (protocols.length === 1) return [{ ...name, protocol: protocols[0], port, targetPort }];
    return protocols.map((other) => ({ name: `port-${i + 1}-${other.toLowerCase()}`, protocol: other, port, targetPort }));
  });
}

/** `--overrides` laid over an object (cmdutil: merge.go). */
export function overridden(object: KubeObject, flags: Values<typeof overrideFlags>): KubeObject {
  if (flags.overrides === '') return object;
  const parsed = parseYaml(flags.overrides);
  const broken = !parsed.ok || (flags.overrides.trimStart().startsWith('{') && !isJson(flags.overrides));
  if (flags['override-type'] === 'json') {
    if (broken || !Array.isArray(parsed.value))
      throw new KubectlError('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
    const result = applyJsonPatch(object, parsed.value as readonly Operation[]);
    if (!result.ok) throw new KubectlError(result.error);
    return result.value as KubeObject;
  }
  if (broken) throw new KubectlError('Invalid JSON Patch');
  return applyMergePatch(object, parsed.value) as KubeObject;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
