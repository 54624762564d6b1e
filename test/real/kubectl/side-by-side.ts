/**
 * The real kubectl and the simulated one on the same cluster: each line of a table is run by a shell of this computer against the served
 * lesson, then undone, and run again in the lesson's terminal, at the same moment of the served clock.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Lesson } from '#lesson/lesson.ts';
import { startLesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';
import type { Shell } from '#shell/shell.ts';
import { serve } from '../../../src/cli/serve.ts';

/** One program: its file, and the version it says it has. */
export interface Binary {
  readonly path: string;
  /** `v1.33.1` */
  readonly version: string;
}

export interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface Pair {
  readonly line: Line;
  readonly real: Result;
  readonly simulated: Result;
}

/** How long a command may take, in milliseconds. */
const longest = 20_000;

/**
 * The kubectl of the PATH and those beside it, oldest first. One that only picks another by the server's version (Google's dispatcher)
 * stands for those it picks from.
 */
export function installedKubectls(): readonly Binary[] {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'kubectl'))
    .find(existsSync);
  if (found === undefined) return [];
  const file = realpathSync(found);
  const beside = Array.from({ length: 9 }, (_, i) => join(dirname(file), `kubectl.1.${28 + i}`)).filter(existsSync);
  return [...beside, file]
    .map((path) => ({ path, version: versionOf(path) }))
    .filter(({ version }) => /^v1\.(2[89]|3\d)\.\d+$/.test(version));
}

function versionOf(path: string): string {
  const { stdout } = spawnSync(path, ['version', '--client'], { encoding: 'utf8' });
  return /^Client Version: (\S+)/m.exec(stdout)?.[1] ?? '';
}

/** A line of a table, and what a comment before it says of its outputs. */
export interface Line {
  readonly text: string;
  /** `#in any order: WHY`: the same words come in an order that is not the same twice. */
  readonly anyOrder?: string;
  /** `#differs: WHY`: on purpose. */
  readonly differs?: string;
}

/** The lines of a table: one a line of shell, with its here-documents and continued lines; `#` begins a comment. */
export function linesOf(table: string): readonly Line[] {
  const lines: Line[] = [];
  let open = '';
  let end: string | undefined;
  let said: Omit<Line, 'text'> = {};
  for (const line of table.split('\n')) {
    const [, directive, why] = /^#(in any order|differs): (.+)$/.exec(line) ?? [];
    if (directive !== undefined) said = directive === 'differs' ? { differs: why! } : { anyOrder: why! };
    if (open === '' && (line.trim() === '' || line.startsWith('#'))) continue;
    open += open === '' ? line : `\n${line}`;
    if (end === undefined) end = /<<-?\s*['"]?(\w+)['"]?/.exec(line)?.[1];
    else if (line === end) end = undefined;
    if (end !== undefined || line.endsWith('\\')) continue;
    lines.push({ text: open, ...said });
    open = '';
    said = {};
  }
  return lines;
}

/** A scenario of this version of Kubernetes, whose clock is that of this computer. */
async function lessonOf(scenario: string, version: string): Promise<Lesson> {
  const loaded = loadScenario([{ name: 'scenario.yaml', text: scenario }]);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  const { cluster } = loaded.scenario;
  const started = await startLesson({
    ...loaded.scenario,
    clock: new Date().toISOString(),
    cluster: { ...cluster, kubernetesVersion: version },
  });
  if (!started.ok) throw new Error(started.error.map(({ message }) => message).join('\n'));
  return started.value;
}

/** Runs the lines in their order on one cluster; what each changes stays. */
export async function sideBySide(scenario: string, lines: readonly Line[], binary: Binary): Promise<readonly Pair[]> {
  const lesson = await lessonOf(scenario, binary.version);
  const served = await serve(lesson);
  const machine = new Machine(binary, served.kubeconfig);
  try {
    const shell = lesson.open();
    const same = replacementsOf(lesson, served.kubeconfig, machine.home);
    const pairs: Pair[] = [];
    for (const line of lines) pairs.push(await runBoth(lesson, shell, machine, line, same));
    return pairs;
  } finally {
    served.close();
    machine.close();
  }
}

/** A folder of this computer that stands for root's home, with kubectl on its PATH and the served cluster's kubeconfig. */
class Machine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
  readonly #env: NodeJS.ProcessEnv;

  constructor({ path }: Binary, kubeconfig: string) {
    for (const folder of ['root/.kube', 'bin']) mkdirSync(join(this.#folder, folder), { recursive: true });
    const config = join(this.#folder, 'root/.kube/config');
    writeFileSync(config, kubeconfig);
    chmodSync(config, 0o600);
    symlinkSync(path, join(this.#folder, 'bin/kubectl'));
    this.#env = {
      HOME: this.home,
      PATH: `${join(this.#folder, 'bin')}${delimiter}${process.env['PATH']}`,
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
    };
  }

  get home(): string {
    return join(this.#folder, 'root');
  }

  run(line: string): Promise<Result> {
    return new Promise((resolve, reject) => {
      const child = spawn('bash', ['-c', line], { cwd: this.home, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      // What does not end is ended with all that it started; its status then differs from every other.
      const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), longest);
      const [stdout, stderr] = [[] as Buffer[], [] as Buffer[]];
      child.stdout.on('data', (part: Buffer) => stdout.push(part));
      child.stderr.on('data', (part: Buffer) => stderr.push(part));
      child.on('error', reject);
      child.on('close', (exitCode) => {
        clearTimeout(timer);
        resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), exitCode });
      });
    });
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Runs a line both ways. An age is counted in whole seconds, and the real command looks at its watch between its start and its end: where it
 * looked several times and a second ended between them, both are run once more. A command that looks at it for longer than a second each
 * time says, in each of its lines, what the simulated one says there at one of the moments between.
 */
async function runBoth(lesson: Lesson, shell: Shell, machine: Machine, line: Line, same: Replacements): Promise<Pair> {
  const before = lesson.lab.snapshot;
  for (let attempt = 1; ; attempt++) {
    const pair = await runOnce(lesson, shell, machine, line, same);
    if (isEqual(pair) || attempt === 2 || line.differs !== undefined) return pair;
    lesson.lab.restore(before);
  }
}

async function runOnce({ lab }: Lesson, shell: Shell, machine: Machine, line: Line, same: Replacements): Promise<Pair> {
  const before = lab.snapshot;
  const began = Date.now();
  lab.restore({ ...before, now: began });
  const real = shown(await machine.run(line.text), same, line);
  const ended = Date.now();
  const moments: Result[] = [];
  for (let now = began; now <= ended + 300; now += 100) {
    lab.restore({ ...before, now });
    const simulated = shown(await shell.run(line.text), same, line);
    if (isEqual({ line, real, simulated })) return { line, real, simulated };
    moments.push(simulated);
  }
  return { line, real, simulated: ended - began > 1000 ? lineByLine(real, moments) : moments.at(-1)! };
}

/** What the last moment's output says; in lines that the real one has from an earlier moment, what that moment's says there. */
function lineByLine(real: Result, moments: readonly Result[]): Result {
  const last = moments.at(-1)!;
  const lines = (output: string) => output.split('\n');
  const outputs = moments.map(({ stdout }) => lines(stdout));
  const wanted = lines(real.stdout);
  const stdout = outputs.at(-1)!.map((line, i) => outputs.find((output) => output[i] === wanted[i])?.[i] ?? line);
  return { ...last, stdout: stdout.join('\n') };
}

function isEqual({ real, simulated }: Pair): boolean {
  return JSON.stringify(simulated) === JSON.stringify(real);
}

type Replacements = readonly (readonly [string | RegExp, string])[];

/** What differs because one of the two is served here: the server's address and the home directory; and numbers that nobody chose: processes, temporary files. */
function replacementsOf(lesson: Lesson, kubeconfig: string, home: string): Replacements {
  const served = /server: (\S+)/.exec(kubeconfig)![1]!;
  const simulated = /server: (\S+)/.exec(lesson.open().files.read('/etc/kubernetes/admin.conf') ?? '')?.[1] ?? 'https://127.0.0.1:6443';
  return [
    [served, simulated],
    [new RegExp(`(?<![\\d.])${served.replace('https://', '').replaceAll('.', '\\.')}\\b`, 'g'), simulated.replace('https://', '')],
    // client-go says this of a watch that was cut off by its deadline, when it hears of that first.
    [/^E.*"Failed to watch" err="context deadline exceeded".*\n/gm, ''],
    [home, '/root'],
    [/\b(kubectl-edit|LIVE|MERGED)-\d+/g, '$1-N'],
    [/\b(node-debugger-[a-z0-9]+|debugger)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1-RANDOM'],
    [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000/g, 'TIME'],
    [/^([EWI])\d{4} [\d:.]+ +\d+ /gm, '$1 '],
  ];
}

function shown({ stdout, stderr, exitCode }: Result, same: Replacements, { anyOrder }: Line): Result {
  const cleaned = (text: string) => {
    const result = same.reduce((before, [what, name]) => before.replaceAll(what, name), text);
    return anyOrder === undefined
      ? result
      : result
          .split(/[\s;,[\]]+/)
          .toSorted()
          .join(' ');
  };
  return { stdout: cleaned(stdout), stderr: cleaned(stderr), exitCode };
}
