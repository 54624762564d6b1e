/** The images of pod-network daemons. */
import type { Program } from '#node/program.ts';
import { flannel } from './flannel.ts';

export const networks: readonly (readonly [RegExp, Program])[] = [[/(^|\/)flannel(-cni-plugin)?$/, flannel]];
