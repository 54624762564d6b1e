/** What go-yaml says of a text that is no YAML, where js-yaml says it in its own words. (go.yaml.in/yaml/v2: scannerc.go, parserc.go) */

interface YamlError {
  readonly reason: string;
  readonly mark?: { readonly line: number };
}

/** js-yaml's reasons, and go-yaml's for the same mistake. */
const reasons: readonly (readonly [reason: RegExp, message: string])[] = [
  [/tab characters must not be used/, 'found a tab character that violates indentation'],
  [/bad indentation of a mapping entry/, 'mapping values are not allowed in this context'],
  [/expected ':' after a mapping key|can not read a block mapping entry/, "could not find expected ':'"],
  [/end of the stream or a document separator is expected/, 'did not find expected <document start>'],
  [/bad indentation of a sequence entry/, "did not find expected '-' indicator"],
  [/unexpected end of the stream within a (single|double) quoted/, 'found unexpected end of stream'],
  [/deficient indentation|unexpected end of the stream within a flow|missed comma between flow/, "did not find expected ',' or '}'"],
  [/unidentified alias/, 'unknown anchor referenced'],
  [/unknown escape sequence/, 'found unknown escape character'],
  [/anchor node must contain|alias node must contain/, 'did not find expected alphabetic or numeric character'],
];

/** `yaml: line 7: found a tab character that violates indentation` */
export function yamlErrorText(error: unknown): string {
  const { reason, mark } = error as YamlError;
  const message = reasons.find(([pattern]) => pattern.test(reason))?.[1] ?? 'did not find expected node content';
  const line = (mark?.line ?? 0) + 1;
  return line === 1 ? `yaml: ${message}` : `yaml: line ${line}: ${message}`;
}
