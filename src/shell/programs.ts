/** The programs that there are at a place: the interpreter's, and ours before them. */
import type { CommandName } from 'just-bash';
import type { Command, Place } from './command.ts';

/** bash's own programs that stand for the real ones; those of the simulation (date, hostname, sleep …) go before them. */
export const builtins: readonly CommandName[] = [
  'echo',
  'cat',
  'printf',
  'mkdir',
  'rmdir',
  'touch',
  'rm',
  'cp',
  'mv',
  'ln',
  'chmod',
  'pwd',
  'readlink',
  'stat',
  'comm',
  'paste',
  'tr',
  'rev',
  'nl',
  'fold',
  'expand',
  'unexpand',
  'split',
  'join',
  'tee',
  'find',
  'basename',
  'dirname',
  'tree',
  'du',
  'env',
  'printenv',
  'alias',
  'unalias',
  'true',
  'false',
  'bash',
  'sh',
  'yq',
  'sleep',
  'timeout',
  'seq',
  'expr',
  'md5sum',
  'sha1sum',
  'sha256sum',
  'file',
  'which',
  'tac',
  'tar',
];
/** What every shell has, whatever the image. */
export const shellBuiltins = new Set([
  'echo',
  'printf',
  'pwd',
  'true',
  'false',
  'alias',
  'unalias',
  'test',
  '[',
  'cd',
  'export',
  'exit',
  'history',
  'kill',
  'jobs',
  'fg',
  'bg',
  'disown',
]);

/** Reports whether a place with these programs has one. */
export function isThere(place: Place, programs: 'all' | ReadonlySet<string>, name: string, command: Command | undefined): boolean {
  if (programs !== 'all') return programs.has(name);
  return command?.onlyIn === undefined || (command.onlyIn === 'machines' && place.kind === 'node');
}

/** Commands by their names, and the lists of what places with them have: by the kind of the place, or by its image's programs. */
interface CommandIndex {
  readonly byName: ReadonlyMap<string, Command>;
  readonly lists: Map<Place['kind'] | ReadonlySet<string>, readonly string[]>;
}

const indices = new WeakMap<readonly Command[], CommandIndex>();

export function indexOf(commands: readonly Command[]): CommandIndex {
  let index = indices.get(commands);
  if (index === undefined)
    indices.set(commands, (index = { byName: new Map(commands.toReversed().map((one) => [one.name, one])), lists: new Map() }));
  return index;
}

/** Programs that are shells. */
export const shells = ['sh', 'bash', 'ash', 'dash', 'zsh'];

/** Reports whether a command line opens a shell for a person: a shell without a script. */
export function isInteractiveShell([program = '', ...args]: readonly string[]): boolean {
  return shells.includes(program.slice(program.lastIndexOf('/') + 1)) && args.every((arg) => /^-[il]+$/.test(arg));
}
