/** Custom resources are shown by the columns that their definition names. (apiextensions-apiserver: tableconvertor.go) */
import { parseJsonPath } from '#kube/jsonpath.ts';
import type { CustomResourceColumnDefinition, CustomResourceDefinitionVersion } from '#kube/kinds/custom-resource-definition.ts';
import { ageOf } from './duration.ts';
import { age, column, definePrinter, nameColumn, type Cell, type Column, type TablePrinter } from './table.ts';

const made = new WeakMap<CustomResourceDefinitionVersion, TablePrinter>();

/** The printer of a version: its name column and the columns it defines, or the age where it defines none. */
export function customPrinter(version: CustomResourceDefinitionVersion): TablePrinter {
  let printer = made.get(version);
  if (printer === undefined) made.set(version, (printer = build(version.additionalPrinterColumns ?? [])));
  return printer;
}

const types: readonly string[] = ['string', 'integer', 'number', 'boolean', 'date'];

function build(defined: readonly CustomResourceColumnDefinition[]): TablePrinter {
  if (defined.length === 0) {
    const ageColumn = column('Age', 'when the object was created', { type: 'date' });
    return definePrinter([nameColumn, ageColumn], (object, moment) => [object.metadata.name, age(object, moment)]);
  }
  const columns = defined.map(({ name, type, format, description, priority }) =>
    column(name, description ?? '', {
      type: (types.includes(type) ? type : 'string') as Column['type'],
      format: format === 'name' ? 'name' : '',
      priority: priority ?? 0,
    }),
  );
  const paths = defined.map(({ jsonPath }) => parseJsonPath(`{${jsonPath}}`, { allowMissingKeys: true }));
  return definePrinter([nameColumn, ...columns], (object, { now }) => [
    object.metadata.name,
    ...columns.map(({ type }, i): Cell => {
      const path = paths[i]!;
      const found = path.ok ? path.value.find(object) : path;
      const value = found.ok ? found.value[0]?.[0] : undefined;
      if (value === undefined || value === null) return null;
      return cellOf(type, value, now);
    }),
  ]);
}

/** The value as a cell of this type; null where it is of another. */
function cellOf(type: Column['type'], value: unknown, now: number): Cell {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, now).replace('<unknown>', '<invalid>') : null;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
  }
}
