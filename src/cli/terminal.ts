/** This terminal: where output goes, how wide it is, and which colours it has. */
import { supportsColor } from 'chalk';
import { themeOf, type Theme } from '#ui/theme.ts';

export interface Terminal {
  readonly columns: number;
  /** How wide tables may be: as wide as they are where nobody has a window. */
  readonly tableColumns: number;
  readonly theme: Theme;
  /** A person sits at both ends. */
  readonly interactive: boolean;
  /** Prints lines on stdout. */
  print(lines: readonly string[]): void;
  /** Prints lines on stderr: everything that is not what was asked for. */
  note(lines: readonly string[]): void;
}

export interface TerminalOptions {
  /** `--no-color` sets it to false. */
  readonly color?: boolean | undefined;
  /** For screen readers: no signs, no lines. */
  readonly plain?: boolean | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The depth of colour: NO_COLOR, FORCE_COLOR and `--no-color` decide before the terminal does (https://no-color.org). */
export function colorsOf(isTty: boolean, env: Environment, color = true): 0 | 1 | 2 | 3 {
  if (!color || (env['NO_COLOR'] ?? '') !== '') return 0;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '')
    return forced === 'false' ? 0 : ((/^[0-3]$/.test(forced) ? Number(forced) : 1) as 0 | 1 | 2 | 3);
  if (!isTty || env['TERM'] === 'dumb') return 0;
  return supportsColor === false ? 1 : supportsColor.level;
}

/** The window's width; 80 where there is no window. */
export function columnsOf(windowColumns: number | undefined, env: Environment): number {
  const told = Number(env['COLUMNS']);
  const columns = windowColumns ?? (Number.isInteger(told) && told > 0 ? told : 80);
  return Math.max(20, columns);
}

export function openTerminal({ color, plain = false }: TerminalOptions = {}): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return {
    get columns() {
      return columnsOf(stdout.columns, env);
    },
    get tableColumns() {
      return stdout.isTTY ? columnsOf(stdout.columns, env) : Number.MAX_SAFE_INTEGER;
    },
    theme: themeOf({ colors: colorsOf(stdout.isTTY, env, color), plain }),
    interactive: stdin.isTTY && stdout.isTTY,
    print: (lines) => void stdout.write(lines.map((line) => `${line}\n`).join('')),
    note: (lines) => void stderr.write(lines.map((line) => `${line}\n`).join('')),
  };
}
