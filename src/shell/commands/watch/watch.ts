/** watch(1): a command again and again, over the whole screen; where there is none, once. (procps-ng: src/watch.c) */
import { failure, output, type Command, type Here, type Io } from '../../command.ts';
import { hostAt } from '../../place.ts';

interface Options {
  readonly seconds: number;
  readonly title: boolean;
  readonly exec: boolean;
  readonly untilChange: boolean;
  readonly untilError: boolean;
  readonly words: readonly string[];
}

const usage = `
Usage:
 watch [options] command

Options:
  -b, --beep             beep if command has a non-zero exit
  -c, --color            interpret ANSI color and style sequences
  -C, --no-color         do not interpret ANSI color and style sequences
  -d, --differences[=<permanent>]
                         highlight changes between updates
  -e, --errexit          exit if command has a non-zero exit
  -g, --chgexit          exit when output from command changes
  -q, --equexit <cycles>
                         exit when output from command does not change
  -n, --interval <secs>  seconds to wait between updates
  -p, --precise          attempt run command in precise intervals
  -r, --no-rerun         do not rerun program on window resize
  -t, --no-title         turn off header
  -w, --no-wrap          turn off line wrapping
  -x, --exec             pass command to exec instead of "sh -c"

 -h, --help     display this help and exit
 -v, --version  output version information and exit

For more details see watch(1).
`;

const ignored = new Set([
  '-b',
  '--beep',
  '-c',
  '--color',
  '-C',
  '--no-color',
  '-d',
  '--differences',
  '-p',
  '--precise',
  '-r',
  '--no-rerun',
  '-w',
  '--no-wrap',
]);

function optionsOf(args: readonly string[]): Options | { readonly said: ReturnType<typeof output> } {
  let seconds = 2;
  const flags = new Set<string>();
  let at = 0;
  const interval = (text: string): string | undefined => {
    if (!/^\d*[.,]?\d+$/.test(text)) return `watch: failed to parse argument: '${text}': Invalid argument\n`;
    seconds = Math.max(0.1, Number(text.replace(',', '.')));
    return undefined;
  };
  for (; at < args.length && args[at]!.startsWith('-'); at++) {
    const arg = args[at]!;
    if (arg === '--') {
      at++;
      break;
    }
    if (arg === '-h' || arg === '--help') return { said: output(usage) };
    if (arg === '-v' || arg === '--version') return { said: output('watch from procps-ng 4.0.4\n') };
    const attached = /^(?:-n|--interval=)(.+)$/.exec(arg)?.[1];
    if (arg === '-n' || arg === '--interval' || attached !== undefined) {
      const problem = interval(attached ?? args[++at] ?? '');
      if (problem !== undefined) return { said: failure(problem) };
    } else if (['-t', '--no-title', '-x', '--exec', '-g', '--chgexit', '-e', '--errexit'].includes(arg))
      flags.add(arg.replace(/^--?/, '')[0] === 'n' ? 't' : arg);
    else if (!ignored.has(arg) && !arg.startsWith('--differences=')) {
      const problem = arg.startsWith('--') ? `unrecognized option '${arg}'` : `invalid option -- '${arg[1]}'`;
      return { said: failure(`watch: ${problem}\n${usage}`) };
    }
  }
  const words = args.slice(at);
  if (words.length === 0) return { said: failure(usage) };
  const has = (...names: string[]) => names.some((name) => flags.has(name));
  return {
    seconds,
    title: !has('t', '-t'),
    exec: has('-x', '--exec'),
    untilChange: has('-g', '--chgexit'),
    untilError: has('-e', '--errexit'),
    words,
  };
}

export const watch: Command = {
  name: 'watch',
  fillsScreen: true,
  async run(args, io, here) {
    const options = optionsOf(args);
    if ('said' in options) return options.said;
    const columns = io.screen?.columns ?? 80;
    const once = async () => {
      const ran = await (options.exec ? io.run(options.words) : io.shell(options.words.join(' ')));
      const head = options.title ? `${titleOf(options, here, columns)}\n\n` : '';
      return { text: `${head}${ran.stdout}${ran.stderr}`, body: ran.stdout + ran.stderr, exitCode: ran.exitCode };
    };
    if (io.screen === undefined) {
      const shown = await once();
      return output(shown.text);
    }
    return await follow(io, here, options, once);
  },
};

async function follow(
  { screen }: Io,
  { lab }: Here,
  { seconds, untilChange, untilError }: Options,
  once: () => Promise<{ readonly text: string; readonly body: string; readonly exitCode: number }>,
): Promise<ReturnType<typeof output>> {
  let before: string | undefined;
  for (;;) {
    const { text, body, exitCode } = await once();
    const lines = text.replace(/\n$/, '').split('\n').slice(0, screen!.rows);
    screen!.show(lines);
    if (untilChange && before !== undefined && body !== before) return output('');
    if (untilError && exitCode !== 0) {
      screen!.show(lines, 'command exit with a non-zero status, press a key to exit');
      await screen!.key();
      return { stdout: '', stderr: '', exitCode: 8 };
    }
    before = body;
    const key = await screen!.key(seconds * 1000);
    if (key === 'interrupt') return { stdout: '', stderr: '', exitCode: 130 };
    if (key === 'q') return output('');
    // While somebody waits at the screen, time passes in the cluster too.
    if (key === undefined) lab.advance(seconds * 1000);
  }
}

/** `Every 2.0s: kubectl get pods      controlplane: Mon Nov 23 10:00:00 2026`. */
function titleOf({ seconds, words }: Options, { lab, place }: Here, columns: number): string {
  const host = place.kind === 'pod' ? place.pod : hostAt(lab, place).name;
  const left = `Every ${seconds.toFixed(1)}s: ${words.join(' ')}`;
  const right = `${host}: ${ctime(lab.now)}`;
  const room = columns - right.length - 1;
  if (room < 0) return right.slice(0, columns);
  const cut = left.length <= room ? left : room < 4 ? left.slice(0, room) : `${left.slice(0, room - 3)}...`;
  return cut + ' '.repeat(columns - cut.length - right.length) + right;
}

/** `Mon Nov 23 10:00:00 2026`. */
function ctime(at: number): string {
  const [week, day, month, year, time] = new Date(at).toUTCString().replace(',', '').split(' ') as [string, string, string, string, string];
  return `${week} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}
