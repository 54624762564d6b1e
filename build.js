import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Bundles the program and everything it uses into `dist/`, split so that each command loads only its own part. What was built before
 * stays when the build fails.
 */
const { metafile, outputFiles } = await build({
  entryPoints: { main: 'src/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  write: false,
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  external: ['@mongodb-js/zstd', 'node-liblzma', 'sql.js', 'quickjs-emscripten', 'pyodide', 'bufferutil', 'utf-8-validate'],
});
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const { path, contents } of outputFiles) writeFileSync(path, contents);
writeFileSync('dist/build-id', identity(outputFiles));
writeFileSync('dist/THIRD_PARTY_LICENSES.txt', licences(Object.keys(metafile.inputs)));

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
  return `cka-net contains parts of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
