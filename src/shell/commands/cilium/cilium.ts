/** cilium-dbg, in the agent's container: the agent's status. */
import { Node } from '#kube/kinds/node.ts';
import { ciliumStatusText } from '#node/cni/networks/cilium/status.ts';
import { failure, output, type Command, type Here, type Output } from '../../command.ts';
import { containerAt, hostAt } from '../../place.ts';

/** The agents that run, and all nodes there are. */
function health({ lab }: Here): { readonly nodes: number; readonly reachable: number } {
  const { cluster, hosts } = lab.snapshot;
  const nodes = cluster.list(Node);
  const running = nodes.filter((node) =>
    [...(hosts.get(node.metadata.name as never)?.sandboxes.values() ?? [])].some((sandbox) =>
      sandbox.containers.some((one) => one.name === 'cilium-agent' && one.run !== undefined && one.run.finishedAt === undefined),
    ),
  );
  return { nodes: nodes.length, reachable: running.length };
}

function status(here: Here): Output {
  const { lab, place } = here;
  const loaded = containerAt(lab, place)?.run?.loaded ?? new Map<string, string>();
  const config = Object.fromEntries([...loaded].map(([path, value]) => [path.slice(path.lastIndexOf('/') + 1), value]));
  const version = lab.snapshot.cluster.list(Node).find((node) => node.metadata.name === place.node)?.status?.nodeInfo?.kubeletVersion ?? '';
  const kubernetes = `${version.replace(/^v(\d+\.\d+).*$/, '$1')} (${version})`;
  const text = ciliumStatusText({ host: hostAt(lab, place), config, kubernetes, health: health(here), now: lab.now });
  return text === undefined
    ? failure(
        'Cannot get status/config: Get "http://localhost/v1/healthz": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory\n',
      )
    : output(text);
}

function ciliumNamed(name: string): Command {
  return {
    name,
    run(args, _io, here): Output {
      const words = args.filter((arg) => !arg.startsWith('-'));
      if (words[0] === 'status' && words.length === 1 && !args.includes('--verbose')) return status(here);
      return failure(`cka-net: ${name} ${args.join(' ')} is not simulated\n`);
    },
  };
}

export const cilium = ciliumNamed('cilium');
export const ciliumDbg = ciliumNamed('cilium-dbg');
