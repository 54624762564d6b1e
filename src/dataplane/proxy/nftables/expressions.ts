/** Short ways to write rules of nftables. */
import type { NftExpression, NftRule, NftStatement, NftVerdict } from '#node/nftables.ts';

export function value(text: string): NftExpression {
  return { kind: 'value', text };
}

export function hexValue(number: number): NftExpression {
  return value(`0x${number.toString(16).padStart(8, '0')}`);
}

export function meta(key: string): NftExpression {
  return { kind: 'meta', key };
}

export function set(name: string): NftExpression {
  return { kind: 'set', name };
}

export function concat(...parts: readonly NftExpression[]): NftExpression {
  return { kind: 'concat', parts };
}

export function match(left: NftExpression, right: NftExpression, operator: '==' | '!=' = '=='): NftStatement {
  return { kind: 'match', left, operator, right };
}

export function vmap(key: NftExpression, map: NftExpression): NftStatement {
  return { kind: 'vmap', key, map };
}

export function goTo(chain: string): NftVerdict {
  return { kind: 'goto', chain };
}

export function verdict(of: NftVerdict): NftStatement {
  return { kind: 'verdict', verdict: of };
}

export function jumpTo(chain: string): NftStatement {
  return verdict({ kind: 'jump', chain });
}

export function rule(...statements: readonly NftStatement[]): NftRule {
  return { statements };
}

export function commented(comment: string, ...statements: readonly NftStatement[]): NftRule {
  return { statements, comment };
}

export const l4proto = meta('l4proto');
export const mark = meta('mark');
export const thDport: NftExpression = { kind: 'payload', header: 'th', field: 'dport' };
export const isNew: NftStatement = match({ kind: 'ct', key: 'state' }, value('new'));
export const drop: NftVerdict = { kind: 'drop' };
export const fromLocal: NftStatement = match({ kind: 'fib', selector: 'saddr', result: 'type' }, value('local'));
export const toLocal: NftStatement = match({ kind: 'fib', selector: 'daddr', result: 'type' }, value('local'));
export const masquerade: NftStatement = { kind: 'masquerade', flags: ['fully-random'] };

export function setMark(operator: '|' | '^', bits: number): NftStatement {
  return { kind: 'assign', target: mark, value: { kind: 'binary', operator, left: mark, right: hexValue(bits) } };
}
