/**
 * Loads the program, with the code that V8 has made of it before: to compile it anew takes longer than most commands do.
 * (Node.js has `module.enableCompileCache` for this from 22.8 on.)
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { buildId } from './build-id.ts';
import { readCached, writeCached } from './cache.ts';
import type { freshStart } from './fresh-start.ts';
import type { main } from './program.ts';

interface Program {
  readonly main: typeof main;
  readonly freshStart: typeof freshStart;
}

export interface Loaded {
  readonly main: typeof main;
  /** Keeps the code for the next time; to be called when the program has done its work. */
  keep(): void;
}

/** The program, and what of it is a script of its own: libraries that many commands do without (build.js). */
const scripts = ['program', 'just-bash', 'jq-wasm', 'inquirer', 'ws'];

/** Parts of Node.js that libraries ask for at once, and use seldom. */
const seldom = new Set(['node:child_process', 'child_process']);

/** Stands for a module, and loads it when something of it is used. */
function whenUsed(load: () => object): object {
  return new Proxy({}, { get: (_, key) => Reflect.get(load(), key) as unknown, ownKeys: () => Reflect.ownKeys(load()) });
}

/** The commands whose code is part of what is kept. */
function usersOf(cacheName: string): readonly string[] {
  return readCached(`${cacheName}-users`)?.toString().split(' ') ?? [];
}

/** `command`: the one that is carried out. */
export function loadProgram(command: string): Loaded {
  // Nearly all that a start makes is there to stay: the young generation grows at once, instead of being copied at every size.
  setFlagsFromString('--semi-space-growth-factor=16');
  // V8 optimises what has run for a moment, and a command is over before that pays: a fifth of a first start went there. What goes on
  // running is optimised still. (Bytes of bytecode that a function runs first; 67584 is usual.)
  setFlagsFromString('--interrupt-budget=1000000');
  const uncached: (() => void)[] = [];
  const loaded = new Map<string, unknown>();
  const installed = createRequire(import.meta.url);
  const require = (name: string): unknown =>
    scripts.includes(name) ? load(name) : seldom.has(name) ? whenUsed(() => installed(name) as object) : installed(name);
  const load = (name: string): unknown => {
    if (loaded.has(name)) return loaded.get(name);
    const path = fileURLToPath(new URL(`${name}.cjs`, import.meta.url));
    const cacheName = `code-${name}-${buildId()?.slice(0, 16)}-${process.version}-${process.arch}`;
    const cachedData = readCached(cacheName);
    const script = new Script(readFileSync(path, 'latin1'), { filename: path, ...(cachedData !== undefined && { cachedData }) });
    // What is kept has the functions that ran so far: each command adds its own, once.
    const users = cachedData === undefined || script.cachedDataRejected === true ? [] : usersOf(cacheName);
    if (!users.includes(command)) {
      uncached.push(() => {
        writeCached(cacheName, script.createCachedData());
        writeCached(`${cacheName}-users`, Buffer.from([...users, command].join(' ')));
      });
    }
    const module = { exports: {} };
    loaded.set(name, module.exports);
    (script.runInThisContext() as (...given: unknown[]) => void)(module.exports, require, module, import.meta.url);
    loaded.set(name, module.exports);
    return module.exports;
  };
  const { main, freshStart } = load('program') as Program;
  return {
    main,
    keep() {
      // After a cluster came up from nothing there is much code that is seldom needed again.
      if (!freshStart.happened) for (const write of uncached) write();
    },
  };
}
