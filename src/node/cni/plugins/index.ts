/** The programs that a node's bin dir may hold. */
import type { Plugin } from '../plugin.ts';
import { bridge } from './bridge/bridge.ts';
import { hostLocal } from './host-local/host-local.ts';

export const plugins: readonly Plugin[] = [bridge, hostLocal];
