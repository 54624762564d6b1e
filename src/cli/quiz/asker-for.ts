import type { Terminal } from '../terminal.ts';
import type { Asker } from './asker.ts';

/** Prompts for a person at a terminal; a line an answer for everybody else. */
export async function askerFor(terminal: Terminal): Promise<Asker> {
  if (terminal.interactive) return new (await import('./prompts.ts')).PromptAsker(terminal);
  return new (await import('./piped.ts')).PipedAsker(process.stdin, terminal);
}
