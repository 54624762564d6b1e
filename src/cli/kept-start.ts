/** The start of a lesson on disk, so that a second visit begins at once. */
import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { SavedLab } from '#lab/saved.ts';
import { worldOf, type Scenario } from '#scenario/scenario.ts';
import { buildId } from './build-id.ts';
import { readCached, writeCached } from './cache.ts';

/** Of this program, Node.js, scenario and seed, and of no other. */
export class KeptStart {
  readonly #name: string | undefined;

  constructor(scenario: Scenario, seed: string) {
    const build = buildId();
    if (build === undefined) return;
    const key = createHash('sha256')
      .update(JSON.stringify([build, process.version, seed]))
      .update(worldOf(scenario))
      .digest('hex');
    this.#name = `start-${key.slice(0, 32)}`;
  }

  read(): SavedLab | undefined {
    const bytes = this.#name === undefined ? undefined : readCached(this.#name);
    try {
      return bytes && (deserialize(bytes) as SavedLab);
    } catch {
      return undefined;
    }
  }

  write(saved: SavedLab): void {
    if (this.#name !== undefined) writeCached(this.#name, serialize(saved));
  }
}
