/** The words of nft's language, with the place of each. (nftables: src/scanner.l) */

export interface Token {
  readonly kind: 'word' | 'string' | 'symbol' | 'newline' | 'end';
  readonly text: string;
  /** The first line is 1, the first column 0. */
  readonly line: number;
  readonly column: number;
}

/** Characters that stand for themselves. */
const symbols = new Set(['{', '}', ';', ',', '=', '!', '<', '>', '&', '|', '^', '(', ')']);

export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let start = 0;
  let i = 0;
  const push = (kind: Token['kind'], word: string, at: number) => tokens.push({ kind, text: word, line, column: at - start });
  while (i < text.length) {
    const char = text[i]!;
    if (char === '\n') {
      push('newline', '\n', i++);
      line++;
      start = i;
    } else if (char === '\\' && text[i + 1] === '\n') {
      i += 2;
      line++;
      start = i;
    } else if (/\s/.test(char)) i++;
    else if (char === '#') while (i < text.length && text[i] !== '\n') i++;
    else if (char === '"') {
      const close = text.indexOf('"', i + 1);
      const end = close < 0 ? text.length : close;
      push('string', text.slice(i + 1, end), i);
      i = end + 1;
    } else if (symbols.has(char)) {
      const double = ['==', '!=', '<=', '>=', '<<', '>>'].find((one) => text.startsWith(one, i));
      push('symbol', double ?? char, i);
      i += (double ?? char).length;
    } else {
      let end = i;
      while (end < text.length && !/[\s"]/.test(text[end]!) && !symbols.has(text[end]!)) end++;
      // `key: value` is written without a blank, too; the colons of an address stay in it.
      const colon = end - i > 1 && text[end - 1] === ':' && text[end - 2] !== ':' ? 1 : 0;
      push('word', text.slice(i, end - colon), i);
      if (colon === 1) push('word', ':', end - 1);
      i = end;
    }
  }
  push('end', '', text.length);
  return tokens;
}
