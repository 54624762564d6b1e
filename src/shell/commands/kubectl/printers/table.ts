/** Tables as the server sends them, printed (staging:cli-runtime/pkg/printers/tableprinter.go). */
import type { KubeObject } from '#kube/object.ts';
import { labelsText } from '#apiserver/tables/text.ts';

export interface Table {
  readonly kind: 'Table';
  readonly columnDefinitions: readonly {
    readonly name: string;
    readonly type: string;
    readonly format?: string;
    readonly priority?: number;
  }[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object: KubeObject;
}

export interface TableSettings {
  readonly noHeaders: boolean;
  readonly wide: boolean;
  readonly withNamespace: boolean;
  /** What stands before names: `service/`, or nothing. */
  readonly prefix: string;
  readonly showLabels: boolean;
  readonly labelColumns: readonly string[];
  /** With `--output-watch-events`: what the rows' events are called. */
  readonly event?: string;
}

/** A table's lines with tabs between cells; nothing when there are no rows. Header lines come once for each run of equal tables. */
export function tableLines({ columnDefinitions, rows }: Table, settings: TableSettings, withHeader: boolean): string {
  if (rows.length === 0) return '';
  const columns = columnDefinitions.map((column, i) => ({ ...column, i })).filter(({ priority = 0 }) => settings.wide || priority === 0);
  const { withNamespace, prefix, showLabels, labelColumns, event } = settings;
  const header = [
    ...(event === undefined ? [] : ['EVENT']),
    ...(withNamespace ? ['NAMESPACE'] : []),
    ...columns.map(({ name }) => name.toUpperCase()),
    ...labelColumns.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
    ...(showLabels ? ['LABELS'] : []),
  ];
  const lines = rows.map(({ cells, object }) => {
    const labels = object.metadata.labels ?? {};
    return [
      ...(event === undefined ? [] : [event.padEnd(8)]),
      ...(withNamespace ? [object.metadata.namespace ?? ''] : []),
      ...columns.map(({ format, i }) => (format === 'name' ? prefix : '') + cellText(cells[i])),
      ...labelColumns.map((label) => labels[label] ?? ''),
      ...(showLabels ? [labelsText(labels)] : []),
    ];
  });
  return [...(withHeader && !settings.noHeaders ? [header] : []), ...lines].map((line) => `${line.join('\t')}\n`).join('');
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return escapeTerminal(String(cell));
  const cut = cell.search(/[\f\n\r]/);
  return cut < 0 ? escapeTerminal(cell) : `${escapeTerminal(cell.slice(0, cut))}...`;
}

/** Nothing that an object says may steer a terminal (printers.EscapeTerminal). */
export function escapeTerminal(text: string): string {
  return text.replaceAll('\x1b', '^[').replaceAll('\r', '\\r');
}
