/** The images of flannel: the daemon, and the init containers that copy its plugin and its configuration to the host. */
import { Node } from '#kube/kinds/node.ts';
import { isEqual } from '#kube/equal.ts';
import { actFlannel, startFlannel, type FlannelInput } from '#node/cni/networks/flannel/flannel.ts';
import { pluginBinary } from '#node/cni/invoke.ts';
import { withFiles } from '#node/files.ts';
import { rfc3339 } from '#kube/time.ts';
import type { ContainerContext, Program, Started } from '#node/program.ts';

function inputOf(context: ContainerContext): FlannelInput {
  const { objects } = context.change;
  return {
    host: context.change.hosts.get(context.host.name)!,
    nodes: objects.list(Node),
    now: context.now,
    seed: objects.seed,
    netConf: context.file('/etc/kube-flannel/net-conf.json'),
    args: context.argv.slice(1),
  };
}

/** `cp -f A B` as the init containers run it, onto a mounted directory of the host. */
function copy(context: ContainerContext): Started {
  const [, , from, to] = context.argv;
  const mount = context.container.volumeMounts
    ?.filter((one) => to?.startsWith(one.mountPath))
    .sort((a, b) => b.mountPath.length - a.mountPath.length)[0];
  const volume = context.pod.spec.volumes?.find((one) => one.name === mount?.name);
  const hostPath = volume?.hostPath?.path;
  const modified = rfc3339(context.now);
  const text = from === '/flannel' ? pluginBinary('flannel', modified) : context.file(from ?? '');
  if (hostPath === undefined || to === undefined || text === undefined)
    return { listeners: [], logs: [{ stderr: `cp: can't stat '${from}': No such file or directory` }], exit: { after: 50, code: 1 } };
  const path = hostPath + to.slice(mount!.mountPath.length);
  const host = context.change.hosts.get(context.host.name)!;
  context.change.hosts.set(host.name, { ...host, files: withFiles(host.files, [[path, text]], modified) });
  return { listeners: [], exit: { after: 50, code: 0 } };
}

export const flannel: Program = {
  tools: new Set(['sh', 'cat', 'ls', 'cp', 'ip', 'iptables', 'grep', 'env']),
  entrypoint: ['/opt/bin/flanneld'],
  cmd: [],
  image: { pull: 1700, size: 28_000_000 },
  start(context) {
    if (context.argv[0] === 'cp') return copy(context);
    const result = startFlannel(inputOf(context));
    context.change.hosts.set(context.host.name, result.host);
    const old = result.node === undefined ? undefined : context.change.objects.get(Node, '', result.node.metadata.name);
    if (result.node !== undefined && old !== undefined && !isEqual(old, result.node)) context.change.objects.put(Node, result.node);
    const logs = result.logs.map((stderr) => ({ stderr }));
    return result.exit === undefined
      ? { listeners: [], logs, stopsAfter: 100 }
      : { listeners: [], logs, exit: { after: 1500, code: result.exit.code } };
  },
  act(context, run) {
    const { objects } = context.change;
    const synced = [objects.revision(Node)];
    if (run.synced !== undefined && run.synced[0] === synced[0]) return run;
    const result = actFlannel(inputOf(context), (run.synced?.[1] as readonly Node[] | undefined) ?? []);
    if (result.host !== context.change.hosts.get(context.host.name)) context.change.hosts.set(context.host.name, result.host);
    const at = context.now;
    return {
      ...run,
      synced: [...synced, objects.list(Node)],
      logs: result.logs.length === 0 ? run.logs : [...run.logs, ...result.logs.map((text) => ({ at, stream: 'stderr' as const, text }))],
    };
  },
};
