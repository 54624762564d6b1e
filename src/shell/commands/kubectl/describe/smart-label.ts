/** Field names of the API as headings (kubectl: smartLabelFor). */
const acronyms = ['API', 'URL', 'UID', 'GUID'];

/** `podCIDR` is `Pod CIDR`. `joinAcronyms`: capitals in a row stay with what follows them. A name with other signs stays as it is. */
export function smartLabel(name: string, joinAcronyms: boolean): string {
  if (/[^\p{L}-]/u.test(name)) return name;
  const words = joinAcronyms ? joined(camelWords(name)) : camelWords(name);
  return words
    .map((word) => {
      if (acronyms.includes(word.toUpperCase())) return word.toUpperCase();
      return word === word.toLowerCase() ? word.charAt(0).toUpperCase() + word.slice(1) : word;
    })
    .join(' ');
}

/** Words of a name: the last capital of several belongs to the small letters behind it (github.com/fatih/camelcase). */
function camelWords(name: string): readonly string[] {
  return name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|[^\p{Lu}\p{Ll}]+/gu) ?? [];
}

function joined(words: readonly string[]): readonly string[] {
  const result: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const [word, next = ''] = [words[i]!, words[i + 1]];
    const joins = word.length >= 2 && /^[^\p{Ll}]+$/u.test(word) && /^\p{Lu}/u.test(next);
    result.push(joins ? word + next : word);
    if (joins) i++;
  }
  return result;
}
