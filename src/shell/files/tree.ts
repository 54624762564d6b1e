/** A place's files as one tree: what is stored, and what is made when it is looked at. */
import type { FileErrno } from './file-error.ts';
import { emptyTree, withFiles, type FileNode, type FileTree } from '#node/files.ts';

/** Files and directories below one path that exist only when looked at. */
export interface VirtualFiles {
  /** The path they lie under, without an ending slash. */
  readonly root: string;
  /** Their tree; paths are absolute. */
  tree(): FileTree;
  /** Takes a write, or says why not; undefined: the files are read-only. */
  write?(path: string, content: string): FileErrno | undefined;
}

/** A tree of files that exist only when looked at: when they were modified is said of none. */
export function made(files: Iterable<readonly [path: string, file: string | FileNode]>): FileTree {
  return withFiles(emptyTree, files, '1970-01-01T00:00:00Z');
}

/** How a place's files are read and changed. */
export interface Store {
  /** Everything that is stored. */
  tree(): FileTree;
  readonly virtual: readonly VirtualFiles[];
  /** Reports whether a path cannot be written, with the reason as an errno. */
  refuses(path: string): 'EROFS' | 'EBUSY' | undefined;
  /** Stores all these changes at once (undefined: removed with everything below). */
  save(changes: ReadonlyMap<string, FileNode | undefined>): void;
}

export function virtualOf(store: Store, path: string): VirtualFiles | undefined {
  return store.virtual.find((one) => path === one.root || path.startsWith(`${one.root}/`));
}
