/** What rules and elements lead to. */
import type { NftElement, NftExpression, NftRule, NftStatement } from '#node/nftables.ts';

export interface Reference {
  readonly kind: 'chain' | 'set';
  readonly name: string;
}

function* ofElements(elements: Iterable<NftElement>): Generator<Reference> {
  for (const { verdict } of elements)
    if (verdict?.kind === 'jump' || verdict?.kind === 'goto') yield { kind: 'chain', name: verdict.chain };
}

function* ofExpression(expression: NftExpression): Generator<Reference> {
  switch (expression.kind) {
    case 'set':
      yield { kind: 'set', name: expression.name };
      break;
    case 'anonymous':
      yield* ofElements(expression.elements);
      break;
    case 'map':
      yield* ofExpression(expression.key);
      yield* ofExpression(expression.map);
      break;
    case 'concat':
      for (const part of expression.parts) yield* ofExpression(part);
      break;
    case 'binary':
      yield* ofExpression(expression.left);
      yield* ofExpression(expression.right);
      break;
    default:
  }
}

function* ofStatement(statement: NftStatement): Generator<Reference> {
  switch (statement.kind) {
    case 'verdict':
      if (statement.verdict.kind === 'jump' || statement.verdict.kind === 'goto') yield { kind: 'chain', name: statement.verdict.chain };
      break;
    case 'match':
      yield* ofExpression(statement.right);
      break;
    case 'vmap':
      yield* ofExpression(statement.map);
      break;
    case 'assign':
      yield* ofExpression(statement.value);
      break;
    case 'nat':
      yield* ofExpression(statement.to);
      break;
    case 'update':
      yield { kind: 'set', name: statement.set };
      break;
    default:
  }
}

/** Whether something of a table leads to that chain or set. */
export function isReferenced(
  wanted: Reference,
  chains: Iterable<{ readonly rules: readonly NftRule[] }>,
  sets: Iterable<{ readonly elements: Iterable<NftElement> }>,
): boolean {
  const found = (references: Iterable<Reference>) => {
    for (const { kind, name } of references) if (kind === wanted.kind && name === wanted.name) return true;
    return false;
  };
  for (const { rules } of chains) {
    for (const { statements } of rules) for (const statement of statements) if (found(ofStatement(statement))) return true;
  }
  for (const { elements } of sets) if (found(ofElements(elements))) return true;
  return false;
}
