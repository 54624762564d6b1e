/** What releases of CoreDNS print of themselves, and in what they differ. (https://github.com/coredns/coredns/releases) */

interface Build {
  readonly go: string;
  readonly commit: string;
}

/** As the release binaries print it in the third line of their start. */
const builds: { readonly [version: string]: Build } = {
  '1.6.7': { go: 'go1.13.6', commit: 'da7f65b' },
  '1.7.0': { go: 'go1.14.4', commit: 'f59c03d' },
  '1.8.0': { go: 'go1.15.3', commit: '054c9ae' },
  '1.8.4': { go: 'go1.16.4', commit: '053c4d5' },
  '1.8.6': { go: 'go1.17.1', commit: '13a9191' },
  '1.9.3': { go: 'go1.18.2', commit: '45b0a11' },
  '1.10.1': { go: 'go1.20', commit: '055b2c3' },
  '1.11.1': { go: 'go1.20.7', commit: 'ae2bbc2' },
  '1.11.3': { go: 'go1.21.11', commit: 'a6338e9' },
  '1.12.0': { go: 'go1.23.3', commit: '51e11f1' },
  '1.12.1': { go: 'go1.24.1', commit: '707c7c1' },
  '1.13.1': { go: 'go1.25.2', commit: '1db4568' },
  '1.14.2': { go: 'go1.26.1', commit: 'dd1df4f' },
  '1.14.6': { go: 'go1.26.5', commit: '424d125' },
};

/** The Go version and the commit of a release; the nearest known one's Go for others, whose commit is not known here. */
export function buildOf(version: string): Build {
  const known = builds[version];
  if (known) return known;
  const older = Object.keys(builds).filter((one) => compareVersions(one, version) < 0);
  return { go: builds[older.at(-1) ?? '1.6.7']!.go, commit: '' };
}

/** Negative, zero or positive as `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((one) => one.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function atLeast(version: string, wanted: string): boolean {
  return compareVersions(version, wanted) >= 0;
}
