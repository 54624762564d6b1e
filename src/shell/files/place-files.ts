/** The files of a place as programs use them. Writes are gathered, and saved together before anything looks at the cluster. */
import type { FileNode, FileTree } from '#node/files.ts';
import { listDirectory, normalize, parentOf, putFile, resolve, withFiles } from '#node/files.ts';
import type { Lab } from '#lab/lab.ts';
import { rfc3339 } from '#kube/time.ts';
import type { Files, Place } from '../command.ts';
import { FileError } from './file-error.ts';
import { nodeStore } from './node-store.ts';
import { podStore } from './pod-store.ts';
import { virtualOf, type Store } from './tree.ts';

const completed = new WeakMap<FileTree, FileTree>();

const stub: FileNode = { kind: 'file', content: '\x7fELF\x02\x01\x01\x00', mode: 0o755, modified: '2026-01-01T00:00:00Z' };

/** The tree with a file for each program that it lacks. */
function withPrograms(tree: FileTree, programs: readonly string[]): FileTree {
  if (programs.length === 0) return tree;
  let full = completed.get(tree);
  if (full === undefined) completed.set(tree, (full = tree.has(binaries) ? new Completed(tree, programs) : completeCopy(tree, programs)));
  return full;
}

const binaries = '/usr/bin';

function lacks(tree: FileTree, program: string): boolean {
  return ![binaries, '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'].some((directory) => tree.has(`${directory}/${program}`));
}

function completeCopy(tree: FileTree, programs: readonly string[]): FileTree {
  const missing = programs.filter((name) => lacks(tree, name));
  return withFiles(
    tree,
    missing.map((name) => [`${binaries}/${name}`, stub] as const),
    stub.modified,
  );
}

const programSets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A tree with its programs that is copied only when somebody looks at all of it: most look for a few paths, and it changes often. */
class Completed implements FileTree {
  readonly #tree: FileTree;
  readonly #programs: readonly string[];
  readonly #names: ReadonlySet<string>;
  #copy: FileTree | undefined;

  constructor(tree: FileTree, programs: readonly string[]) {
    this.#tree = tree;
    this.#programs = programs;
    let names = programSets.get(programs);
    if (names === undefined) programSets.set(programs, (names = new Set(programs)));
    this.#names = names;
  }

  get(path: string): FileNode | undefined {
    return this.#tree.get(path) ?? (this.#isStub(path) ? stub : undefined);
  }

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  #isStub(path: string): boolean {
    const slash = binaries.length;
    if (path[slash] !== '/' || !path.startsWith(binaries)) return false;
    const name = path.slice(slash + 1);
    return this.#names.has(name) && lacks(this.#tree, name);
  }

  get #all(): FileTree {
    return (this.#copy ??= completeCopy(this.#tree, this.#programs));
  }

  get size(): number {
    return this.#all.size;
  }

  forEach(act: (node: FileNode, path: string, tree: FileTree) => void): void {
    this.#all.forEach(act);
  }

  entries() {
    return this.#all.entries();
  }

  keys() {
    return this.#all.keys();
  }

  values() {
    return this.#all.values();
  }

  [Symbol.iterator]() {
    return this.#all[Symbol.iterator]();
  }
}

export class PlaceFiles implements Files {
  readonly #lab: Lab;
  readonly #programs: readonly string[];
  readonly #store: Store;
  readonly #pending = new Map<string, FileNode | undefined>();
  #base: FileTree | undefined;
  /** The base with what is not saved yet: grows with every write. */
  #tree: Map<string, FileNode> | undefined;
  #virtual = new Map<string, FileTree>();
  #snapshot: unknown;

  /** `programs` are the names of what can be run there: each is a file in a directory of PATH. `takes`: how long saving takes, in milliseconds. */
  constructor(lab: Lab, place: Place, programs: readonly string[] = [], takes?: number) {
    this.#lab = lab;
    this.#programs = programs;
    this.#store = place.kind === 'node' ? nodeStore(lab, place.node) : podStore(lab, place, takes);
  }

  /** Everything as it is now, unsaved changes included. */
  get tree(): FileTree {
    if (this.#snapshot !== this.#lab.snapshot || this.#base === undefined) {
      this.#snapshot = this.#lab.snapshot;
      this.#base = withPrograms(this.#store.tree(), this.#programs);
      this.#tree = undefined;
      this.#virtual = new Map();
    }
    if (this.#pending.size === 0) return this.#base;
    return (this.#tree ??= withFiles(this.#base, this.#pending, this.#modified));
  }

  get #modified(): string {
    return rfc3339(this.#lab.now);
  }

  /** The tree a path lies in: the stored one, or a virtual one. */
  treeOf(path: string): FileTree {
    const { tree } = this;
    const virtual = virtualOf(this.#store, path);
    if (virtual === undefined) return tree;
    let found = this.#virtual.get(virtual.root);
    if (found === undefined) this.#virtual.set(virtual.root, (found = virtual.tree()));
    return found;
  }

  /** The path with symbolic links followed; undefined when something is missing. */
  real(path: string): string | undefined {
    let current = normalize(path);
    for (let hops = 0; hops < 10; hops++) {
      const found = resolve(this.treeOf(current), current);
      if (found !== undefined) return found;
      const node = this.treeOf(current).get(current);
      if (node?.kind !== 'symlink') return undefined;
      current = normalize(node.target, parentOf(current));
    }
    return undefined;
  }

  read(path: string): string | undefined {
    const real = this.real(path);
    const node = real === undefined ? undefined : this.treeOf(real).get(real);
    return node?.kind === 'file' ? node.content : undefined;
  }

  stat(path: string): FileNode | undefined {
    const real = this.real(path);
    return real === undefined ? undefined : this.treeOf(real).get(real);
  }

  lstat(path: string): FileNode | undefined {
    const normal = normalize(path);
    return this.treeOf(normal).get(normal) ?? this.stat(path);
  }

  list(path: string): readonly string[] | undefined {
    const real = this.real(path);
    if (real === undefined) return undefined;
    const names = listDirectory(this.treeOf(real), real);
    const mounted = this.#store.virtual
      .filter((one) => parentOf(one.root) === real)
      .map((one) => one.root.slice(real === '/' ? 1 : real.length + 1));
    return names === undefined ? undefined : [...new Set([...names, ...mounted])].sort();
  }

  write(path: string, content: string | undefined): void {
    if (content === undefined) return this.put(normalize(path), undefined);
    const normal = this.real(path) ?? normalize(path);
    const virtual = virtualOf(this.#store, normal);
    if (virtual !== undefined) {
      if (virtual.write === undefined) throw new FileError('EROFS', 'open', path);
      this.save();
      const refused = virtual.write(normal, content);
      if (refused !== undefined) throw new FileError(refused, 'open', path);
      return;
    }
    const old = this.tree.get(normal);
    if (old?.kind === 'directory') throw new FileError('EISDIR', 'open', path);
    const directory = this.real(parentOf(normal)) ?? parentOf(normal);
    if (this.stat(directory) !== undefined && this.stat(directory)!.kind !== 'directory') throw new FileError('ENOTDIR', 'open', path);
    this.put(`${directory === '/' ? '' : directory}/${normal.slice(normal.lastIndexOf('/') + 1)}`, {
      kind: 'file',
      content,
      mode: old?.kind === 'file' ? old.mode : 0o644,
      modified: this.#modified,
    });
  }

  /** Reports whether a file can be written there, as far as that is known before. */
  mayWrite(path: string): boolean {
    const normal = this.real(path) ?? normalize(path);
    const isStored = virtualOf(this.#store, normal) === undefined && this.#store.refuses(normal) === undefined;
    return isStored && this.stat(parentOf(normal))?.kind === 'directory';
  }

  /** Changes one entry of the stored tree. */
  put(path: string, node: FileNode | undefined): void {
    const errno = this.#store.refuses(path);
    if (errno !== undefined) throw new FileError(errno, node === undefined ? 'unlink' : 'open', path);
    // What was removed with its directory comes after that when it is written again.
    this.#pending.delete(path);
    this.#pending.set(path, node);
    if (this.#tree !== undefined) putFile(this.#tree, path, node, this.#modified);
  }

  /** Saves what was written; the cluster reacts to it. */
  save(): void {
    if (this.#pending.size === 0) return;
    const changes = new Map(this.#pending);
    this.#pending.clear();
    this.#tree = undefined;
    this.#store.save(changes);
  }
}
