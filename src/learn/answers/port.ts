import { isPort } from '#net/ip.ts';
import type { AnswerKind } from './kind.ts';

export const port: AnswerKind = {
  kind: 'port',
  form: 'a port number',
  normalize(text) {
    const digits = /^:?(\d+)(?:\/(?:tcp|udp|sctp))?$/i.exec(text)?.[1];
    return digits !== undefined && isPort(Number(digits)) ? String(Number(digits)) : undefined;
  },
  recognizes: (value) => /^\d+\/(tcp|udp|sctp)$/i.test(value),
  near: (given, expected) =>
    new RegExp(`:${expected}$`).test(given) ? 'The port is right. What stands before it was not asked for.' : undefined,
};
