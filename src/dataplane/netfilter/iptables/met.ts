import type { Family } from '#net/ip.ts';
import type { Table } from '#node/netfilter.ts';

/** A table as packets of a family meet it. */
export interface Met {
  readonly table: Table;
  readonly family: Family;
  /** Who has made the table's chains, all of which are still as they were made. */
  readonly madeBy: object | undefined;
}

export function meet(table: Table, family: Family): Met {
  return { table, family, madeBy: table.made?.chains === table.chains ? table.made.by : undefined };
}
