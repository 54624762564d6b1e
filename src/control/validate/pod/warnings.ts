/** What the server remarks on pods and templates that it takes. (pkg/api/pod/warnings.go) */
import type { Container } from '#kube/kinds/container.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import { dns1123Label, ipWarnings } from '../formats.ts';

type Annotations = Readonly<Record<string, string>>;

/** Node labels that have been renamed (pkg/api/node/util.go). */
const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** A name with dots makes a strange host name. `use`: what is named after it. */
export function hostnameWarnings(name: string, use: string): string[] {
  const messages = dns1123Label(name);
  const remark = `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`;
  return messages.length === 0 ? [] : [remark];
}

/** `path`: of the specification; `annotationsPath` beside it. */
export function podWarnings(spec: PodSpec, annotations: Annotations, path: string, annotationsPath: string): string[] {
  return [
    ...nodeSelectorWarnings(spec, path),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, i) => ipWarnings(`${path}.hostAliases[${i}].ip`, ip)),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((one, i) => ipWarnings(`${path}.dnsConfig.nameservers[${i}]`, one)),
    ...hostAliasWarnings(spec, path),
    ...volumeWarnings(spec, path),
    ...secretWarnings(spec, path),
    ...annotationWarnings(annotations, annotationsPath),
    ...containersOf(spec, path).flatMap(([container, at]) => variableWarnings(container, at)),
    ...portWarnings(spec, path),
  ];
}

function containersOf(spec: PodSpec, path: string): [container: Container, path: string][] {
  return [
    ...(spec.initContainers ?? []).map((one, i): [Container, string] => [one, `${path}.initContainers[${i}]`]),
    ...(spec.containers ?? []).map((one, i): [Container, string] => [one, `${path}.containers[${i}]`]),
  ];
}

function nodeSelectorWarnings({ nodeSelector = {}, topologySpreadConstraints = [] }: PodSpec, path: string): string[] {
  return [
    ...Object.keys(nodeSelector)
      .filter((key) => deprecatedNodeLabels[key] !== undefined)
      .map((key) => `${path}.nodeSelector[${key}]: ${deprecatedNodeLabels[key]}`),
    ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, i) => {
      const at = `${path}.topologySpreadConstraints[${i}]`;
      const deprecated = deprecatedNodeLabels[topologyKey];
      return [
        ...(deprecated === undefined ? [] : [`${at}.topologyKey: ${topologyKey} is ${deprecated}`]),
        ...(labelSelector === undefined ? [`${at}: a null labelSelector results in matching no pod`] : []),
      ];
    }),
  ];
}

function hostAliasWarnings({ hostAliases = [] }: PodSpec, path: string): string[] {
  return hostAliases.flatMap(({ ip }, i) =>
    hostAliases.slice(0, i).some((one) => one.ip === ip) ? [`${path}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`] : [],
  );
}

function volumeWarnings({ volumes = [] }: PodSpec, path: string): string[] {
  return volumes.flatMap((volume, i) =>
    volume.gitRepo === undefined ? [] : [`${path}.volumes[${i}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+`],
  );
}

function secretWarnings({ imagePullSecrets = [] }: PodSpec, path: string): string[] {
  return imagePullSecrets.flatMap(({ name = '' }, i) =>
    imagePullSecrets.slice(0, i).some((one) => one.name === name)
      ? [`${path}.imagePullSecrets[${i}].name: duplicate name ${JSON.stringify(name)}`]
      : [],
  );
}

function annotationWarnings(annotations: Annotations, path: string): string[] {
  return Object.keys(annotations).flatMap((key) =>
    key.startsWith('container.apparmor.security.beta.kubernetes.io/')
      ? [`${path}[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`]
      : [],
  );
}

function variableWarnings({ env = [] }: Container, path: string): string[] {
  return env.flatMap(({ name, value = '' }, i) => {
    if (!env.slice(0, i).some((one) => one.name === name)) return [];
    // A definition that is made of the earlier one is meant to be a second one.
    if (value.includes(`$(${name})`)) return [];
    return [`${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`];
  });
}

interface PortAt {
  readonly name: string;
  readonly key: string;
  readonly path: string;
}

/** Ports of the containers that run together, sidecars included; the same number in two containers cannot work. */
function portWarnings(spec: PodSpec, path: string): string[] {
  const seen: PortAt[] = [];
  const warnings: string[] = [];
  for (const [container, at] of containersOf(spec, path)) {
    if (at.includes('initContainers') && container.restartPolicy !== 'Always') continue;
    (container.ports ?? []).forEach(({ name = '', hostPort = 0, containerPort, protocol, hostIP = '' }, i) => {
      const port = { name, key: `${hostPort}/${containerPort}/${protocol}/${hostIP}`, path: `${at}.ports[${i}]` };
      const twin = seen.find((one) => one.key === port.key);
      const namesake = name === '' ? undefined : seen.find((one) => one.name === name && !one.path.startsWith(`${at}.`));
      if (twin !== undefined) warnings.push(`${port.path}: duplicate port definition with ${twin.path}`);
      if (namesake !== undefined) {
        warnings.push(
          `${port.path}: duplicate port name ${JSON.stringify(name)} with ${namesake.path}, services and probes that select ports by name will use ${namesake.path}`,
        );
      }
      seen.push(port);
    });
  }
  return warnings;
}
