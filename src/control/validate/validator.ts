/** What a kind's validation is made of. */
import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import type { FieldError } from '#kube/status.ts';

/** What the rules depend on beside the object. */
export interface Scope {
  /** 36 of v1.36: some rules and texts came later. */
  readonly minorVersion: number;
}

/** Messages about a name. `asPrefix`: it is a generateName, whose last hyphen is no end. */
export type NameRule = (name: string, asPrefix: boolean, scope: Scope) => readonly string[];

/** The rules of one kind; those of metadata are the same for all, and come first. */
export interface Validator<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>;
  readonly name: NameRule;
  /** Rules of objects, on creation and, unless {@link validateUpdate} says otherwise, on change. */
  validate(object: T, scope: Scope): readonly FieldError[];
  validateUpdate?(next: T, old: T, scope: Scope): readonly FieldError[];
  /** Rules of a change of the status. */
  validateStatus?(next: T, old: T, scope: Scope): readonly FieldError[];
  /** Rules of a change through another subresource. */
  validateSubresource?(subresource: string, next: T, scope: Scope): readonly FieldError[];
  /** What the server remarks on an object it takes. `old`: on change. */
  warnings?(object: T, old: T | undefined, scope: Scope): readonly string[];
}

/** Fixes the kind's type, so that tables can hold validators of all kinds. */
export function validator<T extends KubeObject>(rules: Validator<T>): Validator {
  return rules as unknown as Validator;
}
