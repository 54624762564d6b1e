/** As much of Markdown as stories, questions and explanations need. */
import { harmless, indent, wrap } from './text.ts';
import type { Theme } from './theme.ts';

/** The lines of a Markdown text, wrapped to so many columns. Nothing in it can command the terminal. */
export function markdown(source: string, columns: number, theme: Theme): readonly string[] {
  const blocks = blocksOf(harmless(source).split('\n'));
  return blocks.flatMap((block, index) => [...(index > 0 ? [''] : []), ...lines(block, columns, theme)]);
}

/** One line of Markdown, coloured but not wrapped: choices, check titles. */
export function inline(source: string, theme: Theme): string {
  return spans(harmless(source).replace(/\s+/g, ' ').trim(), theme);
}

type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'quote'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly { readonly mark: string; readonly level: number; readonly text: string }[] };

const item = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

function blocksOf(source: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < source.length;) {
    const line = source[at]!;
    const fence = /^\s*(```+|~~~+)/.exec(line);
    if (line.trim() === '') at++;
    else if (fence !== null) {
      const end = source.findIndex((other, index) => index > at && other.trim().startsWith(fence[1]!));
      const stop = end < 0 ? source.length : end;
      blocks.push({ kind: 'code', lines: source.slice(at + 1, stop) });
      at = stop + 1;
    } else if (/^( {4}|\t)/.test(line)) {
      const start = at;
      while (at < source.length && (/^( {4}|\t)/.test(source[at]!) || source[at]!.trim() === '')) at++;
      const taken = source.slice(start, at).map((one) => one.replace(/^( {4}|\t)/, ''));
      while (taken.at(-1)?.trim() === '') taken.pop();
      blocks.push({ kind: 'code', lines: taken });
    } else if (/^#{1,6}\s/.test(line)) {
      blocks.push({ kind: 'heading', text: line.replace(/^#+\s+/, '') });
      at++;
    } else if (line.startsWith('>')) {
      const start = at;
      while (at < source.length && source[at]!.startsWith('>')) at++;
      blocks.push({ kind: 'quote', text: joined(source.slice(start, at).map((one) => one.replace(/^>\s?/, ''))) });
    } else if (item.test(line)) {
      const items: { mark: string; level: number; text: string }[] = [];
      for (; at < source.length && source[at]!.trim() !== ''; at++) {
        const found = item.exec(source[at]!);
        if (found !== null) items.push({ mark: found[2]!, level: Math.floor(found[1]!.length / 2), text: found[3]! });
        else items.at(-1)!.text += ` ${source[at]!.trim()}`;
      }
      blocks.push({ kind: 'list', items });
    } else {
      const start = at;
      while (at < source.length && isRunningText(source[at]!)) at++;
      blocks.push({ kind: 'paragraph', text: joined(source.slice(start, Math.max(at, start + 1))) });
      at = Math.max(at, start + 1);
    }
  }
  return blocks;
}

function isRunningText(line: string): boolean {
  return line.trim() !== '' && !/^\s*(```|~~~)/.test(line) && !/^#{1,6}\s/.test(line) && !line.startsWith('>') && !item.test(line);
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join(' ');
}

function lines(block: Block, columns: number, theme: Theme): readonly string[] {
  switch (block.kind) {
    case 'heading':
      return wrap(theme.title(spans(block.text, theme)), columns);
    case 'paragraph':
      return wrap(spans(block.text, theme), columns);
    case 'quote':
      return indent(wrap(spans(block.text, theme), columns - 2), `${theme.dim(theme.marks.quote)} `);
    case 'code':
      return block.lines.map((line) => `  ${theme.code(line)}`.trimEnd());
    case 'list':
      return block.items.flatMap(({ mark, level, text }) => {
        const sign = /\d/.test(mark) ? mark : theme.marks.bullet;
        const margin = '  '.repeat(level);
        const rest = `${margin}${' '.repeat(sign.length + 1)}`;
        return indent(wrap(spans(text, theme), columns - rest.length), rest, `${margin}${theme.dim(sign)} `);
      });
  }
}

/** `code`, **strong**, *emphasis*, [text](address); what stands in backticks is left alone. */
function spans(text: string, theme: Theme): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => {
      if (/^`[^`]+`$/.test(part)) return theme.colored ? theme.code(part.slice(1, -1)) : part;
      return part
        .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, (_, label: string, address: string) => `${label} (${address})`)
        .replace(/\*\*([^*]+)\*\*/g, (_, inner: string) => theme.strong(inner))
        .replace(/(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?!\w)/g, (_, inner: string) => theme.strong(inner));
    })
    .join('');
}
