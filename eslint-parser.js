import { analyze } from '@typescript-eslint/scope-manager';
import { visitorKeys } from '@typescript-eslint/visitor-keys';
import { parse, TokenKind } from 'yuku-parser';

/**
 * A parser for ESLint that reads TypeScript with yuku-parser: the tree of typescript-eslint's own parser in a fifth of its time, for rules
 * that ask for no types. `test/long/eslint-parser.test.ts` holds the two against each other.
 */
export const meta = { name: 'cka-net/eslint-parser', version: '1' };

/** The source's tree with tokens, comments and scopes, as ESLint asks for them. A source that cannot be read throws with its place. */
export function parseForESLint(text, { sourceType }) {
  const { program, comments, tokens, diagnostics } = parse(text, { lang: 'ts', sourceType, preserveParens: false, tokens: true });
  const locate = locator(text);
  const error = diagnostics.find((one) => one.severity === 'error');
  if (error !== undefined) {
    const { line, column } = locate(error.start);
    throw Object.assign(new SyntaxError(error.message), { index: error.start, lineNumber: line, column: column + 1 });
  }
  const ast = { ...program, comments, tokens: Array.from(tokens ?? [], (_, index) => tokenAt(tokens, index)) };
  // V8 keeps what the parser answered with (an object with getters) until a full collection: without its tree it is small.
  program.body = [];
  for (const one of [...ast.tokens, ...comments]) place(one, locate);
  placeAll(ast, locate);
  return { ast, services, visitorKeys, scopeManager: analyze(ast, { sourceType, lib: [] }) };
}

/** What rules of typescript-eslint ask for before they ask whether there are types. */
const services = { program: null, esTreeNodeToTSNodeMap: new WeakMap(), tsNodeToESTreeNodeMap: new WeakMap() };

const tokenTypes = new Map([
  [TokenKind.True, 'Boolean'],
  [TokenKind.False, 'Boolean'],
  [TokenKind.NullLiteral, 'Null'],
  [TokenKind.StringLiteral, 'String'],
  [TokenKind.RegexLiteral, 'RegularExpression'],
  [TokenKind.NoSubstitutionTemplate, 'Template'],
  [TokenKind.TemplateHead, 'Template'],
  [TokenKind.TemplateMiddle, 'Template'],
  [TokenKind.TemplateTail, 'Template'],
  [TokenKind.PrivateIdentifier, 'PrivateIdentifier'],
]);

/** A token as espree has it: a reserved word is a keyword where it names a property too, and a private name stands without its `#`. */
function tokenAt(tokens, index) {
  const type = tokenTypes.get(tokens.kind(index)) ?? otherType(tokens, index);
  const value = tokens.text(index);
  return { type, value: type === 'PrivateIdentifier' ? value.slice(1) : value, start: tokens.start(index), end: tokens.end(index) };
}

function otherType(tokens, index) {
  if (tokens.isNumericLiteral(index)) return 'Numeric';
  if (tokens.isReserved(index)) return 'Keyword';
  return tokens.isIdentifierLike(index) ? 'Identifier' : 'Punctuator';
}

/** Gives a node and all below it what ESLint knows them by: `range` and `loc`. */
function placeAll(node, locate) {
  place(node, locate);
  for (const key of visitorKeys[node.type]) {
    const child = node[key];
    if (Array.isArray(child)) {
      for (const one of child) if (one !== null) placeAll(one, locate);
    } else if (child) placeAll(child, locate);
  }
}

function place(one, locate) {
  one.range = [one.start, one.end];
  one.loc = { start: locate(one.start), end: locate(one.end) };
}

/** From offsets to lines (from 1) and columns (from 0). */
function locator(text) {
  const starts = [0, ...Array.from(text.matchAll(/\r\n|[\r\n\u2028\u2029]/g), (match) => match.index + match[0].length)];
  return (offset) => {
    let low = 0;
    for (let high = starts.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - starts[low] };
  };
}
