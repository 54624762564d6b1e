/** Perl's expressions (grep -P, pcre2pattern(3)), which are nearly those of JavaScript. */
import { patternOf, posixClasses, type Pattern } from '../../posix-patterns.ts';

const classes: Readonly<Record<string, string>> = { ...posixClasses, space: '\\s', word: '\\w' };

/** Undefined for what JavaScript has nothing like. */
export function perlPattern(source: string, ignoreCase: boolean, whole?: 'word' | 'line'): Pattern | undefined {
  const inline = /^\(\?i\)/.test(source);
  let text = (inline ? source.slice(4) : source)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\[:(\w+):\]/g, (all, name: string) => classes[name] ?? all)
    .replace(/\\Q(.*?)(?:\\E|$)/gs, (_, quoted: string) => quoted.replace(/[$()*+.?[\\\]^{|}/]/g, '\\$&'))
    .replace(/\\([hAzZ"#%&',:;<=>@_`~! -])/g, (_, sign: string) => perlEscapes[sign] ?? (sign === '-' ? '\\-' : sign));
  // What stands before \K has to be there, but is not part of the match.
  const keep = text.lastIndexOf('\\K');
  if (keep >= 0) text = `(?<=${text.slice(0, keep)})${text.slice(keep + 2)}`;
  const bounded = whole === 'line' ? `^(?:${text})$` : whole === 'word' ? `(?<!\\w)(?:${text})(?!\\w)` : text;
  try {
    return patternOf(bounded, ignoreCase || inline ? 'i' : '', 0, false);
  } catch {
    return undefined;
  }
}

const perlEscapes: Readonly<Record<string, string>> = { h: '[ \\t]', A: '^', z: '$', Z: '$' };
