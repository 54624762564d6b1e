/** `nft list …`: objects in nft's own order and syntax. (nftables: src/rule.c, expression.c, statement.c) */
import type { NftBase, NftChain, NftElement, NftExpression, NftRule, NftSet, NftStatement, NftTable, NftVerdict } from '#node/nftables.ts';
import { sortedElements } from './sort.ts';

export function verdictText(verdict: NftVerdict): string {
  return verdict.kind === 'jump' || verdict.kind === 'goto' ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
}

export function expressionText(expression: NftExpression): string {
  switch (expression.kind) {
    case 'value':
      return expression.text;
    case 'payload':
      return `${expression.header} ${expression.field}`;
    case 'meta':
      return bareMeta.has(expression.key) ? expression.key : `meta ${expression.key}`;
    case 'ct':
      return `ct ${expression.key}`;
    case 'fib':
      return `fib ${expression.selector} ${expression.result}`;
    case 'concat':
      return expression.parts.map(expressionText).join(' . ');
    case 'binary':
      return `${expressionText(expression.left)} ${expression.operator} ${expressionText(expression.right)}`;
    case 'numgen':
      return `numgen ${expression.mode} mod ${expression.modulus}`;
    case 'set':
      return `@${expression.name}`;
    case 'anonymous':
      return `{ ${sortedElements(expression.elements).map(elementText).join(', ')} }`;
    case 'map':
      return `${expressionText(expression.key)} map ${expressionText(expression.map)}`;
  }
}

/** Meta keys that nft prints without the word `meta`. */
const bareMeta: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname', 'iifgroup', 'oifgroup']);

export function elementText({ key, verdict, value, comment }: NftElement): string {
  let text = key.join(' . ');
  if (comment !== undefined) text += ` comment "${comment}"`;
  if (verdict !== undefined) text += ` : ${verdictText(verdict)}`;
  if (value !== undefined) text += ` : ${value.join(' . ')}`;
  return text;
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
function withPort(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function statementText(statement: NftStatement): string {
  switch (statement.kind) {
    case 'match': {
      const { left, operator, right } = statement;
      // "==" goes without saying, except after a masked value.
      const sign = operator === '==' && left.kind !== 'binary' ? '' : `${operator} `;
      return `${expressionText(left)} ${sign}${expressionText(right)}`;
    }
    case 'verdict':
      return verdictText(statement.verdict);
    case 'vmap':
      return `${expressionText(statement.key)} vmap ${expressionText(statement.map)}`;
    case 'assign':
      return `${expressionText(statement.target)} set ${expressionText(statement.value)}`;
    case 'nat': {
      const family = statement.family === undefined ? '' : ` ${statement.family}`;
      const flags = statement.flags === undefined || statement.flags.length === 0 ? '' : ` ${statement.flags.join(',')}`;
      return `${statement.type}${family} to ${withPort(expressionText(statement.to), statement.port)}${flags}`;
    }
    case 'masquerade':
      return ['masquerade', ...(statement.flags.length > 0 ? [statement.flags.join(',')] : [])].join(' ');
    case 'redirect':
      return statement.port === undefined ? 'redirect' : `redirect to :${statement.port}`;
    case 'reject':
      return statement.with === undefined ? 'reject' : `reject with ${statement.with}`;
    case 'counter':
      return `counter packets ${statement.packets} bytes ${statement.bytes}`;
    case 'update':
      return `${statement.operation} @${statement.set} { ${expressionText(statement.key)} }`;
    case 'log':
      return statement.text === '' ? 'log' : `log ${statement.text}`;
    case 'opaque':
      return statement.text;
  }
}

export function ruleText({ statements, comment }: NftRule): string {
  const text = statements.map(statementText).join(' ');
  return comment === undefined ? text : `${text} comment "${comment}"`;
}

const named: readonly (readonly [name: string, priority: number, hooks?: readonly string[]])[] = [
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100, ['prerouting']],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100, ['postrouting']],
];

/** A priority by the name that is at most ten away from it. */
export function priorityText(priority: number, hook: string): string {
  for (const [name, value, hooks] of named) {
    const offset = priority - value;
    if (Math.abs(offset) > 10 || (hooks !== undefined && !hooks.includes(hook))) continue;
    return offset === 0 ? name : `${name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
  }
  return String(priority);
}

/** The number behind `dstnat`, `filter - 10`, `-110`; undefined when it is none. */
export function priorityNumber(text: string): number | undefined {
  const parts = /^([a-z]+|-?\d+)\s*(?:([-+])\s*(\d+))?$/.exec(text.trim());
  if (parts === null) return undefined;
  const base = /^-?\d+$/.test(parts[1]!) ? Number(parts[1]) : named.find(([name]) => name === parts[1])?.[1];
  if (base === undefined) return undefined;
  return base + (parts[2] === '-' ? -1 : 1) * Number(parts[3] ?? 0);
}

export function baseText({ type, hook, priority, policy }: NftBase): string {
  return `type ${type} hook ${hook} priority ${priorityText(priority, hook)}; policy ${policy};`;
}

/** `15m`, `1d2h`. */
export function secondsText(seconds: number): string {
  let rest = seconds;
  let text = '';
  for (const [unit, size] of [
    ['d', 86400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += count + unit;
  }
  return text === '' ? '0s' : text;
}

/** How many elements of a type stand in a line; of all others one. */
const elementsPerLine: Readonly<Record<string, number>> = {
  inet_service: 5,
  inet_proto: 5,
  nf_proto: 5,
  mark: 5,
  tcp_flag: 5,
  ipv4_addr: 2,
  ct_state: 2,
  ct_status: 2,
  pkt_type: 2,
};

function elementLines({ type, elements }: NftSet): string {
  const perLine = type.length === 1 ? (elementsPerLine[type[0]!] ?? 1) : 1;
  const texts = sortedElements(elements).map(elementText);
  return texts.map((text, i) => (i === 0 ? '' : i % perLine === 0 ? ',\n\t\t\t     ' : ', ') + text).join('');
}

function withHandle(text: string, handle: number | undefined): string {
  return handle === undefined ? text : `${text} # handle ${handle}`;
}

/** The lines of a block, each with a tab more than the block's head. */
function block(head: string, handle: number | undefined, lines: readonly string[]): string {
  return `\t${withHandle(`${head} {`, handle)}\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;
}

/** `handles`: whether to show the handles that objects have. */
export function setBlock(set: NftSet, handles = false): string {
  const { name, kind, type, data, size, flags, timeout, comment, elements } = set;
  const lines = [`type ${type.join(' . ')}${data === undefined ? '' : ` : ${data.join(' . ')}`}`];
  if (size !== undefined) lines.push(`size ${size}`);
  if (flags !== undefined && flags.length > 0) lines.push(`flags ${flags.join(',')}`);
  if (timeout !== undefined) lines.push(`timeout ${secondsText(timeout)}`);
  if (comment !== undefined) lines.push(`comment "${comment}"`);
  if (elements.length > 0) lines.push(`elements = { ${elementLines(set)} }`);
  return block(`${kind} ${name}`, handles ? set.handle : undefined, lines);
}

export function chainBlock(chain: NftChain, handles = false): string {
  const { name, base, comment, rules } = chain;
  return block(`chain ${name}`, handles ? chain.handle : undefined, [
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
    ...(base === undefined ? [] : [baseText(base)]),
    ...rules.map((rule) => withHandle(ruleText(rule), handles ? rule.handle : undefined)),
  ]);
}

/** A table around blocks; `nft list chain` shows a table with nothing but that chain. */
export function tableAround(head: string, lines: readonly string[], blocks: readonly string[], between = '\n'): string {
  return `${head}\n${lines.map((line) => `\t${line}\n`).join('')}${blocks.join(between)}}\n`;
}

/** `table ip nat {` and its own lines. */
export function tableHead({ family, name, handle }: { readonly family: string; readonly name: string; readonly handle?: number }): string {
  return handle === undefined ? `table ${family} ${name} {` : `table ${family} ${name} { # handle ${handle}`;
}

export function tableText(table: NftTable, handles = false): string {
  const { family, name, comment, flags, sets, chains, handle } = table;
  const lines = [...(flags === undefined ? [] : [`flags ${flags.join(',')}`]), ...(comment === undefined ? [] : [`comment "${comment}"`])];
  const blocks = [
    ...[...sets.values()].map((set) => setBlock(set, handles)),
    ...[...chains.values()].map((chain) => chainBlock(chain, handles)),
  ];
  return tableAround(tableHead({ family, name, ...(handles && handle !== undefined && { handle }) }), lines, blocks);
}
