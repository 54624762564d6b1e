/** The words of an AWK program (POSIX awk, "Lexical Conventions"; mawk: scan.c). */

export interface Token {
  readonly kind: 'number' | 'string' | 'pattern' | 'name' | 'call' | 'builtin' | 'word' | 'sign' | 'newline' | 'end';
  readonly text: string;
  readonly line: number;
}

/** What mawk says of a program that is none. */
export class ProgramError extends Error {}

const keywords = new Set(
  'BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf'.split(' '),
);
export const builtins = new Set(
  'length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower toupper system close fflush strftime systime'.split(
    ' ',
  ),
);
const signs = ['**=', '&&', '||', '==', '!=', '<=', '>=', '>>', '++', '--', '+=', '-=', '*=', '/=', '%=', '^=', '!~'];

/** Throws {@link ProgramError}. */
export function tokensOf(program: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  const push = (kind: Token['kind'], text: string) => tokens.push({ kind, text, line });
  while (at < program.length) {
    const rest = program.slice(at);
    const blank = /^(?:[ \t\r]|\\\r?\n|#[^\n]*)+/.exec(rest)?.[0];
    if (blank !== undefined) {
      line += blank.split('\n').length - 1;
      at += blank.length;
      continue;
    }
    if (rest[0] === '\n') {
      push('newline', '\n');
      line++;
      at++;
      continue;
    }
    if (rest[0] === '"') {
      const found = /^"((?:\\[^]|[^"\\\n])*)"/.exec(rest);
      if (found === null) throw new ProgramError(`line ${line}: runaway string constant ${rest.split('\n')[0]!.slice(0, 10)} ...`);
      push('string', unescaped(found[1]!));
      at += found[0].length;
      continue;
    }
    if (rest[0] === '/' && !endsOperand(tokens.at(-1))) {
      const found = /^\/((?:\\.|\[\^?\]?(?:\[:\w+:\]|[^\]\n])*\]|[^/\\\n])*)\//.exec(rest) ?? /^\/((?:\\.|[^/\\\n])*)\//.exec(rest);
      if (found === null) throw new ProgramError(`line ${line}: runaway regular expression ${rest.split('\n')[0]!.slice(0, 10)} ...`);
      push('pattern', found[1]!.replaceAll('\\/', '/'));
      at += found[0].length;
      continue;
    }
    const number = /^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/.exec(rest)?.[0];
    if (number !== undefined) {
      push('number', number);
      at += number.length;
      continue;
    }
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    if (name !== undefined) {
      push(keywords.has(name) ? 'word' : builtins.has(name) ? 'builtin' : rest[name.length] === '(' ? 'call' : 'name', name);
      at += name.length;
      continue;
    }
    const sign = signs.find((one) => rest.startsWith(one)) ?? rest[0]!;
    if (!/^[{}()[\];,+\-*/%^!<>|?:~$=&]/.test(sign)) throw new ProgramError(`line ${line}: unexpected character '${sign}'`);
    push('sign', sign);
    at += sign.length;
  }
  return [...tokens, { kind: 'end', text: '', line: line + 1 }];
}

/** After these a slash divides. */
function endsOperand(before: Token | undefined): boolean {
  if (before === undefined) return false;
  return (
    ['number', 'string', 'name', 'builtin'].includes(before.kind) || (before.kind === 'sign' && /^(\)|\]|\$|\+\+|--)$/.test(before.text))
  );
}

const named: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\x07',
  b: '\b',
  '"': '"',
  '/': '/',
  '\\': '\\',
};

/** A text with its escapes as the signs they mean; unknown ones stay as they are. */
export function unescaped(text: string): string {
  return text.replace(/\\([0-7]{1,3}|\n|[^])/g, (all, sign: string) => {
    if (/^[0-7]/.test(sign)) return String.fromCharCode(Number.parseInt(sign, 8));
    return sign === '\n' ? '' : (named[sign] ?? all);
  });
}
