import type { AnswerKind } from './kind.ts';

export const name: AnswerKind = {
  kind: 'name',
  form: 'a name',
  normalize(text) {
    // `kubectl get -o name` puts the kind before it, DNS a dot behind it; neither changes which name is meant.
    const bare = text.replace(/^[a-z][a-z.0-9]*\/(?=[^/]+$)/, '').replace(/(?<=.)\.$/, '');
    return /^\S+$/.test(bare) ? bare : undefined;
  },
  recognizes: (value) => /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(value),
  near(given, expected) {
    const bare = name.normalize(given);
    if (bare === undefined) return undefined;
    if (bare.toLowerCase() === expected.toLowerCase()) return 'The right name, but capitals and small letters are different letters here.';
    if (expected.startsWith(`${bare}.`)) return 'The beginning of the name. Asked is all of it.';
    if (bare.startsWith(`${expected}.`)) return 'The name is in there. What stands behind it was not asked for.';
    return undefined;
  },
};
