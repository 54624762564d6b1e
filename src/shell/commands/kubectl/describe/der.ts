/** Distinguished Encoding Rules of ASN.1 (X.690): elements with a tag, a length and a content. */
import { KubectlError } from '../errors.ts';
export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The elements of one level; throws when one is longer than what there is. */
export function elementsOf(der: Uint8Array): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 1 < der.length;) {
    const [tag, first] = [der[at]!, der[at + 1]!];
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + sizeBytes;
    const length = sizeBytes === 0 ? first : der.slice(at + 2, start).reduce((size, byte) => size * 256 + byte, 0);
    if (start + length > der.length) throw new KubectlError('asn1: syntax error: data truncated');
    elements.push({ tag, content: der.slice(start, start + length) });
    at = start + length;
  }
  return elements;
}
