import type { Chain, Rule, TableName } from '#node/netfilter.ts';

/** A jump from a built-in chain, inserted at its top unless it is there already. */
export interface Jump {
  readonly table: TableName;
  readonly from: string;
  readonly to: string;
  readonly rule: Rule;
  /** Put at the end of the chain instead. */
  readonly append?: boolean;
}

/** What a proxy wants of one family's tables. Everything else in them is left alone. */
export interface Desired {
  /** Created empty at start in these tables, to notice when somebody flushes them. */
  readonly canaries: readonly TableName[];
  /** In order of insertion: the last stands first. */
  readonly jumps: readonly Jump[];
  /** Chains the proxy owns, with all their rules, in order of creation. */
  readonly chains: ReadonlyMap<TableName, readonly Chain[]>;
  /** Stands for whoever has made the chains, in one go: chains that know of each other say so by it. */
  readonly by?: object;
  /** Chains that are the proxy's by name, and go when they are not among {@link chains}. */
  readonly owned: RegExp;
}
