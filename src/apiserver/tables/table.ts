/** Server-side printing: an object as a row of cells under typed columns. (staging:apimachinery/pkg/apis/meta/v1/types.go: Table) */
import type { KubeObject } from '#kube/object.ts';
import { ageOf } from './duration.ts';

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` marks the column that identifies the row. */
  readonly format: '' | 'name';
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
  /** The first and the last minor version of Kubernetes 1.x that has the column; always, when absent. */
  readonly since?: number;
  readonly until?: number;
}

/** What cells are computed from besides the object. */
export interface Moment {
  /** Unix milliseconds. */
  readonly now: number;
  /** Of Kubernetes 1.x. */
  readonly minorVersion: number;
}

export interface RowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export type Cell = string | number | boolean | null;

/** How a kind is printed: one cell a column, in order; those of columns that the version lacks are dropped by {@link rowOf}. */
export interface TablePrinter<T extends KubeObject = KubeObject> {
  readonly columns: readonly Column[];
  cells(object: T, moment: Moment): readonly Cell[];
  conditions?(object: T): readonly RowCondition[] | undefined;
}

export function definePrinter<T extends KubeObject>(
  columns: readonly Column[],
  cells: TablePrinter<T>['cells'],
  conditions?: NonNullable<TablePrinter<T>['conditions']>,
): TablePrinter<T> {
  return { columns, cells, ...(conditions !== undefined && { conditions }) };
}

type Options = Partial<Omit<Column, 'name' | 'description'>>;

export function column(name: string, description: string, options: Options = {}): Column {
  return { name, type: 'string', format: '', description, priority: 0, ...options };
}

export function integer(name: string, description: string, options: Options = {}): Column {
  return column(name, description, { type: 'integer', ...options });
}

/** A column that only `-o wide` shows. */
export function wide(name: string, description: string, options: Options = {}): Column {
  return column(name, description, { priority: 1, ...options });
}

export const nameColumn = column('Name', 'name of the object', { format: 'name' });
export const ageColumn = column('Age', 'how long ago the object was created');

export function age(object: KubeObject, { now }: Moment): string {
  return ageOf(object.metadata.creationTimestamp, now);
}

/** The columns that this version has. */
export function columnsOf(printer: TablePrinter, { minorVersion }: Moment): readonly Column[] {
  return printer.columns.filter((one) => isIn(one, minorVersion));
}

/** The cells of the columns that this version has. */
export function rowOf<T extends KubeObject>(printer: TablePrinter<T>, object: T, moment: Moment): readonly Cell[] {
  const cells = printer.cells(object, moment);
  return cells.filter((_, i) => isIn(printer.columns[i]!, moment.minorVersion));
}

function isIn({ since = 0, until = Infinity }: Column, minorVersion: number): boolean {
  return since <= minorVersion && minorVersion <= until;
}
