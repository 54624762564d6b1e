/** vi, vim, nano: the learner's own editor on a copy of the file. (Where nobody sits at a terminal, what the real ones say then.) */
import { normalize, parentOf } from '#node/files.ts';
import { failure, output, type Command, type Io } from '../../command.ts';

function editorNamed(name: string): Command {
  const isNano = name === 'nano';
  return {
    name,
    async run(args, io) {
      if (args.includes('--version'))
        return output(isNano ? ' GNU nano, version 7.2\n' : 'VIM - Vi IMproved 9.1 (2024 Jan 02, compiled Sep 05 2025 21:35:35)\n');
      if (io.edit === undefined)
        return failure(
          isNano
            ? 'Standard input is not a terminal\n'
            : 'Vim: Warning: Output is not to a terminal\nVim: Warning: Input is not from a terminal\nVim: Error reading input, exiting...\nVim: Finished.\n',
        );
      const files = args.filter((arg) => !/^[-+]/.test(arg));
      for (const file of files.length === 0 ? [''] : files) {
        const problem = await edit(io, io.edit, file, isNano);
        if (problem !== undefined) return failure(problem);
      }
      return output('');
    },
  };
}

/** Lets somebody edit one file, and writes it when it has changed; the editor's word when it cannot be written. */
async function edit(io: Io, open: NonNullable<Io['edit']>, file: string, isNano: boolean): Promise<string | undefined> {
  const path = normalize(file, io.cwd);
  const found = file === '' ? undefined : io.files.stat(path);
  if (found?.kind === 'directory') return isNano ? `"${file}" is a directory\n` : `"${file}" is a directory\n`;
  const before = file === '' ? '' : (io.files.read(path) ?? '');
  const after = await open(before, file === '' ? 'unnamed' : file);
  if (after === before || file === '') return undefined;
  if (io.files.stat(parentOf(path)) === undefined)
    return isNano ? `Error writing ${file}: No such file or directory\n` : `"${file}" E212: Can't open file for writing\n`;
  try {
    io.files.write(path, after);
    return undefined;
  } catch (error) {
    const reason = String((error as Error).message).includes('EROFS') ? 'Read-only file system' : 'Permission denied';
    return isNano ? `Error writing ${file}: ${reason}\n` : `"${file}" E212: Can't open file for writing\n`;
  }
}

export const vi = editorNamed('vi');
export const vim = editorNamed('vim');
export const nano = editorNamed('nano');
