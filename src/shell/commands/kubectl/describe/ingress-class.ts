import type { IngressClass } from '#kube/kinds/ingress-class.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { named } from './metadata.ts';

/** (kubectl: describeIngressClassV1) */
export function describeIngressClass(ingressClass: IngressClass, context: Context): Lines {
  const { metadata, spec } = ingressClass;
  const { parameters } = spec;
  return [
    ...named(metadata),
    field('Controller', spec.controller ?? ''),
    ...(parameters === undefined
      ? []
      : [
          'Parameters:',
          ...indented(1, [
            ...(parameters.apiGroup === undefined ? [] : [field('APIGroup', parameters.apiGroup)]),
            field('Kind', parameters.kind),
            field('Name', parameters.name),
          ]),
        ]),
    ...context.events(ingressClass),
  ];
}
