/** uniq(1) of GNU coreutils 9.4 (src/uniq.c). */
import { failure, output, type Command } from '../../command.ts';
import { gnuOptions, tryHelp } from '../../gnu-options.ts';
import { linesOf, readInput } from '../../program-input.ts';

const words = {
  count: 'c',
  repeated: 'd',
  'all-repeated': 'D::',
  'skip-fields': 'f:',
  'ignore-case': 'i',
  'skip-chars': 's:',
  unique: 'u',
  'check-chars': 'w:',
  'zero-terminated': 'z',
  version: 'version',
};

export const uniq: Command = {
  name: 'uniq',
  run(args, io) {
    const given = gnuOptions({ name: 'uniq', letters: 'cdDf:is:uw:z', words }, args);
    if ('exitCode' in given) return given;
    if (given.has('version')) return output('uniq (GNU coreutils) 9.4\n');
    if (given.operands.length > 2) return failure(`uniq: extra operand '${given.operands[2]!}'\n${tryHelp('uniq')}`);
    const [input = '-', file] = given.operands;
    const read = readInput(io, input);
    if ('problem' in read)
      return failure(read.problem === 'Is a directory' ? `uniq: error reading '${input}'\n` : `uniq: ${input}: ${read.problem}\n`);
    const end = given.has('z') ? '\0' : '\n';
    const [fields, skipped] = [Number(given.value('f') ?? 0), Number(given.value('s') ?? 0)];
    const compared = given.value('w');
    const keyOf = (line: string): string => {
      const rest = line.slice(new RegExp(`^(?:[ \\t]*[^ \\t]*){0,${fields}}`).exec(line)![0].length).slice(skipped);
      const key = compared === undefined ? rest : rest.slice(0, Number(compared));
      return given.has('i') ? key.toLowerCase() : key;
    };
    const groups: string[][] = [];
    let before: string | undefined;
    for (const line of linesOf(read.text, end)) {
      const key = keyOf(line);
      if (key === before) groups.at(-1)!.push(line);
      else groups.push([line]);
      before = key;
    }
    const shown = groups
      .filter((group) => (given.has('u') ? group.length === 1 : true) && (given.has('d') || given.has('D') ? group.length > 1 : true))
      .flatMap((group) => (given.has('D') ? group : [`${given.has('c') ? `${String(group.length).padStart(7)} ` : ''}${group[0]!}`]));
    const text = shown.map((line) => line + end).join('');
    if (file === undefined || file === '-') return output(text);
    io.files.write(file.startsWith('/') ? file : `${io.cwd}/${file}`, text);
    return output('');
  },
};
