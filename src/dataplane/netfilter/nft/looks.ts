/** What rules of nftables look at. */
import type { NftExpression, NftRule, NftSet, NftStatement, NftTable } from '#node/nftables.ts';

export interface Looks {
  /** What of the packet stays as it is on its way through rules: addresses, ports, protocol, interfaces. */
  readonly packet: boolean;
  readonly mark: boolean;
  readonly connection: boolean;
  /** What is left to chance. */
  readonly chance: boolean;
  /** What is remembered of earlier packets. */
  readonly memory: boolean;
}

const nothing: Looks = { packet: false, mark: false, connection: false, chance: false, memory: false };

function together(all: readonly Looks[]): Looks {
  const any = (key: keyof Looks) => all.some((one) => one[key]);
  return { packet: any('packet'), mark: any('mark'), connection: any('connection'), chance: any('chance'), memory: any('memory') };
}

/** A set that rules themselves add to. */
export function isDynamic({ flags }: NftSet): boolean {
  return flags?.includes('dynamic') === true;
}

function expressionLooks(expression: NftExpression, table: NftTable): Looks {
  switch (expression.kind) {
    case 'value':
    case 'anonymous':
      return nothing;
    case 'payload':
    case 'fib':
      return { ...nothing, packet: true };
    case 'meta':
      return expression.key === 'mark' ? { ...nothing, mark: true } : { ...nothing, packet: true };
    case 'ct':
      return { ...nothing, connection: true };
    case 'numgen':
      return { ...nothing, chance: true };
    case 'set': {
      const set = table.sets.get(expression.name);
      return set !== undefined && isDynamic(set) ? { ...nothing, memory: true } : nothing;
    }
    case 'concat':
      return expressionsLook(expression.parts, table);
    case 'binary':
      return expressionsLook([expression.left, expression.right], table);
    case 'map':
      return expressionsLook([expression.key, expression.map], table);
  }
}

/** What is looked at to evaluate all of some expressions. */
export function expressionsLook(expressions: readonly NftExpression[], table: NftTable): Looks {
  return together(expressions.map((one) => expressionLooks(one, table)));
}

function expressionsOf(statement: NftStatement): readonly NftExpression[] {
  switch (statement.kind) {
    case 'match':
      return [statement.left, statement.right];
    case 'vmap':
      return [statement.key, statement.map];
    case 'assign':
      return [statement.value];
    case 'nat':
      return [statement.to];
    default:
      return [];
  }
}

/**
 * Reports whether a rule looks at more than the packet: what chance or memory say. One that keeps the packet from connection tracking, or notes
 * it for later ones, counts as such; so does one that looks at once at what rules change of the packet and at what they do not.
 */
export function looksFurther({ statements }: NftRule, table: NftTable): boolean {
  return statements.some((statement) => {
    if (statement.kind === 'update' || (statement.kind === 'opaque' && statement.text === 'notrack')) return true;
    const { packet, mark, connection, chance, memory } = expressionsLook(expressionsOf(statement), table);
    return chance || memory || (packet && (mark || connection));
  });
}

/** Reports whether a rule draws numbers at random. */
export function leavesToChance({ statements }: NftRule): boolean {
  return statements.some((statement) => expressionsOf(statement).some(isDrawn));
}

function isDrawn(expression: NftExpression): boolean {
  switch (expression.kind) {
    case 'numgen':
      return true;
    case 'map':
      return isDrawn(expression.key);
    case 'concat':
      return expression.parts.some(isDrawn);
    case 'binary':
      return isDrawn(expression.left) || isDrawn(expression.right);
    default:
      return false;
  }
}
