/** The entry: answers `--version` at once, and loads everything else only when it is needed. */
import { version } from './version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  const { loadProgram } = await import('./load-program.ts');
  const { main, keep } = loadProgram(/^[a-z]+$/.test(argv[0] ?? '') ? argv[0]! : '');
  process.exitCode = await main(argv);
  keep();
}
