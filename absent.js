/** Natives that are not there, and what just-bash has for commands that no simulated machine has: what is bundled does without. */
export const absent = [
  '@mongodb-js/zstd',
  'node-liblzma',
  'sql.js',
  'quickjs-emscripten',
  'pyodide',
  'turndown',
  'bufferutil',
  'utf-8-validate',
  './undici-*',
];
