/** The learner's own kubectl in the simulated terminal, with their aliases of it: the lesson is served to it, and files go with it. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { normalize } from '#node/files.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { quoted } from '#shell/lines.ts';
import type { Command, Files, Io, Output } from '#shell/command.ts';
import { Failure } from './failure.ts';
import { privateDirectory } from './private-file.ts';
import { serve } from './serve.ts';

export interface HostKubectl {
  readonly command: Command;
  /** `alias kgp='kubectl get pods'`: lines for the simulated shell. */
  readonly aliases: readonly string[];
  close(): void;
}

/** Lets another program have the terminal until it ends. */
export type Lend = <T>(act: () => T) => T;

/** Serves the lesson to the kubectl of this computer. Throws a {@link Failure} when there is none. */
export async function hostKubectl(lesson: Lesson, lend: Lend, env: NodeJS.ProcessEnv = process.env): Promise<HostKubectl> {
  if (spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore', env }).error !== undefined)
    throw new Failure('there is no command "kubectl" on this computer');
  const served = await serve(lesson);
  const directory = privateDirectory();
  const kubeconfig = directory.write('kubeconfig', served.kubeconfig);
  const mirror = join(directory.path, 'files');
  const command: Command = {
    name: 'kubectl',
    fillsScreen: true,
    async run(args, io) {
      const here = join(mirror, io.cwd);
      mkdirSync(here, { recursive: true });
      const own = args.map((arg) => brought(arg, io, mirror));
      const before = textsBelow(here);
      const output = await (io.screen !== undefined && io.stdin === '' ? lend(() => attached(own)) : piped(own));
      takeBack(here, before, io);
      return output;

      function settings(stdio: 'inherit' | 'pipe') {
        return { cwd: here, stdio, env: { ...env, KUBECONFIG: kubeconfig, PWD: here } } as const;
      }
      /** With the terminal: what it prints is seen at once, and it can be typed to. */
      function attached(words: readonly string[]): Promise<Output> {
        return ended(spawn('kubectl', words, settings('inherit')), () => ({ stdout: '', stderr: '' }));
      }
      function piped(words: readonly string[]): Promise<Output> {
        const child = spawn('kubectl', words, settings('pipe'));
        const said = { stdout: '', stderr: '' };
        child.stdout!.on('data', (part: Buffer) => (said.stdout += part.toString()));
        child.stderr!.on('data', (part: Buffer) => (said.stderr += part.toString()));
        child.stdin!.on('error', () => undefined).end(io.stdin);
        return ended(child, () => said);
      }
    },
  };
  return {
    command,
    aliases: aliasesIn(aliasText(env)),
    close() {
      served.close();
      directory.remove();
    },
  };
}

function ended(child: ReturnType<typeof spawn>, said: () => { readonly stdout: string; readonly stderr: string }): Promise<Output> {
  return new Promise((resolve, reject) => {
    // Ctrl-C is for the program that has the terminal.
    const stay = () => undefined;
    process.on('SIGINT', stay);
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGINT', stay);
      resolve({ ...said(), exitCode: code ?? 130 });
    });
  });
}

/** An argument that names a file of the simulated machine; the file is copied, and an absolute path leads to the copy. */
function brought(arg: string, io: Io, mirror: string): string {
  const [, flag = '', named = arg] = /^(--?[\w-]+=|-[fk](?=.))(.+)$/.exec(arg) ?? [];
  if (named.startsWith('-')) return arg;
  const path = normalize(named.replace(/^file:\/\//, ''), io.cwd);
  if (io.files.stat(path) === undefined || path === '/') return arg;
  copyOut(io.files, path, mirror);
  return named.startsWith('/') ? flag + join(mirror, path) : arg;
}

const deepest = 6;

function copyOut(files: Files, path: string, mirror: string, depth = 0): void {
  const target = join(mirror, path);
  if (files.stat(path)?.kind === 'directory') {
    mkdirSync(target, { recursive: true });
    if (depth < deepest) for (const name of files.list(path) ?? []) copyOut(files, `${path}/${name}`, mirror, depth + 1);
    return;
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, files.read(path) ?? '', { mode: 0o600 });
}

/** The files below a directory of this computer, by their paths in it. */
function textsBelow(directory: string): ReadonlyMap<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => {
      const path = join(directory, name);
      return existsSync(path) && statSync(path).isFile() ? [[relative(directory, path), readFileSync(path, 'utf8')] as const] : [];
    }),
  );
}

/** What the program has written goes to the simulated machine. */
function takeBack(directory: string, before: ReadonlyMap<string, string>, { files, cwd }: Io): void {
  for (const [name, text] of textsBelow(directory)) if (before.get(name) !== text) files.write(normalize(name, cwd), text);
}

/** What the learner's shell says its aliases are; nothing when it does not say it soon. */
function aliasText(env: NodeJS.ProcessEnv): string {
  const shell = env['SHELL'] ?? '/bin/bash';
  const { stdout } = spawnSync(shell, ['-ic', 'alias'], { encoding: 'utf8', timeout: 3000, stdio: ['ignore', 'pipe', 'ignore'], env });
  return stdout ?? '';
}

/** The aliases that come to kubectl in the end, as lines for bash; zsh writes them without the first word. */
export function aliasesIn(text: string): readonly string[] {
  const all = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(?:alias )?([\w.-]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) all.set(name, value.replace(/^'(.*)'$/s, '$1').replaceAll("'\\''", "'"));
  }
  const leads = (name: string, seen: ReadonlySet<string>): boolean => {
    const first = all.get(name)?.trim().split(/\s+/)[0] ?? '';
    return first === 'kubectl' || (!seen.has(first) && all.has(first) && leads(first, new Set([...seen, first])));
  };
  return [...all].filter(([name]) => leads(name, new Set([name]))).map(([name, value]) => `alias ${name}=${quoted(value)}`);
}
