import { baseOf, contains, lengthOf, networkOf, parseCidr, parseIp, parsePrefixed, type Cidr } from '#net/ip.ts';
import type { AnswerKind } from './kind.ts';

export const cidr: AnswerKind = {
  kind: 'cidr',
  form: 'a range in CIDR notation, like 192.0.2.0/24',
  normalize(text) {
    const prefixed = parsePrefixed(text);
    const range = parseCidr(text);
    return prefixed !== undefined && range !== undefined && baseOf(range) === prefixed.ip ? range : undefined;
  },
  recognizes: (value) => parseCidr(value) !== undefined,
  near(given, expected) {
    const right = expected as Cidr;
    const address = parseIp(given);
    if (address !== undefined)
      return contains(right, address) ? 'That is an address of the range. A range has a length behind a slash.' : undefined;
    const prefixed = parsePrefixed(given);
    if (prefixed === undefined) return undefined;
    if (networkOf(prefixed) === right) return 'The right range, but written with host bits: its first address stands before the slash.';
    if (prefixed.ip === baseOf(right)) {
      const size = prefixed.length < lengthOf(right) ? 'more' : 'fewer';
      return `The first address is right, the length is not: a /${prefixed.length} has ${size} addresses than the range asked for.`;
    }
    return undefined;
  },
};
