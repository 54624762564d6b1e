import { baseOf, contains, lengthOf, parseCidr, parseIp, parsePrefixed, type Cidr } from '#net/ip.ts';
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
    const range = parseCidr(given);
    if (range === undefined) return undefined;
    if (range === right) return 'The right range, but written with host bits: its first address stands before the slash.';
    if (baseOf(range) === baseOf(right))
      return `The first address is right, the length is not: /${lengthOf(range)} has ${lengthOf(range) < lengthOf(right) ? 'more' : 'fewer'} addresses than the range asked for.`;
    return undefined;
  },
};
