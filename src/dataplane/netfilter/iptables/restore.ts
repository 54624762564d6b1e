/** iptables-restore: the text that iptables-save prints, read back. (iptables/xtables-restore.c) */
import type { Family } from '#net/ip.ts';
import type { TableName, Tables } from '#node/netfilter.ts';
import { parseArguments } from './arguments.ts';
import { builtinChain, isTableName } from './builtin.ts';
import { TablesDraft } from './edit.ts';
import { warningsOf } from './matches.ts';
import { ParameterProblem, RuleProblem } from './problem.ts';
import { edit, parameterProblemText, type IptablesHost, type Ran } from './run.ts';

export interface RestoreOptions {
  /** `--noflush`: what is there stays, except chains that the text declares. */
  readonly noFlush?: boolean;
  /** `--test`: read, and change nothing. */
  readonly test?: boolean;
  /** `-T`: only this table. */
  readonly onlyTable?: string;
}

export function runRestore(text: string, tables: Tables, host: IptablesHost, options: RestoreOptions = {}): Ran {
  const program = host.family === 'IPv4' ? 'iptables-restore' : 'ip6tables-restore';
  const reader = new Reader(tables, host, options, program);
  try {
    const end = reader.read(text);
    if (end !== undefined) return end;
  } catch (error) {
    return reader.failure(error);
  }
  return { stdout: '', stderr: reader.warnings, exitCode: 0, ...(options.test !== true && { tables: reader.committed }) };
}

/** Reads rules that are known to be well-formed: what iptables-save printed. Throws where they are not. */
export function parseSave(text: string, family: Family): Tables {
  const host: IptablesHost = { family, version: '', resolve: () => [], nameOf: () => undefined, hasSet: () => true };
  const ran = runRestore(text, new Map(), host);
  if (ran.tables === undefined) throw new Error(ran.stderr);
  return ran.tables;
}

class Reader {
  committed: Tables;
  /** What is said of rules that are taken. */
  warnings = '';
  readonly #host: IptablesHost;
  readonly #options: RestoreOptions;
  readonly #program: string;
  #draft: TablesDraft;
  #table: TableName | undefined;
  #line = 0;
  /** Chains that rules of this table lead to. */
  readonly #jumps = new Set<string>();

  constructor(tables: Tables, host: IptablesHost, options: RestoreOptions, program: string) {
    this.committed = tables;
    this.#host = host;
    this.#options = options;
    this.#program = program;
    this.#draft = new TablesDraft(tables, host.family);
  }

  /** Undefined when all was read and committed. */
  read(text: string): Ran | undefined {
    for (const line of text.split('\n')) {
      this.#line++;
      if (line === '' || line.startsWith('#')) continue;
      const problem = this.#read(line);
      if (problem !== undefined) return problem;
    }
    if (this.#table === undefined) return undefined;
    return { stdout: '', stderr: `${this.#program}: COMMIT expected at line ${this.#line}\n`, exitCode: 1 };
  }

  failure(error: unknown): Ran {
    if (error instanceof ParameterProblem) {
      const where = `Error occurred at line: ${this.#line}\n`;
      return { stdout: '', stderr: parameterProblemText(error, this.#program, this.#host.version, where), exitCode: 2 };
    }
    if (!(error instanceof RuleProblem)) throw error;
    if (error.status === 4) {
      return { stdout: '', stderr: `${this.#program} ${this.#host.version}: \nline ${this.#line}: ${error.message}\n`, exitCode: 4 };
    }
    // The hint to dmesg is iptables' own.
    const message = error.message.replace(/ Run `dmesg'.*$/, '');
    return { stdout: '', stderr: `${this.#program}: line ${this.#line} failed: ${message}\n`, exitCode: 1 };
  }

  #read(line: string): Ran | undefined {
    if (line.startsWith('*')) return this.#beginTable(line.slice(1).trim());
    const table = this.#table;
    if (table === undefined) return { stdout: '', stderr: `${this.#program}: line ${this.#line} failed\n`, exitCode: 1 };
    if (line === 'COMMIT') {
      this.#checkJumps(table);
      this.committed = this.#draft.publish();
      this.#table = undefined;
    } else if (line.startsWith(':')) this.#declareChain(table, line.slice(1));
    else this.#rule(table, line);
    return undefined;
  }

  #beginTable(name: string): undefined {
    if (!isTableName(name)) throw new ParameterProblem(`${this.#program}: line ${this.#line} table name '${name}' invalid`);
    this.#table = name;
    if (this.#options.noFlush !== true && this.#isRead(name)) this.#draft.drop(name);
    return undefined;
  }

  #isRead(table: TableName): boolean {
    return this.#options.onlyTable === undefined || this.#options.onlyTable === table;
  }

  /** `:CHAIN POLICY [packets:bytes]` empties a chain of one's own, or makes it; of a built-in one it sets the policy. */
  #declareChain(table: TableName, text: string): void {
    if (!this.#isRead(table)) return;
    const [name = '', policy = '-'] = text.split(/\s+/);
    const chains = this.#draft.chains(table);
    if (builtinChain(table, name) === undefined) {
      if (chains.has(name)) this.#draft.flush(table, name);
      else chains.set(name, { name, rules: [] });
      return;
    }
    const chain = this.#draft.chain(table, name)!;
    chains.set(name, chain);
    if (policy !== '-') this.#draft.setPolicy(table, name, policy);
  }

  #checkJumps(table: TableName): void {
    for (const name of this.#jumps) {
      if (this.#isRead(table) && this.#draft.chain(table, name) === undefined) throw new ParameterProblem(`Chain '${name}' does not exist`);
    }
    this.#jumps.clear();
  }

  #rule(table: TableName, line: string): void {
    const words = splitWords(line.replace(/^\[\d+:\d+\]\s*/, ''));
    const draft = this.#draft;
    const parsed = parseArguments(words, {
      family: this.#host.family,
      resolve: this.#host.resolve,
      hasSet: this.#host.hasSet,
      // Chains may be declared later: whether they are is seen at COMMIT.
      hasChain: () => true,
    });
    this.warnings += warningsOf(parsed.rules);
    for (const { target } of parsed.rules) if (target?.kind === 'jump' || target?.kind === 'goto') this.#jumps.add(target.chain);
    if (!this.#isRead(table) || parsed.command === 'help' || parsed.command === 'version') return;
    edit(draft, table, parsed, this.#host);
  }
}

/** Splits a line at blanks; double quotes hold words together, a backslash within them keeps the next character. */
export function splitWords(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(/[ \t]+/).filter((word) => word !== '');
  const words: string[] = [];
  let word = '';
  let quoted = false;
  let begun = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (quoted && char === '\\' && i + 1 < line.length) word += line[++i]!;
    else if (char === '"') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && (char === ' ' || char === '\t')) {
      if (begun || word !== '') words.push(word);
      word = '';
      begun = false;
    } else word += char;
  }
  if (begun || word !== '') words.push(word);
  return words;
}
