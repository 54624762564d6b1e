/** The tutor's looks: few colours, each with one meaning, from the terminal's own palette, so that light and dark both work. */
import { Chalk, type ColorSupportLevel } from 'chalk';

type Paint = (text: string) => string;

export interface Theme {
  /** For screen readers and pipes: words instead of signs and lines. */
  readonly plain: boolean;
  /** Without colour, what colour would tell must be told by signs. */
  readonly colored: boolean;
  /** What a screen is about. */
  readonly title: Paint;
  readonly strong: Paint;
  /** What one may skip. */
  readonly dim: Paint;
  /** Names of things, and what one may type. */
  readonly code: Paint;
  readonly accent: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly marks: Marks;
}

interface Marks {
  readonly right: string;
  readonly wrong: string;
  readonly partly: string;
  readonly bullet: string;
  /** Before a line that proves something. */
  readonly proof: string;
  readonly quote: string;
  readonly rule: string;
  readonly full: string;
  readonly empty: string;
  readonly arrow: string;
  readonly separator: string;
}

const signs: Marks = {
  right: '✓',
  wrong: '✗',
  partly: '◐',
  bullet: '•',
  proof: '▌',
  quote: '│',
  rule: '─',
  full: '━',
  empty: '─',
  arrow: '→',
  separator: '·',
};

const words: Marks = {
  right: 'yes:',
  wrong: 'no:',
  partly: 'partly:',
  bullet: '-',
  proof: '>',
  quote: '|',
  rule: '',
  full: '',
  empty: '',
  arrow: '->',
  separator: '-',
};

/** A theme with this depth of colour: 0 is none. */
export function themeOf({ colors, plain }: { readonly colors: ColorSupportLevel; readonly plain: boolean }): Theme {
  const chalk = new Chalk({ level: colors });
  return {
    plain,
    colored: colors > 0,
    title: (text) => chalk.bold(text),
    strong: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    code: (text) => chalk.cyan(text),
    accent: (text) => chalk.cyan(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    marks: plain ? words : signs,
  };
}

/** No colour, for texts that go into files. */
export const noTheme: Theme = themeOf({ colors: 0, plain: false });
