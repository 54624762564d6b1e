/** A Kubernetes version, as far as kubectl's output depends on it. */
export interface Version {
  /** `v1.36.2` */
  readonly gitVersion: string;
  readonly minor: number;
}

export function parseVersion(gitVersion: string): Version {
  return { gitVersion, minor: Number(/^v?1\.(\d+)/.exec(gitVersion)?.[1] ?? 36) };
}
