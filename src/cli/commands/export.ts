import { writeFileSync } from 'node:fs';
import { journalLine } from '#learn/progress.ts';
import { exitCodes, Failure, systemCodeOf } from '../failure.ts';
import { Keeper } from '../keeper.ts';
import { openTerminal } from '../terminal.ts';

/** `cka-net export [file]`: everything that is remembered, as JSON lines, for another computer or for keeping. */
export async function exportProgress(file: string | undefined): Promise<number> {
  const terminal = openTerminal();
  const { entries } = new Keeper(true, terminal);
  const text = entries.map(journalLine).join('');
  if (file === undefined || file === '-') {
    process.stdout.write(text);
    return exitCodes.ok;
  }
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    throw new Failure(code === 'EEXIST' ? `${file} is there already; name another file` : `${file} cannot be written (${code})`);
  }
  terminal.note([`${entries.length} entries written to ${file}`]);
  return exitCodes.ok;
}
