import type { AnswerKind } from './kind.ts';

export const number: AnswerKind = {
  kind: 'number',
  form: 'a number',
  normalize(text) {
    const digits = text.replace(/(?<=\d)[ ,_’'](?=\d{3}(\D|$))/g, '');
    return /^[+-]?\d+(\.\d+)?$/.test(digits) ? String(Number(digits)) : undefined;
  },
  recognizes: (value) => /^-?\d+(\.\d+)?$/.test(value),
  near(given, expected) {
    const bare = /^([+-]?\d+(?:\.\d+)?)\s+[a-z]+$/i.exec(given)?.[1];
    if (bare !== undefined && Number(bare) === Number(expected)) return 'The number is right. Type it without the unit.';
    return Math.abs(Number(given) - Number(expected)) === 1 ? 'Off by one.' : undefined;
  },
};
