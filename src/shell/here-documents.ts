/** Here-documents as here-strings: the interpreter prints a script with those rightly, and with here-documents in pipelines not. */
import type { SimpleCommandNode, WordNode } from 'just-bash';

type RedirectionNode = SimpleCommandNode['redirections'][number];
type HereDocNode = Extract<RedirectionNode['target'], { readonly type: 'HereDoc' }>;
type WordPart = WordNode['parts'][number];

/** The same script without here-documents, for printing. */
export function withHereStrings<Node>(node: Node): Node {
  return replaced(node) as Node;
}

function replaced(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(replaced);
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaced(value)]));
  if (inner['type'] !== 'Redirection') return inner;
  const redirection = inner as unknown as RedirectionNode;
  return redirection.target.type === 'HereDoc' ? asHereString(redirection, redirection.target) : redirection;
}

/** A here-string adds the newline that ends every document but the empty one. */
function asHereString(redirection: RedirectionNode, { content, quoted, stripTabs }: HereDocNode): RedirectionNode {
  const parts = withoutLastNewline(stripTabs ? withoutTabs(content.parts) : content.parts);
  if (parts === undefined) return { ...redirection, operator: '<', target: word({ type: 'Literal', value: '/dev/null' }) };
  const text = parts.map((part) => (part.type === 'Literal' ? part.value : '')).join('');
  const string: readonly WordPart[] = quoted ? literally(text) : [{ type: 'DoubleQuoted', parts }];
  return { ...redirection, operator: '<<<', target: word(...string) };
}

/** A text in single quotes, which cannot hold one themselves. */
function literally(text: string): readonly WordPart[] {
  const apostrophe: WordPart = { type: 'Escaped', value: "'" };
  return text.split("'").flatMap((value, i) => [...(i > 0 ? [apostrophe] : []), { type: 'SingleQuoted' as const, value }]);
}

function word(...parts: readonly WordPart[]): WordNode {
  return { type: 'Word', parts: [...parts] };
}

/** Without the tabs that lines begin with. */
function withoutTabs(parts: readonly WordPart[]): readonly WordPart[] {
  return parts.map((part, i) => {
    if (part.type !== 'Literal') return part;
    const value = part.value.replace(/\n\t+/g, '\n');
    return { ...part, value: i === 0 ? value.replace(/^\t+/, '') : value };
  });
}

/** Undefined for nothing at all. */
function withoutLastNewline(parts: readonly WordPart[]): WordPart[] | undefined {
  const last = parts.at(-1);
  if (last === undefined) return undefined;
  if (last.type !== 'Literal' || !last.value.endsWith('\n')) return [...parts];
  const value = last.value.slice(0, -1);
  return [...parts.slice(0, -1), ...(value === '' ? [] : [{ ...last, value }])];
}
