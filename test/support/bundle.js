import { build } from 'esbuild';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { absent } from '../../absent.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const suffix = '.test.ts';
const hour = 3_600_000;

/** Large libraries that are scripts themselves, and that many suites do without. */
const scripts = ['just-bash', 'jq-wasm', 'eslint', 'typescript-eslint', '@typescript-eslint/*'];

/**
 * Bundles suites and all that they use into one script, `.unit/<name>/suites.js`, whose parts run when they are first needed: jest loads
 * one file where it would load a thousand. What jest is told to run asks for its part of it: a file `<its path>.js` for each suite.
 *
 * Types are checked by `npm run typecheck`. A suite has no `await` at its top: it is a script like the rest. A module's `import.meta.url`
 * stays that of its source.
 */
export async function bundleSuites(name, suites) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      contents: suites.map((path) => `exports[${quoted(path)}] = () => require(${quoted(`./${path}`)});`).join('\n'),
      resolveDir: root,
    },
    outfile: `.unit/${name}/suites.js`,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    external: ['@jest/globals', ...scripts, ...absent],
    define: { 'import.meta.url': quoted(urlOf(root)) },
    sourcemap: 'linked',
    sourcesContent: false,
    write: false,
    logLevel: 'warning',
    plugins: [{ name: 'urls of the sources', setup: keepUrls }],
  });
  const directory = join(root, '.unit', name);
  const files = new Map([
    [join(directory, 'package.json'), '{ "type": "commonjs" }\n'],
    ...outputFiles.map(({ path, contents }) => [path, contents]),
    ...suites.map((path) => [join(directory, `${path}.js`), `require(${quoted(join(directory, 'suites.js'))})[${quoted(path)}]();\n`]),
  ]);
  for (const [path, contents] of files) writeWhereChanged(path, Buffer.from(contents));
  sweep(directory, files);
}

/**
 * Writes a script that runs bundled suites one after the other, so that what they share is loaded, and warm, once; returns its path. All
 * that a suite defines stands in a `describe` that bears the suite's path.
 */
export function writeGroup(name, group, suites) {
  const directory = join(root, '.unit', name);
  const path = join(directory, `${group}.group.js`);
  writeWhereChanged(path, Buffer.from(groupScript(join(directory, 'suites.js'), suites)));
  return path;
}

/** A suite that does not even load fails, and leaves the others of its group alone. */
const groupScript = (bundle, suites) => `const { describe, it } = require('@jest/globals');
const suites = require(${quoted(bundle)});
for (const path of ${JSON.stringify(suites)})
  describe(path, () => {
    try {
      suites[path]();
    } catch (error) {
      it('loads', () => {
        throw error;
      });
    }
  });
`;

/** The suites below some directories, relative to the root. */
export function suitesBelow(...directories) {
  return directories.flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true })
      .map((path) => join(directory, path))
      .filter((path) => path.endsWith(suffix))
      .sort(),
  );
}

const quoted = (text) => JSON.stringify(text);
const urlOf = (path) => pathToFileURL(path).href;

function keepUrls({ onLoad }) {
  onLoad({ filter: /\.ts$|\/yuku-core\/binding\.js$/ }, ({ path }) => {
    const source = readFileSync(path, 'utf8');
    if (!source.includes('import.meta.url')) return undefined;
    return { loader: 'default', contents: source.replaceAll('import.meta.url', quoted(urlOf(path))) };
  });
}

/** Files that stay as they are keep their time; what another run may be reading is replaced as a whole. */
function writeWhereChanged(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, contents);
  renameSync(fresh, path);
}

/** Removes the scripts of suites that are no more; those of groups after an hour, since another run may still want them. */
function sweep(directory, written) {
  for (const entry of readdirSync(directory, { recursive: true })) {
    const path = join(directory, entry);
    const isGone = path.endsWith(`${suffix}.js`) && !written.has(path);
    const isOld = path.endsWith('.group.js') && Date.now() - statSync(path).mtimeMs > hour;
    if (isGone || isOld) rmSync(path);
  }
}
