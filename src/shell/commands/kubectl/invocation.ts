/** One run of kubectl: its flags, its streams, and what it finds when it asks for a server (cmdutil.Factory). */
import type { Here, Io, Place, Written } from '../../command.ts';
import { write } from '../../written.ts';
import { type Client } from './client.ts';
import { connect } from './connection.ts';
import type { Dial } from './dial.ts';
import type { Values } from './flags.ts';
import type { globalFlags, GlobalFlags } from './global-flags.ts';
import { clientConfigOf, loadKubeconfig, namespaceOf, type ClientConfig, type Kubeconfig } from './kubeconfig.ts';
import { UsageError } from './errors.ts';
import type { Verb } from './verb.ts';
import type { Version } from './version.ts';

export interface Surroundings {
  /** kubectl itself, with all its commands. */
  readonly root: Verb;
  readonly io: Io;
  readonly here: Here;
  readonly version: Version;
  readonly dial: Dial;
}

export class Invocation {
  readonly root: Verb;
  readonly io: Io;
  readonly here: Here;
  readonly version: Version;
  readonly globals: Values<typeof globalFlags>;
  /** The command's name: `kubectl create service`. */
  readonly path: string;
  readonly #dial: Dial;
  #streams: { stdout: string; stderr: string; written: Written[] };
  readonly #warned = new Set<string>();
  /** Where the session goes on, when the command opened a shell elsewhere. */
  enter: Place | undefined;
  /** The directory in which it begins there, where that is not the usual one. */
  enterIn: string | undefined;
  /** What is left to do when that session is over. */
  left: ((status: number) => void | Promise<void>) | undefined;
  #stdinTaken = false;
  #kubeconfig: Kubeconfig | undefined;
  #clientConfig: ClientConfig | undefined;
  #client: Client | undefined;

  constructor({ root, io, here, version, dial }: Surroundings, path: string, globals: GlobalFlags) {
    this.root = root;
    this.io = io;
    this.here = here;
    this.version = version;
    this.path = path;
    this.globals = globals;
    this.#dial = dial;
    this.#streams = { stdout: '', stderr: '', written: [] };
  }

  /** Starts anew with empty streams: the same run goes on after a session. */
  clear(): void {
    this.#streams = { stdout: '', stderr: '', written: [] };
  }

  get stdout(): string {
    return this.#streams.stdout;
  }

  get stderr(): string {
    return this.#streams.stderr;
  }

  /** Both streams in the order of writing. */
  get written(): readonly Written[] {
    return this.#streams.written;
  }

  out(text: string): void {
    write(this.#streams.written, 'stdout', text);
    this.#streams.stdout += text;
  }

  err(text: string): void {
    write(this.#streams.written, 'stderr', text);
    this.#streams.stderr += text;
  }

  /** A line of the log (klog): `W1123 03:32:09.790958   31573 prune.go:71] …`. */
  log(severity: 'E' | 'W' | 'I', place: string, message: string): void {
    const [date, time] = new Date(this.now).toISOString().split('T') as [string, string];
    this.err(
      `${severity}${date.slice(5, 7)}${date.slice(8)} ${time.slice(0, 12)}000 ${String(this.pid).padStart(7)} ${place}] ${message}\n`,
    );
  }

  /** A server's warning: each text once a run (rest.NewWarningWriter with Deduplicate). */
  warn(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.err(`Warning: ${text}\n`);
  }

  get warnings(): number {
    return this.#warned.size;
  }

  /** Unix milliseconds. */
  get now(): number {
    return this.here.lab.now;
  }

  get pid(): number {
    return 10_000 + (Math.floor(this.now / 1000) % 20_000);
  }

  /** Reports whether this kubectl is of Kubernetes 1.`minor` or newer. */
  atLeast(minor: number): boolean {
    return this.version.minor >= minor;
  }

  /** Standard input, which can be read once. */
  stdin(): string {
    if (this.#stdinTaken) return '';
    this.#stdinTaken = true;
    return this.io.stdin;
  }

  get kubeconfig(): Kubeconfig {
    return (this.#kubeconfig ??= loadKubeconfig(this.io, this.globals.kubeconfig, { modifies: this.path.startsWith('kubectl config') }));
  }

  get clientConfig(): ClientConfig {
    return (this.#clientConfig ??= clientConfigOf(this.io, this.kubeconfig, this.globals));
  }

  get namespace(): { readonly name: string; readonly enforced: boolean } {
    return namespaceOf(this.io, this.kubeconfig, this.globals);
  }

  get client(): Client {
    return (this.#client ??= connect(this, this.#dial));
  }

  /** The error of a command line that makes no sense; the way to help is added to it (cmdutil.UsageErrorf). */
  usageError(message: string): Error {
    return new UsageError(`${message}\nSee '${this.path} -h' for help and examples`);
  }
}
