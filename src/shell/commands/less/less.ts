/** less and more: a text a screen at a time; where there is no screen, the text as it is. (less 643; util-linux: text-utils/more.c) */
import { failure, output, type Command, type Io, type Output, type Screen } from '../../command.ts';

/** The files' texts one after the other, or standard input; what cannot be read is said. */
function textOf(name: string, files: readonly string[], io: Io): Output {
  if (files.length === 0 || (files.length === 1 && files[0] === '-')) return output(io.stdin);
  let text = '';
  let problems = '';
  for (const file of files) {
    const path = file.startsWith('/') ? file : `${io.cwd}/${file}`;
    const found = io.files.stat(path);
    if (found?.kind === 'directory') problems += name === 'more' ? `\n*** ${file}: directory ***\n\n` : `${file} is a directory\n`;
    else if (found === undefined)
      problems += name === 'more' ? `more: cannot open ${file}: No such file or directory\n` : `${file}: No such file or directory\n`;
    else text += io.files.read(path) ?? '';
  }
  return { stdout: text, stderr: problems, exitCode: problems === '' ? 0 : 1 };
}

function pagerNamed(name: 'less' | 'more'): Command {
  return {
    name,
    fillsScreen: true,
    async run(args, io) {
      const files = args.filter((arg) => !/^[-+]./.test(arg));
      if (files.length === 0 && io.stdin === '' && args.every((arg) => arg.startsWith('-')) && io.screen !== undefined)
        return failure(
          name === 'less' ? 'Missing filename ("less --help" for help)\n' : "more: bad usage\nTry 'more --help' for more information.\n",
        );
      const read = textOf(name, files, io);
      if (io.screen === undefined || read.stdout === '') return read;
      const label = name === 'less' && files.length > 0 ? files[0]! : '';
      const numbered = args.some((arg) => /^-[A-Za-z]*N/.test(arg));
      const short = read.stdout.split('\n').length <= io.screen.rows;
      // `-F`, and more, do not wait for what fits.
      if (short && (name === 'more' || args.some((arg) => /^-[A-Za-z]*F/.test(arg)))) return read;
      await page(io.screen, read.stdout, { label, numbered, endsAtEnd: name === 'more' });
      return { ...read, stdout: '' };
    },
  };
}

interface PageOptions {
  readonly label: string;
  readonly numbered: boolean;
  readonly endsAtEnd: boolean;
}

/** Lets somebody read a text until they leave it. */
async function page(screen: Screen, text: string, { label, numbered, endsAtEnd }: PageOptions): Promise<void> {
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line, i) => (numbered ? `${String(i + 1).padStart(7)} ${line}` : line));
  let top = 0;
  let pattern: RegExp | undefined;
  let message: string | undefined;
  for (;;) {
    const height = Math.max(1, screen.rows - 1);
    const last = Math.max(0, lines.length - height);
    top = Math.min(Math.max(0, top), last);
    const shown = lines.slice(top, top + height);
    const status =
      message ??
      (top >= last ? '(END)' : endsAtEnd ? `--More--(${percent(top + height, lines.length)}%)` : label === '' || top > 0 ? ':' : label);
    screen.show([...shown, ...Array.from({ length: height - shown.length }, () => '~')], status);
    message = undefined;
    const key = (await screen.key()) ?? '';
    const seek = (step: 1 | -1) => {
      const found = pattern === undefined ? -1 : nextMatch(lines, pattern, top + step, step);
      if (found < 0) message = 'Pattern not found  (press RETURN)';
      else top = found;
    };
    if (['q', 'Q', 'interrupt'].includes(key)) return;
    if (endsAtEnd && top >= last && ['space', 'return', 'f'].includes(key)) return;
    if (['space', 'f', 'pagedown'].includes(key)) top += height;
    else if (['b', 'pageup'].includes(key)) top -= height;
    else if (['return', 'down', 'j', 'e'].includes(key)) top += 1;
    else if (['up', 'k', 'y'].includes(key)) top -= 1;
    else if (key === 'd') top += Math.ceil(height / 2);
    else if (key === 'u') top -= Math.ceil(height / 2);
    else if (['g', '<', 'home'].includes(key)) top = 0;
    else if (['G', '>', 'end'].includes(key)) top = last;
    else if (key === 'n') seek(1);
    else if (key === 'N') seek(-1);
    else if (key === '/' || key === '?') {
      const wanted = await typedPattern(screen, shown, key);
      if (wanted === undefined) continue;
      pattern = wanted;
      const found = nextMatch(lines, pattern, key === '/' ? top : top - 1, key === '/' ? 1 : -1);
      if (found < 0) message = 'Pattern not found  (press RETURN)';
      else top = found;
    }
  }
}

function percent(part: number, whole: number): number {
  return Math.floor((100 * part) / whole);
}

function nextMatch(lines: readonly string[], pattern: RegExp, from: number, step: 1 | -1): number {
  for (let i = from; i >= 0 && i < lines.length; i += step) if (pattern.test(lines[i]!)) return i;
  return -1;
}

/** The pattern that is typed after `/`; undefined when it is given up, or is none. */
async function typedPattern(screen: Screen, shown: readonly string[], sign: string): Promise<RegExp | undefined> {
  let typed = '';
  for (;;) {
    screen.show(shown, `${sign}${typed}`);
    const key = (await screen.key()) ?? '';
    if (key === 'return') break;
    if (key === 'interrupt' || key === 'escape' || (key === 'backspace' && typed === '')) return undefined;
    typed = key === 'backspace' ? typed.slice(0, -1) : key === 'space' ? `${typed} ` : [...key].length === 1 ? typed + key : typed;
  }
  try {
    return new RegExp(typed);
  } catch {
    return undefined;
  }
}

export const less = pagerNamed('less');
export const more = pagerNamed('more');
