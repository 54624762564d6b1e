/** realpath(1) of GNU coreutils 9.4 (src/realpath.c). */
import { normalize, parentOf } from '#node/files.ts';
import { failure, output, type Command, type Files } from '../../command.ts';
import { gnuOptions, tryHelp } from '../../gnu-options.ts';

const words = { 'canonicalize-existing': 'e', 'canonicalize-missing': 'm', strip: 's', 'no-symlinks': 's', quiet: 'q', zero: 'z' };

export const realpath: Command = {
  name: 'realpath',
  run(args, io) {
    const given = gnuOptions({ name: 'realpath', letters: 'emLPqsz', words }, args);
    if ('exitCode' in given) return given;
    if (given.operands.length === 0) return failure(`realpath: missing operand\n${tryHelp('realpath')}`);
    let [stdout, stderr] = ['', ''];
    for (const name of given.operands) {
      const path = given.has('s') ? normalize(name, io.cwd) : followed(io.files, normalize(name, io.cwd));
      const needed = given.has('m') ? '/' : given.has('e') ? path : parentOf(path);
      if (io.files.stat(needed) !== undefined) stdout += path + (given.has('z') ? '\0' : '\n');
      else if (!given.has('q')) stderr += `realpath: ${name}: No such file or directory\n`;
    }
    return { ...output(stdout, stderr), exitCode: stderr === '' ? 0 : 1 };
  },
};

/** A path without the symbolic links in it. */
function followed(files: Files, path: string): string {
  let real = '/';
  let hops = 0;
  for (const parts = path.split('/').filter((part) => part !== ''); parts.length > 0;) {
    const next = normalize(parts.shift()!, real);
    const node = files.lstat(next);
    if (node?.kind === 'symlink' && ++hops < 40) {
      const target = normalize(node.target, real);
      parts.unshift(...target.split('/').filter((part) => part !== ''));
      real = '/';
    } else real = next;
  }
  return real;
}
