import { familyOf, networkOf, parseIp, parsePrefixed } from '#net/ip.ts';
import type { AnswerKind } from './kind.ts';

export const ip: AnswerKind = {
  kind: 'ip',
  form: 'an IP address',
  normalize: (text) => parseIp(text.replace(/^\[(.*)\]$/, '$1')),
  recognizes: (value) => parseIp(value) !== undefined,
  near(given, expected) {
    const prefixed = parsePrefixed(given);
    if (prefixed?.ip === expected) return 'That is the address with the length of its network. Asked is the address alone.';
    const port = /^(.*):\d+$/.exec(given)?.[1]?.replace(/^\[(.*)\]$/, '$1');
    if (port !== undefined && parseIp(port) === expected) return 'The address is right. The port behind it was not asked for.';
    const address = parseIp(given);
    const right = parseIp(expected);
    if (address === undefined || right === undefined || familyOf(address) !== familyOf(right)) return undefined;
    const length = familyOf(right) === 'IPv4' ? 24 : 64;
    return networkOf({ ip: address, length }) === networkOf({ ip: right, length })
      ? 'The right network, but another address in it.'
      : undefined;
  },
};
