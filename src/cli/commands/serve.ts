import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, Failure } from '../failure.ts';
import { openLesson } from '../open-lesson.ts';
import { readScenario } from '../read-scenario.ts';
import { serve as startServing } from '../serve.ts';

/** `cka-net serve <scenario> [-- command]`: the scenario for the real kubectl, while the command runs, or until Ctrl-C. */
export async function serve(name: string, words: readonly string[], { seed = '0' }: { readonly seed?: string }): Promise<number> {
  const lesson = await openLesson(await readScenario(name), seed);
  const served = await startServing(lesson);
  const directory = mkdtempSync(join(tmpdir(), 'cka-net-'));
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, served.kubeconfig, { mode: 0o600 });
  try {
    if (words.length > 0) return await runHere(words, kubeconfig);
    process.stdout.write(`export KUBECONFIG=${kubeconfig}\n`);
    process.stderr.write(
      `cka-net: "${lesson.scenario.title}" is served at ${served.url} until Ctrl-C; in another terminal, run the line above\n`,
    );
    await interrupted();
    return exitCodes.ok;
  } finally {
    served.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs a command of this computer; its exit status, or 128 and the signal's number as a shell has it. */
function runHere([command = '', ...args]: readonly string[], kubeconfig: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, KUBECONFIG: kubeconfig } });
    const leaveToChild = () => undefined;
    process.on('SIGINT', leaveToChild);
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Failure(error.code === 'ENOENT' ? `there is no command "${command}" on this computer` : `${command}: ${error.message}`)),
    );
    child.on('close', (code, signal) => {
      process.off('SIGINT', leaveToChild);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
