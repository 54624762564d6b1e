/** Files that lie in no tree: what a program has been given to read (`/dev/stdin`, `<(…)`), and nothing (`/dev/null`). */
import { normalize, type FileNode } from '#node/files.ts';
import type { Files } from '../command.ts';

/** The files of a place, and those devices; `given` are texts by their paths. */
export function withDevices(files: Files, given: ReadonlyMap<string, string>): Files {
  const text = (path: string): string | undefined => {
    const normal = normalize(path);
    return normal === '/dev/null' ? '' : given.get(normal);
  };
  const node = (path: string): FileNode | undefined => {
    const content = text(path);
    return content === undefined ? undefined : { kind: 'file', content, mode: 0o600, modified: '1970-01-01T00:00:00Z' };
  };
  return {
    read: (path) => text(path) ?? files.read(path),
    stat: (path) => node(path) ?? files.stat(path),
    lstat: (path) => node(path) ?? files.lstat(path),
    list: (path) => files.list(path),
    write: (path, content) => {
      if (normalize(path) !== '/dev/null') files.write(path, content);
    },
  };
}
