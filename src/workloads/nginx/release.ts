/** Which nginx an official image has, and what it says of its build. (hub.docker.com/_/nginx, its tags) */

export interface Release {
  /** `1.29.3` */
  readonly version: string;
  readonly minor: number;
  /** The compiler, as `nginx -V` names it. */
  readonly compiler: string;
}

/** The last patch of each minor version. */
const patches: Readonly<Record<number, number>> = {
  14: 2,
  16: 1,
  17: 10,
  18: 0,
  19: 10,
  20: 2,
  21: 6,
  22: 1,
  23: 4,
  24: 0,
  25: 5,
  26: 3,
  27: 5,
  28: 0,
  29: 3,
};
const newest = 29;

/** The release behind a reference such as `docker.io/library/nginx:1.27-alpine`; the newest where the tag names none. */
export function releaseOf(image: string): Release {
  const tag = /:([^/:@]+)(?:@|$)/.exec(image)?.[1] ?? 'latest';
  const [, named, patch] = /^1\.(\d+)(?:\.(\d+))?(?:-|$)/.exec(tag) ?? [];
  const minor = named === undefined ? newest : Number(named);
  const version = `1.${minor}.${patch ?? patches[minor] ?? 0}`;
  return { version, minor, compiler: tag.includes('alpine') ? alpineCompiler(minor) : debianCompiler(minor) };
}

function debianCompiler(minor: number): string {
  if (minor >= 29) return 'gcc 14.2.0 (Debian 14.2.0-19) ';
  return minor >= 25 ? 'gcc 12.2.0 (Debian 12.2.0-14) ' : 'gcc 10.2.1 20210110 (Debian 10.2.1-6) ';
}

function alpineCompiler(minor: number): string {
  if (minor >= 27) return 'gcc 14.2.0 (Alpine 14.2.0) ';
  return minor >= 25 ? 'gcc 13.2.1 20231014 (Alpine 13.2.1_git20231014) ' : 'gcc 12.2.1 20220924 (Alpine 12.2.1_git20220924-r4) ';
}
