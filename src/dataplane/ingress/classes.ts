/** Which Ingresses a controller serves. (ingress-nginx: internal/ingress/controller/store/store.go, GetIngressClass) */
import { quote } from '#kube/json.ts';
import type { IngressClass } from '#kube/kinds/ingress-class.ts';
import type { Ingress } from '#kube/kinds/ingress.ts';
import { fail, ok, type Result } from '#kube/status.ts';

export const classAnnotation = 'kubernetes.io/ingress.class';

export interface ClassSettings {
  /** `--controller-class`: what IngressClasses of this controller say. */
  readonly controller: string;
  /** `--ingress-class`: what the annotation may say. */
  readonly annotation: string;
  /** `--watch-ingress-without-class`. */
  readonly withoutClass: boolean;
}

/** The class by which the controller serves the Ingress; why it does not, in its words, otherwise. */
export function classOf(ingress: Ingress, classes: readonly IngressClass[], settings: ClassSettings): Result<string, string> {
  const name = ingress.spec.ingressClassName;
  if (name !== undefined) {
    const own = classes.some((one) => one.metadata.name === name && one.spec.controller === settings.controller);
    return own ? ok(name) : fail(`no object matching key ${quote(name)} in local store`);
  }
  const annotation = ingress.metadata.annotations?.[classAnnotation];
  if (annotation !== undefined) {
    if (annotation === '' && settings.withoutClass) return ok(annotation);
    return annotation === settings.annotation
      ? ok(annotation)
      : fail('ingress class annotation is not equal to the expected by Ingress Controller');
  }
  return settings.withoutClass ? ok('Default') : fail('ingress does not contain a valid IngressClass');
}
