import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * The shortest of several runs of a program, in milliseconds: what it takes when nothing else gets in the way.
 * Throws when a run does not exit 0.
 */
export function shortest(args, runs = 15) {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const begun = process.hrtime.bigint();
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    const milliseconds = Number(process.hrtime.bigint() - begun) / 1e6;
    if (status !== 0) throw new Error(`${args.join(' ')} exited ${status}: ${stderr}`);
    best = Math.min(best, milliseconds);
  }
  return best;
}

/** How many times as long as Node's own start a program takes. The two are measured in turns, so that a busy machine slows both. */
export function ratioToNode(args, rounds = 5) {
  let [own, node] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    node = Math.min(node, shortest(['-e', '0'], 5));
    own = Math.min(own, shortest(args, 5));
  }
  return { ratio: own / node, milliseconds: own };
}

/** Runs a program beside this file that prints figures as JSON, each run in a process of its own, and takes the smallest of each figure. */
export function smallest(source, runs = 5) {
  // In the checkout, where its packages are found.
  const root = new URL('../.unit/', import.meta.url).pathname;
  mkdirSync(root, { recursive: true });
  const directory = mkdtempSync(join(root, 'bench-'));
  try {
    const outfile = join(directory, 'program.mjs');
    const entryPoints = [new URL(source, import.meta.url).pathname];
    buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
    let best = {};
    for (let run = 0; run < runs; run++) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${source} exited ${status}: ${stderr}`);
      best = Object.fromEntries(
        Object.entries(JSON.parse(stdout)).map(([name, figure]) => [name, Math.min(figure, best[name] ?? Infinity)]),
      );
    }
    return best;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
