/** What the programs of network daemons have in common: they act on their machine and on its Node object, and again when those have changed. */
import type { Objects } from '#kube/cluster.ts';
import { isEqual } from '#kube/equal.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import { Node } from '#kube/kinds/node.ts';
import { tokenOf } from '#kube/token.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Port, Protocol } from '#net/ip.ts';
import type { DaemonAct, DaemonInput, DaemonStart } from '#node/cni/networks/daemon.ts';
import { install, type Installation } from '#node/cni/networks/install.ts';
import type { ContainerRun, Host, Listener } from '#node/host.ts';
import type { PolicyAgent, PolicyObjects } from '#node/network-policy.ts';
import type { ContainerContext, Program, Started } from '#node/program.ts';
import { pidOf } from '../listening.ts';

/** The machine that a container is on, as it is now. */
export function hostOf({ change, host }: ContainerContext): Host {
  return change.hosts.get(host.name)!;
}

export function inputOf(context: ContainerContext): DaemonInput {
  const { objects } = context.change;
  return { host: hostOf(context), nodes: objects.list(Node), now: context.now, seed: objects.seed };
}

function publish({ change }: ContainerContext, { host, node }: Pick<DaemonStart, 'host' | 'node'>): void {
  if (host !== change.hosts.get(host.name)) change.hosts.set(host.name, host);
  const old = node === undefined ? undefined : change.objects.get(Node, '', node.metadata.name);
  if (node !== undefined && old !== undefined && !isEqual(old, node)) change.objects.put(Node, node);
}

/** A daemon that has started, or has given up after some milliseconds. */
export function started(context: ContainerContext, result: DaemonStart, listeners: readonly Listener[] = [], givesUp = 1500): Started {
  publish(context, result);
  const logs = result.logs.map((stderr) => ({ stderr }));
  return result.exit === undefined
    ? { listeners, logs, stopsAfter: 100 }
    : { listeners: [], logs, exit: { after: givesUp, code: result.exit.code } };
}

/** Lets a running daemon act when one of `revisions` is another than when it last did; `remembered` is kept for the next time, after them. */
export function follow(
  context: ContainerContext,
  run: ContainerRun,
  revisions: readonly unknown[],
  act: (remembered: unknown) => DaemonAct,
  remembered?: unknown,
): ContainerRun {
  const { synced } = run;
  if (synced !== undefined && revisions.every((one, i) => one === synced[i])) return run;
  const result = act(synced?.[revisions.length]);
  publish(context, result);
  const lines = result.logs.map((text) => ({ at: context.now, stream: 'stderr' as const, text }));
  return {
    ...run,
    synced: remembered === undefined ? revisions : [...revisions, remembered],
    logs: lines.length === 0 ? run.logs : [...run.logs, ...lines],
  };
}

/** What an agent works on, of its machine. */
export function machineParts({ kernel, files, policy }: Host): readonly unknown[] {
  return [kernel, files, policy];
}

/** Revisions of a machine: of its network, and of its files. */
export function machineRevisions({ kernel, files }: Host): readonly unknown[] {
  return [tokenOf(kernel), tokenOf(files)];
}

/** Revisions of what policies consist of. */
export function policyRevisions(objects: Objects): readonly unknown[] {
  return [NetworkPolicy, Namespace, Pod].map((kind) => objects.revision(kind));
}

const noPolicies: PolicyObjects = { policies: [], namespaces: [], pods: [] };
let lastSeen: { readonly revisions: readonly unknown[]; readonly objects: PolicyObjects } | undefined;

/** What an agent sees of policies: the same value for all agents of a cluster, and for as long as nothing of it has changed. */
function policyObjects(objects: Objects): PolicyObjects {
  const policies = objects.list(NetworkPolicy);
  // Without a policy, nobody is isolated, whoever there is.
  if (policies.length === 0) return noPolicies;
  const revisions = policyRevisions(objects);
  if (lastSeen === undefined || revisions.some((one, i) => one !== lastSeen!.revisions[i]))
    lastSeen = { revisions, objects: { policies, namespaces: objects.list(Namespace), pods: objects.list(Pod) } };
  return lastSeen.objects;
}

/** Lets an agent put in force what policies, namespaces and pods say now. What it has put in force outlives it. */
export function enforcePolicies(context: ContainerContext, agent: PolicyAgent): void {
  const host = hostOf(context);
  const objects = policyObjects(context.change.objects);
  if (host.policy?.agent === agent && host.policy.objects === objects) return;
  context.change.hosts.set(host.name, { ...host, policy: { agent, objects } });
}

/** An init container that puts plugins and files on the machine. */
export function installed(context: ContainerContext, installation: Installation): Started {
  publish(context, { host: install(hostOf(context), installation, context.now) });
  return done;
}

/** A process that does its work and ends. */
export const done: Started = { listeners: [], exit: { after: 50, code: 0 } };

/** `['TCP', '127.0.0.1', 9099, 'http']`: sockets of a process. */
export function listening(
  context: ContainerContext,
  process: string,
  ...sockets: readonly (readonly [protocol: Protocol, address: string, port: number, speaks: Listener['speaks']])[]
): readonly Listener[] {
  return sockets.map(([protocol, address, port, speaks]) => ({
    protocol,
    address,
    port: port as Port,
    process,
    pid: pidOf(context),
    speaks,
  }));
}

/** A program that answers `ok` to who asks after its health, and 404 to all else. */
export const healthy: NonNullable<Program['serve']> = (_context, { path }) =>
  /^\/(healthz|liveness|readiness)(\?|$)/.test(path) ? { status: 200, headers: {}, body: 'ok' } : { status: 404, headers: {}, body: '' };
