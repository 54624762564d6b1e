/** Splits a Corefile into words. (coredns/caddy: caddyfile/lexer.go) */

export interface Token {
  /** The file it was imported from; the Corefile itself when empty. */
  readonly file: string;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly text: string;
}

const space = /\s/u;

/**
 * The words of a text. White space parts them, `#` begins a comment up to the end of the line; a word that begins with a double quote ends at the
 * next one and keeps blanks and line breaks, `\\"` being a quote in it. A text that ends inside quotes ends the word.
 */
export function tokenize(text: string, file = ''): Token[] {
  const tokens: Token[] = [];
  const characters = [...text.replace(/^\uFEFF/, '')];
  let line = 1;
  let at = 0;
  while (at < characters.length) {
    const character = characters[at]!;
    if (character === '#') {
      while (at < characters.length && characters[at] !== '\n') at++;
    } else if (space.test(character)) {
      if (character === '\n') line++;
      at++;
    } else {
      const word = character === '"' ? readQuoted(characters, at + 1) : readWord(characters, at);
      at = word.end;
      if (word.text !== '' || word.closed) tokens.push({ file, line, text: word.text });
      line += word.text.split('\n').length - 1;
    }
  }
  return tokens;
}

interface Word {
  readonly text: string;
  readonly end: number;
  readonly closed: boolean;
}

/** Carriage returns vanish; a `#` inside a word hides the rest of it, but only up to the next blank. */
function readWord(characters: readonly string[], from: number): Word {
  let text = '';
  let hidden = false;
  let at = from;
  for (; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '\r') continue;
    if (space.test(character)) break;
    hidden ||= character === '#';
    if (!hidden) text += character;
  }
  return { text, end: at, closed: true };
}

function readQuoted(characters: readonly string[], from: number): Word {
  let text = '';
  let at = from;
  for (; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '"') return { text, end: at + 1, closed: true };
    if (character === '\\' && at + 1 < characters.length) {
      at++;
      text += characters[at] === '"' ? '"' : `\\${characters[at]}`;
    } else if (character !== '\\') text += character;
  }
  return { text, end: at, closed: false };
}
