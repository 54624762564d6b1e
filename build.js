import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { absent } from './absent.js';

/**
 * Bundles the program and everything it uses into `dist/`: `main.js`, which is small and answers `--version`, `program.cjs`, whose parts
 * run when they are first needed, and a script for each library that many commands do without. What was built before stays when the
 * build fails.
 */
const common = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  write: false,
};

const libraries = {
  'just-bash': "module.exports = require('just-bash')",
  'jq-wasm': "module.exports = require('jq-wasm/dist/build/jq.js')",
  inquirer: "module.exports = require('inquirer').default",
  ws: "module.exports = require('ws')",
};

/** Scripts as `src/cli/load-program.ts` runs them. V8 keeps code a script, and none of what `import()` loads. */
const scripts = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'url' },
  banner: { js: '(function(exports,require,module,url){' },
  footer: { js: '})' },
};

const built = await Promise.all([
  build({ ...common, entryPoints: { main: 'src/cli/main.ts' }, format: 'esm' }),
  build({
    ...scripts,
    entryPoints: { program: 'src/cli/program.ts' },
    external: Object.keys(libraries),
    alias: { 'jq-wasm/dist/build/jq.js': 'jq-wasm' },
  }),
  ...Object.entries(libraries).map(([name, contents]) =>
    build({
      ...scripts,
      stdin: { contents, resolveDir: '.' },
      outdir: undefined,
      outExtension: undefined,
      outfile: `dist/${name}.cjs`,
      external: absent,
    }),
  ),
]);
const outputFiles = built.flatMap((one) => one.outputFiles);
const inputs = built.flatMap(({ metafile }) => Object.keys(metafile.inputs));
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const { path, text } of outputFiles) writeFileSync(path, inAscii(text));
writeFileSync('dist/build-id', identity(outputFiles));
writeFileSync('dist/THIRD_PARTY_LICENSES.txt', licences(inputs));

/** One byte a character: V8 reads, and keeps, such a script at half the cost. */
function inAscii(text) {
  return text.replaceAll(/[^\x00-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Names what was built: what is kept on disk by one build is not read by another. */
function identity(files) {
  const hash = createHash('sha256');
  for (const { contents } of files) hash.update(contents);
  return hash.digest('hex');
}

/** The licence texts of all packages of which something is in the bundle. */
function licences(inputs) {
  const directories = new Set(inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  const parts = [...directories].sort().map((directory) => {
    const { name, version, license } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
    const file = readdirSync(directory).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? `Licensed under ${license}.` : readFileSync(`${directory}/${file}`, 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  parts.push(readFileSync('src/shell/commands/jq/LICENSES.txt', 'utf8'));
  return `cka-net contains parts of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
