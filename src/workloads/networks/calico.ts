/** The images of Calico: the node's daemon, the installer of its plugins, and the controllers. */
import { Node } from '#kube/kinds/node.ts';
import { podCidrsOf } from '#kube/settings.ts';
import { actCalico, startCalico, type CalicoInput } from '#node/cni/networks/calico/calico.ts';
import { installCni } from '#node/cni/networks/calico/install.ts';
import { datastoreRevisions, readDatastore, writeDatastore } from '#node/cni/networks/calico/stored.ts';
import type { ContainerContext, Program } from '#node/program.ts';
import { plain } from '../plain.ts';
import {
  done,
  enforcePolicies,
  follow,
  healthy,
  hostOf,
  inputOf,
  installed,
  listening,
  machineParts,
  machineRevisions,
  policyRevisions,
  started,
} from './daemon.ts';

function calicoInput(context: ContainerContext): CalicoInput {
  const { objects } = context.change;
  return {
    ...inputOf(context),
    calico: readDatastore(objects) ?? { pools: [], blocks: [] },
    env: context.env,
    podSubnet: podCidrsOf(objects).join(','),
  };
}

/** calico/node: Felix, BIRD and confd under one supervisor. */
export const calicoNode: Program = {
  tools: new Set(['calico-node', 'bird', 'birdcl', 'sh', 'bash', 'cat', 'ls', 'grep', 'ip', 'iptables', 'ip6tables', 'ipset', 'env']),
  entrypoint: [],
  cmd: ['start_runit'],
  image: { pull: 4100, size: 142_000_000 },
  start(context) {
    if (context.argv.includes('-init')) return done;
    const result = startCalico(calicoInput(context));
    writeDatastore(context.change.objects, result.calico, context.now);
    const bird = (context.env.get('CALICO_NETWORKING_BACKEND') ?? 'bird') === 'bird';
    const listeners = [
      ...listening(context, 'calico-node', ['TCP', '127.0.0.1', 9099, 'http']),
      ...(bird ? listening(context, 'bird', ['TCP', '0.0.0.0', 179, 'silent']) : []),
    ];
    // Before its first probe, which would find neither Felix nor BIRD.
    return started(context, result, listeners, 600);
  },
  actsOn: (objects, host) => [
    ...machineParts(host),
    objects.revision(Node),
    ...policyRevisions(objects),
    ...(datastoreRevisions(objects) ?? []),
  ],
  act(context, run) {
    const { objects } = context.change;
    enforcePolicies(context, 'calico');
    const revisions = [objects.revision(Node), ...(datastoreRevisions(objects) ?? []), ...machineRevisions(hostOf(context))];
    return follow(context, run, revisions, () => {
      const result = actCalico(calicoInput(context));
      writeDatastore(objects, result.calico, context.now);
      return result;
    });
  },
  serve: healthy,
};

/** calico/cni: `calico-ipam -upgrade` finds nothing to move from host-local, `install` puts everything in place. */
export const calicoCni: Program = {
  tools: new Set(),
  entrypoint: [],
  cmd: ['/opt/cni/bin/install'],
  image: { pull: 2900, size: 98_000_000 },
  start(context) {
    if (context.argv.includes('-upgrade')) return done;
    const token = context.file('/var/run/secrets/kubernetes.io/serviceaccount/token') ?? '';
    return installed(context, installCni(context.env, token));
  },
};

export const calicoKubeControllers = plain({
  process: 'kube-controllers',
  entrypoint: ['/usr/bin/kube-controllers'],
  tools: new Set(['kube-controllers', 'check-status']),
  pull: 1600,
  size: 36_000_000,
});
