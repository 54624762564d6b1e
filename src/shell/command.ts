/** What a simulated program is, and what it is given. It speaks exactly as the real one: never colour, never kindness. */
import type { NodeName } from '#kube/names.ts';
import type { Lab } from '#lab/lab.ts';
import type { FileNode } from '#node/files.ts';
import type { Listener } from '#node/host.ts';
import type { Jobs } from './jobs.ts';

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** Both streams in the order of writing, where it is known. */
  readonly written?: readonly Written[];
  /** It was not written by a program of the line, but by one in the background, to the terminal. */
  readonly aside?: true;
  /** The line has left the shell that was the only one: the session is over. */
  readonly over?: true;
  /** An interactive shell was opened elsewhere (`ssh node01`, `kubectl exec -it … -- sh`): the session goes on there until `exit`. */
  readonly enter?: Place;
  /** The directory in which that shell begins, where it is not the usual one. */
  readonly enterIn?: string;
  /** What the program that opened that shell does and says when it has ended with this status; without it the shell takes its leave by itself. */
  readonly left?: (status: number) => Output | Promise<Output>;
}

/** A piece of what was written to a stream. */
export interface Written {
  readonly to: 'stdout' | 'stderr';
  readonly text: string;
}

/** Where a program runs: on a host, or in a container of a pod there. */
export type Place =
  /** `netns`: a network namespace of the host that it has been put into (`ip netns exec`, `nsenter --net`), files and all else being the host's. */
  | { readonly kind: 'node'; readonly node: NodeName; readonly netns?: string }
  | {
      readonly kind: 'pod';
      readonly node: NodeName;
      readonly podUid: string;
      readonly namespace: string;
      readonly pod: string;
      readonly container: string;
    };

/** The files of the place a program runs in, mounts and virtual files (`/proc`, `/etc/resolv.conf`) included. Paths are absolute. */
export interface Files {
  /** The text of a file; undefined when there is none (or it is a directory). */
  read(path: string): string | undefined;
  stat(path: string): FileNode | undefined;
  /** As `stat`, but of a symbolic link itself. */
  lstat(path: string): FileNode | undefined;
  /** Names in a directory, sorted; undefined when there is none. */
  list(path: string): readonly string[] | undefined;
  /** Writes a file, directories on the way made, or removes it with `undefined`. Throws `EROFS`/`EACCES` errors as Node spells them. */
  write(path: string, content: string | undefined): void;
}

export interface Io {
  readonly stdin: string;
  readonly cwd: string;
  readonly env: ReadonlyMap<string, string>;
  readonly files: Files;
  /** Whether output goes to a terminal: what follows for ever ends by itself when it does not. */
  readonly tty: boolean;
  /** Runs a program with its arguments, here or elsewhere (`kubectl exec`, `ssh`, `sudo`, `watch`, `xargs`); its output is returned, not printed. */
  run(
    argv: readonly string[],
    options?: {
      readonly at?: Place;
      readonly stdin?: string;
      readonly env?: ReadonlyMap<string, string>;
      /** It has no terminal, whatever the shell has. */
      readonly tty?: false;
      /** When it will be ended, in simulated time: what takes longer lets no more pass. */
      readonly deadline?: number;
    },
  ): Promise<Output>;
  /** Runs a shell line (pipes, redirection and all), here or elsewhere. */
  shell(line: string, options?: { readonly at?: Place; readonly stdin?: string }): Promise<Output>;
  /** Lets simulated time pass, and with it whatever goes on beside: while the program waits for something. */
  pass(milliseconds: number): Promise<void>;
  /** Reports whether a place has a program of this name. */
  has(program: string, at?: Place): boolean;
  /** Opens the learner's editor on a text and returns what was saved; absent where nobody can edit. `$KUBE_EDITOR`/`$EDITOR` in env go first. */
  readonly edit?: (text: string, fileName: string) => Promise<string>;
  /** The terminal somebody sits at; absent where nobody does, or where the output goes elsewhere. */
  readonly screen?: Screen;
  /** Absent for programs that run in the foreground. */
  readonly background?: Background;
  /** The jobs of the shell that has called it. */
  readonly jobs?: Jobs;
  /** Somebody types the shell's lines: it has job control. */
  readonly interactive?: boolean;
  /** The lines that were typed before, the first one first. */
  readonly history?: readonly string[];
}

/** What a program can do that has been started in the background. */
export interface Background {
  /** It goes on after its end, listening; what it says then comes to where its streams go. */
  goOn(listeners: (pid: number) => readonly Listener[]): void;
  /** Sends both streams to a file, where they go to the terminal; false where they do not. */
  redirect(file: string): boolean;
}

/** A terminal for programs that fill it and wait for keys. What is shown can do nothing to it but be read. */
export interface Screen {
  readonly rows: number;
  readonly columns: number;
  /** Shows these lines instead of whatever was there, and a last one that stands out. What was there before the first comes back at the end. */
  show(lines: readonly string[], status?: string): void;
  /**
   * Waits for a key: a character, or `up`, `down`, `left`, `right`, `pageup`, `pagedown`, `home`, `end`, `return`, `space`, `backspace`,
   * `escape`, `interrupt` (Ctrl-C); undefined when so many milliseconds have passed first.
   */
  key(milliseconds?: number): Promise<string | undefined>;
}

export interface Here {
  readonly lab: Lab;
  readonly place: Place;
}

export interface Command {
  /** As typed: `kubectl`. */
  readonly name: string;
  /** `images`: machines, and containers of images that nobody knows, do not have it, but only images whose programs it is among. */
  readonly onlyIn?: 'images' | 'machines';
  /** It draws on the terminal when there is one, and waits for keys. */
  readonly fillsScreen?: boolean;
  run(args: readonly string[], io: Io, here: Here): Output | Promise<Output>;
}

export function output(stdout: string, stderr = '', exitCode = 0): Output {
  return { stdout, stderr, exitCode };
}

/** A failure: text on stderr, and the status. */
export function failure(stderr: string, exitCode = 1): Output {
  return { stdout: '', stderr, exitCode };
}
