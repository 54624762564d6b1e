/** nft's language: commands with their objects, rules and elements. (nftables: src/parser_bison.y; what we print, and the usual rest) */
import type { NftBase, NftElement, NftExpression, NftFamily, NftSet, NftStatement, NftVerdict } from '#node/nftables.ts';
import {
  NftError,
  type Action,
  type NftCommand,
  type ObjectName,
  type ParsedElement,
  type ParsedRule,
  type Position,
  type Span,
} from './command.ts';
import { priorityNumber } from './print.ts';
import { tokenize, type Token } from './tokens.ts';
import { checkValue, isTerminal, markValue, seconds, sortedStates, typedValue, valueText, withoutImplied } from './values.ts';

const families: readonly string[] = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
const actions: readonly string[] = ['add', 'create', 'insert', 'replace', 'delete', 'flush', 'list', 'get'];

/** All commands of a text. Throws an {@link NftError} at the first mistake. */
export function parseNft(text: string): readonly NftCommand[] {
  return new Parser(tokenize(text)).commands();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #references: ParsedRule['references'][number][] = [];
  /** Of the table whose rules are read. */
  #familyOfRules: NftFamily = 'ip';
  #inRule = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  /** The line is over. */
  get #ended(): boolean {
    return this.#next.kind === 'newline' || this.#next.kind === 'end';
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
          : token.kind === 'symbol'
            ? quoted(token.text)
            : actions.includes(token.text) || keywords.has(token.text)
              ? token.text
              : /^\d+$/.test(token.text)
                ? 'number'
                : 'string';
    return new NftError(
      `syntax error, unexpected ${what}${expecting === undefined ? '' : `, expecting ${quoted(expecting)}`}`,
      token,
      Math.max(1, token.kind === 'newline' ? 1 : token.text.length),
    );
  }

  #word(expecting = this.#inRule ? undefined : 'string'): Token {
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
      if (!this.#ended && !this.#is(';')) throw this.#unexpected('end of file or newline or semicolon');
    }
  }

  /** From a token to the one that was taken last. */
  #spanFrom(first: Token): Span {
    const last = this.#tokens[this.#at - 1]!;
    const quotes = last.kind === 'string' ? 2 : 0;
    const length = last.line === first.line ? last.column + last.text.length + quotes - first.column : first.text.length;
    return { line: first.line, column: first.column, length };
  }

  /** A command's place takes in the end of its line. */
  #wholeFrom(first: Token): Span {
    const span = this.#spanFrom(first);
    return { ...span, length: span.length + 1 };
  }

  #command(): NftCommand {
    const first = this.#next;
    const action = actions.includes(first.text) ? (this.#take().text as Action) : 'add';
    const object = this.#next;
    if (this.#ended) throw this.#unexpected(action === 'add' ? 'string' : undefined);
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
        return this.#chain(action, this.#name(true), first);
      case 'set':
      case 'map':
        this.#take();
        return this.#set(action, this.#name(true), object.text === 'map');
      case 'element':
        this.#take();
        return this.#element(action, this.#name(true), first);
      case 'rule':
        this.#take();
        return this.#ruleCommand(action, first);
      default:
        if (action === 'list' || action === 'flush' || action === 'delete') throw this.#unexpected();
        // Without an object it is a rule: `add filter input accept`.
        return this.#ruleCommand(action, first);
    }
  }

  #family(): NftFamily | undefined {
    if (!families.includes(this.#next.text)) return undefined;
    return this.#take().text as NftFamily;
  }

  /** `[family] table [name]` */
  #name(named: boolean): ObjectName {
    const family = this.#family() ?? 'ip';
    const tableToken = this.#identifier();
    if (!named) return { family, table: tableToken.text, tableToken };
    const nameToken = this.#identifier();
    return { family, table: tableToken.text, tableToken, name: nameToken.text, nameToken };
  }

  #identifier(): Token {
    if (keywords.has(this.#next.text)) throw this.#unexpected('string');
    return this.#word();
  }

  #table(action: Action): NftCommand {
    const of = this.#name(false);
    const contents: NftCommand[] = [];
    let comment: string | undefined;
    let flags: readonly string[] | undefined;
    if (this.#accept('{')) {
      for (;;) {
        this.#skipSeparators();
        if (this.#accept('}')) break;
        const word = this.#word();
        if (word.text === 'comment') comment = this.#word().text;
        else if (word.text === 'flags') flags = this.#flags();
        else if (word.text === 'chain') contents.push(this.#chain('add', this.#inTable(of), word));
        else if (word.text === 'set' || word.text === 'map') contents.push(this.#set('add', this.#inTable(of), word.text === 'map'));
        else {
          this.#at--;
          throw this.#unexpected();
        }
      }
    }
    return { kind: 'table', action, of, ...(comment !== undefined && { comment }), ...(flags !== undefined && { flags }), contents };
  }

  #flags(): readonly string[] {
    const flags = [this.#word().text];
    while (this.#accept(',')) flags.push(this.#word().text);
    return flags;
  }

  #inTable(of: ObjectName): ObjectName {
    const nameToken = this.#word();
    return { ...of, name: nameToken.text, nameToken };
  }

  #chain(action: Action, of: ObjectName, first: Token): NftCommand {
    this.#familyOfRules = of.family;
    const rules: ParsedRule[] = [];
    let base: Omit<NftBase, 'policy'> | undefined;
    let policy: NftBase['policy'] | undefined;
    let comment: string | undefined;
    if (this.#accept('{')) {
      for (;;) {
        this.#skipSeparators();
        if (this.#accept('}')) break;
        if (this.#is('type')) base = this.#base();
        else if (this.#is('policy')) {
          this.#take();
          if (!this.#is('accept') && !this.#is('drop')) throw this.#unexpected("accept or drop or '$'");
          policy = this.#take().text as NftBase['policy'];
        } else if (this.#is('comment')) {
          this.#take();
          comment = this.#word().text;
        } else rules.push(this.#rule());
      }
    }
    const whole = this.#wholeFrom(first);
    return {
      kind: 'chain',
      action,
      of,
      ...(base !== undefined && { base: { ...base, policy: policy ?? 'accept' } }),
      ...(policy !== undefined && { policy }),
      ...(comment !== undefined && { comment }),
      rules,
      whole,
    };
  }

  #base(): Omit<NftBase, 'policy'> {
    this.#expect('type');
    const type = this.#oneOf(['filter', 'nat', 'route'] as const, 'unknown chain type');
    this.#expect('hook');
    const hook = this.#oneOf(['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'] as const, 'unknown chain hook');
    const token = this.#next;
    this.#expect('priority');
    const words: string[] = [];
    while (this.#next.kind === 'word') words.push(this.#take().text);
    const priority = priorityNumber(words.join(' '));
    if (priority === undefined) {
      const { line, column, length } = this.#spanFrom(token);
      throw new NftError('invalid priority expression value in this context.', { line, column }, length);
    }
    return { type, hook, priority };
  }

  #oneOf<T extends string>(words: readonly T[], mistake: string): T {
    const token = this.#word();
    if (!words.includes(token.text as T)) throw new NftError(mistake, token, token.text.length);
    return token.text as T;
  }

  #set(action: Action, of: ObjectName, map: boolean): NftCommand {
    if (!this.#accept('{')) {
      if (action === 'add' || action === 'create') throw this.#unexpected('{');
      return { kind: 'set', action, of, map };
    }
    this.#references = [];
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
        case 'flags':
          set = { ...set, flags: this.#flags() };
          break;
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
    return { kind: 'set', action, of, set, map, references: this.#references };
  }

  /** `ipv4_addr . inet_service : verdict` */
  #types(): readonly [type: readonly string[], data: readonly string[]] {
    const sides: [string[], string[]] = [[], []];
    let side = 0;
    while (this.#next.kind === 'word') {
      const token = this.#take();
      const { text } = token;
      if (text === ':') side = 1;
      else if (text !== '.') {
        if (!dataTypes.has(text)) throw new NftError(`unknown datatype ${text}`, token, text.length);
        sides[side]!.push(text);
      }
    }
    return sides;
  }

  #element(action: Action, of: ObjectName, first: Token): NftCommand {
    this.#references = [];
    const elements = this.#elements();
    return { kind: 'element', action, of, elements, references: this.#references, whole: this.#wholeFrom(first) };
  }

  #elements(): readonly ParsedElement[] {
    const elements: ParsedElement[] = [];
    this.#expect('{');
    for (;;) {
      while (this.#next.kind === 'newline' || this.#is(',')) this.#at++;
      if (this.#accept('}')) return elements;
      const token = this.#next;
      const key = this.#key();
      const span = this.#spanFrom(token);
      let element: NftElement = { key };
      while (this.#is('comment') || this.#is('timeout') || this.#is('expires')) {
        const word = this.#take().text;
        const value = this.#word().text;
        if (word === 'comment') element = { ...element, comment: value };
      }
      if (this.#accept(':'))
        element = isVerdict(this.#next.text) ? { ...element, verdict: this.#verdict() } : { ...element, value: this.#key() };
      elements.push({ element, span });
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
      const token = this.#word('{');
      this.#references.push({ kind: 'chain', name: token.text, token });
      return { kind: text, chain: token.text };
    }
    return { kind: text as 'accept' | 'drop' | 'return' | 'continue' };
  }

  #ruleCommand(action: Action, first: Token): NftCommand {
    const of = this.#name(true);
    this.#familyOfRules = of.family;
    const position = this.#position();
    if (action === 'delete' && position?.by !== 'handle') throw this.#unexpected('handle');
    const at = position === undefined ? undefined : { position };
    if (action === 'delete') return { kind: 'rule', action, of, ...at };
    if (this.#ended) throw this.#unexpected();
    const rule = this.#rule();
    return { kind: 'rule', action, of, rule: { ...rule, span: this.#wholeFrom(first) }, ...at };
  }

  #position(): Position | undefined {
    const first = this.#next;
    if (!['handle', 'position', 'index'].includes(first.text)) return undefined;
    this.#take();
    const token = this.#next;
    if (!/^\d+$/.test(token.text)) throw this.#unexpected('number');
    this.#take();
    const by = first.text === 'index' ? 'index' : 'handle';
    return { by, number: Number(token.text), span: this.#spanFrom(first.text === 'handle' ? token : first) };
  }

  #rule(): ParsedRule {
    const start = this.#next;
    this.#references = [];
    this.#inRule = true;
    const statements: NftStatement[] = [];
    let comment: string | undefined;
    let terminal: Span | undefined;
    while (!this.#ended && !this.#is(';') && !this.#is('}')) {
      if (this.#accept('comment')) {
        comment = this.#word().text;
        continue;
      }
      const first = this.#next;
      const statement = this.#statement();
      const span = this.#spanFrom(first);
      if (terminal !== undefined) throw new NftError('Statement after terminal statement has no effect', span, span.length, terminal);
      if (isTerminal(statement)) terminal = span;
      statements.push(statement);
    }
    this.#inRule = false;
    const rule = { statements: withoutImplied(statements), ...(comment !== undefined && { comment }) };
    return { rule, references: this.#references, span: this.#spanFrom(start) };
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
    const reason = words.join(' ').replace(/^(icmp(?:v6|x)?) type /, '$1 ');
    return reason === 'icmp port-unreachable' || reason === 'icmpv6 port-unreachable'
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
    this.#references.push({ kind: 'set', name, token });
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
    if (this.#accept('set')) return { kind: 'assign', target: left, value: this.#assigned(left) };
    const operators = ['==', '!=', '<', '>', '<=', '>='] as const;
    const operator = operators.find((one) => this.#accept(one)) ?? (this.#accept('eq') ? '==' : this.#accept('ne') ? '!=' : '==');
    return { kind: 'match', left, operator, right: this.#rightSide(left) };
  }

  /** Marks stand in hex. */
  #assigned(target: NftExpression): NftExpression {
    const value = this.#expression();
    return value.kind === 'value' && 'key' in target && target.key === 'mark' ? markValue(value) : value;
  }

  #mapExpression(): NftExpression {
    if (this.#is('{')) return { kind: 'anonymous', elements: this.#elements().map(({ element }) => element) };
    return { kind: 'set', name: this.#setReference() };
  }

  #rightSide(left: NftExpression): NftExpression {
    if (this.#is('{')) {
      const elements = this.#elements().map(({ element }) => ({ ...element, key: element.key.map((part) => typedValue(part, left)) }));
      if (elements.length === 1 && elements[0]!.key.length === 1 && left.kind !== 'ct')
        return { kind: 'value', text: elements[0]!.key.join(' . ') };
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
    const token = this.#word();
    checkValue(token, left);
    return typedValue(valueText(token.text), left);
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
      case 'icmpv6': {
        const field = this.#word().text;
        const family = this.#familyOfRules;
        if ((family === 'ip' && text === 'ip6') || (family === 'ip6' && text === 'ip'))
          throw new NftError(`conflicting protocols specified: ${family} vs. ${text}`, token, this.#spanFrom(token).length);
        return { kind: 'payload', header: text, field };
      }
      case 'meta': {
        const key = this.#word().text;
        if (!allMetaKeys.includes(key)) {
          const known = allMetaKeys.join(', ');
          throw new NftError(`syntax error, unexpected ${key}, known keys are ${known}`, token, this.#spanFrom(token).length);
        }
        return { kind: 'meta', key };
      }
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
        if (this.#ended) throw this.#unexpected();
        throw new NftError('No symbol type information', token, text.length);
    }
  }
}

const allMetaKeys = (
  'length,protocol,priority,mark,iif,oif,iifname,oifname,iiftype,oiftype,skuid,skgid,nftrace,rtclassid,secmark,nfproto,l4proto,ibrname,' +
  'obrname,pkttype,cpu,iifgroup,oifgroup,cgroup,random,ipsec,iifkind,oifkind,ibrpvid,ibrvproto,time,day,hour,sdif,sdifname'
).split(',');

const dataTypes: ReadonlySet<string> = new Set(
  (
    'ipv4_addr,ipv6_addr,inet_proto,inet_service,mark,verdict,ifname,iface_index,ether_addr,ether_type,integer,string,nf_proto,ct_state,' +
    'ct_dir,ct_status,ct_label,tcp_flag,icmp_type,icmp_code,icmpv6_type,icmpx_code,pkt_type,time,uid,gid,realm,fib_addrtype,cgroupsv2'
  ).split(','),
);

/** Symbols stand in quotes, tokens that have a name by it. */
function quoted(token: string): string {
  const double = { '==': 'eq', '!=': 'neq', '<=': 'lte', '>=': 'gte', '<<': 'lshift', '>>': 'rshift' }[token];
  return double ?? (/^[^\w\s]$/.test(token) ? `'${token}'` : token);
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
