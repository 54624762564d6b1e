/** A host under change: what a plugin's process or a daemon can read and write. */
import type { Host } from '../host.ts';
import { listDirectory, normalize, parentOf, readFile, resolve, withFiles, type FileNode, type FileTree } from '../files.ts';
import type { Ip } from '#net/ip.ts';
import type { CalicoDatastore } from './plugins/calico-ipam/datastore.ts';
import { KernelDraft } from './kernel-draft.ts';

export interface MachineOptions {
  /** Unix milliseconds. */
  readonly now: number;
  /** The scenario's seed: random names and MAC addresses follow from it. */
  readonly seed?: string;
  /** Calico's pools and blocks, where that network is installed. */
  readonly calico?: CalicoDatastore;
  /** Addresses that an observed pod has: address managers give them again where they are theirs to give, and free. */
  readonly keep?: readonly Ip[];
}

export class Machine {
  readonly host: Host;
  readonly kernel: KernelDraft;
  readonly now: number;
  readonly seed: string;
  readonly keep: readonly Ip[];
  calico: CalicoDatastore | undefined;
  #files: FileTree;

  constructor(host: Host, options: MachineOptions) {
    this.host = host;
    this.now = options.now;
    this.seed = `${options.seed ?? ''}/${host.name}`;
    this.kernel = new KernelDraft(host.kernel, this.seed);
    this.keep = options.keep ?? [];
    this.calico = options.calico;
    this.#files = host.files;
  }

  get files(): FileTree {
    return this.#files;
  }

  /** The host as it is now. */
  publish(): Host {
    return { ...this.host, files: this.#files, kernel: this.kernel.kernel };
  }

  read(path: string): string | undefined {
    return readFile(this.#files, path);
  }

  exists(path: string): boolean {
    return resolve(this.#files, path) !== undefined;
  }

  /** Names in a directory; undefined when there is none. */
  list(path: string): readonly string[] | undefined {
    return listDirectory(this.#files, path);
  }

  write(path: string, content: string, mode = 0o644): void {
    this.put(path, { kind: 'file', content, mode, modified: this.#modified() });
  }

  makeDirectory(path: string, mode = 0o755): void {
    if (!this.exists(path)) this.put(path, { kind: 'directory', mode, modified: this.#modified() });
  }

  put(path: string, node: FileNode): void {
    this.#files = withFiles(this.#files, [[normalize(path), node]], this.#modified());
  }

  remove(path: string): void {
    this.#files = withFiles(this.#files, [[normalize(path), undefined]], this.#modified());
  }

  /** Why `open(path)` would fail, in the words of Go's os package; undefined when it would not. */
  openProblem(path: string): string | undefined {
    const found = resolve(this.#files, path);
    if (found !== undefined) return undefined;
    const parent = resolve(this.#files, parentOf(normalize(path)));
    const notDirectory = parent !== undefined && this.#files.get(parent)?.kind === 'file';
    return `open ${path}: ${notDirectory ? 'not a directory' : 'no such file or directory'}`;
  }

  #modified(): string {
    return new Date(this.now).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

/** The network namespace that a path such as `/var/run/netns/cni-1` stands for. */
export function namespaceOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function netnsPath(namespace: string): string {
  return `/var/run/netns/${namespace}`;
}
