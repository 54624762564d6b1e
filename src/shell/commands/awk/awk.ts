/** awk: mawk 1.3.4, which Debian and Ubuntu have under that name. */
import { failure, type Command } from '../../command.ts';
import { readInput } from '../../program-input.ts';
import { ProgramError } from './lex.ts';
import { parseProgram } from './parse.ts';
import { Awk, wrongPattern } from './run.ts';

export const awk: Command = {
  name: 'awk',
  async run(args, io, { lab }) {
    const assignments: (readonly [string, string])[] = [];
    const texts: string[] = [];
    let at = 0;
    for (; at < args.length && /^-./.test(args[at]!); at++) {
      const arg = args[at]!;
      if (arg === '--') {
        at++;
        break;
      }
      if (/^-W|^--version$/.test(arg)) return failure(`cka-net: awk: ${arg} is not simulated\n`, 2);
      if (!/^-[vfF]/.test(arg)) return failure(`awk: not an option: ${arg}\n`, 2);
      const value = arg.length > 2 ? arg.slice(2) : args[++at];
      if (value === undefined) return failure(`awk: option requires an argument -- ${arg[1]!}\n`, 2);
      if (arg[1] === 'F') assignments.push(['FS', value]);
      else if (arg[1] === 'v') {
        const [, name, text] = /^([A-Za-z_]\w*)=(.*)$/s.exec(value) ?? [];
        if (name === undefined) return failure(`awk: improper assignment: -v ${value}\n`, 2);
        assignments.push([name, text!]);
      } else {
        const read = readInput(io, value);
        if ('problem' in read) return failure(`awk: cannot open ${value} (${read.problem})\n`, 2);
        texts.push(read.text);
      }
    }
    if (texts.length === 0) {
      if (at >= args.length) return failure('cka-net: awk: the long usage text is not simulated\n', 2);
      texts.push(args[at++]!);
    }
    try {
      const program = parseProgram(texts.join('\n'));
      const wrong = wrongPattern(program.patterns);
      if (wrong !== undefined) return failure(`awk: ${wrong}\n`, 2);
      const running = new Awk(program, io, lab.now);
      for (const [name, text] of assignments) running.assign(name, text);
      return await running.run(args.slice(at));
    } catch (error) {
      if (error instanceof ProgramError) return failure(`awk: ${error.message}\n`, 2);
      throw error;
    }
  },
};

export const mawk: Command = { ...awk, name: 'mawk' };
