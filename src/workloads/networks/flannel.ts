/** The images of flannel: the daemon, and the init containers that copy its plugin and its configuration to the host. */
import { Node } from '#kube/kinds/node.ts';
import { rfc3339 } from '#kube/time.ts';
import { pluginBinary } from '#node/cni/invoke.ts';
import { actFlannel, startFlannel, type FlannelInput } from '#node/cni/networks/flannel/flannel.ts';
import type { ContainerContext, Program } from '#node/program.ts';
import { copy } from './copy.ts';
import { follow, inputOf, started } from './daemon.ts';

function flannelInput(context: ContainerContext): FlannelInput {
  return { ...inputOf(context), netConf: context.file('/etc/kube-flannel/net-conf.json'), args: context.argv.slice(1) };
}

export const flannel: Program = {
  tools: new Set(['sh', 'cat', 'ls', 'cp', 'ip', 'iptables', 'grep', 'env']),
  entrypoint: ['/opt/bin/flanneld'],
  cmd: [],
  image: { pull: 1700, size: 28_000_000 },
  start(context) {
    if (context.argv[0] === 'cp') return copy(context, new Map([['/flannel', pluginBinary('flannel', rfc3339(context.now))]]));
    return started(context, startFlannel(flannelInput(context)));
  },
  actsOn: (objects) => [objects.revision(Node)],
  act(context, run) {
    const { objects } = context.change;
    const act = (before: unknown) => actFlannel(flannelInput(context), (before as readonly Node[] | undefined) ?? []);
    return follow(context, run, [objects.revision(Node)], act, objects.list(Node));
  },
};
