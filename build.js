import { build } from 'esbuild';
import { rmSync } from 'node:fs';

/** Bundles the program and everything it uses into `dist/`, split so that each command loads only its own part. */
rmSync('dist', { recursive: true, force: true });
await build({
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
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  external: ['@mongodb-js/zstd', 'node-liblzma', 'sql.js', 'quickjs-emscripten', 'pyodide', 'bufferutil', 'utf-8-validate'],
});
