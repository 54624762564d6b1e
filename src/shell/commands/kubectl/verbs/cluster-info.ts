/** `kubectl cluster-info` (staging:kubectl/pkg/cmd/clusterinfo). */
import type { KubeObject } from '#kube/object.ts';
import { pathOf } from '../client.ts';
import { bool, duration, string, stringSlice } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { mappingFor } from '../builder.ts';
import { ApiError, KubectlError } from '../errors.ts';
import { defineVerb } from '../verb.ts';

interface ServiceShape extends KubeObject {
  readonly spec: { readonly ports?: readonly { readonly name?: string; readonly port: number }[] };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } };
}

export const dump = defineVerb({
  name: 'dump',
  use: 'dump [flags]',
  short: 'Dump relevant information for debugging and diagnosis',
  flags: {
    ...printFlags,
    'all-namespaces': bool('Of all namespaces.', false, { shorthand: 'A' }),
    namespaces: stringSlice('Of these namespaces; without it, of kube-system and the current one.'),
    output: string('Output format: json, yaml, name, …', 'json', { shorthand: 'o' }),
    'output-directory': string('Write files below this directory instead.'),
    'pod-running-timeout': duration('How long to wait for a pod to run.', 20_000, '20s'),
  },
  run: (kubectl, { flags }) => {
    const printer = printerFor({ flags, io: kubectl.io });
    const directory = flags['output-directory'];
    const put = (path: string, text: string) => {
      if (directory === '' || directory === '-') kubectl.out(text);
      else kubectl.io.files.write(`${directory}/${path}`, text);
    };
    const extension = flags.output === 'json' ? 'json' : 'yaml';
    const list = (type: string, namespace: string | undefined, path: string) => {
      const mapping = mappingFor(kubectl, type);
      let text = '';
      if (flags.output === 'name') throw new KubectlError(`list types are not supported by name printing: *v1.${mapping.kind}List`);
      printer.print(kubectl.client.request('GET', pathOf(mapping, namespace)).body as KubeObject, (part) => (text += part));
      put(`${path}.${extension}`, text);
    };
    list('nodes', undefined, 'nodes');
    for (const namespace of namespacesOf(kubectl, flags['all-namespaces'], flags.namespaces)) {
      for (const type of ['events', 'replicationcontrollers', 'services', 'daemonsets', 'deployments', 'replicasets', 'pods'])
        list(type, namespace, `${namespace}/${type}`);
      for (const pod of kubectl.client.list(mappingFor(kubectl, 'pods'), namespace).items) dumpLogs(kubectl, pod, put);
    }
    if (directory !== '' && directory !== '-') kubectl.out(`Cluster info dumped to ${directory}\n`);
  },
});

function namespacesOf(kubectl: Invocation, all: boolean, named: readonly string[]): readonly string[] {
  if (all) return kubectl.client.list(mappingFor(kubectl, 'namespaces')).items.map(({ metadata }) => metadata.name);
  return named.length > 0 ? named : ['kube-system', kubectl.namespace.name];
}

interface PodShape extends KubeObject {
  readonly spec: {
    readonly initContainers?: readonly { readonly name: string }[];
    readonly containers: readonly { readonly name: string }[];
  };
}

function dumpLogs(kubectl: Invocation, object: KubeObject, put: (path: string, text: string) => void): void {
  const { metadata, spec } = object as PodShape;
  let text = '';
  for (const { name } of [...(spec.initContainers ?? []), ...spec.containers]) {
    const title = `container ${name} of pod ${metadata.namespace ?? ''}/${metadata.name}`;
    text += `==== START logs for ${title} ====\n`;
    try {
      const path = `/api/v1/namespaces/${metadata.namespace ?? ''}/pods/${metadata.name}/log`;
      text += String(kubectl.client.request('GET', path, { query: { container: name } }).body);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      text += `Request log error: ${error.message}\n`;
    }
    text += `==== END logs for ${title} ====\n`;
  }
  put(`${metadata.namespace ?? ''}/${metadata.name}/logs.txt`, text);
}

export const clusterInfo = defineVerb({
  name: 'cluster-info',
  use: 'cluster-info [flags]',
  short: 'Display cluster information',
  flags: {},
  verbs: [dump],
  run: (kubectl) => {
    const { server } = kubectl.clientConfig;
    const namespace = kubectl.globals.namespace || 'kube-system';
    const services = kubectl.client.list<ServiceShape>(mappingFor(kubectl, 'services'), namespace, {
      labelSelector: 'kubernetes.io/cluster-service=true',
    }).items;
    kubectl.out(`Kubernetes control plane is running at ${server}\n`);
    for (const { metadata, spec, status } of services) {
      const [ingress] = status?.loadBalancer?.ingress ?? [];
      const port = spec.ports?.[0];
      let link: string;
      if (ingress !== undefined) {
        const host = ingress.ip ?? ingress.hostname ?? '';
        link = (spec.ports ?? []).map((one) => `http://${host}:${one.port} `).join('');
      } else {
        const name = port === undefined || (port.name ?? '') === '' ? metadata.name : `${metadata.name}:${port.name!}`;
        link = `${server}/api/v1/namespaces/${metadata.namespace ?? ''}/services/${schemeOf(port)}${name}/proxy`;
      }
      kubectl.out(`${metadata.labels?.['kubernetes.io/name'] ?? metadata.name} is running at ${link}\n`);
    }
    kubectl.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  },
});

function schemeOf(port: { readonly name?: string; readonly port: number } | undefined): string {
  return port !== undefined && (port.name === 'https' || port.port === 443) ? 'https:' : '';
}
