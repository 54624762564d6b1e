/** What the init containers of a network do on a node: plugins into the bin dir, a configuration list where the runtime looks. */
import { rfc3339 } from '#kube/time.ts';
import { withFiles, type FileNode } from '../../files.ts';
import type { Host } from '../../host.ts';
import { pluginBinary } from '../invoke.ts';

export interface Installation {
  /** Names of plugins to put into the bin dir. */
  readonly binaries: readonly string[];
  /** Files of the host by path: the text, or the text and the mode. */
  readonly files: Readonly<Record<string, string | { readonly content: string; readonly mode: number }>>;
}

export const binDir = '/opt/cni/bin';
export const confDir = '/etc/cni/net.d';

/** The host with these installed; files that are there are replaced. */
export function install(host: Host, { binaries, files }: Installation, now: number): Host {
  const modified = rfc3339(now);
  const programs = binaries.map((name): [string, FileNode] => [`${binDir}/${name}`, pluginBinary(name, modified)]);
  const others = Object.entries(files).map(([path, file]): [string, FileNode] => {
    const { content, mode } = typeof file === 'string' ? { content: file, mode: 0o644 } : file;
    return [path, { kind: 'file', content, mode, modified }];
  });
  return { ...host, files: withFiles(host.files, [...programs, ...others], modified) };
}
