import type { IngressClass } from '#kube/kinds/ingress-class.ts';
import { age, ageColumn, column, definePrinter, nameColumn } from './table.ts';

/** pkg/printers/internalversion/printers.go: printIngressClass */
export const ingressClassPrinter = definePrinter<IngressClass>(
  [
    nameColumn,
    column('Controller', 'the controller that serves the class'),
    column('Parameters', 'the object with its settings'),
    ageColumn,
  ],
  (one, moment) => {
    const isDefault = one.metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true';
    const { controller, parameters } = one.spec;
    const target = parameters && `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`;
    return [`${one.metadata.name}${isDefault ? ' (default)' : ''}`, controller ?? '', target ?? '<none>', age(one, moment)];
  },
);
