/** The command line of iptables, and the rule in it. (iptables/xshared.c, do_parse and command_default) */
import type { Family } from '#net/ip.ts';
import type { Match, Rule, TableName, Target } from '#node/netfilter.ts';
import { parseAddresses, type ResolveHost } from './address.ts';
import { matchExtensions, type MatchExtension, type OptionValue } from './matches.ts';
import { longOption, optionTable, type Option, type OptionTable } from './options.ts';
import { ParameterProblem } from './problem.ts';
import { protocolName, protocolNumber } from './protocols.ts';
import { targetExtensions, type TargetExtension } from './targets.ts';

export type CommandLetter = 'A' | 'C' | 'D' | 'I' | 'R' | 'L' | 'S' | 'F' | 'Z' | 'N' | 'X' | 'E' | 'P';

/** A command line, understood. */
export interface Arguments {
  readonly command: CommandLetter | 'help' | 'version';
  readonly table: TableName | (string & {});
  readonly chain?: string;
  readonly number?: number;
  readonly newName?: string;
  readonly policy?: string;
  /** One rule, or several where an address was a list. */
  readonly rules: readonly Rule[];
  readonly numeric: boolean;
  readonly verbose: number;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
}

/** What the meaning of arguments depends on. */
export interface ArgumentContext {
  readonly family: Family;
  readonly resolve: ResolveHost;
  readonly hasSet: (name: string) => boolean;
  /** Reports whether a table has a chain of that name: `-j` may name one. */
  readonly hasChain: (table: string, name: string) => boolean;
}

const commandOptions = new Map<string, Option>([
  ...optionTable('required', 'A', 'append'),
  ...optionTable('required', 'C', 'check'),
  ...optionTable('required', 'D', 'delete'),
  ...optionTable('required', 'I', 'insert'),
  ...optionTable('required', 'R', 'replace'),
  ...optionTable('optional', 'L', 'list'),
  ...optionTable('optional', 'S', 'list-rules'),
  ...optionTable('optional', 'F', 'flush'),
  ...optionTable('optional', 'Z', 'zero'),
  ...optionTable('required', 'N', 'new-chain'),
  ...optionTable('optional', 'X', 'delete-chain'),
  ...optionTable('required', 'E', 'rename-chain'),
  ...optionTable('required', 'P', 'policy'),
  ...optionTable('optional', 'h', 'help'),
  ...optionTable('none', 'V', 'version'),
]);

const generalOptions = new Map<string, Option>([
  ...optionTable('required', 's', 'source', 'src'),
  ...optionTable('required', 'd', 'destination', 'dst'),
  ...optionTable('required', 'p', 'protocol', 'proto'),
  ...optionTable('required', 'i', 'in-interface'),
  ...optionTable('required', 'o', 'out-interface'),
  ...optionTable('required', 'j', 'jump'),
  ...optionTable('required', 'g', 'goto'),
  ...optionTable('required', 'm', 'match'),
  ...optionTable('required', 't', 'table'),
  ...optionTable('required', 'c', 'set-counters'),
  ...optionTable('required', 'M', 'modprobe'),
  ...optionTable('optional', 'w', 'wait'),
  ...optionTable('optional', 'W', 'wait-interval'),
  ...optionTable('none', 'n', 'numeric'),
  ...optionTable('none', 'v', 'verbose'),
  ...optionTable('none', 'x', 'exact'),
  ...optionTable('none', 'f', 'fragments'),
  ...optionTable('none', '4', 'ipv4'),
  ...optionTable('none', '6', 'ipv6'),
  ['line-numbers', { id: 'line-numbers', argument: 'none' }],
]);

const standardOptions: OptionTable = new Map([...commandOptions, ...generalOptions]);
const commandLetters: ReadonlySet<string> = new Set(['A', 'C', 'D', 'I', 'R', 'L', 'S', 'F', 'Z', 'N', 'X', 'E', 'P']);

/** An extension that has been loaded, and the options it was given. */
interface Loaded<Extension> {
  readonly name: string;
  readonly extension: Extension;
  readonly values: OptionValue[];
}

export function parseArguments(argv: readonly string[], context: ArgumentContext): Arguments {
  return new Parser(argv, context).parse();
}

class Parser {
  readonly #argv: readonly string[];
  readonly #context: ArgumentContext;
  #at = 0;
  #not = false;
  readonly #matches: Loaded<MatchExtension>[] = [];
  /** The matches of the rule in the order they were loaded; those of the packet's head stand apart. */
  #target: Loaded<TargetExtension> | undefined;
  #jump: Target | undefined;
  readonly #seen = new Set<string>();
  readonly #head = new Map<'s' | 'd' | 'i' | 'o' | 'p' | 'f', { readonly value: string; readonly not: boolean }>();

  #command: Arguments['command'] | undefined;
  #table = 'filter';
  #chain: string | undefined;
  #number: number | undefined;
  #newName: string | undefined;
  #policy: string | undefined;
  #numeric = false;
  #verbose = 0;
  #exact = false;
  #lineNumbers = false;

  constructor(argv: readonly string[], context: ArgumentContext) {
    this.#argv = argv;
    this.#context = context;
    // The table decides which chains there are, wherever it stands on the line.
    for (const [i, word] of argv.entries()) {
      if (word === '-t' || word === '--table') this.#table = argv[i + 1] ?? this.#table;
      else if (word.startsWith('--table=')) this.#table = word.slice('--table='.length);
      else if (/^-t./.test(word)) this.#table = word.slice(2);
    }
  }

  parse(): Arguments {
    while (this.#at < this.#argv.length) this.#word(this.#argv[this.#at++]!);
    if (this.#not) throw new ParameterProblem('nothing appropriate following !');
    const command = this.#command;
    if (command === undefined) throw new ParameterProblem('no command specified');
    const rules = 'ACDIR'.includes(command) && !(command === 'D' && this.#number !== undefined) ? this.#rules() : [];
    return {
      command,
      table: this.#table,
      ...(this.#chain !== undefined && { chain: this.#chain }),
      ...(this.#number !== undefined && { number: this.#number }),
      ...(this.#newName !== undefined && { newName: this.#newName }),
      ...(this.#policy !== undefined && { policy: this.#policy }),
      rules,
      numeric: this.#numeric,
      verbose: this.#verbose,
      exact: this.#exact,
      lineNumbers: this.#lineNumbers,
    };
  }

  #word(word: string): void {
    if (word === '!') {
      if (this.#not) throw new ParameterProblem('multiple consecutive ! not allowed');
      this.#not = true;
      return;
    }
    if (word.startsWith('--') && word.length > 2) return this.#long(word);
    if (word.startsWith('-') && word.length > 1) return this.#short(word);
    throw new ParameterProblem(`Bad argument \`${word}'`, true);
  }

  #long(word: string): void {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const inline = equals < 0 ? undefined : word.slice(equals + 1);
    const extension = this.#extensionOption(name, inline);
    if (extension) return;
    const option = longOption(name, [standardOptions]);
    if (option === undefined || name.length === 1) throw new ParameterProblem(`unknown option "${word}"`);
    const value = inline ?? (option.argument === 'required' ? this.#argument(word) : undefined);
    this.#option(option, value);
  }

  /** `-nvL CHAIN`, `-ptcp`, `-A CHAIN`. */
  #short(word: string): void {
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      const option = standardOptions.get(letter);
      if (option === undefined) throw new ParameterProblem(`unknown option "-${letter}"`);
      const rest = word.slice(i + 1);
      if (option.argument === 'none') {
        this.#option(option, undefined);
        continue;
      }
      const value = rest !== '' ? rest : option.argument === 'required' ? this.#argument(`-${letter}`) : undefined;
      return this.#option(option, value);
    }
  }

  #argument(typed: string): string {
    const value = this.#argv[this.#at++];
    if (value === undefined) throw new ParameterProblem(`option "${typed}" requires an argument`);
    return value;
  }

  /** The next word, when it is not an option: the optional arguments of commands. */
  #optionalWord(): string | undefined {
    const next = this.#argv[this.#at];
    if (next === undefined || next.startsWith('-') || next === '!') return undefined;
    this.#at++;
    return next;
  }

  #option(option: Option, value: string | undefined): void {
    const { id } = option;
    if (commandLetters.has(id)) return this.#setCommand(id as CommandLetter, value);
    switch (id) {
      case 'h':
        this.#command = 'help';
        return;
      case 'V':
        this.#command = 'version';
        return;
      case 't':
      case 'M':
      case '4':
      case '6':
        return;
      case 'w':
      case 'W':
        if (value === undefined && /^\d+$/.test(this.#argv[this.#at] ?? '')) this.#at++;
        return;
      case 'c':
        this.#at++;
        return;
      case 'n':
        this.#numeric = true;
        return;
      case 'v':
        this.#verbose++;
        return;
      case 'x':
        this.#exact = true;
        return;
      case 'line-numbers':
        this.#lineNumbers = true;
        return;
      case 'm':
        this.#load(value!);
        return;
      case 'j':
      case 'g':
        this.#setTarget(id, value!);
        return;
      default:
        this.#setHead(id as 's' | 'd' | 'i' | 'o' | 'p' | 'f', value ?? '');
    }
  }

  #setCommand(letter: CommandLetter, value: string | undefined): void {
    if (this.#command !== undefined && !(this.#command === 'L' && letter === 'Z') && !(this.#command === 'Z' && 'LS'.includes(letter))) {
      throw new ParameterProblem(`Cannot use -${letter} with -${this.#command}`);
    }
    this.#refuseNot();
    this.#command = letter;
    const chain = value ?? this.#optionalWord();
    if (chain !== undefined) this.#chain = chain;
    switch (letter) {
      case 'N':
        this.#checkNewName(chain!);
        return;
      case 'E':
        this.#newName = this.#optionalWord();
        if (this.#newName === undefined) throw new ParameterProblem('-E requires old-chain-name and new-chain-name');
        return;
      case 'P':
        this.#policy = this.#optionalWord();
        if (this.#policy === undefined) throw new ParameterProblem('-P requires a chain and a policy');
        return;
      case 'R':
        this.#number = this.#ruleNumber();
        if (this.#number === undefined) throw new ParameterProblem('-R requires a rule number');
        return;
      case 'D':
      case 'I':
      case 'L':
      case 'S':
      case 'Z':
        if (chain !== undefined) this.#number = this.#ruleNumber();
    }
  }

  #ruleNumber(): number | undefined {
    const word = this.#optionalWord();
    if (word === undefined) return undefined;
    if (!/^\d+$/.test(word) || Number(word) === 0) throw new ParameterProblem(`Invalid rule number \`${word}'`);
    return Number(word);
  }

  #checkNewName(name: string): void {
    if (/^[-!]/.test(name)) throw new ParameterProblem(`chain name not allowed to start with \`${name[0]}'`);
    if (name.length >= 29) throw new ParameterProblem(`chain name \`${name}' too long (must be under 29 chars)`);
    if (targetExtensions.has(name)) throw new ParameterProblem('chain name may not clash with target name');
  }

  #refuseNot(): void {
    if (this.#not) throw new ParameterProblem('unexpected ! flag before option');
  }

  #takeNot(): boolean {
    const not = this.#not;
    this.#not = false;
    return not;
  }

  #setHead(id: 's' | 'd' | 'i' | 'o' | 'p' | 'f', value: string): void {
    if (this.#seen.has(id)) throw new ParameterProblem(`multiple -${id} flags not allowed`);
    this.#seen.add(id);
    const not = this.#takeNot();
    if (id === 'p') {
      const number = protocolNumber(value);
      if (number === undefined) throw new ParameterProblem(`unknown protocol "${value.toLowerCase()}" specified`);
      if (number === 0 && not) throw new ParameterProblem('rule would never match protocol');
      if (number !== 0) this.#head.set('p', { value: protocolName(number), not });
      return;
    }
    if (id === 'i' || id === 'o') this.#checkInterface(id, value);
    this.#head.set(id, { value, not });
  }

  #checkInterface(id: 'i' | 'o', name: string): void {
    if (name.length > 15) throw new ParameterProblem(`interface name \`${name}' must be shorter than IFNAMSIZ (15)`);
    const wrong = id === 'i' ? ['OUTPUT', 'POSTROUTING'] : ['INPUT', 'PREROUTING'];
    if (this.#chain !== undefined && wrong.includes(this.#chain)) throw new ParameterProblem(`Can't use -${id} with ${this.#chain}\n`);
  }

  #load(name: string): Loaded<MatchExtension> {
    this.#refuseNot();
    const known = name === 'icmpv6' ? 'icmp6' : name;
    const extension = matchExtensions.get(known);
    if (extension === undefined) throw new ParameterProblem(`Couldn't load match \`${name}':No such file or directory\n`);
    const loaded = { name: known, extension, values: [] };
    this.#matches.push(loaded);
    return loaded;
  }

  #setTarget(id: 'j' | 'g', name: string): void {
    this.#refuseNot();
    if (this.#seen.has('j')) throw new ParameterProblem('multiple -j flags not allowed');
    this.#seen.add('j');
    if (id === 'g') {
      this.#jump = { kind: 'goto', chain: name };
      return;
    }
    const extension = targetExtensions.get(name);
    if (extension !== undefined) this.#target = { name, extension, values: [] };
    else if (this.#context.hasChain(this.#table, name)) this.#jump = { kind: 'jump', chain: name };
    else throw new ParameterProblem(`Chain '${name}' does not exist`);
  }

  /** An option of a loaded extension, or of that of the protocol, which is loaded by its first option. */
  #extensionOption(name: string, inline: string | undefined): boolean {
    const loaded = [...(this.#target === undefined ? [] : [this.#target]), ...[...this.#matches].reverse()];
    for (const one of loaded) {
      const option = longOption(name, [one.extension.options]);
      if (option === undefined) continue;
      this.#give(one, option, name, inline);
      return true;
    }
    if (longOption(name, [standardOptions]) !== undefined) return false;
    const protocol = this.#protocol();
    const implied = protocol === 'ipv6-icmp' ? 'icmp6' : protocol;
    if (implied === undefined || this.#matches.some((one) => one.name === implied)) return false;
    const option = matchExtensions.has(implied) ? longOption(name, [matchExtensions.get(implied)!.options]) : undefined;
    if (option === undefined) return false;
    const not = this.#takeNot();
    const fresh = this.#load(implied);
    this.#not = not;
    this.#give(fresh, option, name, inline);
    return true;
  }

  #give(to: Loaded<MatchExtension | TargetExtension>, option: Option, name: string, inline: string | undefined): void {
    const value = inline ?? (option.argument === 'required' ? this.#argument(`--${name}`) : '');
    const pairs = 'pairs' in to.extension ? to.extension.pairs : undefined;
    const second = pairs?.has(option.id) === true ? this.#argument(`--${name}`) : undefined;
    to.values.push({ id: option.id, value, ...(second !== undefined && { second }), not: this.#takeNot() });
  }

  #protocol(): string | undefined {
    const given = this.#head.get('p');
    return given === undefined || given.not ? undefined : given.value;
  }

  #rules(): readonly Rule[] {
    const { family, resolve, hasSet } = this.#context;
    const protocol = this.#protocol();
    const matches = this.#matches.map(({ extension, values }) => extension.make(values, { family, protocol, hasSet }));
    const target = this.#jump ?? this.#target?.extension.make(this.#target.values, { family, protocol });
    const sources = this.#addresses('s', resolve);
    const destinations = this.#addresses('d', resolve);
    const rules: Rule[] = [];
    for (const source of sources) {
      for (const destination of destinations) {
        const all = [...this.#headMatches(source, destination), ...matches];
        rules.push(target === undefined ? { matches: all } : { matches: all, target });
      }
    }
    return rules;
  }

  #addresses(id: 's' | 'd', resolve: ResolveHost): readonly (string | undefined)[] {
    const given = this.#head.get(id);
    return given === undefined ? [undefined] : parseAddresses(given.value, this.#context.family, resolve);
  }

  #headMatches(source: string | undefined, destination: string | undefined): readonly Match[] {
    const inverted = (id: 's' | 'd' | 'i' | 'o' | 'p') => (this.#head.get(id)?.not === true ? { not: true } : {});
    const input = this.#head.get('i');
    const output = this.#head.get('o');
    const protocol = this.#head.get('p');
    const fragment = this.#head.get('f');
    return [
      ...(source === undefined ? [] : [{ kind: 'source' as const, cidr: source, ...inverted('s') }]),
      ...(destination === undefined ? [] : [{ kind: 'destination' as const, cidr: destination, ...inverted('d') }]),
      ...(input === undefined || input.value === '+' ? [] : [{ kind: 'in' as const, interface: input.value, ...inverted('i') }]),
      ...(output === undefined || output.value === '+' ? [] : [{ kind: 'out' as const, interface: output.value, ...inverted('o') }]),
      ...(protocol === undefined ? [] : [{ kind: 'protocol' as const, protocol: protocol.value, ...inverted('p') }]),
      ...(fragment === undefined ? [] : [{ kind: 'opaque' as const, text: fragment.not ? '! -f' : '-f' }]),
    ];
  }
}
