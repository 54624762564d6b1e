/** The numbers that name rules and other objects of a table: nft gives them in the order in which things are added. */
import type { NftChain, NftRule, NftSet, NftTable } from '#node/nftables.ts';

/** A set that stands inside a rule takes a handle before the rule does. */
export function anonymousSets({ statements }: NftRule): number {
  let count = 0;
  const text = JSON.stringify(statements);
  for (let at = text.indexOf('"kind":"anonymous"'); at >= 0; at = text.indexOf('"kind":"anonymous"', at + 1)) count++;
  return count;
}

const known = new WeakMap<NftTable, NftTable>();

/** The table with a handle on everything; what has none gets the next ones: chains, then sets, then rules. */
export function numbered(table: NftTable): NftTable {
  let found = known.get(table);
  if (found === undefined) known.set(table, (found = number(table)));
  return found;
}

function number(table: NftTable): NftTable {
  let last = table.lastHandle ?? 0;
  const chains = new Map<string, NftChain>();
  for (const [name, chain] of table.chains) chains.set(name, chain.handle === undefined ? { ...chain, handle: ++last } : chain);
  const sets = new Map<string, NftSet>();
  for (const [name, set] of table.sets) sets.set(name, set.handle === undefined ? { ...set, handle: ++last } : set);
  for (const [name, chain] of chains) {
    const rules = chain.rules.map((rule) => {
      if (rule.handle !== undefined) return rule;
      last += anonymousSets(rule) + 1;
      return { ...rule, handle: last };
    });
    chains.set(name, { ...chain, rules });
  }
  return { ...table, chains, sets, lastHandle: last };
}
