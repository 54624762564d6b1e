/** Reading the text of `-l`: `app=web,tier in (a,b),!old`. (staging:apimachinery/pkg/labels/selector.go) */
import { quote } from './json.ts';
import { labelKeyProblems, labelValueProblems } from './label-syntax.ts';
import { sortedByKey, sortedSet, type Operator, type Requirement } from './selector.ts';
import { fail, ok, type Result } from './status.ts';

type TokenType = 'identifier' | 'in' | 'notin' | '!' | '=' | '==' | '!=' | '>' | '<' | '(' | ')' | ',' | 'error' | 'end';

interface Token {
  readonly type: TokenType;
  readonly text: string;
}

const symbols: readonly string[] = [')', ',', '!', '==', '=', '>', '<', '!=', '('];
const isSymbol = (char: string) => '=!()><,'.includes(char);
const isBlank = (char: string) => ' \t\r\n'.includes(char);

/** `==`, not `=` twice: the longest symbol wins. Keywords are words, and as keys and values still names. */
function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (isBlank(char)) {
      at++;
      continue;
    }
    const end = isSymbol(char) ? endOfSymbol(text, at) : endOfWord(text, at);
    const word = text.slice(at, end);
    tokens.push({ type: typeOf(word), text: word });
    at = end;
  }
  return [...tokens, { type: 'end', text: '' }];
}

function endOfSymbol(text: string, start: number): number {
  return symbols.includes(text.slice(start, start + 2)) && text.length > start + 1 ? start + 2 : start + 1;
}

function endOfWord(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isSymbol(text[end]!) && !isBlank(text[end]!)) end++;
  return end;
}

function typeOf(word: string): TokenType {
  return symbols.includes(word) || word === 'in' || word === 'notin' ? (word as TokenType) : 'identifier';
}

class SelectorError extends Error {}

/** The conditions of a selector, sorted by key, or what is wrong with it. An empty text has none, and selects everything. */
export function parseSelector(text: string): Result<readonly Requirement[], string> {
  try {
    return ok(sortedByKey(new Parser(text).selector()));
  } catch (error) {
    if (error instanceof SelectorError) return fail(error.message);
    throw error;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  selector(): readonly Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#peek().type === 'end') return requirements;
    this.#expectStart("!, identifier, or 'end of string'");
    for (;;) {
      requirements.push(this.#requirement());
      const after = this.#next();
      if (after.type === 'end') return requirements;
      if (after.type !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      this.#expectStart("identifier after ','");
    }
  }

  #expectStart(expected: string): void {
    const { type, text } = this.#peek();
    if (type !== 'identifier' && type !== '!') throw new SelectorError(`found '${text}', expected: ${expected}`);
  }

  #requirement(): Requirement {
    try {
      return this.#condition();
    } catch (error) {
      throw error instanceof SelectorError ? new SelectorError(`unable to parse requirement: ${error.message}`) : error;
    }
  }

  #condition(): Requirement {
    const negated = this.#peek().type === '!';
    if (negated) this.#next();
    const key = this.#next();
    if (key.type !== 'identifier') throw new SelectorError(`found '${key.text}', expected: identifier`);
    refuse('<nil>', key.text, labelKeyProblems(key.text));
    if (negated) return { key: key.text, operator: '!', values: [] };
    if (['end', ','].includes(this.#peek().type)) return { key: key.text, operator: 'exists', values: [] };
    return this.#comparison(key.text);
  }

  #comparison(key: string): Requirement {
    const operator = this.#operator();
    const values = sortedSet(operator === 'in' || operator === 'notin' ? this.#values() : [this.#value()]);
    if (values.length === 0) throw new SelectorError(`values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`);
    values.forEach((value, index) => {
      if ((operator === 'gt' || operator === 'lt') && !/^[+-]?\d+$/.test(value)) {
        refuse(`values[${index}]`, value, ["for 'Gt', 'Lt' operators, the value must be an integer"]);
      }
      refuse(`values[${index}][${key}]`, value, labelValueProblems(value));
    });
    return { key, operator, values };
  }

  #operator(): Operator {
    const { type, text } = this.#tokens[this.#at++]!;
    const operator = ({ in: 'in', notin: 'notin', '=': '=', '==': '==', '!=': '!=', '>': 'gt', '<': 'lt' } as const)[type as string];
    if (operator === undefined) throw new SelectorError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
    return operator;
  }

  /** `(a,b)`; between commas nothing stands for the empty value. */
  #values(): readonly string[] {
    const open = this.#next();
    if (open.type !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.type === ')') {
      this.#next();
      return [];
    }
    if (first.type !== 'identifier' && first.type !== ',')
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#list();
    if (this.#next().type !== ')') throw new SelectorError(`found '${first.text}', expected: ')'`);
    return values;
  }

  #list(): readonly string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#next();
      if (token.type === 'identifier') {
        values.push(token.text);
        const after = this.#peek();
        if (after.type === ')') return values;
        if (after.type !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.type === ',') {
        if (values.length === 0) values.push('');
        const after = this.#peek().type;
        if (after === ')') return [...values, ''];
        if (after === ',') {
          this.#next();
          values.push('');
        }
      } else throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
    }
  }

  #value(): string {
    if (['end', ','].includes(this.#peek().type)) return '';
    const { type, text } = this.#next();
    if (type !== 'identifier') throw new SelectorError(`found '${text}', expected: identifier`);
    return text;
  }

  /** Where a name or value is expected, keywords are names. */
  #peek(): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
    return token.type === 'in' || token.type === 'notin' ? { ...token, type: 'identifier' } : token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }
}

function refuse(field: string, value: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new SelectorError(`${field}: Invalid value: ${quote(value)}: ${problems.join('; ')}`);
}
