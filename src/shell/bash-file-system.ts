/** A place's files in the form the bash interpreter wants them. Text is kept as UTF-8 decoded strings. */
import type { IFileSystem } from 'just-bash';
import { normalize, parentOf, type FileNode } from '#node/files.ts';
import { FileError } from './files/file-error.ts';
import { isOfLinks } from './files/link-files.ts';
import type { PlaceFiles } from './files/place-files.ts';
import { isJobTeller } from './background.ts';
import { isOpener } from './redirections.ts';
import { isStopwatch } from './timed.ts';

type Stat = Awaited<ReturnType<IFileSystem['stat']>>;

function text(content: string | Uint8Array): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}

/** `identity` tells whether two paths are one file: there are no hard links, so it is where the path leads. */
function statOf(node: FileNode, identity: string): Stat {
  return {
    identity,
    isFile: node.kind === 'file',
    isDirectory: node.kind === 'directory',
    isSymbolicLink: node.kind === 'symlink',
    mode: node.kind === 'symlink' ? 0o777 : node.mode,
    size: node.kind === 'file' ? new TextEncoder().encode(node.content).length : node.kind === 'directory' ? 4096 : node.target.length,
    mtime: new Date(node.modified),
  };
}

const nullDevice: FileNode = { kind: 'file', content: '', mode: 0o666, modified: '1970-01-01T00:00:00Z' };

/** The device that takes everything and holds nothing; no tree has it. */
function isNull(path: string): boolean {
  return normalize(path) === '/dev/null';
}

const stopwatchFile: FileNode = { ...nullDevice, mode: 0o755 };

/** Files that are there without being in a tree. */
function hiddenFile(path: string): FileNode | undefined {
  if (isNull(path)) return nullDevice;
  return isStopwatch(path) || isJobTeller(path) || isOpener(path) ? stopwatchFile : undefined;
}

export function bashFileSystem(files: PlaceFiles, modified: () => string): IFileSystem {
  const need = (node: FileNode | undefined, act: string, path: string): FileNode => {
    if (node === undefined) throw new FileError('ENOENT', act, path);
    return node;
  };
  const readText = (path: string): string => {
    if (isNull(path)) return '';
    const node = need(files.stat(path), 'open', path);
    if (node.kind === 'directory') throw new FileError('EISDIR', 'read', path);
    return (node as { content: string }).content;
  };
  /** A shell makes no directories on the way. */
  const write = (path: string, content: string): void => {
    if (isNull(path)) return;
    need(files.stat(parentOf(files.real(path) ?? normalize(path))), 'open', path);
    files.write(path, content);
  };
  const remove = (path: string): void => files.write(normalize(path), undefined);
  const copy = (from: string, to: string): void => {
    const node = need(files.lstat(from), 'cp', from);
    if (node.kind === 'directory') {
      files.put(normalize(to), node);
      for (const name of files.list(from) ?? []) copy(`${from}/${name}`, `${to}/${name}`);
    } else files.put(normalize(to), node.kind === 'file' ? { ...node, modified: modified() } : node);
  };
  return {
    readFile: async (path) => readText(path),
    readFileBuffer: async (path) => new TextEncoder().encode(readText(path)),
    writeFile: async (path, content) => write(path, text(content)),
    appendFile: async (path, content) => write(path, (files.read(path) ?? '') + text(content)),
    exists: async (path) => hiddenFile(path) !== undefined || files.stat(path) !== undefined,
    stat: async (path) => statOf(hiddenFile(path) ?? need(files.stat(path), 'stat', path), files.real(path) ?? normalize(path)),
    lstat: async (path) => statOf(need(files.lstat(path), 'lstat', path), normalize(path)),
    mkdir: async (path, options) => {
      const normal = normalize(path);
      const found = files.stat(normal);
      if (found !== undefined) {
        if (options?.recursive === true && found.kind === 'directory') return;
        throw new FileError('EEXIST', 'mkdir', path);
      }
      if (options?.recursive !== true && files.stat(parentOf(normal)) === undefined) throw new FileError('ENOENT', 'mkdir', path);
      files.put(normal, { kind: 'directory', mode: 0o755, modified: modified() });
    },
    readdir: async (path) => {
      if (need(files.stat(path), 'scandir', path).kind !== 'directory') throw new FileError('ENOTDIR', 'scandir', path);
      return [...files.list(path)!];
    },
    readdirWithFileTypes: async (path) => {
      if (need(files.stat(path), 'scandir', path).kind !== 'directory') throw new FileError('ENOTDIR', 'scandir', path);
      return files.list(path)!.map((name) => {
        const node = files.lstat(`${path === '/' ? '' : path}/${name}`);
        return {
          name,
          isFile: node?.kind === 'file',
          // Patterns go through links only where they take them for directories, as find and grep -r would everywhere.
          isDirectory: node?.kind === 'directory' || node === undefined || (node.kind === 'symlink' && isOfLinks(path)),
          isSymbolicLink: node?.kind === 'symlink',
        };
      });
    },
    rm: async (path, options) => {
      const node = files.lstat(path);
      if (node === undefined) {
        if (options?.force === true) return;
        throw new FileError('ENOENT', 'rm', path);
      }
      if (node.kind === 'directory' && options?.recursive !== true && (files.list(path) ?? []).length > 0)
        throw new FileError('ENOTEMPTY', 'rm', path);
      remove(path);
    },
    cp: async (from, to, options) => {
      const node = need(files.stat(from), 'cp', from);
      if (node.kind === 'directory' && options?.recursive !== true) throw new FileError('EISDIR', 'cp', from);
      copy(files.real(from)!, to);
    },
    mv: async (from, to) => {
      need(files.lstat(from), 'mv', from);
      copy(normalize(from), normalize(to));
      remove(from);
    },
    resolvePath: (base, path) => normalize(path, base),
    getAllPaths: () => [...files.tree.keys()],
    chmod: async (path, mode) => {
      const node = need(files.stat(path), 'chmod', path);
      if (node.kind !== 'symlink') files.put(files.real(path)!, { ...node, mode });
    },
    symlink: async (target, path) => {
      if (files.lstat(path) !== undefined) throw new FileError('EEXIST', 'symlink', path);
      files.put(normalize(path), { kind: 'symlink', target, modified: modified() });
    },
    link: async (from, to) => copy(from, to),
    readlink: async (path) => {
      const node = need(files.lstat(path), 'readlink', path);
      if (node.kind !== 'symlink') throw new FileError('EINVAL', 'readlink', path);
      return node.target;
    },
    realpath: async (path) => {
      const real = files.real(path);
      if (real === undefined) throw new FileError('ENOENT', 'realpath', path);
      return real;
    },
    utimes: async (path, _accessed, changed) => {
      const node = need(files.stat(path), 'utimes', path);
      files.put(files.real(path)!, { ...node, modified: changed.toISOString() });
    },
  };
}
