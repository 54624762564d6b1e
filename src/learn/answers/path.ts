import type { AnswerKind } from './kind.ts';

export const path: AnswerKind = {
  kind: 'path',
  form: 'the absolute path of a file or directory',
  normalize: (text) => (text.startsWith('/') ? text.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '') : undefined),
  recognizes: (value) => /^\/[\w.@/-]+$/.test(value),
  near(given, expected) {
    if (given !== '' && !given.startsWith('/') && expected.endsWith(`/${given}`))
      return 'The right end of the path. Type all of it, from the root.';
    return given.startsWith('/') && given.slice(0, given.lastIndexOf('/')) === expected.slice(0, expected.lastIndexOf('/'))
      ? 'The right directory, but another file.'
      : undefined;
  },
};
