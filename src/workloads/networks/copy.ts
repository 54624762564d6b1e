/** `cp -f FROM TO` as init containers run it, onto a mounted directory of the host. */
import { rfc3339 } from '#kube/time.ts';
import { withFiles, type FileNode } from '#node/files.ts';
import type { ContainerContext, Started } from '#node/program.ts';
import { done, hostOf } from './daemon.ts';

/** `image`: the files that the image brings along. */
export function copy(context: ContainerContext, image: ReadonlyMap<string, FileNode>): Started {
  const [from = '', to = ''] = context.argv.slice(1).filter((arg) => !arg.startsWith('-'));
  const [mount] = [...(context.container.volumeMounts ?? [])]
    .filter((one) => to.startsWith(one.mountPath))
    .sort((a, b) => b.mountPath.length - a.mountPath.length);
  const volume = context.pod.spec.volumes?.find((one) => one.name === mount?.name);
  const hostPath = volume?.hostPath?.path;
  const text = image.get(from) ?? context.file(from);
  if (mount === undefined || hostPath === undefined || text === undefined)
    return { listeners: [], logs: [{ stderr: `cp: can't stat '${from}': No such file or directory` }], exit: { after: 50, code: 1 } };
  const host = hostOf(context);
  const path = hostPath + to.slice(mount.mountPath.length);
  context.change.hosts.set(host.name, { ...host, files: withFiles(host.files, [[path, text]], rfc3339(context.now)) });
  return done;
}
