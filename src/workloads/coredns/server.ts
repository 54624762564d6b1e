/** The CoreDNS processes of the cluster's containers: each belongs to one life of a container, and answers with what is known when it is asked. */
import { createServer, type CorednsServer, type StartFailure } from '#dataplane/coredns/server.ts';
import type { Environment } from '#dataplane/coredns/plugin.ts';
import type { Outcome, Query, ServerAddress } from '#dataplane/dns/message.ts';
import type { Objects } from '#kube/cluster.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Service } from '#kube/kinds/service.ts';
import type { Result } from '#kube/status.ts';
import type { ContainerContext } from '#node/program.ts';
import { listFailures } from './permissions.ts';

/** What a server looks at while it answers. */
interface Moment {
  readonly objects: Objects;
  readonly now: number;
  readonly upstream: (query: Query, server: ServerAddress) => Outcome;
}

interface Held {
  readonly server: CorednsServer;
  moment: Moment;
}

/** By the texts a life of the container has read: they are that life's own. */
const servers = new WeakMap<ReadonlyMap<string, string>, Held>();
const held = new WeakMap<CorednsServer, Held>();

/** The server of a container's life; undefined when it runs something else. */
export function serverOf(loaded: ReadonlyMap<string, string>): CorednsServer | undefined {
  return servers.get(loaded)?.server;
}

/** Lets a server answer with these surroundings. */
export function withSurroundings<T>(server: CorednsServer, moment: Moment, act: () => T): T {
  const one = held.get(server)!;
  const before = one.moment;
  one.moment = moment;
  try {
    return act();
  } finally {
    one.moment = before;
  }
}

/** `1.13.1` of `registry.k8s.io/coredns/coredns:v1.13.1`. */
function versionOf(image: string): string {
  return /:v?(\d+\.\d+\.\d+)/.exec(image)?.[1] ?? '1.13.1';
}

/** Starts a server for a container; it belongs to `loaded` from then on. */
export function startServer(
  context: ContainerContext,
  path: string,
  text: string,
  loaded: ReadonlyMap<string, string>,
  upstream: Moment['upstream'],
): Result<CorednsServer, StartFailure> {
  const { pod, host, sandbox } = context;
  let current: Held | undefined;
  const first: Moment = { objects: context.change.objects, now: context.now, upstream };
  const moment = () => current?.moment ?? first;
  let seen: readonly unknown[] = [];
  let modified = context.now;
  const namespace = pod.metadata.namespace!;
  const account = pod.spec.serviceAccountName ?? 'default';
  const links = host.kernel.namespaces.get(sandbox.network.namespace)?.links ?? [];
  const environment: Environment = {
    version: versionOf(context.container.image ?? ''),
    files: { read: (name) => context.file(name), isDirectory: () => false, glob: () => [] },
    env: context.env,
    addresses: sandbox.network.namespace === '' ? host.addresses : sandbox.network.ips.map((one) => one.address.ip),
    interfaces: new Map(links.map((link) => [link.name, link.addresses.map((address) => address.ip)])),
    kubernetes: {
      objects: () => moment().objects,
      modified() {
        const { objects, now } = moment();
        const revisions = [objects.revision(Service), objects.revision(EndpointSlice), objects.revision(Namespace)];
        if (revisions.some((one, i) => one !== seen[i])) {
          modified = seen.length === 0 ? modified : now;
          seen = revisions;
        }
        return modified;
      },
      synced: () => listFailures(moment().objects, namespace, account).length === 0,
      failures: () => listFailures(moment().objects, namespace, account),
    },
    upstream: (query, server) => moment().upstream(query, server),
    listenError: () => undefined,
    seed: `${context.change.objects.seed}/${pod.metadata.uid}`,
    processors: 2,
    args: context.argv.slice(1),
  };
  const result = createServer(text, environment, context.now, { fileName: path });
  if (result.ok) {
    current = { server: result.value, moment: first };
    servers.set(loaded, current);
    held.set(result.value, current);
  }
  return result;
}
