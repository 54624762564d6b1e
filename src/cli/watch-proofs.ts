/** `cka-net test --watch`: proves again whatever was saved, and of that only what has changed. */
import { watch, type FSWatcher } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { problemView } from '#ui/problem-view.ts';
import { proofView } from '#ui/proof-view.ts';
import { BadScenario, exitCodes, Failure } from './failure.ts';
import { readToProve, type HowProven } from './proof-report.ts';
import { proveOnce, withSame, type Proof } from './prove.ts';
import { sourcePaths } from './read-scenario.ts';
import type { Terminal } from './terminal.ts';

/** Editors write a file in several steps; what comes within this time, in milliseconds, is one save. */
const pause = 40;

/** Proves all of them, and then each that is saved, until Ctrl-C. */
export async function watchProofs(names: readonly string[], how: HowProven, terminal: Terminal, verbose: boolean): Promise<number> {
  if (names.includes('-')) throw new Failure('standard input cannot be watched; name a file');
  const proofs = new Map<string, Proof>();
  let turn: Promise<void> = Promise.resolve();
  const again = (name: string) => (turn = turn.then(() => proveAgain(name)));
  const watchers = watchersOf(names, again);
  for (const name of names) void again(name);
  await turn;
  terminal.note(['watching; Ctrl-C ends']);
  await new Promise<void>((left) => process.once('SIGINT', left));
  for (const watcher of watchers) watcher.close();
  return exitCodes.ok;

  async function proveAgain(name: string): Promise<void> {
    const begun = performance.now();
    try {
      const scenario = await readToProve(name, how);
      const proof = await proveOnce(scenario, how.seed, proofs.get(name));
      proofs.set(name, proof);
      terminal.print(proofView(proof.scenario, proof.claims, verbose, terminal));
      terminal.note([terminal.theme.dim(`  ${Math.round(performance.now() - begun)} ms`)]);
      if (proof.kept.same !== undefined) return;
      // Nobody waits for the second cluster: it is told of when it differs from the first.
      const whole = await withSame(proof, scenario, how.seed);
      proofs.set(name, whole);
      if (whole.kept.same?.holds === false) terminal.print(proofView(whole.scenario, whole.claims, verbose, terminal));
    } catch (error) {
      if (error instanceof BadScenario) terminal.note(problemView(error.problems, terminal.columns, terminal.theme));
      else if (error instanceof Failure) terminal.note([error.message]);
      else throw error;
    }
  }
}

/** The directories of the files are watched, because many editors put a new file in the old one's place. */
function watchersOf(names: readonly string[], saved: (name: string) => unknown): readonly FSWatcher[] {
  const owners = new Map<string, string>();
  for (const name of names) for (const path of sourcePaths(name)) owners.set(resolve(path), name);
  const timers = new Map<string, NodeJS.Timeout>();
  return [...new Set([...owners.keys()].map(dirname))].map((directory) =>
    watch(directory, (_, file) => {
      const name = file === null ? undefined : owners.get(resolve(directory, file));
      if (name === undefined) return;
      clearTimeout(timers.get(name));
      timers.set(
        name,
        setTimeout(() => saved(name), pause),
      );
    }),
  );
}
