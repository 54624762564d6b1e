/** The CoreDNS processes of the cluster's containers: each belongs to one life of a container, and answers with what is known when it is asked. */
import type { Environment } from '#dataplane/coredns/plugin.ts';
import { startCoredns, type Started } from '#dataplane/coredns/process.ts';
import { lookAtCorefile, type Reloaded } from '#dataplane/coredns/reload.ts';
import type { CorednsServer } from '#dataplane/coredns/server.ts';
import type { Outcome, Query, ServerAddress } from '#dataplane/dns/message.ts';
import { Cluster, type Objects } from '#kube/cluster.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Service } from '#kube/kinds/service.ts';
import type { ContainerContext } from '#node/program.ts';
import { listFailures } from './permissions.ts';

/** What a server looks at while it answers. */
interface Moment {
  readonly objects: Objects;
  readonly now: number;
  readonly upstream: (query: Query, server: ServerAddress) => Outcome;
}

/** A process: whatever its server, it always looks at one moment. */
interface Held {
  readonly server: CorednsServer;
  readonly environment: Environment;
  readonly place: Surroundings;
  /** How it came to life, to start it again when time was taken back. */
  readonly birth: {
    readonly context: ContainerContext;
    readonly upstream: Moment['upstream'];
    readonly begin: (server: CorednsServer) => void;
  };
  /** The latest moment it has seen. */
  latest: Age;
  /** Where time was taken back to before that moment. */
  rewound?: Objects;
}

/** Moments of one history in their order. */
interface Age {
  readonly now: number;
  readonly counter: number;
}

function ageOf({ objects, now }: Pick<Moment, 'objects' | 'now'>): Age {
  return { now, counter: objects.counter };
}

function isBefore(a: Age, b: Age): boolean {
  return a.now < b.now || (a.now === b.now && a.counter < b.counter);
}

interface Surroundings {
  moment: Moment;
  /** What it could list once it keeps, though it may not any more: a reflector's store outlives its watch. */
  listed?: Objects;
  /** While a server starts: the files it has read, by path. */
  reads?: Map<string, string>;
  /** While it starts again after it was saved: the files as it had read them. */
  read?: ReadonlyMap<string, string>;
}

/** By the texts a life of the container has read: they are that life's own. */
const servers = new WeakMap<ReadonlyMap<string, string>, Held>();
const held = new WeakMap<CorednsServer, Held>();
/** Lives of saved processes, until somebody asks them. */
const asleep = new WeakMap<ReadonlyMap<string, string>, () => void>();

function hold(loaded: ReadonlyMap<string, string>, one: Held): void {
  servers.set(loaded, one);
  held.set(one.server, one);
}

function heldBy(loaded: ReadonlyMap<string, string>): Held | undefined {
  const wake = asleep.get(loaded);
  asleep.delete(loaded);
  wake?.();
  return servers.get(loaded);
}

/**
 * The server of a container's life; undefined when it runs something else. When the moment is earlier than one it has seen, somebody has
 * undone what happened since: then it starts again as it first did, and remembers nothing of it.
 */
export function serverOf(loaded: ReadonlyMap<string, string>, moment: Pick<Moment, 'objects' | 'now'>): CorednsServer | undefined {
  const one = heldBy(loaded);
  if (one === undefined) return undefined;
  const age = ageOf(moment);
  if (one.rewound === undefined && !isBefore(age, one.latest)) {
    one.latest = age;
    return one.server;
  }
  const again = new Map<string, string>();
  const { context, upstream, begin } = one.birth;
  const { server } = startServer(context, again, { upstream, begin, read: loaded });
  if (server === undefined) return one.server;
  begin(server);
  const started = servers.get(again)!;
  if (one.rewound !== undefined && listFailures(one.rewound, ...accountOf(context)).length === 0) started.place.listed = one.rewound;
  hold(loaded, { ...started, latest: age });
  return server;
}

/**
 * Takes a container's life back to a moment, if it has seen a later one: when it is asked again, at whatever time, it has started again as
 * it first did, and knows what it could list at that moment.
 */
export function rewindServer(loaded: ReadonlyMap<string, string>, to: Pick<Moment, 'objects' | 'now'>): void {
  const one = servers.get(loaded);
  if (one !== undefined && isBefore(ageOf(to), one.latest)) one.rewound = to.objects;
}

/** The service account that a process asks the API server with. */
function accountOf({ pod }: ContainerContext): readonly [namespace: string, name: string] {
  return [pod.metadata.namespace!, pod.spec.serviceAccountName ?? 'default'];
}

/** Lets a server answer with these surroundings. */
export function withSurroundings<T>(server: CorednsServer, moment: Moment, act: () => T): T {
  const { place } = held.get(server)!;
  const before = place.moment;
  place.moment = moment;
  try {
    return act();
  } finally {
    place.moment = before;
  }
}

/** `1.13.1` of `registry.k8s.io/coredns/coredns:v1.13.1`; node-cache has a number of its own (its go.mod says which CoreDNS it is built of). */
function versionOf(image: string): string {
  if (image.includes('k8s-dns-node-cache')) return '1.12.2';
  return /:v?(\d+\.\d+\.\d+)/.exec(image)?.[1] ?? '1.13.1';
}

function environmentOf(context: ContainerContext, place: Surroundings): Environment {
  const { pod, host, sandbox } = context;
  const moment = () => place.moment;
  let seen: readonly unknown[] = [];
  let modified = context.now;
  const links = host.kernel.namespaces.get(sandbox.network.namespace)?.links ?? [];
  let judged: readonly unknown[] = [];
  let reasons: readonly string[] = [];
  const nothing = new Cluster();
  const failures = () => {
    const { objects } = moment();
    const rules = [objects.revision(ClusterRole), objects.revision(ClusterRoleBinding)];
    if (judged.length === 0 || rules.some((one, i) => one !== judged[i])) reasons = listFailures(objects, ...accountOf(context));
    judged = rules;
    if (reasons.length === 0) place.listed = objects;
    return reasons;
  };
  return {
    version: versionOf(context.container.image ?? ''),
    files: {
      read(name) {
        const text = (place.reads && place.read?.get(name)) ?? context.file(name);
        if (text !== undefined) place.reads?.set(name, text);
        return text;
      },
      isDirectory: () => false,
      glob: () => [],
    },
    env: context.env,
    addresses: sandbox.network.namespace === '' ? host.addresses : sandbox.network.ips.map((one) => one.address.ip),
    interfaces: new Map(links.map((link) => [link.name, link.addresses.map((address) => address.ip)])),
    kubernetes: {
      objects: () => (failures().length === 0 ? moment().objects : (place.listed ?? nothing)),
      modified() {
        const { objects, now } = moment();
        const revisions = [objects.revision(Service), objects.revision(EndpointSlice), objects.revision(Namespace)];
        if (revisions.some((one, i) => one !== seen[i])) {
          modified = seen.length === 0 ? modified : now;
          seen = revisions;
        }
        return modified;
      },
      synced: () => failures().length === 0 || place.listed !== undefined,
      failures,
    },
    upstream: (query, server) => moment().upstream(query, server),
    listenError: () => undefined,
    seed: `${context.change.objects.seed}/${pod.metadata.uid}`,
    processors: 2,
    args: context.argv.slice(1),
  };
}

function momentOf(context: ContainerContext, upstream: Moment['upstream']): Moment {
  return { objects: context.change.objects, now: context.now, upstream };
}

interface Start {
  readonly upstream: Moment['upstream'];
  /** What it does once it listens. */
  readonly begin: (server: CorednsServer) => void;
  /** The files as an earlier start has read them. */
  readonly read?: ReadonlyMap<string, string>;
  /** It asks the API server for nothing. */
  readonly alone?: boolean;
}

/** Starts the process of a container; its server belongs to `loaded` from then on, which gets the files that it reads. */
export function startServer(context: ContainerContext, loaded: Map<string, string>, { upstream, begin, read }: Start): Started {
  const place: Surroundings = { moment: momentOf(context, upstream), reads: loaded, ...(read !== undefined && { read }) };
  const environment = environmentOf(context, place);
  const started = startCoredns(environment, context.now);
  delete place.reads;
  delete place.read;
  if (started.server !== undefined)
    hold(loaded, { server: started.server, environment, place, birth: { context, upstream, begin }, latest: ageOf(place.moment) });
  return started;
}

/**
 * Starts a process anew, when it is first asked, that has run since `context.now` with these texts in another process of this computer;
 * what it begins with is done then, too. False when it may know what cannot be found again: objects that it may not list any more.
 */
export function resumeServer(context: ContainerContext, loaded: ReadonlyMap<string, string>, start: Start): boolean {
  if (start.alone !== true && listFailures(context.change.objects, ...accountOf(context)).length > 0) return false;
  asleep.set(loaded, () => {
    const again = new Map<string, string>();
    const { server } = startServer(context, again, { ...start, read: loaded });
    if (server === undefined) return;
    hold(loaded, servers.get(again)!);
    start.begin(server);
  });
  return true;
}

/** Lets a process look at its Corefile: `loaded` is its life until now, `next` the life that a new server belongs to. */
export function lookAgain(
  context: ContainerContext,
  loaded: ReadonlyMap<string, string>,
  next: Map<string, string>,
  file: { readonly path: string; readonly text: string; readonly tried: string | undefined },
  upstream: Moment['upstream'],
): Reloaded {
  const one = heldBy(loaded)!;
  return withSurroundings(one.server, momentOf(context, upstream), () => {
    const tried = file.tried ?? one.server.reload!.sum;
    one.place.reads = next;
    const looked = lookAtCorefile(one.server, tried, file.text, one.environment, context.now, { fileName: file.path });
    delete one.place.reads;
    if (looked.server !== one.server) hold(next, { ...one, server: looked.server });
    return looked;
  });
}
