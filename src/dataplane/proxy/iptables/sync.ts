/** Brings a family's tables to what a proxy wants of them, as `iptables-restore --noflush` and EnsureRule do: the rest stays. */
import { builtinChain } from '../../netfilter/iptables/builtin.ts';
import { sameRule } from '../../netfilter/iptables/equal.ts';
import type { Family } from '#net/ip.ts';
import type { Chain, TableName, Tables } from '#node/netfilter.ts';
import type { Desired } from './desired.ts';

const canary = 'KUBE-PROXY-CANARY';

/** Tables under change: copies are made of what is written to. */
class Draft {
  readonly #tables: Map<TableName, Map<string, Chain>>;

  constructor(base: Tables) {
    this.#tables = new Map([...base].map(([name, table]) => [name, new Map(table.chains)]));
  }

  chains(table: TableName): Map<string, Chain> {
    let chains = this.#tables.get(table);
    if (chains === undefined) this.#tables.set(table, (chains = new Map()));
    return chains;
  }

  /** The chain, made when it is missing: a built-in one comes into being with the first rule. */
  ensure(table: TableName, name: string): Chain {
    const chains = this.chains(table);
    let chain = chains.get(name);
    if (chain === undefined) {
      chain = builtinChain(table, name) === undefined ? { name, rules: [] } : { name, policy: 'ACCEPT', rules: [] };
      chains.set(name, chain);
    }
    return chain;
  }

  publish(by: object | undefined): Tables {
    return new Map([...this.#tables].map(([name, chains]) => [name, { name, chains, made: by && { by, chains } }]));
  }
}

export function syncTables(base: Tables, desired: Desired, family: Family): Tables {
  const draft = new Draft(base);
  for (const table of desired.canaries) draft.ensure(table, canary);
  for (const { table, from, to, rule, append } of desired.jumps) {
    draft.ensure(table, to);
    const chain = draft.ensure(table, from);
    if (!chain.rules.some((one) => sameRule(one, rule, family))) {
      draft.chains(table).set(from, { ...chain, rules: append === true ? [...chain.rules, rule] : [rule, ...chain.rules] });
    }
  }
  for (const [table, wanted] of desired.chains) {
    const chains = draft.chains(table);
    const owned = [...chains.keys()].filter((name) => desired.owned.test(name));
    if (owned.length > 0) {
      const names = new Set(wanted.map((chain) => chain.name));
      for (const name of owned) if (!names.has(name)) chains.delete(name);
    }
    for (const chain of wanted) chains.set(chain.name, chain);
  }
  return draft.publish(desired.by);
}

/** Takes away all that a proxy made: what `kube-proxy --cleanup` does. */
export function cleanTables(base: Tables, desired: Desired, family: Family): Tables {
  return new Map(
    [...base].map(([name, table]) => {
      const owned = new Set([canary, ...(desired.chains.get(name) ?? []).map((chain) => chain.name)]);
      const jumps = desired.jumps.filter((jump) => jump.table === name);
      const chains = new Map<string, Chain>();
      for (const chain of table.chains.values()) {
        if (owned.has(chain.name) || desired.owned.test(chain.name)) continue;
        const rules = chain.rules.filter((rule) => !jumps.some((jump) => jump.from === chain.name && sameRule(jump.rule, rule, family)));
        chains.set(chain.name, rules.length === chain.rules.length ? chain : { ...chain, rules });
      }
      return [name, { name, chains }];
    }),
  );
}
