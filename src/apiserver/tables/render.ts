/** `meta.k8s.io/v1 Table` documents. (staging:apiserver/pkg/endpoints/handlers/response.go) */
import { resourceOf } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { encode } from '../encode.ts';
import type { Resource } from '../resources.ts';
import { customPrinter } from './custom.ts';
import { createdAtPrinter } from './default.ts';
import { printers } from './index.ts';
import { columnsOf, rowOf, type Moment, type TablePrinter } from './table.ts';

/** What each row carries of its object beside the cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function printerOf({ stored, custom }: Resource): TablePrinter {
  if (custom !== undefined) return customPrinter(custom);
  return printers.get(resourceOf(stored)) ?? createdAtPrinter;
}

export interface TableOptions {
  readonly printer: TablePrinter;
  readonly moment: Moment;
  readonly include: IncludeObject;
  readonly metadata: { readonly [key: string]: unknown };
}

/** The table of some objects of one resource, given as they are stored. */
export function tableOf(resource: Resource, stored: readonly KubeObject[], { printer, moment, include, metadata }: TableOptions): unknown {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columnsOf(printer, moment).map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: stored.map((object) => {
      const conditions = printer.conditions?.(object);
      return {
        cells: rowOf(printer, object, moment),
        ...(conditions !== undefined && { conditions }),
        object: included(resource, object, include, moment.minorVersion),
      };
    }),
  };
}

function included(resource: Resource, stored: KubeObject, include: IncludeObject, minorVersion: number): unknown {
  switch (include) {
    case 'None':
      return null;
    case 'Object':
      return encode(resource.kind, resource.fromStored(stored), minorVersion);
    case 'Metadata':
      return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: stored.metadata };
  }
}
