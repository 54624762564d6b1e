/** The describer of every kind that has one of its own. */
import type { RestMapping } from '../discovery.ts';
import type { Describer, Describers } from './describer.ts';

export const describers: Describers = {};

/** The describer for objects of this type; undefined when only the generic one fits. */
export function describerFor({ group, kind }: RestMapping): Describer | undefined {
  return describers[group === '' ? kind : `${kind}.${group}`];
}
