/** Texts on a terminal: how wide they are, how they are wrapped, and what may not reach it. */

const escape = /\u001b\[[0-9;]*m/g;

/** What a text may do to a terminal: nothing. Control characters are shown, not obeyed; line ends and tabs stay. */
export function harmless(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (one) => String.fromCharCode(0x2400 + one.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Columns that a text takes, colours left out; letters of East Asian scripts and emoji take two. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text.replace(escape, '')) columns += columnsOf(character.codePointAt(0)!);
  return columns;
}

function columnsOf(point: number): number {
  if (point < 0x300) return 1;
  if (point < 0x370 || point === 0x200b || point === 0x200d || (point >= 0xfe00 && point <= 0xfe0f)) return 0;
  return (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0xffe0 && point <= 0xffe6) ||
    (point >= 0x1f300 && point <= 0x1faff) ||
    (point >= 0x20000 && point <= 0x3fffd)
    ? 2
    : 1;
}

/** Breaks a text into lines of at most `columns`, at blanks; a word that is longer is broken where it must. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const candidate = line === '' ? word : `${line} ${word}`;
    if (width(candidate) <= columns) {
      line = candidate;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (width(line) > columns) {
      const [head, tail] = splitAt(line, columns);
      if (tail === '' || head === '') break;
      lines.push(head);
      line = tail;
    }
  }
  lines.push(line);
  return carryColours(lines);
}

/** Breaks a line of program text where the window ends, at a blank when there is one; what goes on is indented. */
export function hardWrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (width(rest) > columns && columns > 12) {
    const [head] = splitAt(rest, columns);
    const blank = head.lastIndexOf(' ');
    const at = blank > columns / 2 ? blank : head.length;
    if (rest.slice(at).trim() === '') break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = `    ${rest.slice(at).trimStart()}`;
  }
  return [...lines, rest];
}

/** The part of a text that fits into so many columns, and the rest. */
function splitAt(text: string, columns: number): readonly [string, string] {
  let taken = 0;
  let at = 0;
  while (at < text.length) {
    const colour = /^\u001b\[[0-9;]*m/.exec(text.slice(at));
    if (colour !== null) {
      at += colour[0].length;
      continue;
    }
    const point = text.codePointAt(at)!;
    if (taken + columnsOf(point) > columns) break;
    taken += columnsOf(point);
    at += point > 0xffff ? 2 : 1;
  }
  return [text.slice(0, at), text.slice(at)];
}

/** Colours that go on over the end of a line are ended there and begun again on the next. */
function carryColours(lines: readonly string[]): readonly string[] {
  let open: string[] = [];
  return lines.map((line) => {
    const begun = open.join('');
    for (const [code] of line.matchAll(escape)) open = isEnd(code) ? open.slice(0, -1) : [...open, code];
    const ended = open.map(endOf).reverse().join('');
    return `${begun}${line}${ended}`;
  });
}

const ends: Readonly<Record<string, string>> = { '1': '22', '2': '22', '3': '23', '4': '24' };

function isEnd(code: string): boolean {
  return /\[(?:0|22|23|24|39)m$/.test(code);
}

function endOf(code: string): string {
  return `\u001b[${ends[/\[(\d+)/.exec(code)![1]!] ?? '39'}m`;
}

/** The text cut to so many columns, with an ellipsis where something is missing. */
export function clip(text: string, columns: number): string {
  return width(text) <= columns ? text : `${splitAt(text, Math.max(0, columns - 1))[0]}…`;
}

/** Every line with this before it; the first may have something else there. */
export function indent(lines: readonly string[], by: string, first = by): readonly string[] {
  return lines.map((line, index) => `${index === 0 ? first : by}${line}`.trimEnd());
}

/** The columns for running text: lines are not longer than one likes to read, whatever the window. */
export function textColumns(windowColumns: number): number {
  return Math.max(20, Math.min(windowColumns, 92));
}
