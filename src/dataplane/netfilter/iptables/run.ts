/** The programs iptables and ip6tables: from arguments and rules to an output, and perhaps other rules. (iptables/xtables.c, do_commandx) */
import type { Family, Ip } from '#net/ip.ts';
import type { Tables } from '#node/netfilter.ts';
import type { ResolveHost } from './address.ts';
import { parseArguments, type Arguments } from './arguments.ts';
import { builtinChain, isTableName } from './builtin.ts';
import { requireTable, tableOrEmpty, TablesDraft } from './edit.ts';
import { helpText } from './help.ts';
import { findMatch, listChains, listRule, type ListOptions } from './list.ts';
import { warningsOf } from './matches.ts';
import { ParameterProblem, RuleProblem } from './problem.ts';
import { listedChains, ruleText } from './save.ts';

export interface IptablesHost {
  readonly family: Family;
  /** `v1.8.9 (nf_tables)` */
  readonly version: string;
  readonly resolve: ResolveHost;
  readonly nameOf: (ip: Ip) => string | undefined;
  readonly hasSet: (name: string) => boolean;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** Absent: nothing has changed. */
  readonly tables?: Tables;
}

export function programOf(family: Family): 'iptables' | 'ip6tables' {
  return family === 'IPv4' ? 'iptables' : 'ip6tables';
}

/** What a {@link ParameterProblem} prints, `where` being a line of `iptables-restore`'s input. */
export function parameterProblemText({ message, bare }: ParameterProblem, program: string, version: string, where = ''): string {
  const head = bare ? message : `${program} ${version}: ${message}`;
  return `${head}\n${where}Try \`${program} -h' or '${program} --help' for more information.\n`;
}

export function runIptables(argv: readonly string[], tables: Tables, host: IptablesHost): Ran {
  const program = programOf(host.family);
  try {
    const parsed = parseArguments(argv, {
      family: host.family,
      resolve: host.resolve,
      hasSet: host.hasSet,
      hasChain: (table, name) =>
        isTableName(table) && (tables.get(table)?.chains.has(name) === true || builtinChain(table, name) !== undefined),
    });
    return run(parsed, tables, host, program);
  } catch (error) {
    if (error instanceof ParameterProblem) {
      return { stdout: '', stderr: parameterProblemText(error, program, host.version), exitCode: 2 };
    }
    if (error instanceof RuleProblem) return failed(error, program, host.version);
    throw error;
  }
}

function failed({ message, status }: RuleProblem, program: string, version: string): Ran {
  if (status === 4) return { stdout: '', stderr: `${program} ${version}:  ${message}\n`, exitCode: 4 };
  if (message.startsWith('table ')) return { stdout: '', stderr: `${program} ${version}: ${message}\n`, exitCode: 3 };
  return { stdout: '', stderr: `${program}: ${message}\n`, exitCode: 1 };
}

function run(parsed: Arguments, tables: Tables, host: IptablesHost, program: string): Ran {
  if (parsed.command === 'version') return { stdout: `${program} ${host.version}\n`, stderr: '', exitCode: 0 };
  if (parsed.command === 'help') return { stdout: helpText(program, host.version), stderr: '', exitCode: 0 };
  const table = requireTable(parsed.table);
  if (parsed.command === 'L' || parsed.command === 'S') return list(parsed, tables, host, program);
  const draft = new TablesDraft(tables, host.family);
  const stdout = edit(draft, table, parsed, host);
  return {
    stdout,
    stderr: warningsOf(parsed.rules),
    exitCode: 0,
    ...(parsed.command !== 'C' && parsed.command !== 'Z' && { tables: draft.publish() }),
  };
}

/** Carries a command out on rules under change; iptables-restore does so line by line. */
export function edit(draft: TablesDraft, table: Parameters<TablesDraft['flush']>[0], parsed: Arguments, host: IptablesHost): string {
  const { command, rules, number } = parsed;
  const chain = parsed.chain ?? '';
  switch (command) {
    case 'A':
      draft.append(table, chain, rules);
      break;
    case 'I':
      draft.insert(table, chain, rules, number ?? 1);
      break;
    case 'R':
      if (rules.length > 1) throw new ParameterProblem('Replacement rule does not specify a unique address');
      draft.replace(table, chain, rules[0]!, number!);
      break;
    case 'C':
      for (const rule of rules) draft.check(table, chain, rule);
      break;
    case 'D':
      if (number !== undefined) draft.deleteNumber(table, chain, number);
      else for (const rule of rules) draft.deleteRule(table, chain, rule);
      break;
    case 'F':
      draft.flush(table, parsed.chain);
      break;
    case 'Z':
      if (parsed.chain !== undefined && draft.chain(table, chain) === undefined) draft.check(table, chain, { matches: [] });
      break;
    case 'N':
      draft.newChain(table, chain);
      break;
    case 'X':
      draft.deleteChain(table, parsed.chain);
      break;
    case 'E':
      draft.rename(table, chain, parsed.newName!);
      break;
    case 'P':
      draft.setPolicy(table, chain, parsed.policy!);
  }
  return parsed.verbose > 0 && 'ACDIR'.includes(command) ? rules.map((rule) => verboseRule(rule, host)).join('') : '';
}

/** What `-v` prints of a rule that is added or taken away. */
function verboseRule(rule: Arguments['rules'][number], host: IptablesHost): string {
  const options: ListOptions = {
    family: host.family,
    numeric: true,
    verbose: false,
    exact: false,
    lineNumbers: false,
    nameOf: host.nameOf,
  };
  const columns = listRule(rule, 0, options);
  const target = columns.slice(0, 9).trimEnd();
  const protocol = findMatch(rule.matches, 'protocol');
  const name = `${protocol?.not === true ? '!' : ' '}${protocol?.protocol ?? 'all'}`;
  const side = (kind: 'in' | 'out') => {
    const match = findMatch(rule.matches, kind);
    return match === undefined ? '*' : `${match.not === true ? '!' : ''}${match.interface}`;
  };
  const address = (kind: 'source' | 'destination') => {
    const match = findMatch(rule.matches, kind);
    const any = host.family === 'IPv4' ? '0.0.0.0/0' : '::/0';
    return `${match?.not === true ? '!' : ''}${match === undefined ? any : match.cidr.replace(/\/(32|128)$/, '')}`;
  };
  const rest = columns.slice(9 + 7 + 3 + 21 + 21).trimStart();
  const tail = rest === '' ? '' : ` ${rest}`;
  return `${target} ${name} opt -- in ${side('in')} out ${side('out')}  ${address('source')}  -> ${address('destination')}  ${tail}\n`;
}

function list(parsed: Arguments, tables: Tables, host: IptablesHost, program: string): Ran {
  const name = requireTable(parsed.table);
  const table = tableOrEmpty(tables, name);
  const { chain, number } = parsed;
  const known = chain === undefined ? undefined : listedChains(table).find((one) => one.name === chain);
  if (chain !== undefined && known === undefined) {
    const message = `chain \`${chain}' in table \`${name}' is incompatible, use 'nft' tool.`;
    return { stdout: '', stderr: `${program} ${host.version}: ${message}\n`, exitCode: 1 };
  }
  if (parsed.command === 'S') return { stdout: listRules(parsed, tables, host), stderr: '', exitCode: 0 };
  const options: ListOptions = {
    family: host.family,
    numeric: parsed.numeric,
    verbose: parsed.verbose > 0,
    exact: parsed.exact,
    lineNumbers: parsed.lineNumbers,
    nameOf: host.nameOf,
  };
  if (number !== undefined) {
    const rule = known!.rules[number - 1];
    return { stdout: rule === undefined ? '' : `${listRule(rule, number, options)}\n`, stderr: '', exitCode: 0 };
  }
  return { stdout: listChains(table, chain === undefined ? undefined : [chain], options), stderr: '', exitCode: 0 };
}

/** `-S`: the rules as the options that make them. */
function listRules({ table: name, chain, number, verbose }: Arguments, tables: Tables, { family }: IptablesHost): string {
  const chains = listedChains(tableOrEmpty(tables, requireTable(name))).filter((one) => chain === undefined || one.name === chain);
  const lines: string[] = [];
  if (number === undefined) {
    for (const one of chains) {
      const counters = verbose > 0 && one.policy !== undefined ? ' -c 0 0' : '';
      lines.push(one.policy === undefined ? `-N ${one.name}` : `-P ${one.name} ${one.policy}${counters}`);
    }
  }
  for (const one of chains) {
    for (const [i, rule] of one.rules.entries()) {
      if (number !== undefined && i + 1 !== number) continue;
      const text = ruleText(one.name, rule, family);
      lines.push(verbose > 0 ? withCounters(text) : text);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Counters stand before the target. */
function withCounters(text: string): string {
  const target = / -[jg] \S+(?: .*)?$/.exec(text);
  return target === null ? `${text} -c 0 0` : `${text.slice(0, target.index)} -c 0 0${text.slice(target.index)}`;
}
