import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const large = { encoding: 'utf8', maxBuffer: 1 << 29 };

/** Of the text with that input: how long the real program takes only to read it; undefined where it cannot be asked. */
function realReading(text) {
  const begun = process.hrtime.bigint();
  const { status } = spawnSync('unshare', ['-n', 'iptables-restore', '--test'], {
    ...large,
    input: text,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return status === 0 ? Number(process.hrtime.bigint() - begun) / 1e6 : undefined;
}

export default {
  name: 'iptables rules of 10,000 Services, in readings of the same by iptables-restore --test',
  limit: 0.25,
  measure() {
    const directory = mkdtempSync(join(tmpdir(), 'bench-'));
    try {
      const program = join(directory, 'rules.mjs');
      buildSync({
        entryPoints: [new URL('proxy-rules.ts', import.meta.url).pathname],
        outfile: program,
        bundle: true,
        platform: 'node',
        format: 'esm',
      });
      let [milliseconds, real] = [Infinity, Infinity];
      for (let round = 0; round < 5; round++) {
        const { stdout, stderr } = spawnSync(process.execPath, [program], large);
        milliseconds = Math.min(milliseconds, Number(stderr));
        real = Math.min(real, realReading(stdout) ?? Infinity);
      }
      // Where nobody may ask the real program, nothing is said about it.
      return { ratio: milliseconds / real, milliseconds };
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
