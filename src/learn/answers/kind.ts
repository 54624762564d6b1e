/** A type of answer that is typed on one line: how its spellings are made one, and which misses are near. */
export interface AnswerKind {
  /** As `as:` names it: `cidr`. */
  readonly kind: string;
  /** What to type, in words: `an IP address`. */
  readonly form: string;
  /** The one spelling of the value; undefined when the text is no such thing. */
  normalize(text: string): string | undefined;
  /** Reports whether a computed value is of this type, for questions that do not say. */
  recognizes(value: string): boolean;
  /** A kind word about a wrong answer that comes close; `given` is the text, `expected` the normalised value. */
  near?(given: string, expected: string): string | undefined;
}
