/** Finding kinds by what people and objects call them. */
import { type Kind } from '../kind.ts';

/** The kind of objects that say so: group and version of their apiVersion, and their kind. */
export function kindOf(kinds: readonly Kind[], apiVersion: string, kind: string): Kind | undefined {
  const { group, version } = groupVersionOf(apiVersion);
  return kinds.find((candidate) => candidate.kind === kind && candidate.group === group && candidate.version === version);
}

/** The kind of a resource of URLs: `apps`, `deployments`. */
export function kindOfResource(kinds: readonly Kind[], group: string, plural: string, version?: string): Kind | undefined {
  return kinds.find((kind) => kind.plural === plural && kind.group === group && (version === undefined || kind.version === version));
}

/** `apps/v1` → group apps, version v1; `v1` → the core group. */
export function groupVersionOf(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/**
 * The kinds that a word of a kubectl command line can mean, best first: `svc`, `services`, `Service`, `deployments.apps`,
 * `deployments.v1.apps`, and beginnings of a group as `httproutes.gateway`. `kinds` in the order of discovery.
 * (staging:client-go/restmapper/shortcut.go, staging:apimachinery/pkg/api/meta/restmapper.go)
 */
export function kindsCalled(kinds: readonly Kind[], word: string): readonly Kind[] {
  const [resource = '', ...rest] = word.toLowerCase().split('.');
  const versioned = rest.length > 1 ? called(kinds, resource, rest.slice(1).join('.'), rest[0]) : [];
  return versioned.length > 0 ? versioned : called(kinds, resource, rest.join('.'));
}

function called(kinds: readonly Kind[], word: string, group: string, version?: string): readonly Kind[] {
  const ofVersion = version === undefined ? kinds : kinds.filter((kind) => kind.version === version);
  const exact = group === '' ? ofVersion : ofVersion.filter((kind) => kind.group === group);
  const found = namesakes(exact, word);
  if (found.length > 0 || group === '') return found;
  return namesakes(
    ofVersion.filter((kind) => kind.group.startsWith(group)),
    word,
  );
}

/** A full name wins over a short one. */
function namesakes(kinds: readonly Kind[], word: string): readonly Kind[] {
  const full = kinds.filter((kind) => kind.plural === word || kind.singular === word);
  return full.length > 0 ? full : kinds.filter((kind) => kind.shortNames.includes(word));
}
