/** The images of Cilium: the agent with its installer, and the operator. */
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { Node } from '#kube/kinds/node.ts';
import { actCilium, assignRanges, binaries, startCilium, type CiliumInput } from '#node/cni/networks/cilium/cilium.ts';
import {
  announceAddresses,
  announcedAddresses,
  ciliumNodesRevision,
  rangesOf,
  writeRanges,
} from '#node/cni/networks/cilium/cilium-nodes.ts';
import { define } from '#node/cni/networks/cilium/definitions.ts';
import { readState } from '#node/cni/plugins/cilium-cni/agent.ts';
import { readFile } from '#node/files.ts';
import type { ContainerRun } from '#node/host.ts';
import type { ContainerContext, Program } from '#node/program.ts';
import { parseFlags } from '../control-plane/flags.ts';
import {
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

type Config = CiliumInput['config'];

/** What `--config-dir` holds when the process starts, a file a setting; changes are not noticed before the next start. */
function loadConfig(context: ContainerContext): ReadonlyMap<string, string> {
  const directory = parseFlags(context.argv.slice(1)).get('config-dir')?.replace(/\/$/, '');
  const mount = context.container.volumeMounts?.find((one) => one.mountPath.replace(/\/$/, '') === directory);
  const map = context.pod.spec.volumes?.find((one) => one.name === mount?.name)?.configMap?.name;
  const data = map === undefined ? undefined : context.change.objects.get(ConfigMap, context.pod.metadata.namespace!, map)?.data;
  return new Map(Object.entries(data ?? {}).map(([key, value]) => [`${directory}/${key}`, value]));
}

function configOf(loaded: ContainerRun['loaded']): Config {
  return Object.fromEntries([...loaded].map(([path, value]) => [path.slice(path.lastIndexOf('/') + 1), value]));
}

function ciliumInput(context: ContainerContext, config: Config): CiliumInput {
  const input = inputOf(context);
  const ranges = config['ipam'] === 'kubernetes' ? assignRanges(config, input.nodes, new Map()) : rangesOf(context.change.objects);
  return { ...input, config, ranges, former: announcedAddresses(context.change.objects, context.host.name) };
}

export const ciliumAgent: Program = {
  tools: new Set(['cilium', 'cilium-dbg', 'sh', 'bash', 'cat', 'ls', 'grep', 'ip', 'iptables', 'env']),
  entrypoint: ['/usr/bin/cilium'],
  cmd: [],
  image: { pull: 5200, size: 230_000_000 },
  startsFrom: (objects) => [ciliumNodesRevision(objects)],
  start(context) {
    if (context.argv[0] === '/install-plugin.sh') return installed(context, binaries);
    const loaded = loadConfig(context);
    const result = startCilium(ciliumInput(context, configOf(loaded)));
    const begun = started(
      context,
      result,
      listening(context, 'cilium-agent', ['TCP', '127.0.0.1', 9879, 'http'], ['TCP', '::', 4240, 'http']),
    );
    const own = readState({ read: (path) => readFile(hostOf(context).files, path) });
    if (begun.exit === undefined) announceAddresses(context.change.objects, context.host.name, own?.addresses ?? {}, context.now);
    return { ...begun, loaded };
  },
  actsOn: (objects, host) => [...machineParts(host), objects.revision(Node), ...policyRevisions(objects), ciliumNodesRevision(objects)],
  act(context, run) {
    const { objects } = context.change;
    enforcePolicies(context, 'cilium');
    const revisions = [objects.revision(Node), ciliumNodesRevision(objects), ...machineRevisions(hostOf(context))];
    return follow(context, run, revisions, () => actCilium(ciliumInput(context, configOf(run.loaded))));
  },
  serve: healthy,
};

/** cilium-operator-generic: defines the custom kinds, and gives nodes their ranges. */
export const ciliumOperator: Program = {
  tools: new Set(),
  entrypoint: [],
  cmd: ['/usr/bin/cilium-operator-generic'],
  image: { pull: 1900, size: 36_000_000 },
  start(context) {
    define(context.change.objects, context.now);
    return {
      listeners: listening(context, 'cilium-operator', ['TCP', '127.0.0.1', 9234, 'http']),
      loaded: loadConfig(context),
      stopsAfter: 100,
    };
  },
  actsOn: (objects) => [objects.revision(Node), ciliumNodesRevision(objects)],
  act(context, run) {
    const { objects } = context.change;
    return follow(context, run, [objects.revision(Node), ciliumNodesRevision(objects)], () => {
      writeRanges(objects, assignRanges(configOf(run.loaded), objects.list(Node), rangesOf(objects)), context.now);
      return { host: hostOf(context), logs: [] };
    });
  },
  serve: healthy,
};
