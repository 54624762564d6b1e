/** nft's commands applied: all of them, or none when one fails. (nftables: src/evaluate.c, cmd.c; kernel: nf_tables_api.c) */
import { forced, nftablesOf, tablesOf, type Netfilter } from '#node/netfilter.ts';
import type { NftBase, NftFamily, NftRule, NftTable } from '#node/nftables.ts';
import { builtinChain } from '../iptables/builtin.ts';
import { TablesDraft } from '../iptables/edit.ts';
import { NftError, type NftCommand, type ObjectName, type ParsedRule, type Position, type Span } from './command.ts';
import { keyText, TableDraft } from './draft.ts';
import { asIptables } from './iptables-rule.ts';
import { nearest } from './misspelled.ts';
import { allTables, listTable, rulesetText, type AnyTable, type Part } from './ruleset.ts';

export interface Applied {
  readonly stdout: string;
  readonly stderr: string;
  readonly problems: readonly NftError[];
  /** Absent when nothing changed. */
  readonly netfilter?: Netfilter;
}

type Of<Kind extends NftCommand['kind']> = NftCommand & { readonly kind: Kind };

const absent = 'No such file or directory';
const busy = 'Device or resource busy';
const exists = 'File exists';
const unsupported = 'Operation not supported';

/** A mistake that nft itself finds: nothing is sent to the kernel, whose own are reported together. */
class Evaluation extends NftError {}

/** A table that iptables keeps, under change. */
interface Foreign {
  readonly draft: TablesDraft;
  readonly table: 'raw' | 'mangle' | 'nat' | 'filter' | 'security';
}

export function applyCommands(commands: readonly NftCommand[], netfilter: Netfilter, handles = false): Applied {
  const transaction = new Transaction(netfilter, handles);
  const problems: NftError[] = [];
  for (const command of commands) {
    try {
      transaction.run(command, (problem) => problems.push(problem));
    } catch (error) {
      if (!(error instanceof NftError)) throw error;
      if (error instanceof Evaluation) return { ...transaction.output, problems: [error] };
      problems.push(error);
    }
  }
  if (problems.length > 0 || !transaction.changed) return { ...transaction.output, problems };
  return { ...transaction.output, problems, netfilter: transaction.publish() };
}

class Transaction {
  readonly #netfilter: Netfilter;
  readonly #handles: boolean;
  #own: (NftTable | TableDraft)[];
  readonly #iptables = new Map<'ip' | 'ip6', TablesDraft>();
  #stdout = '';
  #stderr = '';
  changed = false;

  constructor(netfilter: Netfilter, handles: boolean) {
    this.#netfilter = netfilter;
    this.#handles = handles;
    this.#own = [...nftablesOf(netfilter)];
  }

  get output(): { readonly stdout: string; readonly stderr: string } {
    return { stdout: this.#stdout, stderr: this.#stderr };
  }

  publish(): Netfilter {
    const own = this.#own.map((table) => (table instanceof TableDraft ? table.publish() : table));
    const family = (key: 'ip' | 'ip6') => this.#iptables.get(key)?.publish();
    return {
      ...this.#netfilter,
      ipv4: family('ip') ?? this.#netfilter.ipv4,
      ipv6: family('ip6') ?? this.#netfilter.ipv6,
      nftables: own,
    };
  }

  run(command: NftCommand, report: (problem: NftError) => void): void {
    switch (command.kind) {
      case 'ruleset':
      case 'all':
        this.#whole(command);
        break;
      case 'table':
        this.#table(command, report);
        break;
      case 'chain':
        this.#chain(command);
        this.#rules(command.of, command.rules, report);
        break;
      case 'set':
        this.#set(command);
        break;
      case 'element':
        this.#element(command);
        break;
      case 'rule':
        if (command.rule !== undefined) this.#checkSets(command.of, command.rule);
        this.#rule(command);
    }
  }

  // Tables.

  #tables(): readonly AnyTable[] {
    return allTables(this.changed ? this.publish() : this.#netfilter);
  }

  #draft(family: NftFamily, name: string): TableDraft | undefined {
    const at = this.#own.findIndex((table) => table.family === family && table.name === name);
    if (at < 0) return undefined;
    const found = this.#own[at]!;
    if (found instanceof TableDraft) return found;
    const draft = new TableDraft(found);
    this.#own[at] = draft;
    return draft;
  }

  #foreign(family: NftFamily, name: string): Foreign | undefined {
    if (family !== 'ip' && family !== 'ip6') return undefined;
    const table = name as Foreign['table'];
    const known = this.#iptables.get(family);
    if (known !== undefined) return known.has(table) ? { draft: known, table } : undefined;
    const tables = tablesOf(this.#netfilter, family === 'ip' ? 'ipv4' : 'ipv6');
    if (!tables.has(table)) return undefined;
    const draft = new TablesDraft(tables, family === 'ip' ? 'IPv4' : 'IPv6');
    this.#iptables.set(family, draft);
    return { draft, table };
  }

  #found({ family, table }: ObjectName): TableDraft | Foreign | undefined {
    return this.#draft(family, table) ?? this.#foreign(family, table);
  }

  /** The table of that name, or the kernel's complaint; its own names are guessed from as nft does for that kind of object. */
  #required(of: ObjectName, guess: 'table' | 'chain' | 'set' | 'none'): TableDraft | Foreign {
    const found = this.#found(of);
    if (found !== undefined) return found;
    const near = guess === 'none' ? undefined : guess === 'table' ? nearest(of.table, this.#tables()) : this.#tableOfNear(of, guess);
    throw near === undefined ? kernel(absent, of.tableToken) : new NftError(meantTable(near), of.tableToken, of.table.length);
  }

  /** The same where nft looks before it asks the kernel. */
  #evaluated(of: ObjectName): TableDraft | Foreign {
    const found = this.#found(of);
    if (found !== undefined) return found;
    const near = nearest(of.table, this.#tables());
    throw new Evaluation(near === undefined ? absent : meantTable(near), of.tableToken, of.table.length);
  }

  #tableOfNear(of: ObjectName, kind: 'chain' | 'set'): AnyTable | undefined {
    return nearest(of.name!, this.#names(kind))?.table;
  }

  *#names(kind: 'chain' | 'set'): Generator<{ readonly name: string; readonly kind: string; readonly table: AnyTable }> {
    for (const table of this.#tables()) {
      if (kind === 'chain') for (const name of table.table.chains.keys()) yield { name, kind: 'chain', table };
      else if (table.kind === 'nft') for (const { name, kind: which } of table.table.sets.values()) yield { name, kind: which, table };
    }
  }

  /** A chain or set that is not there, with the one that may have been meant. */
  #missing(of: ObjectName, kind: 'chain' | 'set', always = false): NftError {
    const near = nearest(of.name!, this.#names(kind));
    if (near === undefined || near.name === of.name) return always ? evaluation(absent, of) : kernel(absent, of.nameToken!);
    const { table, name } = near;
    const message = `${absent}; did you mean ${near.kind} ‘${name}’ in table ${table.family} ‘${table.name}’?`;
    return always ? evaluation(message, of) : new NftError(message, of.nameToken!, of.name!.length);
  }

  #table({ action, of, comment, flags, contents }: Of<'table'>, report: (problem: NftError) => void): void {
    if (action === 'list') {
      this.#listed(of);
      return;
    }
    const found = this.#found(of);
    if (action === 'delete' || action === 'flush') {
      const table = this.#required(of, 'table');
      this.changed = true;
      if (table instanceof TableDraft) {
        if (action === 'delete') this.#own = this.#own.filter((one) => one !== table);
        else for (const chain of table.chains) chain.rules.length = 0;
      } else if (action === 'delete') table.draft.drop(table.table);
      else table.draft.flush(table.table, undefined);
      return;
    }
    if (found !== undefined && action === 'create') throw kernel(exists, of.tableToken);
    if (found === undefined) {
      const last = this.#own.reduce((most, one) => Math.max(most, (one instanceof TableDraft ? one.publish() : one).handle ?? 0), 0);
      const table = { family: of.family, name: of.table, sets: new Map(), chains: new Map(), handle: last + 1 };
      this.#own.push({ ...table, ...(comment !== undefined && { comment }), ...(flags !== undefined && { flags }) });
      this.changed = true;
    }
    // Chains first, for sets and rules may lead to them.
    for (const one of contents) if (one.kind === 'chain') this.#chain(one);
    for (const one of contents) if (one.kind === 'set') this.#set(one);
    for (const one of contents) if (one.kind === 'chain') this.#rules(one.of, one.rules, report);
  }

  // Chains.

  #chain({ action, of, base, policy, comment, whole }: Of<'chain'>): void {
    if (action === 'list') {
      this.#listed(of, { only: 'chain', name: of.name! });
      return;
    }
    const adding = action === 'add' || action === 'create';
    const table = adding ? this.#evaluated(of) : this.#required(of, action === 'delete' ? 'chain' : 'none');
    const name = of.name!;
    if (!(table instanceof TableDraft)) {
      this.#foreignChain(action, table, of, base !== undefined);
      return;
    }
    const chain = table.chain(name);
    if (adding) {
      if (chain !== undefined) {
        if (action === 'create' || (base !== undefined && !sameBase(base, chain.base))) throw kernel(exists, of.nameToken!);
        if (policy === undefined) return;
        table.setPolicy(chain, policy);
        this.changed = true;
        return;
      }
      if (base !== undefined && !hooksOf[base.type].includes(base.hook)) throw kernelAt(unsupported, whole);
      table.addChain({ name, ...(base !== undefined && { base }), ...(comment !== undefined && { comment }), rules: [] });
    } else {
      if (chain === undefined) throw action === 'delete' ? this.#missing(of, 'chain') : kernel(absent, of.nameToken!);
      if (action === 'delete') {
        const kept = chain.rules.splice(0);
        if (table.isReferenced({ kind: 'chain', name })) {
          chain.rules.push(...kept);
          throw kernel(busy, of.nameToken!);
        }
        table.deleteChain(name);
      } else chain.rules.length = 0;
    }
    this.changed = true;
  }

  #foreignChain(action: Of<'chain'>['action'], { draft, table }: Foreign, of: ObjectName, based: boolean): void {
    const name = of.name!;
    const known = draft.chains(table).has(name);
    if (action === 'add' || action === 'create') {
      if (known) {
        if (action === 'create') throw kernel(exists, of.nameToken!);
        return;
      }
      // A base chain of another name has no place among iptables' chains.
      if (based && builtinChain(table, name) === undefined) throw kernel(unsupported, of.nameToken!);
      if (based) draft.setPolicy(table, name, 'ACCEPT');
      else draft.newChain(table, name);
    } else {
      if (!known) throw action === 'delete' ? this.#missing(of, 'chain') : kernel(absent, of.nameToken!);
      draft.flush(table, name);
      if (action === 'delete') {
        try {
          draft.deleteChain(table, name);
        } catch {
          throw kernel(busy, of.nameToken!);
        }
      }
    }
    this.changed = true;
  }

  // Sets and their elements.

  #set({ action, of, set, map, references = [] }: Of<'set'>): void {
    const name = of.name!;
    if (action === 'list') {
      this.#listed(of, { only: map ? 'map' : 'set', name });
      return;
    }
    const table = action === 'delete' ? this.#required(of, 'set') : this.#evaluated(of);
    const draft = table instanceof TableDraft ? table : undefined;
    const found = draft?.set(name);
    if (action === 'delete') {
      if (found === undefined) throw this.#missing(of, 'set');
      if (draft!.isReferenced({ kind: 'set', name })) throw kernel(busy, of.nameToken!);
      draft!.deleteSet(name);
    } else if (action === 'flush') {
      if (found === undefined) throw this.#missing(of, 'set', true);
      found.elements.clear();
    } else {
      if (draft === undefined) throw kernel(unsupported, of.nameToken!);
      if (found !== undefined && action === 'create') throw kernel(exists, of.nameToken!);
      if (found === undefined) draft.addSet(set!);
      checkChains(draft, references);
      const { elements } = draft.set(name)!;
      for (const element of set!.elements) elements.set(keyText(element), element);
    }
    this.changed = true;
  }

  #element({ action, of, elements, references, whole }: Of<'element'>): void {
    const table = this.#evaluated(of);
    const found = table instanceof TableDraft ? table.set(of.name!) : undefined;
    if (found === undefined) throw this.#missing(of, 'set', true);
    const got = [];
    for (const { element, span } of elements) {
      const known = found.elements.get(keyText(element));
      if (action === 'get') {
        if (known === undefined) throw kernelAt(absent, whole);
        got.push(known);
      } else if (action === 'delete') {
        if (known === undefined) throw kernelAt(absent, span);
        found.elements.delete(keyText(element));
      } else {
        if (known !== undefined && action === 'create') throw kernelAt(exists, span);
        checkChains(table as TableDraft, references);
        found.elements.set(keyText(element), element);
      }
    }
    if (action !== 'get') {
      this.changed = true;
      return;
    }
    const sets = new Map([[of.name!, { ...found.set, elements: got }]]);
    const shown = { family: of.family, name: of.table, sets, chains: new Map() };
    this.#print(listTable({ kind: 'nft', family: of.family, name: of.table, table: shown }, undefined, this.#handles));
  }

  // Rules.

  #rules(of: ObjectName, rules: readonly ParsedRule[], report: (problem: NftError) => void): void {
    for (const rule of rules) this.#checkSets(of, rule);
    for (const rule of rules) {
      try {
        this.#rule({ kind: 'rule', action: 'add', of, rule });
      } catch (error) {
        if (!(error instanceof NftError)) throw error;
        report(error);
      }
    }
  }

  #checkSets(of: ObjectName, { references }: ParsedRule): void {
    const table = this.#found(of);
    if (!(table instanceof TableDraft)) return;
    for (const { kind, name, token } of references) {
      if (kind === 'set' && table.set(name) === undefined) throw new Evaluation(absent, token, token.text.length);
    }
  }

  #rule({ action, of, rule, position }: Of<'rule'>): void {
    const table = this.#required(of, 'chain');
    if (!(table instanceof TableDraft)) {
      this.#foreignRule({ kind: 'rule', action, of, ...(rule && { rule }), ...(position && { position }) }, table);
      return;
    }
    const chain = table.chain(of.name!);
    if (chain === undefined) throw this.#missing(of, 'chain');
    const at = place(chain.rules, position);
    if (action === 'delete') chain.rules.splice(at!, 1);
    else {
      checkChains(table, rule!.references);
      if (chain.base !== undefined && !canStand(rule!.rule, chain.base)) throw kernelAt(unsupported, rule!.span);
      const inserted = action === 'insert' ? (at ?? 0) : at === undefined ? chain.rules.length : at + 1;
      if (action === 'replace') table.replaceRule(chain, rule!.rule, at!);
      else table.addRule(chain, rule!.rule, inserted);
    }
    this.changed = true;
  }

  /** In a table of iptables the rule becomes one of its own. */
  #foreignRule({ action, of, rule, position }: Of<'rule'>, { draft, table }: Foreign): void {
    const name = of.name!;
    const chain = draft.chains(table).get(name);
    if (chain === undefined) throw this.#missing(of, 'chain');
    const numbers = this.#foreignHandles(of);
    const at = place(numbers, position);
    if (action === 'delete') draft.deleteNumber(table, name, at! + 1);
    else {
      for (const { kind, token } of rule!.references)
        if (kind === 'set' || draft.chain(table, token.text) === undefined) throw kernel(absent, token);
      const converted = asIptables(rule!.rule);
      if (converted === undefined) throw kernel(unsupported, of.nameToken!);
      if (action === 'replace') draft.replace(table, name, converted, at! + 1);
      else draft.insert(table, name, [converted], action === 'insert' ? (at ?? 0) + 1 : (at ?? chain.rules.length - 1) + 2);
    }
    this.changed = true;
  }

  /** The rules' handles as a listing shows them. */
  #foreignHandles(of: ObjectName): readonly NftRule[] {
    const listed = this.#tables().find(({ kind, family, name }) => kind === 'iptables' && family === of.family && name === of.table)!;
    let handle = listed.table.chains.size;
    for (const chain of listed.table.chains.values()) {
      if (chain.name === of.name) return chain.rules.map(() => ({ statements: [], handle: ++handle }));
      handle += chain.rules.length;
    }
    return [];
  }

  // Listings.

  #print({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): void {
    this.#stdout += stdout;
    this.#stderr += stderr;
  }

  #listed(of: ObjectName, part?: Part): void {
    const table = this.#tables().find(({ family, name }) => family === of.family && name === of.table);
    if (table === undefined) throw new Evaluation(absent, of.tableToken, of.table.length);
    if (part !== undefined && 'only' in part) {
      const known =
        part.only === 'chain'
          ? table.table.chains.has(part.name)
          : table.kind === 'nft' && table.table.sets.get(part.name)?.kind === part.only;
      if (!known) throw new Evaluation(absent, of.nameToken!, of.name!.length);
    }
    this.#print(listTable(table, part, this.#handles));
  }

  #whole(command: Of<'ruleset'> | Of<'all'>): void {
    const { family } = command;
    const ofFamily = (one: { readonly family: string }) => family === undefined || one.family === family;
    if (command.kind === 'ruleset') {
      if (command.action === 'flush') this.#flushAll(ofFamily);
      else if (family === undefined) this.#print(rulesetText(this.changed ? this.publish() : this.#netfilter, this.#handles));
      else for (const table of this.#tables().filter(ofFamily)) this.#print(listTable(table, undefined, this.#handles));
      return;
    }
    for (const table of this.#tables().filter(ofFamily)) {
      if (command.what === 'tables') this.#stdout += `table ${table.family} ${table.name}\n`;
      else this.#print(listTable(table, { all: command.what }, this.#handles));
    }
  }

  #flushAll(ofFamily: (table: { readonly family: string }) => boolean): void {
    this.#own = this.#own.filter((table) => !ofFamily(table));
    for (const family of ['ip', 'ip6'] as const) {
      if (!ofFamily({ family })) continue;
      for (const name of forced(this.#netfilter[family === 'ip' ? 'ipv4' : 'ipv6']).keys()) {
        const found = this.#foreign(family, name);
        found?.draft.drop(found.table);
      }
    }
    this.changed = true;
  }
}

const hooksOf: Readonly<Record<'filter' | 'nat' | 'route', readonly string[]>> = {
  filter: ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'],
  nat: ['prerouting', 'input', 'output', 'postrouting'],
  route: ['output'],
};

const natHooks = {
  masquerade: ['postrouting'],
  snat: ['postrouting', 'input'],
  dnat: ['prerouting', 'output'],
  redirect: ['prerouting', 'output'],
} as const;

/** Addresses are only changed by chains of that type, at some hooks. */
function canStand({ statements }: NftRule, { type, hook }: NftBase): boolean {
  return statements.every((statement) => {
    const kind = statement.kind === 'nat' ? statement.type : statement.kind;
    if (kind !== 'masquerade' && kind !== 'snat' && kind !== 'dnat' && kind !== 'redirect') return true;
    return type === 'nat' && (natHooks[kind] as readonly string[]).includes(hook);
  });
}

function sameBase(base: NftBase, other: NftBase | undefined): boolean {
  return base.type === other?.type && base.hook === other.hook && base.priority === other.priority;
}

interface Place {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

function kernel(error: string, token: Place): NftError {
  return new NftError(`Could not process rule: ${error}`, token, token.text.length);
}

function kernelAt(error: string, span: Span): NftError {
  return new NftError(`Could not process rule: ${error}`, span, span.length);
}

function evaluation(message: string, of: ObjectName): NftError {
  return new Evaluation(message, of.nameToken!, of.name!.length);
}

function meantTable({ family, name }: AnyTable): string {
  return `${absent}; did you mean table ‘${name}’ in family ${family}?`;
}

/** Jumps to chains that are not there. */
function checkChains(table: TableDraft, references: ParsedRule['references']): void {
  for (const { kind, name, token } of references) if (kind === 'chain' && table.chain(name) === undefined) throw kernel(absent, token);
}

/** Where in the chain a position is; undefined without one. */
function place(rules: readonly NftRule[], position: Position | undefined): number | undefined {
  if (position === undefined) return undefined;
  const at = position.by === 'index' ? position.number : rules.findIndex(({ handle }) => handle === position.number);
  if (at < 0 || at >= rules.length) throw kernelAt(absent, position.span);
  return at;
}
