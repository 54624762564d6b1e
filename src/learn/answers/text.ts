import type { AnswerKind } from './kind.ts';

export const text: AnswerKind = {
  kind: 'text',
  form: 'a word or a line',
  normalize: (given) => given.replace(/\s+/g, ' ').toLowerCase(),
  recognizes: () => true,
};
