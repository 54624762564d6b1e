/** What a program prints elsewhere: files, which are there when another program looks, and what commands are to read when they are closed. */
import { normalize } from '#node/files.ts';
import type { Io } from '../../command.ts';
import type { Redirection } from './parse.ts';

interface Open {
  readonly kind: Redirection['kind'];
  /** What was in the file that is gone on with. */
  readonly before: string;
  text: string;
}

export class Redirections {
  readonly #io: Io;
  readonly #open = new Map<string, Open>();

  constructor(io: Io) {
    this.#io = io;
  }

  get names(): readonly string[] {
    return [...this.#open.keys()];
  }

  write(kind: Redirection['kind'], name: string, text: string): void {
    const open = this.#open.get(name);
    if (open !== undefined) open.text += text;
    else this.#open.set(name, { kind, before: kind === '>>' ? (this.#io.files.read(this.#path(name)) ?? '') : '', text });
  }

  /** Ends one: what its command is to read, `file` when it is none, undefined when there is nothing of that name. */
  close(name: string): { readonly stdin: string } | 'file' | undefined {
    const open = this.#open.get(name);
    this.#open.delete(name);
    if (open?.kind === '|') return { stdin: open.text };
    if (open !== undefined) this.#save(name, open);
    return open && 'file';
  }

  /** Files hold all that was written to them. */
  flush(): void {
    for (const [name, open] of this.#open) if (open.kind !== '|') this.#save(name, open);
  }

  #save(name: string, { before, text }: Open): void {
    this.#io.files.write(this.#path(name), before + text);
  }

  #path(name: string): string {
    return normalize(name, this.#io.cwd);
  }
}
