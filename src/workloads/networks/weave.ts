/** The images of Weave Net: the router with its launcher, and the policy controller. */
import { Node } from '#kube/kinds/node.ts';
import { setUpCni } from '#node/cni/networks/weave/install.ts';
import { peersOf } from '#node/cni/networks/weave/peers.ts';
import { connectionsText, ipamText, peersText, statusText, targetsText, type StatusInput } from '#node/cni/networks/weave/status.ts';
import { actWeave, startWeave, type WeaveInput } from '#node/cni/networks/weave/weave.ts';
import { weaveRuns } from '#node/cni/plugins/weave-net/weave-net.ts';
import type { ContainerContext, Program } from '#node/program.ts';
import { plain } from '../plain.ts';
import { done, enforcePolicies, follow, hostOf, inputOf, listening, machineRevisions, started } from './daemon.ts';

function weaveInput(context: ContainerContext): WeaveInput {
  return { ...inputOf(context), env: context.env, hosts: context.change.hosts };
}

const pages: Readonly<Record<string, (input: StatusInput) => string | undefined>> = {
  '/status': statusText,
  '/status/targets': targetsText,
  '/status/connections': connectionsText,
  '/status/peers': peersText,
  '/status/ipam': ipamText,
};

export const weave: Program = {
  tools: new Set(['weave', 'sh', 'cat', 'ls', 'curl', 'ip', 'iptables', 'ipset', 'conntrack', 'grep', 'env']),
  entrypoint: [],
  cmd: ['/home/weave/launch.sh'],
  image: { pull: 2600, size: 36_000_000 },
  start(context) {
    if (context.argv[0] === '/home/weave/init.sh') {
      context.change.hosts.set(context.host.name, setUpCni(hostOf(context), context.now));
      return done;
    }
    return started(
      context,
      startWeave(weaveInput(context)),
      listening(
        context,
        'weaver',
        ['TCP', '127.0.0.1', 6784, 'http'],
        ['TCP', '::', 6782, 'http'],
        ['TCP', '::', 6783, 'silent'],
        ['UDP', '::', 6783, 'silent'],
      ),
    );
  },
  act(context, run) {
    const { objects, hosts } = context.change;
    // What the other peers know, and whether they run, is heard from them.
    const heard = [...hosts.values()].flatMap((host) => [weaveRuns(host), ...machineRevisions(host).slice(1)]);
    return follow(context, run, [objects.revision(Node), ...machineRevisions(hostOf(context)), ...heard], () =>
      actWeave(weaveInput(context)),
    );
  },
  serve(context, { path, port }) {
    const page = port === 6784 ? pages[path] : undefined;
    const { objects, hosts } = context.change;
    const text = page?.({ node: context.host.name, peers: peersOf(objects.list(Node), hosts, objects.seed) });
    return text === undefined
      ? { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '404 page not found\n' }
      : { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
  },
};

export const weaveNpc: Program = {
  ...plain({ process: 'weave-npc', entrypoint: ['/usr/bin/launch.sh'], pull: 1500, size: 19_000_000, stopsAfter: 100 }),
  act(context, run) {
    enforcePolicies(context, 'weave');
    return run;
  },
};
