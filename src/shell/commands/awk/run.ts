/** AWK at work (POSIX awk; where that leaves it open, mawk 1.3.4). */
import type { Io, Output } from '../../command.ts';
import { PatternError, patternOf, posixPattern, type Pattern } from '../../posix-patterns.ts';
import { readInput } from '../../program-input.ts';
import { AwkArray } from './array.ts';
import { callBuiltin } from './builtins.ts';
import { unescaped } from './lex.ts';
import type { AwkFunction, Expression, Place, Program, Statement } from './parse.ts';
import { AwkRecord } from './record.ts';
import { Redirections } from './redirections.ts';
import { compare, formatted, isTrue, Read, toNumber, toText, type Value } from './values.ts';

/** A run may do so much before it is taken for one without end. */
const mostSteps = 5_000_000;

/** A variable: what it holds, or the array that it is. */
interface Cell {
  value: Value;
  array?: AwkArray;
  /** The variable that was given for this parameter: what is made an array here is one there. */
  readonly origin?: Cell;
}

class Jump {
  readonly to: 'break' | 'continue' | 'next' | 'nextfile' | 'exit' | 'return';
  readonly value: Value;
  constructor(to: Jump['to'], value?: Value) {
    this.to = to;
    this.value = value;
  }
}

/** It ends the program, with this text. */
export class RunError extends Error {}

/** What mawk says of a pattern that is none. */
function patternProblem({ message }: PatternError, source: string): string {
  const why = message.includes('[') ? "missing ']'" : message.startsWith('Unmatched (') ? "missing ')'" : message;
  return `regular expression compile failed (${why})\n${source}`;
}

/** What mawk says of the first pattern of a program that is none; undefined when all can be used. */
export function wrongPattern(sources: readonly { readonly source: string; readonly line: number }[]): string | undefined {
  for (const { source, line } of sources) {
    try {
      if (source !== '') posixPattern(withControls(source), { extended: true });
    } catch (error) {
      if (error instanceof PatternError) return `line ${line}: ${patternProblem(error, source)}`;
      throw error;
    }
  }
  return undefined;
}

interface Input {
  text: string;
  at: number;
}

export class Awk {
  readonly io: Io;
  /** Unix milliseconds. */
  readonly now: number;
  readonly #program: Program;
  readonly #globals = new Map<string, Cell>();
  #locals: ReadonlyMap<string, Cell> = new Map();
  readonly #patterns = new Map<string, Pattern>();
  readonly #record: AwkRecord;
  stdout = '';
  stderr = '';
  #exitCode = 0;
  /** What is still to be read; taken from ARGV when the first input is wanted. */
  #operands: string[] | undefined;
  #input: Input | undefined;
  #usedInput = false;
  readonly #inputs = new Map<string, Input>();
  readonly #outputs: Redirections;
  readonly #ranges = new Set<number>();
  #steps = 0;

  constructor(program: Program, io: Io, now: number) {
    this.#program = program;
    this.io = io;
    this.now = now;
    this.#outputs = new Redirections(io);
    const variable = (name: string) => this.variable(name);
    this.#record = new AwkRecord({
      split: (text) => this.parts(text, variable('FS')),
      get between() {
        return variable('OFS');
      },
    });
    const beginning: Readonly<Record<string, Value>> = {
      FS: ' ',
      OFS: ' ',
      ORS: '\n',
      RS: '\n',
      SUBSEP: '\x1c',
      CONVFMT: '%.6g',
      OFMT: '%.6g',
      NR: 0,
      FNR: 0,
      FILENAME: '',
      RSTART: 0,
      RLENGTH: -1,
    };
    for (const [name, value] of Object.entries(beginning)) this.#globals.set(name, { value });
    const environment = this.#arrayOf(this.#cell('ENVIRON'));
    for (const [name, text] of io.env) environment.set(name, new Read(text));
  }

  /** `name=value` on the command line. */
  assign(name: string, text: string): void {
    this.#setVariable(name, new Read(unescaped(text)));
  }

  async run(operands: readonly string[]): Promise<Output> {
    const argv = this.#arrayOf(this.#cell('ARGV'));
    ['awk', ...operands].forEach((word, i) => argv.set(String(i), new Read(word)));
    this.#setVariable('ARGC', operands.length + 1);
    try {
      const reads = this.#program.rules.some(({ when }) => when !== 'BEGIN');
      let over = await this.#jumpsOut(() => this.#special('BEGIN'));
      if (!over && reads) over = await this.#jumpsOut(() => this.#records());
      if (reads) await this.#jumpsOut(() => this.#special('END'));
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      this.stderr += error.message;
      this.#exitCode = 2;
    }
    for (const name of this.#outputs.names) await this.close(name);
    return { stdout: this.stdout, stderr: this.stderr, exitCode: this.#exitCode };
  }

  /** True when `exit` was called. */
  async #jumpsOut(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return false;
    } catch (error) {
      if (!(error instanceof Jump) || error.to !== 'exit') throw error;
      if (error.value !== undefined) this.#exitCode = Math.trunc(toNumber(error.value)) & 255;
      return true;
    }
  }

  async #special(when: 'BEGIN' | 'END'): Promise<void> {
    for (const rule of this.#program.rules) if (rule.when === when) await this.#execute(rule.body!);
  }

  async #records(): Promise<void> {
    while (await this.#nextRecord()) {
      try {
        await this.#rules();
      } catch (error) {
        if (error instanceof Jump && error.to === 'nextfile') this.#input = undefined;
        else if (!(error instanceof Jump) || error.to !== 'next') throw error;
      }
    }
  }

  async #rules(): Promise<void> {
    for (const [i, { when, body }] of this.#program.rules.entries()) {
      if (typeof when === 'string') continue;
      if (when.to !== undefined) {
        if (!this.#ranges.has(i)) {
          if (!isTrue(await this.value(when.from!))) continue;
          this.#ranges.add(i);
        }
        if (isTrue(await this.value(when.to))) this.#ranges.delete(i);
      } else if (when.from !== undefined && !isTrue(await this.value(when.from))) continue;
      if (body === undefined) this.#write(this.#record.text + this.variable('ORS'));
      else await this.#execute(body);
    }
  }

  // Input

  /** The next file of the operands; assignments among them take effect. Undefined when there is none left. */
  #nextInput(): Input | undefined {
    const argv = this.array('ARGV');
    const count = Math.max(0, toNumber(this.#cell('ARGC').value) - 1);
    this.#operands ??= Array.from({ length: count }, (_, i) => (argv.has(String(i + 1)) ? this.text(argv.get(String(i + 1))) : ''));
    while (this.#operands.length > 0) {
      const operand = this.#operands.shift()!;
      if (operand === '') continue;
      const [, name, text] = /^([A-Za-z_]\w*)=(.*)$/s.exec(operand) ?? [];
      if (name !== undefined) {
        this.assign(name, text!);
        continue;
      }
      const read = readInput(this.io, operand);
      this.#usedInput = true;
      if ('problem' in read) throw new RunError(`awk: cannot open ${operand} (${read.problem})\n`);
      this.#setVariable('FILENAME', operand === '-' ? '' : operand);
      this.#setVariable('FNR', 0);
      return { text: read.text, at: 0 };
    }
    if (this.#usedInput) return undefined;
    this.#usedInput = true;
    return { text: this.io.stdin, at: 0 };
  }

  #nextText(): string | undefined {
    for (;;) {
      this.#input ??= this.#nextInput();
      if (this.#input === undefined) return undefined;
      const text = this.#recordFrom(this.#input);
      if (text !== undefined) return text;
      this.#input = undefined;
    }
  }

  async #nextRecord(): Promise<boolean> {
    const text = this.#nextText();
    if (text === undefined) return false;
    this.#count();
    this.setRecord(text);
    return Promise.resolve(true);
  }

  #count(): void {
    for (const name of ['NR', 'FNR']) this.#setVariable(name, toNumber(this.#cell(name).value) + 1);
  }

  /** One record, as RS divides them: at a sign, at empty lines, or at what an expression finds. */
  #recordFrom(input: Input): string | undefined {
    const separator = this.variable('RS');
    if (separator === '') {
      while (input.text[input.at] === '\n') input.at++;
      if (input.at >= input.text.length) return undefined;
      const end = input.text.indexOf('\n\n', input.at);
      const text = end < 0 ? input.text.slice(input.at).replace(/\n$/, '') : input.text.slice(input.at, end);
      input.at = end < 0 ? input.text.length : end + 2;
      return text;
    }
    if (input.at >= input.text.length) return undefined;
    const found =
      separator.length === 1
        ? { index: input.text.indexOf(separator, input.at), text: separator }
        : (this.#pattern(separator).exec(input.text, input.at) ?? { index: -1, text: '' });
    const end = found.index < 0 ? input.text.length : found.index;
    const text = input.text.slice(input.at, end);
    input.at = end + (found.index < 0 ? 0 : found.text.length);
    return text;
  }

  // The record and its fields

  setRecord(text: string): void {
    this.#record.text = text;
  }

  /** A text in parts, as FS divides it. */
  parts(text: string, separator: string): string[] {
    const paragraphs = this.variable('RS') === '' && separator === this.variable('FS');
    if (separator === ' ') return text.match(/[^ \t\n]+/g) ?? [];
    if (text === '') return [];
    if (separator === '') return [...text];
    if (separator.length === 1 && separator !== '\\')
      return paragraphs ? text.split(new RegExp(`[\\n${separator.replace(/[\\\]^-]/, '\\$&')}]`)) : text.split(separator);
    return this.partsAt(text, this.#pattern(paragraphs ? `(${separator})|\n` : separator));
  }

  partsAt(text: string, pattern: Pattern): string[] {
    if (text === '') return [];
    const parts: string[] = [];
    let from = 0;
    for (let found = pattern.exec(text); found !== undefined; found = pattern.exec(text, from)) {
      if (found.text === '') break;
      parts.push(text.slice(from, found.index));
      from = found.index + found.text.length;
    }
    return [...parts, text.slice(from)];
  }

  #field(number: number): Value {
    if (number < 0) throw this.failure(`negative field index $${number}`);
    return number === 0 ? new Read(this.#record.text) : this.#record.field(number);
  }

  #setField(number: number, value: Value): void {
    if (number < 0) throw this.failure(`negative field index $${number}`);
    if (number === 0) this.setRecord(this.text(value));
    else this.#record.setField(number, value, this.text(value));
  }

  // Variables

  #cell(name: string): Cell {
    const local = this.#locals.get(name);
    if (local !== undefined) return local;
    let cell = this.#globals.get(name);
    if (cell === undefined) this.#globals.set(name, (cell = { value: undefined }));
    return cell;
  }

  #arrayOf(cell: Cell): AwkArray {
    return (cell.array ??= cell.origin === undefined ? new AwkArray() : this.#arrayOf(cell.origin));
  }

  array(name: string): AwkArray {
    return this.#arrayOf(this.#cell(name));
  }

  isArray(name: string): boolean {
    const { array, origin } = this.#cell(name);
    return array !== undefined || origin?.array !== undefined;
  }

  variable(name: string): string {
    return toText(this.#cell(name).value, '%.6g');
  }

  #setVariable(name: string, value: Value): void {
    if (name === 'NF' && !this.#locals.has(name)) this.#record.length = toNumber(value);
    else this.#cell(name).value = value;
  }

  setGlobal(name: string, value: Value): void {
    this.#globals.get(name)!.value = value;
  }

  text(value: Value): string {
    return toText(value, this.#conversion);
  }

  get #conversion(): string {
    return this.variable('CONVFMT');
  }

  async #get(place: Place): Promise<Value> {
    if (place.is === 'variable') return place.name === 'NF' && !this.#locals.has('NF') ? this.#record.length : this.#cell(place.name).value;
    if (place.is === 'field') return this.#field(Math.trunc(toNumber(await this.value(place.number))));
    return this.array(place.array).get(await this.#key(place.subscript));
  }

  async set(place: Place, value: Value): Promise<void> {
    if (place.is === 'variable') this.#setVariable(place.name, value);
    else if (place.is === 'field') this.#setField(Math.trunc(toNumber(await this.value(place.number))), value);
    else this.array(place.array).set(await this.#key(place.subscript), value);
  }

  async #key(subscript: readonly Expression[]): Promise<string> {
    const parts: string[] = [];
    for (const one of subscript) parts.push(this.text(await this.value(one)));
    return parts.join(this.variable('SUBSEP'));
  }

  /** What is said of a program that cannot go on. */
  failure(text: string): RunError {
    const at = ['FNR', 'NR'].map((name) => ` ${name}=${this.variable(name)}`).join('');
    return new RunError(`awk: run time error: ${text}\n\tFILENAME="${this.variable('FILENAME')}"${at}\n`);
  }

  // Expressions

  #pattern(source: string): Pattern {
    let pattern = this.#patterns.get(source);
    if (pattern === undefined) {
      try {
        pattern = source === '' ? patternOf('', '', 0, false) : posixPattern(withControls(source), { extended: true });
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        throw new RunError(`awk: run time error: ${patternProblem(error, source)}\n`);
      }
      this.#patterns.set(source, pattern);
    }
    return pattern;
  }

  /** An expression where a pattern is meant: written as one, or as a text. */
  async pattern(of: Expression): Promise<Pattern> {
    return this.#pattern(of.is === 'pattern' ? of.source : this.text(await this.value(of)));
  }

  async value(of: Expression): Promise<Value> {
    if (++this.#steps > mostSteps) throw new RunError('awk: the program does not come to an end\n');
    switch (of.is) {
      case 'number':
      case 'string':
        return of.value;
      case 'pattern':
        return this.#pattern(of.source).test(this.#record.text) ? 1 : 0;
      case 'variable':
      case 'element':
      case 'field':
        return await this.#get(of);
      case 'assign': {
        const right = await this.value(of.value);
        const value = of.operator === '' ? right : arithmetic(of.operator, toNumber(await this.#get(of.place)), toNumber(right));
        await this.set(of.place, value);
        return value;
      }
      case 'choice':
        return await this.value(isTrue(await this.value(of.test)) ? of.yes : of.no);
      case 'unary': {
        const value = await this.value(of.of);
        return of.operator === '!' ? Number(!isTrue(value)) : of.operator === '-' ? -toNumber(value) : toNumber(value);
      }
      case 'step': {
        const before = toNumber(await this.#get(of.place));
        await this.set(of.place, before + of.by);
        return of.before ? before + of.by : before;
      }
      case 'in':
        return Number(this.array(of.array).has(await this.#key(of.subscript)));
      case 'call':
        return await this.#call(this.#program.functions.get(of.name)!, of.args);
      case 'builtin':
        return await callBuiltin(this, of.name, of.args);
      case 'getline':
        return await this.#getline(of);
      case 'list':
        return await this.#key(of.items);
      case 'binary':
        return await this.#binary(of.operator, of.left, of.right);
    }
  }

  async #binary(operator: string, left: Expression, right: Expression): Promise<Value> {
    if (operator === '&&') return Number(isTrue(await this.value(left)) && isTrue(await this.value(right)));
    if (operator === '||') return Number(isTrue(await this.value(left)) || isTrue(await this.value(right)));
    if (operator === '~' || operator === '!~') {
      const text = this.text(await this.value(left));
      return Number((await this.pattern(right)).test(text) === (operator === '~'));
    }
    const [a, b] = [await this.value(left), await this.value(right)];
    if (operator === ' ') return this.text(a) + this.text(b);
    const order = comparisons[operator];
    if (order !== undefined) return Number(order(compare(a, b, this.#conversion)));
    return arithmetic(operator, toNumber(a), toNumber(b));
  }

  async #call({ parameters, body }: AwkFunction, args: readonly Expression[]): Promise<Value> {
    const locals = new Map<string, Cell>();
    for (const [i, name] of parameters.entries()) {
      const given = args[i];
      if (given === undefined) locals.set(name, { value: undefined });
      else if (given.is === 'variable' && given.name !== 'NF') {
        const origin = this.#cell(given.name);
        locals.set(name, { value: origin.value, origin });
      } else locals.set(name, { value: await this.value(given) });
    }
    const before = this.#locals;
    this.#locals = locals;
    try {
      await this.#execute(body);
      return undefined;
    } catch (error) {
      if (error instanceof Jump && error.to === 'return') return error.value;
      throw error;
    } finally {
      this.#locals = before;
    }
  }

  async #getline(of: Extract<Expression, { readonly is: 'getline' }>): Promise<Value> {
    let text: string | undefined;
    if (of.from === 'input') {
      text = this.#nextText();
      if (text !== undefined) this.#count();
    } else {
      const name = this.text(await this.value(of.source!));
      let input = this.#inputs.get(name);
      if (input === undefined) {
        const read = of.from === 'command' ? await this.#outputOf(name) : readInput(this.io, name);
        if ('problem' in read) return -1;
        this.#inputs.set(name, (input = { text: read.text, at: 0 }));
      }
      text = this.#recordFrom(input);
      if (text !== undefined && of.from === 'command') this.#setVariable('NR', toNumber(this.#cell('NR').value) + 1);
    }
    if (text === undefined) return 0;
    if (of.place === undefined) this.setRecord(text);
    else await this.set(of.place, new Read(text));
    return 1;
  }

  async #outputOf(line: string): Promise<{ readonly text: string }> {
    const { stdout, stderr } = await this.io.shell(line);
    this.stderr += stderr;
    return { text: stdout };
  }

  // Output

  #write(text: string): void {
    this.stdout += text;
  }

  async #print(statement: Extract<Statement, { readonly does: 'print' | 'printf' }>): Promise<void> {
    const values: Value[] = [];
    for (const one of statement.args) values.push(await this.value(one));
    let text: string;
    if (statement.does === 'printf') text = this.format(values);
    else {
      const format = this.variable('OFMT');
      const line = statement.args.length === 0 ? this.#record.text : values.map((one) => toText(one, format)).join(this.variable('OFS'));
      text = line + this.variable('ORS');
    }
    const { redirection } = statement;
    if (redirection === undefined) {
      this.#write(text);
      return;
    }
    const name = this.text(await this.value(redirection.to));
    if (redirection.kind !== '|' && (name === '/dev/stdout' || name === '-')) this.#write(text);
    else if (redirection.kind !== '|' && name === '/dev/stderr') this.stderr += text;
    else this.#outputs.write(redirection.kind, name, text);
  }

  format(values: readonly Value[]): string {
    const format = this.text(values[0]);
    const { text, missing } = formatted(format, values.slice(1));
    if (!missing) return text;
    this.#write(text);
    throw this.failure(`not enough arguments passed to printf("${format}")`);
  }

  /** Ends what is written to, or read from, under this name; its status, or -1 when there is nothing. */
  async close(name: string): Promise<number> {
    const wasRead = this.#inputs.delete(name);
    const closed = this.#outputs.close(name);
    if (closed === undefined) return wasRead ? 0 : -1;
    return closed === 'file' ? 0 : await this.system(name, closed.stdin);
  }

  /** What has been written to files is in them when another program runs. */
  flush(): void {
    this.#outputs.flush();
  }

  async system(line: string, stdin = ''): Promise<number> {
    this.flush();
    const ran = await this.io.shell(line, { stdin });
    this.stdout += ran.stdout;
    this.stderr += ran.stderr;
    return ran.exitCode;
  }

  // Statements

  async #execute(statement: Statement): Promise<void> {
    switch (statement.does) {
      case 'block':
        for (const one of statement.body) await this.#execute(one);
        return;
      case 'expression':
        await this.value(statement.of);
        return;
      case 'print':
      case 'printf':
        await this.#print(statement);
        return;
      case 'if':
        if (isTrue(await this.value(statement.test))) await this.#execute(statement.yes);
        else if (statement.no !== undefined) await this.#execute(statement.no);
        return;
      case 'while':
        if (!statement.first && (await this.#turn(statement.body))) return;
        while (isTrue(await this.value(statement.test))) if (await this.#turn(statement.body)) return;
        return;
      case 'for':
        if (statement.before !== undefined) await this.#execute(statement.before);
        while (statement.test === undefined || isTrue(await this.value(statement.test))) {
          if (await this.#turn(statement.body)) return;
          if (statement.after !== undefined) await this.#execute(statement.after);
        }
        return;
      case 'for in':
        for (const key of this.array(statement.array).keys()) {
          this.#setVariable(statement.name, new Read(key));
          if (await this.#turn(statement.body)) return;
        }
        return;
      case 'delete':
        if (statement.subscript === undefined) this.array(statement.array).clear();
        else this.array(statement.array).delete(await this.#key(statement.subscript));
        return;
      case 'exit':
      case 'return':
        throw new Jump(statement.does, statement.value === undefined ? undefined : await this.value(statement.value));
      case 'break':
      case 'continue':
      case 'next':
      case 'nextfile':
        throw new Jump(statement.does);
    }
  }

  /** Runs the body of a loop; true when it is to be left. */
  async #turn(body: Statement): Promise<boolean> {
    if (++this.#steps > mostSteps) throw new RunError('awk: the program does not come to an end\n');
    try {
      await this.#execute(body);
      return false;
    } catch (error) {
      if (error instanceof Jump && error.to === 'break') return true;
      if (error instanceof Jump && error.to === 'continue') return false;
      throw error;
    }
  }
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    default:
      return a ** b;
  }
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', f: '\f', v: '\v', r: '\r', a: '\x07', '"': '"', '/': '\\/' };

/** `\t` and the like, in patterns and in the brackets of patterns. */
function withControls(source: string): string {
  return source.replace(/\\([^])/g, (all, sign: string) => controls[sign] ?? all);
}
