/** How kinds without a printer of their own are shown. */
import { age, ageColumn, column, definePrinter, integer, nameColumn } from './table.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Scale } from '../scale.ts';

/** Name and creation time as it is (staging:apiserver/pkg/registry/rest/table.go: NewDefaultTableConvertor). */
export const createdAtPrinter = definePrinter<KubeObject>(
  [nameColumn, column('Created At', 'when it was created', { type: 'date' })],
  (object) => [object.metadata.name, object.metadata.creationTimestamp ?? null],
);

/** Name and age (pkg/printers/internalversion/printers.go: printObjectMeta). */
export const agePrinter = definePrinter<KubeObject>([nameColumn, ageColumn], (object, moment) => [
  object.metadata.name,
  age(object, moment),
]);

/** pkg/printers/internalversion/printers.go: printScale */
export const scalePrinter = definePrinter<Scale>(
  [nameColumn, integer('Desired', 'how many pods there should be'), integer('Available', 'how many pods there are'), ageColumn],
  (scale, moment) => [scale.metadata.name, scale.spec.replicas ?? 0, scale.status.replicas, age(scale, moment)],
);
