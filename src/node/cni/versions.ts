/** Versions: of the CNI specification, and of the plugins and the library, whose texts changed over the years. */

/** `1.9.0` as numbers; missing parts are 0, other text after them is ignored. */
function partsOf(version: string): readonly number[] {
  return version
    .replace(/^v/, '')
    .split('.')
    .map((part) => parseInt(part, 10) || 0);
}

/** Reports whether `a` is at least `b`; the empty specification version counts as 0.1.0 (cni pkg/version/plugin.go, ParseVersion). */
export function atLeast(a: string, b: string): boolean {
  const [pa, pb] = [partsOf(a === '' ? '0.1.0' : a), partsOf(b === '' ? '0.1.0' : b)];
  for (let i = 0; i < 3; i++) {
    const difference = (pa[i] ?? 0) - (pb[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The error of ParseVersion, or undefined: `failed to convert major version part "x": …`. */
export function versionProblem(version: string): string | undefined {
  if (version === '') return undefined;
  const parts = version.split('.');
  if (parts.length >= 4) return `invalid version "${version}": too many parts`;
  const names = ['major', 'minor', 'micro'];
  for (const [i, part] of parts.entries())
    if (!/^[+-]?\d+$/.test(part))
      return `failed to convert ${names[i]!} version part "${part}": strconv.Atoi: parsing "${part}": invalid syntax`;
  return undefined;
}

export const upTo100: readonly string[] = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0'];

/** The plugin set that a simulated node has by default. */
export const currentPlugins = '1.9.0';

/** `version.All` of the CNI library that a plugin set was built with: 1.1.0 of the specification came with plugins 1.6. */
export function allVersions(plugins: string): readonly string[] {
  return atLeast(plugins, '1.6.0') ? [...upTo100, '1.1.0'] : upTo100;
}

/** `version.VersionsStartingFrom`. */
export function versionsFrom(first: string, plugins: string): readonly string[] {
  return allVersions(plugins).filter((version) => atLeast(version, first));
}

/** The newest result type a plugin set knows (types/100 ImplementedSpecVersion). */
export function implementedVersion(plugins: string): string {
  return allVersions(plugins).at(-1)!;
}

/** Since plugins 1.7 the set is built with Go 1.24, whose JSON errors name embedded structs in a field's path. */
export function hasFullPaths(plugins: string): boolean {
  return atLeast(plugins, '1.7.0');
}
