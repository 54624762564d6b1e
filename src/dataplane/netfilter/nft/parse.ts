/** nft's language: commands with their objects, rules and elements. (nftables: src/parser_bison.y; what we print, and the usual rest) */
import { baseOf, lengthOf, parseCidr, parseIp } from '#net/ip.ts';
import type { Hook } from '#node/netfilter.ts';
import type { NftBase, NftChain, NftElement, NftExpression, NftFamily, NftRule, NftSet, NftStatement, NftVerdict } from '#node/nftables.ts';
import { protocolNumber } from '../iptables/protocols.ts';
import { portOfService } from '../iptables/services.ts';
import { priorityNumber } from './print.ts';
import { tokenize, type Token } from './tokens.ts';

/** A mistake at a place of the input. */
export class NftError extends Error {
  readonly line: number;
  readonly column: number;
  readonly length: number;

  constructor(message: string, { line, column }: Pick<Token, 'line' | 'column'>, length: number) {
    super(message);
    this.line = line;
    this.column = column;
    this.length = length;
  }
}

export type Action = 'add' | 'create' | 'insert' | 'replace' | 'delete' | 'destroy' | 'flush' | 'list' | 'reset';

/** What names an object, with the tokens to point at. */
export interface ObjectName {
  readonly family: NftFamily;
  readonly table: string;
  readonly tableToken: Token;
  readonly name?: string;
  readonly nameToken?: Token;
}

export type NftCommand =
  | { readonly kind: 'ruleset'; readonly action: 'flush' | 'list'; readonly family?: NftFamily }
  | { readonly kind: 'all'; readonly what: 'tables' | 'chains' | 'sets' | 'maps'; readonly family?: NftFamily }
  | {
      readonly kind: 'table';
      readonly action: Action;
      readonly of: ObjectName;
      readonly comment?: string;
      readonly contents: readonly NftCommand[];
    }
  | {
      readonly kind: 'chain';
      readonly action: Action;
      readonly of: ObjectName;
      readonly base?: NftBase;
      readonly comment?: string;
      readonly rules: readonly ParsedRule[];
    }
  | { readonly kind: 'set'; readonly action: Action; readonly of: ObjectName; readonly set?: NftSet; readonly map: boolean }
  | {
      readonly kind: 'element';
      readonly action: Action;
      readonly of: ObjectName;
      readonly elements: readonly { readonly element: NftElement; readonly token: Token; readonly length: number }[];
    }
  | {
      readonly kind: 'rule';
      readonly action: Action;
      readonly of: ObjectName;
      readonly rule?: ParsedRule;
      readonly handle?: number;
      readonly handleToken?: Token;
    };

export interface ParsedRule {
  readonly rule: NftRule;
  /** Chains and sets the rule leads to, with where they are named. */
  readonly references: readonly { readonly kind: 'chain' | 'set'; readonly name: string; readonly token: Token }[];
}

const families: readonly string[] = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
const actions: readonly string[] = ['add', 'create', 'insert', 'replace', 'delete', 'destroy', 'flush', 'list', 'reset'];

/** All commands of a text. Throws an {@link NftError} at the first mistake. */
export function parseNft(text: string): readonly NftCommand[] {
  return new Parser(tokenize(text)).commands();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #references: ParsedRule['references'][number][] = [];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  #is(text: string): boolean {
    const { kind, text: next } = this.#next;
    return (kind === 'word' || kind === 'symbol') && next === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  /** bison's words for a token that does not fit. */
  #unexpected(expecting?: string): NftError {
    const token = this.#next;
    const what =
      token.kind === 'newline' || token.kind === 'end'
        ? 'newline'
        : token.kind === 'string'
          ? 'quoted string'
          : actions.includes(token.text) || token.kind === 'symbol' || keywords.has(token.text)
            ? token.text
            : 'string';
    return new NftError(
      `syntax error, unexpected ${what}${expecting === undefined ? '' : `, expecting ${expecting}`}`,
      token,
      Math.max(1, token.kind === 'newline' ? 1 : token.text.length),
    );
  }

  #word(expecting = 'string'): Token {
    if (this.#next.kind !== 'word' && this.#next.kind !== 'string') throw this.#unexpected(expecting);
    return this.#take();
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#unexpected(text);
  }

  #skipSeparators(): void {
    while (this.#next.kind === 'newline' || this.#is(';')) this.#at++;
  }

  commands(): readonly NftCommand[] {
    const commands: NftCommand[] = [];
    for (;;) {
      this.#skipSeparators();
      if (this.#next.kind === 'end') return commands;
      commands.push(this.#command());
    }
  }

  #command(): NftCommand {
    const first = this.#next;
    const action = actions.includes(first.text) ? (this.#take().text as Action) : 'add';
    const object = this.#next;
    if (object.kind === 'newline' || object.kind === 'end')
      throw this.#unexpected(action === 'add' && first === object ? 'string' : undefined);
    switch (object.text) {
      case 'ruleset': {
        this.#take();
        const family = this.#family();
        return { kind: 'ruleset', action: action === 'flush' ? 'flush' : 'list', ...(family !== undefined && { family }) };
      }
      case 'tables':
      case 'chains':
      case 'sets':
      case 'maps': {
        this.#take();
        const family = this.#family();
        return { kind: 'all', what: object.text, ...(family !== undefined && { family }) };
      }
      case 'table':
        this.#take();
        return this.#table(action);
      case 'chain':
        this.#take();
        return this.#chain(action, this.#name(true));
      case 'set':
      case 'map':
        this.#take();
        return this.#set(action, this.#name(true), object.text === 'map');
      case 'element':
        this.#take();
        return this.#element(action, this.#name(true));
      case 'rule':
        this.#take();
        return this.#ruleCommand(action);
      default:
        if (action === 'list' || action === 'flush' || action === 'delete') throw this.#unexpected();
        // Without an object it is a rule: `add filter input accept`.
        return this.#ruleCommand(action);
    }
  }

  #family(): NftFamily | undefined {
    if (!families.includes(this.#next.text)) return undefined;
    return this.#take().text as NftFamily;
  }

  /** `[family] table [name]` */
  #name(named: boolean): ObjectName {
    const family = this.#family() ?? 'ip';
    const tableToken = this.#word();
    if (!named) return { family, table: tableToken.text, tableToken };
    const nameToken = this.#word();
    return { family, table: tableToken.text, tableToken, name: nameToken.text, nameToken };
  }

  #table(action: Action): NftCommand {
    const of = this.#name(false);
    const contents: NftCommand[] = [];
    let comment: string | undefined;
    if (this.#accept('{')) {
      for (;;) {
        this.#skipSeparators();
        if (this.#accept('}')) break;
        const word = this.#word();
        if (word.text === 'comment') comment = this.#word().text;
        else if (word.text === 'flags') this.#word();
        else if (word.text === 'chain') contents.push(this.#chain('add', this.#inTable(of)));
        else if (word.text === 'set' || word.text === 'map') contents.push(this.#set('add', this.#inTable(of), word.text === 'map'));
        else {
          this.#at--;
          throw this.#unexpected();
        }
      }
    }
    return { kind: 'table', action, of, ...(comment !== undefined && { comment }), contents };
  }

  #inTable(of: ObjectName): ObjectName {
    const nameToken = this.#word();
    return { ...of, name: nameToken.text, nameToken };
  }

  #chain(action: Action, of: ObjectName): NftCommand {
    const rules: ParsedRule[] = [];
    let base: NftBase | undefined;
    let comment: string | undefined;
    if (this.#accept('{')) {
      for (;;) {
        this.#skipSeparators();
        if (this.#accept('}')) break;
        if (this.#is('type')) base = { ...this.#base(), policy: base?.policy ?? 'accept' };
        else if (this.#is('policy')) {
          this.#take();
          const policy = this.#word().text as NftBase['policy'];
          if (base !== undefined) base = { ...base, policy };
        } else if (this.#is('comment')) {
          this.#take();
          comment = this.#word().text;
        } else rules.push(this.#rule());
      }
    }
    return { kind: 'chain', action, of, ...(base !== undefined && { base }), ...(comment !== undefined && { comment }), rules };
  }

  #base(): Omit<NftBase, 'policy'> {
    this.#expect('type');
    const type = this.#word().text as NftBase['type'];
    this.#expect('hook');
    const hook = this.#word().text as Hook | 'ingress';
    this.#expect('priority');
    const words: string[] = [];
    const token = this.#next;
    while (this.#next.kind === 'word') words.push(this.#take().text);
    const priority = priorityNumber(words.join(' '));
    if (priority === undefined)
      throw new NftError(`'${words.join(' ')}' is invalid priority in this context.`, token, words.join(' ').length);
    return { type, hook, priority };
  }

  #set(action: Action, of: ObjectName, map: boolean): NftCommand {
    if (!this.#accept('{')) return { kind: 'set', action, of, map };
    let set: NftSet = { name: of.name!, kind: map ? 'map' : 'set', type: [], elements: [] };
    for (;;) {
      this.#skipSeparators();
      if (this.#accept('}')) break;
      const word = this.#word();
      switch (word.text) {
        case 'type': {
          const [type, data] = this.#types();
          set = { ...set, type, ...(data.length > 0 && { data }) };
          break;
        }
        case 'size':
          set = { ...set, size: Number(this.#word().text) };
          break;
        case 'flags': {
          const flags = [this.#word().text];
          while (this.#accept(',')) flags.push(this.#word().text);
          set = { ...set, flags };
          break;
        }
        case 'timeout':
          set = { ...set, timeout: seconds(this.#word().text) };
          break;
        case 'comment':
          set = { ...set, comment: this.#word().text };
          break;
        case 'elements':
          this.#expect('=');
          set = { ...set, elements: this.#elements().map(({ element }) => element) };
          break;
        default:
          this.#at--;
          throw this.#unexpected();
      }
    }
    return { kind: 'set', action, of, set, map };
  }

  /** `ipv4_addr . inet_service : verdict` */
  #types(): readonly [type: readonly string[], data: readonly string[]] {
    const sides: [string[], string[]] = [[], []];
    let side = 0;
    while (this.#next.kind === 'word') {
      const { text } = this.#take();
      if (text === ':') side = 1;
      else if (text !== '.') sides[side]!.push(text);
    }
    return sides;
  }

  #element(action: Action, of: ObjectName): NftCommand {
    return { kind: 'element', action, of, elements: this.#elements() };
  }

  #elements(): readonly { readonly element: NftElement; readonly token: Token; readonly length: number }[] {
    const elements: { readonly element: NftElement; readonly token: Token; readonly length: number }[] = [];
    this.#expect('{');
    for (;;) {
      while (this.#next.kind === 'newline' || this.#is(',')) this.#at++;
      if (this.#accept('}')) return elements;
      const token = this.#next;
      const key = this.#key();
      const last = this.#tokens[this.#at - 1]!;
      let element: NftElement = { key };
      while (this.#is('comment') || this.#is('timeout') || this.#is('expires')) {
        const word = this.#take().text;
        const value = this.#word().text;
        if (word === 'comment') element = { ...element, comment: value };
      }
      if (this.#accept(':'))
        element = isVerdict(this.#next.text) ? { ...element, verdict: this.#verdict() } : { ...element, value: this.#key() };
      elements.push({ element, token, length: last.column + last.text.length - token.column });
    }
  }

  /** `10.0.0.1 . tcp . 80` */
  #key(): readonly string[] {
    const key = [valueText(this.#word().text)];
    while (this.#accept('.')) key.push(valueText(this.#word().text));
    return key;
  }

  #verdict(): NftVerdict {
    const { text } = this.#word();
    if (text === 'jump' || text === 'goto') {
      const token = this.#word();
      this.#references.push({ kind: 'chain', name: token.text, token });
      return { kind: text, chain: token.text };
    }
    return { kind: text as 'accept' | 'drop' | 'return' | 'continue' };
  }

  #ruleCommand(action: Action): NftCommand {
    const of = this.#name(true);
    let handle: number | undefined;
    let handleToken: Token | undefined;
    if (this.#is('handle') || this.#is('position') || this.#is('index')) {
      this.#take();
      handleToken = this.#word('number');
      handle = Number(handleToken.text);
    } else if (action === 'delete' || action === 'destroy') throw this.#unexpected('handle');
    const position = { ...(handle !== undefined && { handle }), ...(handleToken !== undefined && { handleToken }) };
    if (action === 'delete' || action === 'destroy') return { kind: 'rule', action, of, ...position };
    return { kind: 'rule', action, of, rule: this.#rule(), ...position };
  }

  #rule(): ParsedRule {
    this.#references = [];
    const statements: NftStatement[] = [];
    let comment: string | undefined;
    while (this.#next.kind !== 'newline' && this.#next.kind !== 'end' && !this.#is(';') && !this.#is('}')) {
      if (this.#accept('comment')) comment = this.#word().text;
      else statements.push(this.#statement());
    }
    return { rule: { statements: withoutImplied(statements), ...(comment !== undefined && { comment }) }, references: this.#references };
  }

  #statement(): NftStatement {
    const { text } = this.#next;
    if (isVerdict(text)) return { kind: 'verdict', verdict: this.#verdict() };
    switch (text) {
      case 'counter':
        this.#take();
        return { kind: 'counter', packets: this.#number('packets'), bytes: this.#number('bytes') };
      case 'reject':
        this.#take();
        return this.#reject();
      case 'masquerade':
        this.#take();
        return { kind: 'masquerade', flags: this.#natFlags() };
      case 'redirect': {
        this.#take();
        const port = this.#accept('to') ? Number(this.#word().text.replace(/^:/, '') || this.#word().text) : undefined;
        return { kind: 'redirect', ...(port !== undefined && { port }) };
      }
      case 'dnat':
      case 'snat':
        this.#take();
        return this.#nat(text);
      case 'log':
        this.#take();
        return this.#log();
      case 'update':
      case 'add':
        this.#take();
        return this.#update(text);
      case 'limit':
      case 'notrack':
      case 'queue':
        return this.#kept();
      default:
        return this.#matching();
    }
  }

  #number(word: string): number {
    return this.#accept(word) ? Number(this.#word().text) : 0;
  }

  #reject(): NftStatement {
    if (!this.#accept('with')) return { kind: 'reject' };
    const words: string[] = [];
    while (this.#next.kind === 'word' && this.#next.text !== 'comment') words.push(this.#take().text);
    const reason = words.join(' ').replace(/^(icmp(?:v6|x)?) (?!type)/, '$1 type ');
    return reason === 'icmp type port-unreachable' || reason === 'icmpv6 type port-unreachable'
      ? { kind: 'reject' }
      : { kind: 'reject', with: reason };
  }

  #natFlags(): readonly string[] {
    const flags: string[] = [];
    while (['random', 'fully-random', 'persistent'].includes(this.#next.text)) {
      flags.push(this.#take().text);
      this.#accept(',');
    }
    return flags;
  }

  #nat(type: 'dnat' | 'snat'): NftStatement {
    const family = this.#is('ip') || this.#is('ip6') ? (this.#take().text as 'ip' | 'ip6') : undefined;
    this.#expect('to');
    const { text } = this.#next;
    const [, address, port] = /^(\[[0-9a-f:]+\]|[\d.]*)(?::(\d+))?$/.exec(text) ?? [];
    let to: NftExpression;
    if (address === undefined) to = this.#expression();
    else {
      this.#take();
      to = { kind: 'value', text: valueText(address.replace(/^\[|\]$/g, '')) };
    }
    const flags = this.#natFlags();
    return {
      kind: 'nat',
      type,
      ...(family !== undefined && { family }),
      to,
      ...(port !== undefined && { port: Number(port) }),
      ...(flags.length > 0 && { flags }),
    };
  }

  #log(): NftStatement {
    const parts: string[] = [];
    while (['prefix', 'level', 'group', 'flags'].includes(this.#next.text)) {
      const word = this.#take().text;
      const value = this.#take();
      parts.push(`${word} ${value.kind === 'string' ? `"${value.text}"` : value.text}`);
    }
    return { kind: 'log', text: parts.join(' ') };
  }

  #update(operation: 'add' | 'update'): NftStatement {
    const set = this.#setReference();
    this.#expect('{');
    const key = this.#expression();
    while (!this.#accept('}')) this.#take();
    return { kind: 'update', operation, set, key };
  }

  #setReference(): string {
    const token = this.#word();
    const name = token.text.replace(/^@/, '');
    this.#references.push({ kind: 'set', name, token: { ...token, column: token.column + 1, text: name } });
    return name;
  }

  /** A statement that is kept as it stands. */
  #kept(): NftStatement {
    const words = [this.#take().text];
    if (words[0] === 'limit')
      while (this.#next.kind === 'word' && !isVerdict(this.#next.text) && !['counter', 'log', 'reject'].includes(this.#next.text))
        words.push(this.#take().text);
    else if (words[0] === 'queue') while (this.#next.kind === 'word') words.push(this.#take().text);
    return { kind: 'opaque', text: words.join(' ') };
  }

  /** A comparison, a lookup, or an assignment: what begins with an expression. */
  #matching(): NftStatement {
    const left = this.#expression();
    if (this.#accept('vmap')) return { kind: 'vmap', key: left, map: this.#mapExpression() };
    if (this.#accept('set')) return { kind: 'assign', target: left, value: this.#expression() };
    const operators = ['==', '!=', '<', '>', '<=', '>='] as const;
    const operator = operators.find((one) => this.#accept(one)) ?? (this.#accept('eq') ? '==' : this.#accept('ne') ? '!=' : '==');
    return { kind: 'match', left, operator, right: this.#rightSide(left) };
  }

  #mapExpression(): NftExpression {
    if (this.#is('{')) return { kind: 'anonymous', elements: this.#elements().map(({ element }) => element) };
    return { kind: 'set', name: this.#setReference() };
  }

  #rightSide(left: NftExpression): NftExpression {
    if (this.#is('{')) {
      const elements = this.#elements().map(({ element }) => ({ ...element, key: element.key.map((part) => typedValue(part, left)) }));
      if (elements.length === 1 && left.kind !== 'ct') return { kind: 'value', text: elements[0]!.key.join(' . ') };
      return { kind: 'anonymous', elements };
    }
    if (this.#next.text.startsWith('@')) return { kind: 'set', name: this.#setReference() };
    const token = this.#next;
    const parts = [this.#typedWord(left)];
    while (this.#accept(',')) parts.push(this.#typedWord(left));
    const text = left.kind === 'ct' && left.key === 'state' ? sortedStates(parts).join(',') : parts.join(',');
    if (this.#accept('.')) return { kind: 'value', text: [text, ...this.#key()].join(' . ') };
    if (left.kind === 'meta' && /^[io]ifname$/.test(left.key)) return { kind: 'value', text: `"${token.text}"` };
    return { kind: 'value', text };
  }

  #typedWord(left: NftExpression): string {
    return typedValue(valueText(this.#word().text), left);
  }

  /** An expression: primaries joined by dots, with masks. */
  #expression(): NftExpression {
    const parts = [this.#masked()];
    while (this.#is('.')) {
      this.#take();
      parts.push(this.#masked());
    }
    const expression: NftExpression = parts.length === 1 ? parts[0]! : { kind: 'concat', parts };
    return this.#accept('map') ? { kind: 'map', key: expression, map: this.#mapExpression() } : expression;
  }

  #masked(): NftExpression {
    let left = this.#primary();
    for (;;) {
      const operator = ({ '&': '&', and: '&', '|': '|', or: '|', '^': '^', xor: '^' } as const)[this.#next.text as '&'];
      if (operator === undefined) return left;
      this.#take();
      left = { kind: 'binary', operator, left, right: markValue(this.#primary()) };
    }
  }

  #primary(): NftExpression {
    const token = this.#word();
    const { text } = token;
    switch (text) {
      case 'ip':
      case 'ip6':
      case 'tcp':
      case 'udp':
      case 'sctp':
      case 'th':
      case 'icmp':
      case 'icmpv6':
        return { kind: 'payload', header: text, field: this.#word().text };
      case 'meta':
        return { kind: 'meta', key: this.#word().text };
      case 'ct':
        return { kind: 'ct', key: this.#word().text };
      case 'fib': {
        let selector = this.#word().text;
        while (this.#accept('.')) selector += ` . ${this.#word().text}`;
        return { kind: 'fib', selector, result: this.#word().text };
      }
      case 'numgen': {
        const mode = this.#word().text as 'random' | 'inc';
        this.#expect('mod');
        return { kind: 'numgen', mode, modulus: Number(this.#word().text) };
      }
      default:
        if (metaKeys.has(text)) return { kind: 'meta', key: text };
        if (/^[0-9a-fx:./-]+$/i.test(text)) return { kind: 'value', text: valueText(text) };
        throw new NftError('No symbol type information', token, text.length);
    }
  }
}

const metaKeys: ReadonlySet<string> = new Set([
  'mark',
  'iif',
  'oif',
  'iifname',
  'oifname',
  'l4proto',
  'nfproto',
  'skuid',
  'skgid',
  'pkttype',
  'iifgroup',
  'oifgroup',
]);
const keywords: ReadonlySet<string> = new Set([
  'table',
  'chain',
  'rule',
  'set',
  'map',
  'element',
  'ruleset',
  'handle',
  'type',
  'hook',
  'ip',
  'ip6',
  'inet',
]);

function isVerdict(text: string): boolean {
  return ['accept', 'drop', 'return', 'continue', 'jump', 'goto'].includes(text);
}

/** Addresses in their one spelling; a network of one address is that address. */
function valueText(text: string): string {
  const address = parseIp(text);
  if (address !== undefined) return address;
  const range = text.includes('/') ? parseCidr(text) : undefined;
  if (range === undefined) return text;
  return lengthOf(range) === (range.includes(':') ? 128 : 32) ? baseOf(range) : range;
}

/** Marks stand in eight hex digits. */
function markValue(expression: NftExpression): NftExpression {
  if (expression.kind !== 'value' || !/^(0x[0-9a-f]+|\d+)$/i.test(expression.text)) return expression;
  return { kind: 'value', text: `0x${Number(expression.text).toString(16).padStart(8, '0')}` };
}

/** A value as nft shows it next to what it is compared with: ports by number, marks in hex. */
function typedValue(text: string, left: NftExpression): string {
  const subject = left.kind === 'binary' ? left.left : left;
  if (subject.kind === 'meta' && subject.key === 'mark') return (markValue({ kind: 'value', text }) as { readonly text: string }).text;
  if (subject.kind === 'payload' && /port$/.test(subject.field)) {
    const protocol = subject.header === 'th' ? 'tcp' : subject.header;
    return text
      .split('-')
      .map((port) => (/^\d+$/.test(port) ? port : String(portOfService(port, protocol) ?? port)))
      .join('-');
  }
  if (subject.kind === 'meta' && subject.key === 'l4proto' && /^\d+$/.test(text)) return protocolOf(Number(text)) ?? text;
  return text;
}

function protocolOf(number: number): string | undefined {
  return ['icmp', 'tcp', 'udp', 'sctp', 'ipv6-icmp'].find((name) => protocolNumber(name) === number);
}

const stateOrder = ['invalid', 'established', 'related', 'new', 'untracked'];

function sortedStates(states: readonly string[]): readonly string[] {
  return [...states].sort((a, b) => stateOrder.indexOf(a) - stateOrder.indexOf(b));
}

/** A header's match says its protocol by itself: nft leaves out an explicit one before it. */
function withoutImplied(statements: readonly NftStatement[]): readonly NftStatement[] {
  return statements.filter((statement, i) => {
    if (statement.kind !== 'match' || statement.operator !== '==' || statement.right.kind !== 'value') return true;
    const { left, right } = statement;
    const names =
      (left.kind === 'meta' && left.key === 'l4proto') || (left.kind === 'payload' && left.header === 'ip' && left.field === 'protocol');
    const next = statements[i + 1];
    return !names || next?.kind !== 'match' || next.left.kind !== 'payload' || next.left.header !== right.text;
  });
}

function seconds(text: string): number {
  const sizes = { d: 86400, h: 3600, m: 60, s: 1 } as const;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms]?)/g)) total += Number(count) * (unit === '' ? 1 : sizes[unit as 'd']);
  return total;
}

export function chainOf(command: NftCommand & { readonly kind: 'chain' }): NftChain {
  const { of, base, comment, rules } = command;
  return {
    name: of.name!,
    ...(base !== undefined && { base }),
    ...(comment !== undefined && { comment }),
    rules: rules.map(({ rule }) => rule),
  };
}
