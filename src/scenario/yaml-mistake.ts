/** What a YAML parser refuses, in words for an author: what is wrong, where it begins, and what to do. */

export interface YamlMistake {
  readonly offset: number;
  readonly message: string;
  readonly note?: string;
}

/** What the parser has stumbled over. */
interface Stumble {
  readonly text: string;
  readonly offset: number;
  readonly reason: string;
  /** The line it happened in, and what of it stands before the place. */
  readonly line: string;
  readonly before: string;
  readonly linesBefore: number;
}

/**
 * The mistake behind an error of js-yaml, which tells what it wanted and where it gave up. The text may be a part of a file, with so many
 * lines before it.
 */
export function yamlMistake(text: string, offset: number, reason: string, linesBefore = 0): YamlMistake {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const line = text.slice(start, end < 0 ? text.length : end);
  const stumble = { text, offset, reason, line, before: text.slice(start, offset), linesBefore };
  for (const mistake of mistakes) {
    const found = mistake(stumble);
    if (found !== undefined) return found;
  }
  return { offset, message: `not valid YAML: ${reason}` };
}

/** The first that fits is told. */
const mistakes: readonly ((stumble: Stumble) => YamlMistake | undefined)[] = [
  function mergeConflict({ text }) {
    const offset = text.search(/^<{7} /m);
    return offset < 0 ? undefined : { offset, message: 'a merge conflict is left in the file', note: 'keep one of its sides' };
  },

  function template({ text, reason, line }) {
    if (!line.includes('{{') && !reason.startsWith('object-based map')) return undefined;
    const offset = text.search(/\{\{/);
    if (offset < 0) return undefined;
    return { offset, message: 'this is a template, not YAML', note: 'render it first (`helm template`), or write the value' };
  },

  function duplicateKey({ text, offset, reason }) {
    if (reason !== 'duplicated mapping key') return undefined;
    const [key] = /^[^\s:]*/.exec(text.slice(offset)) ?? [''];
    return { offset, message: `the key ${key} is there twice in one mapping`, note: 'keep one of the two' };
  },

  function tab({ offset, reason, line }) {
    if (!reason.startsWith('tab characters') && !/^\s*\t/.test(line)) return undefined;
    return { offset, message: 'a tab in the indentation', note: 'YAML is indented by blanks, not by tabs' };
  },

  function controlCharacter({ text, offset, reason }) {
    if (!reason.endsWith('non-printable characters') && reason !== 'expected valid JSON character') return undefined;
    // The parser names the place right behind it, or the beginning of the text around it.
    const behind = text.slice(0, offset + 1).search(/[^\P{Cc}\t\n\r]/u);
    const at = behind >= 0 ? behind : text.search(/[^\P{Cc}\t\n\r]/u);
    if (at < 0) return undefined;
    const code = text.charCodeAt(at).toString(16).padStart(2, '0');
    return {
      offset: at,
      message: `the control character U+00${code.toUpperCase()} cannot stand in YAML`,
      note: `take it out; where it is meant, "\\x${code}" in double quotes writes it`,
    };
  },

  function unclosed({ text, offset, reason, linesBefore }) {
    if (!/deficient indentation|unexpected end of the|expected the node content/.test(reason)) return undefined;
    const at = unclosedBefore(text, offset);
    if (at === undefined) return undefined;
    const open = text[at]!;
    const isLast = text.slice(offset).trim() === '';
    return {
      offset: at,
      message: `this ${open} is never closed`,
      note: `${closers[open]} is missing${isLast ? '' : ` before line ${linesBefore + text.slice(0, offset).split('\n').length}`}`,
    };
  },

  function comma({ offset, reason }) {
    if (!reason.startsWith('missed comma')) return undefined;
    return {
      offset,
      message: 'a comma is missing',
      note: 'between the entries of { } and [ ] stands a comma; a text with ": " in it needs quotes',
    };
  },

  function reservedCharacter({ line, text, offset }) {
    const found = /^(\s*(?:- +)*(?:[\w.-]+: +)?)([@`%])/.exec(line);
    if (found === null) return undefined;
    const start = text.lastIndexOf('\n', offset - 1) + 1;
    return { offset: start + found[1]!.length, message: `a text cannot begin with ${found[2]} in YAML`, note: 'put the text in quotes' };
  },

  function colonInText({ offset, line, before }) {
    if (!/: .*: /.test(line) || /["']$/.test(before.trimEnd())) return undefined;
    return { offset, message: 'a second ": " in one line', note: 'a text with ": " in it needs quotes' };
  },

  function quoteInQuotes({ offset, reason, before }) {
    const quote = /["'](?=\s*$)/.exec(before)?.[0] ?? /["'](?=[^"']*$)/.exec(before)?.[0];
    if (!reason.startsWith('bad indentation') || quote === undefined) return undefined;
    const doubled = quote === "'" ? "''" : '\\"';
    return {
      offset,
      message: `the quotes ${quote} end before this`,
      note: `inside of them ${quote} is written ${doubled}; a block (\`|\`) needs neither`,
    };
  },

  function indentation({ text, offset, reason, line, linesBefore }) {
    if (!reason.startsWith('bad indentation')) return undefined;
    const block = blockAround(text.slice(0, text.lastIndexOf('\n', offset - 1) + 1).split('\n'), indentOf(line));
    if (block !== undefined)
      return {
        offset,
        message: `this line is indented less than the block that begins in line ${linesBefore + block}`,
        note: 'the lines of a block stand below its first, or further to the right',
      };
    return {
      offset,
      message: 'this line is indented unlike those it belongs to',
      note: 'the fields of one mapping, and the dashes of one list, begin in the same column',
    };
  },

  function notAField({ text, offset, reason }) {
    if (!reason.startsWith('can not read a block mapping entry') && !reason.startsWith("expected ':'")) return undefined;
    // The key goes over several lines: its first is the one without a colon.
    const lines = text.slice(0, offset).split('\n');
    const index = lines.findLastIndex((one, at) => at < lines.length - 1 && one.trim() !== '');
    const first = lines[index] ?? '';
    return {
      offset: lines.slice(0, index).join('\n').length + (index > 0 ? 1 : 0) + (first.length - first.trimStart().length),
      message: 'this line is no field',
      note: 'a field is written `name: value`; the further lines of a text are indented, after `name: |`',
    };
  },

  function tag({ offset, reason }) {
    const [, name] = /^unknown \w+ tag !<(.*)>/.exec(reason) ?? [];
    if (name === undefined) return undefined;
    return { offset, message: `the tag ${name} means nothing here`, note: 'a text that begins with ! needs quotes' };
  },

  function depth({ offset, reason }) {
    const [, most] = /^nesting exceeded maxDepth \((\d+)\)/.exec(reason) ?? [];
    if (most === undefined) return undefined;
    return {
      offset,
      message: `nested more than ${most} deep`,
      note: 'no scenario and no object of Kubernetes needs that: is a bracket too many?',
    };
  },
];

/** The number of the line that begins a block text (`break: |`) which a line of some indentation should be in, but stands left of. */
function blockAround(above: readonly string[], indent: number): number | undefined {
  const at = above.findLastIndex((line) => line.trim() !== '' && indentOf(line) < indent);
  return at >= 0 && /(?:: |- )[|>][-+\d]*\s*$/.test(above[at]!) ? at + 1 : undefined;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

const closers: Readonly<Record<string, string>> = { '[': ']', '{': '}', '"': '"', "'": "'" };

/** The last bracket or quote before a place that begins a value and is not closed there. */
function unclosedBefore(text: string, offset: number): number | undefined {
  const values = /(?:^|\n)(?:[ ]*(?:- +)*(?:[^\s"'#[{][^:#\n]*: +)?)(["'[{])/g;
  const openers = [...text.slice(0, offset).matchAll(values)].map((match) => match.index + match[0].length - 1);
  return openers.findLast((at) => !isClosed(text.slice(at, offset)));
}

/** Reports whether what a text begins with, a bracket or a quote, is closed in it. */
function isClosed(text: string): boolean {
  const open = text[0]!;
  const close = closers[open]!;
  if (open === close) return new RegExp(open === '"' ? /^"(?:[^"\\]|\\.)*"/s : /^'(?:[^']|'')*'/s).test(text);
  return text.split(open).length <= text.split(close).length;
}
