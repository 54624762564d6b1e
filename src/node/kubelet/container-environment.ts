/** What a container finds around it: command line, files, environment (pkg/kubelet/kubelet_pods.go makeEnvironmentVariables). */
import type { Objects } from '#kube/cluster.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import type { Container } from '#kube/kinds/container.ts';
import { type Pod } from '#kube/kinds/pod.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import type { NodeName } from '#kube/names.ts';
import type { Change } from '../change.ts';
import { readFile } from '../files.ts';
import type { Host, Sandbox } from '../host.ts';
import type { ContainerContext, Program } from '../program.ts';
import { fieldText, decodeBase64, mountsOf, readMounted } from './volumes.ts';
import type { PodWorker } from './worker.ts';

export function contextOf(
  worker: Pick<PodWorker, 'programs' | 'createObject'>,
  change: Change,
  hostName: NodeName,
  pod: Pod,
  container: Container,
  now: number,
): ContainerContext {
  const host = change.hosts.get(hostName)!;
  const sandbox = host.sandboxes.get(pod.metadata.uid!)!;
  const program = worker.programs(container.image!);
  let mounts: ReturnType<typeof mountsOf> | undefined;
  let env: ReadonlyMap<string, string> | undefined;
  let argv: readonly string[] | undefined;
  const environment = () => (env ??= knownEnvironment(change, pod, container, sandbox));
  return {
    change,
    host,
    pod,
    container,
    sandbox,
    now,
    ...(worker.createObject !== undefined && { create: (kind, object) => worker.createObject!(change, kind, object) }),
    get argv() {
      return (argv ??= argvOf(program, container, environment));
    },
    get env() {
      return environment();
    },
    file(path) {
      mounts ??= mountsOf(change.objects, change.hosts.get(hostName)!, pod, container, sandbox, now);
      const mounted = readMounted(mounts, change.hosts.get(hostName)!, path);
      if (mounted !== undefined) return mounted ?? undefined;
      const state = sandbox.containers.find((one) => one.name === container.name);
      const written = state === undefined ? undefined : readFile(state.written, path);
      return written ?? (state?.run === undefined ? undefined : program.files?.(state.run).get(path));
    },
  };
}

/** The command line of a container: its own, or the image's, with `$(NAME)` replaced by what the environment has. */
export function argvOf(
  { entrypoint, cmd }: Pick<Program, 'entrypoint' | 'cmd'>,
  { command = [], args = [] }: Pick<Container, 'command' | 'args'>,
  environment: () => ReadonlyMap<string, string>,
): readonly string[] {
  const argv = command.length > 0 ? [...command, ...args] : [...entrypoint, ...(args.length > 0 ? args : cmd)];
  return argv.map((text) => text.replace(/\$\((\w+)\)/g, (whole, name: string) => environment().get(name) ?? whole));
}

/** The environment that a container was last seen with: programs that act ask for it at every look, and it seldom changes. */
const environments = new WeakMap<Container, { readonly from: readonly unknown[]; readonly env: ReadonlyMap<string, string> }>();

function knownEnvironment(change: Change, pod: Pod, container: Container, sandbox: Sandbox): ReadonlyMap<string, string> {
  const { objects, hosts } = change;
  const from = [
    pod,
    sandbox,
    hosts.get((pod.spec.nodeName ?? '') as NodeName)?.addresses,
    ...[Service, ConfigMap, Secret].map((kind) => objects.revision(kind)),
  ];
  const known = environments.get(container);
  if (known?.from.every((one, i) => one === from[i]) === true) return known.env;
  const env = environmentOf(change, pod, container, sandbox);
  environments.set(container, { from, env });
  return env;
}

/** The environment: the image's PATH, the node's and cluster's service variables, then envFrom and env (kubelet_pods.go makeEnvironmentVariables). */
export function environmentOf(
  change: { readonly objects: Objects; readonly hosts: ReadonlyMap<NodeName, Host> },
  pod: Pod,
  container: Container,
  sandbox: Sandbox,
): ReadonlyMap<string, string> {
  const { objects } = change;
  const namespace = pod.metadata.namespace!;
  const env = new Map<string, string>([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', sandbox.hostname],
  ]);
  const services = new Map<string, string>();
  for (const service of objects.list(Service)) {
    const ip = service.spec?.clusterIP;
    const own = service.metadata.namespace === namespace && pod.spec.enableServiceLinks !== false;
    const master = service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes';
    if (ip === undefined || ip === '' || ip === 'None' || !(own || master)) continue;
    const name = service.metadata.name.toUpperCase().replaceAll('-', '_');
    const ports = service.spec?.ports ?? [];
    if (ports.length === 0) continue;
    services.set(`${name}_SERVICE_HOST`, ip);
    services.set(`${name}_SERVICE_PORT`, String(ports[0]!.port));
    for (const port of ports)
      if (port.name !== undefined && port.name !== '')
        services.set(`${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
    ports.forEach((port, i) => {
      const protocol = (port.protocol ?? 'TCP').toLowerCase();
      const url = `${protocol}://${ip.includes(':') ? `[${ip}]` : ip}:${port.port}`;
      if (i === 0) services.set(`${name}_PORT`, url);
      const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`;
      services.set(prefix, url);
      services.set(`${prefix}_PROTO`, protocol);
      services.set(`${prefix}_PORT`, String(port.port));
      services.set(`${prefix}_ADDR`, ip);
    });
  }
  for (const [key, value] of services) env.set(key, value);
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? '';
    if (source.configMapRef?.name !== undefined)
      for (const [key, value] of Object.entries(objects.get(ConfigMap, namespace, source.configMapRef.name)?.data ?? {}))
        env.set(prefix + key, value);
    if (source.secretRef?.name !== undefined)
      for (const [key, value] of Object.entries(objects.get(Secret, namespace, source.secretRef.name)?.data ?? {}))
        env.set(prefix + key, decodeBase64(value));
  }
  for (const one of container.env ?? []) {
    const from = one.valueFrom;
    if (from === undefined)
      env.set(
        one.name,
        (one.value ?? '').replace(/\$\((\w+)\)/g, (whole, name: string) => env.get(name) ?? whole),
      );
    else if (from.fieldRef !== undefined) {
      const podWithIp = {
        ...pod,
        status: {
          ...pod.status,
          podIP: sandbox.network.ips[0]?.address.ip ?? pod.status?.podIP,
          hostIP: pod.status?.hostIP ?? change.hosts.get((pod.spec.nodeName ?? '') as NodeName)?.addresses[0],
        },
      } as Pod;
      env.set(one.name, fieldText(podWithIp, from.fieldRef.fieldPath));
    } else if (from.configMapKeyRef?.name !== undefined) {
      const value = objects.get(ConfigMap, namespace, from.configMapKeyRef.name)?.data?.[from.configMapKeyRef.key];
      if (value !== undefined) env.set(one.name, value);
    } else if (from.secretKeyRef?.name !== undefined) {
      const value = objects.get(Secret, namespace, from.secretKeyRef.name)?.data?.[from.secretKeyRef.key];
      if (value !== undefined) env.set(one.name, decodeBase64(value));
    }
  }
  return env;
}

/** What the environment needs and the API does not have. */
export function configProblem(change: Change, pod: Pod, container: Container): string | undefined {
  const namespace = pod.metadata.namespace!;
  const { objects } = change;
  const key = (
    kind: typeof ConfigMap | typeof Secret,
    ref: { readonly name?: string; readonly key?: string; readonly optional?: boolean } | undefined,
  ): string | undefined => {
    if (ref?.name === undefined || ref.optional === true) return undefined;
    const word = kind === ConfigMap ? 'configmap' : 'secret';
    const found = objects.get(kind as typeof ConfigMap, namespace, ref.name);
    if (found === undefined) return `${word} ${JSON.stringify(ref.name)} not found`;
    if (ref.key !== undefined && found.data?.[ref.key] === undefined)
      return `couldn't find key ${ref.key} in ${kind === ConfigMap ? 'ConfigMap' : 'Secret'} ${namespace}/${ref.name}`;
    return undefined;
  };
  for (const source of container.envFrom ?? []) {
    const problem = key(ConfigMap, source.configMapRef) ?? key(Secret, source.secretRef);
    if (problem !== undefined) return problem;
  }
  for (const one of container.env ?? []) {
    const problem = key(ConfigMap, one.valueFrom?.configMapKeyRef) ?? key(Secret, one.valueFrom?.secretKeyRef);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
