import { humanDuration } from '#apiserver/tables/duration.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Table } from './table.ts';

/** NAME and AGE: what kubectl shows of objects when the server made no table (printers/tablegenerator.go). */
export function genericTable(answer: KubeObject, now: number): Table {
  const { items } = answer as { readonly items?: readonly KubeObject[] };
  const objects = Array.isArray(items) ? (items as readonly KubeObject[]) : [answer];
  return {
    kind: 'Table',
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name' },
      { name: 'Age', type: 'string' },
    ],
    rows: objects.map((object) => {
      const { name, creationTimestamp } = object.metadata;
      return { cells: [name, creationTimestamp === undefined ? '<unknown>' : humanDuration(now - Date.parse(creationTimestamp))], object };
    }),
  };
}
