import { marshal } from '#kube/json.ts';
import { sha256 } from '#net/digest.ts';

const letters: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };

/** The name with ten letters of the contents' hash (kubectl: pkg/util/hash; the letters that could make words are exchanged). */
export function appendHash(name: string, contents: object): string {
  const digest = sha256(marshal(contents)).slice(0, 10);
  return `${name}-${[...digest].map((letter) => letters[letter] ?? letter).join('')}`;
}
