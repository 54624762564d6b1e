import { readdirSync } from 'node:fs';

/** Measures every figure beside this file (or those whose name contains an argument) and prints them as ratios; exits 1 over a limit. */
const directory = new URL('.', import.meta.url);
const wanted = process.argv[2] ?? '';
const files = readdirSync(directory)
  .filter((file) => file.endsWith('.js') && !['run.js', 'measure.js'].includes(file) && file.includes(wanted))
  .sort();
for (const file of files) {
  const { name, limit, measure } = (await import(new URL(file, directory).href)).default;
  const { ratio, milliseconds } = await measure();
  const within = ratio <= limit;
  console.log(
    `${within ? 'ok  ' : 'OVER'} ${ratio.toFixed(2).padStart(6)}  limit ${limit}  ${milliseconds.toFixed(0).padStart(5)} ms  ${name}`,
  );
  if (!within) process.exitCode = 1;
}
