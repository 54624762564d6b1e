import type { Lab } from '#lab/lab.ts';
import { specAt } from './place.ts';
import type { Shell } from './shell.ts';

/** The prompt of a place, as its shell would show it. */
export function promptOf(shell: Shell, lab: Lab): string {
  const { place, cwd } = shell;
  if (place.kind === 'node') return `${place.node}:${cwd === '/root' ? '~' : cwd}$ `;
  const image = specAt(lab, place)?.container.image ?? '';
  return /busybox|alpine|curl/.test(image) ? `${cwd} # ` : `root@${place.pod}:${cwd === '/root' ? '~' : cwd}# `;
}
