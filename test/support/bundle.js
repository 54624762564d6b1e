import { build } from 'esbuild';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const suffix = '.test.ts';
const hour = 3_600_000;

/**
 * Bundles the suites below some directories into `.unit/`, each as `<its path>.js`, with what they share in chunks: jest then loads a few
 * files per suite where it would load a thousand. Types are checked by `npm run typecheck`.
 *
 * A module's `import.meta.url` stays that of its source.
 */
export async function bundleSuites(directories, without = []) {
  const suites = directories.flatMap((directory) => suitesBelow(directory, without));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: suites.map((path) => ({ in: path, out: path })),
    outdir: '.unit',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    write: false,
    logLevel: 'warning',
    plugins: [{ name: 'urls of the sources', setup: keepUrls }],
  });
  mkdirSync(join(root, '.unit'), { recursive: true });
  writeFileSync(join(root, '.unit/package.json'), '{ "type": "module" }\n');
  for (const { path, contents } of outputFiles) writeWhereChanged(path, contents);
  sweep(new Set(outputFiles.map(({ path }) => path)), directories);
}

function suitesBelow(directory, without) {
  return readdirSync(join(root, directory), { recursive: true })
    .map((path) => join(directory, path))
    .filter((path) => path.endsWith(suffix) && !without.some((other) => path.startsWith(other)))
    .sort();
}

function keepUrls({ onLoad }) {
  onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const source = readFileSync(path, 'utf8');
    if (!source.includes('import.meta.url')) return undefined;
    return { loader: 'ts', contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
  });
}

/** Files that stay as they are keep their time, and jest its cache of them. */
function writeWhereChanged(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

/** Removes suites that are no more; chunks only after an hour, since another run may still want them. */
function sweep(written, directories) {
  for (const entry of readdirSync(join(root, '.unit'), { recursive: true })) {
    const path = join(root, '.unit', entry);
    if (written.has(path) || !/\.js(\.map)?$/.test(path)) continue;
    const isSuite = /\.test\.ts\.js(\.map)?$/.test(path);
    const isOurs = directories.some((directory) => !relative(join(root, '.unit', directory), path).startsWith('..'));
    if (isSuite ? isOurs : Date.now() - statSync(path).mtimeMs > hour) rmSync(path);
  }
}
