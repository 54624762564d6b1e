/** Directives that need a world outside that does not exist here: a cloud's API, key material, other daemons. Using one ends the start. */
import { CorefileError } from '../../corefile/dispenser.ts';
import type { CorednsPlugin } from '../../plugin.ts';

export function outside(name: string): CorednsPlugin {
  return {
    name,
    setup() {
      throw new CorefileError('not available in this simulation');
    },
  };
}
