import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { exitCodes, Failure } from '../failure.ts';
import { openLesson } from '../open-lesson.ts';
import { privateDirectory } from '../private-file.ts';
import { readScenario } from '../read-scenario.ts';
import { serveDns } from '../serve/dns.ts';
import { serve as startServing, type Served } from '../serve.ts';

export interface ServeCommandOptions {
  readonly seed?: string;
  readonly listen?: string;
  readonly port?: number;
  readonly dns?: number;
}

/** `cka-net serve <scenario> [-- command]`: the scenario for the real kubectl, while the command runs, or until Ctrl-C. */
export async function serve(
  name: string,
  words: readonly string[],
  { seed = '0', listen, port, dns }: ServeCommandOptions,
): Promise<number> {
  const lesson = await openLesson(await readScenario(name, seed), seed);
  const served = await startServing(lesson, {
    ...(listen !== undefined && { address: listen }),
    ...(port !== undefined && { port }),
  }).catch(cannotListen(listen ?? '127.0.0.1', port));
  const names = dns === undefined ? undefined : await serveDns(lesson.lab, dns).catch(cannotListen('127.0.0.1', dns));
  const ending = new Ending();
  const directory = privateDirectory();
  try {
    const kubeconfig = directory.write('kubeconfig', served.kubeconfig);
    return words.length > 0
      ? await runHere(words, kubeconfig, ending)
      : await untilEnded(lesson.scenario.title, served, kubeconfig, ending, names?.port);
  } finally {
    ending.close();
    served.close();
    names?.close();
    directory.remove();
  }
}

function cannotListen(address: string, port: number | undefined): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new Failure(`cannot listen on ${address}${port === undefined ? '' : `, port ${port}`}: ${error.code ?? error.message}`);
  };
}

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Being asked to end: nothing of ours is left behind then. */
class Ending {
  /** What is done instead of ending. */
  hear: ((signal: Signal) => void) | undefined;
  readonly asked: Promise<Signal>;
  readonly close: () => void;

  constructor() {
    let ask: (signal: Signal) => void = () => undefined;
    this.asked = new Promise((resolve) => (ask = resolve));
    const take = (signal: NodeJS.Signals) => (this.hear ?? ask)(signal as Signal);
    const signals: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, take);
    this.close = () => signals.forEach((signal) => process.off(signal, take));
  }
}

/** Runs a command of this computer; its exit status, or 128 and the signal's number as a shell has it. */
function runHere([command = '', ...args]: readonly string[], kubeconfig: string, ending: Ending): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, KUBECONFIG: kubeconfig } });
    // Ctrl-C reaches the command by itself; what is meant for us alone is handed on.
    ending.hear = (signal) => void (signal === 'SIGINT' || child.kill(signal));
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Failure(error.code === 'ENOENT' ? `there is no command "${command}" on this computer` : `${command}: ${error.message}`)),
    );
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** Tells how to get in, and waits to be asked to end. */
async function untilEnded(title: string, { url }: Served, kubeconfig: string, { asked }: Ending, dns?: number): Promise<number> {
  process.stdout.write(`export KUBECONFIG=${kubeconfig}\n`);
  process.stderr.write(`cka-net: "${title}" is served at ${url} until Ctrl-C; in another terminal, run the line above\n`);
  if (dns !== undefined) process.stderr.write(`cka-net: its DNS answers dig @127.0.0.1 -p ${dns}\n`);
  const signal = await asked;
  return signal === 'SIGINT' ? exitCodes.ok : 128 + constants.signals[signal];
}
