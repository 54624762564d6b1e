/** The words of a command line, read one after the other, and what iproute2 says when they make no sense. */
import { failure, type Output } from '../../command.ts';

export class Words {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  next(): string | undefined {
    return this.#words[this.#at++];
  }

  peek(): string | undefined {
    return this.#words[this.#at];
  }

  rest(): readonly string[] {
    return this.#words.slice(this.#at);
  }
}

/** Whether a word is the beginning of one of these (iproute2 lib/utils.c, matches). */
export function abbreviates(word: string, names: readonly string[]): boolean {
  return names.some((name) => name.startsWith(word));
}

export function incomplete(): Output {
  return failure('Command line is not complete. Try option "help"\n', 255);
}

export function garbage(key: string, word: string): Output {
  return failure(`Error: either "${key}" is duplicate, or "${word}" is a garbage.\n`, 255);
}

export function unknownCommand(word: string, object: string): Output {
  return failure(`Command "${word}" is unknown, try "ip ${object} help".\n`, 255);
}
