import { exitCodes, Failure } from '../failure.ts';
import { Journal } from '../journal.ts';
import { askerFor } from '../quiz/asker-for.ts';
import { openTerminal } from '../terminal.ts';

interface ResetOptions {
  readonly yes?: boolean;
  readonly color?: boolean;
}

/** `cka-net reset`: begins anew. What was is kept beside the journal, where `cka-net import` finds it. */
export async function reset({ yes, color }: ResetOptions): Promise<number> {
  const terminal = openTerminal({ color });
  const journal = new Journal();
  const lines = journal.load().entries.length;
  if (lines === 0) {
    terminal.note(['There is nothing to forget.']);
    return exitCodes.ok;
  }
  if (yes !== true) {
    if (!terminal.interactive) throw new Failure('this forgets all progress; say --yes when that is meant');
    const asker = await askerFor(terminal);
    if (!(await asker.confirm(`Forget all progress (${lines} entries)?`))) return exitCodes.no;
  }
  terminal.note([`Everything is new again. \`cka-net import ${journal.reset()!}\` brings back what was.`]);
  return exitCodes.ok;
}
