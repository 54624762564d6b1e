import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const wanted = 50_000;

export default {
  name: 'time of a traced flow through the rules of 10,000 Services, in 50,000ths of a second of the processor',
  limit: 1,
  measure() {
    const directory = mkdtempSync(join(tmpdir(), 'bench-'));
    try {
      const program = join(directory, 'flows.mjs');
      buildSync({
        entryPoints: [new URL('trace-flows.ts', import.meta.url).pathname],
        outfile: program,
        bundle: true,
        platform: 'node',
        format: 'esm',
      });
      const { stdout, stderr, status } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      const { traced: rate } = JSON.parse(stdout);
      return { ratio: wanted / rate, milliseconds: 1000 / rate };
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
