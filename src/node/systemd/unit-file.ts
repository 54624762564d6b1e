/** Unit files and their drop-ins, as systemd reads them (systemd.unit(5), systemd.service(5)). */
import { listDirectory, readFile, resolve, type FileTree } from '../files.ts';
import type { Host } from '../host.ts';

/** Directories in order of precedence. */
export const unitDirectories = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

export interface UnitFile {
  readonly name: string;
  readonly path: string;
  /** Paths of the drop-ins that apply, in order. */
  readonly dropIns: readonly string[];
  /** `Section.Key` → values in order; an empty assignment clears what stood before. */
  readonly settings: ReadonlyMap<string, readonly string[]>;
}

/** Reads a unit with its drop-ins; undefined when no directory has it. `masked` units link to /dev/null and have no settings. */
export function loadUnitFile(files: FileTree, name: string): UnitFile | undefined {
  const path = unitDirectories.map((directory) => `${directory}/${name}`).find((one) => files.has(one));
  if (path === undefined) return undefined;
  const dropIns = unitDirectories
    .flatMap((directory) =>
      (listDirectory(files, `${directory}/${name}.d`) ?? [])
        .filter((file) => file.endsWith('.conf'))
        .map((file) => ({ file, path: `${directory}/${name}.d/${file}` })),
    )
    .filter((one, i, all) => all.findIndex((other) => other.file === one.file) === i)
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .map((one) => one.path);
  const settings = new Map<string, string[]>();
  for (const one of [path, ...dropIns]) parse(readFile(files, one) ?? '', settings);
  return { name, path, dropIns, settings };
}

/** Reports whether a path is that of a unit's file, drop-in, or link. */
function isUnitPath(path: string): boolean {
  return unitDirectories.some((directory) => path.startsWith(`${directory}/`));
}

function unitFilesIn(files: FileTree): FileTree {
  return new Map([...files].filter(([path]) => isUnitPath(path)));
}

/** `systemctl daemon-reload`: systemd reads all units anew. */
export function reloadUnits(host: Host): Host {
  return { ...host, unitFiles: unitFilesIn(host.files) };
}

/** A unit as systemd knows it: as it has read it, or, one that it never had to do with, as it lies there. */
export function knownUnit({ files, unitFiles }: Pick<Host, 'files' | 'unitFiles'>, name: string): UnitFile | undefined {
  return (unitFiles === undefined ? undefined : loadUnitFile(unitFiles, name)) ?? loadUnitFile(files, name);
}

/** The host once systemd has read the unit, if only now. */
export function withUnitRead(host: Host, name: string): Host {
  if (host.unitFiles === undefined) return reloadUnits(host);
  if (loadUnitFile(host.unitFiles, name) !== undefined) return host;
  const own = [...unitFilesIn(host.files)].filter(([path]) => unitDirectories.some((directory) => isOfUnit(path, directory, name)));
  return own.length === 0 ? host : { ...host, unitFiles: new Map([...host.unitFiles, ...own]) };
}

function isOfUnit(path: string, directory: string, name: string): boolean {
  return path === `${directory}/${name}` || path.startsWith(`${directory}/${name}.d/`);
}

/** Reports whether a unit's files are others now than systemd has read (NeedDaemonReload). */
export function needsReload({ files, unitFiles }: Pick<Host, 'files' | 'unitFiles'>, name: string): boolean {
  const known = unitFiles === undefined ? undefined : loadUnitFile(unitFiles, name);
  if (known === undefined) return false;
  const texts = (tree: FileTree, unit: UnitFile | undefined) =>
    JSON.stringify(unit === undefined ? [] : [unit.path, ...unit.dropIns].map((path) => [path, readFile(tree, path)]));
  return texts(unitFiles!, known) !== texts(files, loadUnitFile(files, name));
}

function parse(text: string, settings: Map<string, string[]>): void {
  let section = '';
  for (const line of text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((one) => one.trim())) {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[(.+)\]$/.exec(line);
    if (header) section = header[1]!;
    const equals = line.indexOf('=');
    if (header || equals < 0) continue;
    const key = `${section}.${line.slice(0, equals).trim()}`;
    const value = line.slice(equals + 1).trim();
    if (value === '') settings.set(key, []);
    else settings.set(key, [...(settings.get(key) ?? []), value]);
  }
}

export function setting(unit: UnitFile, key: string): string | undefined {
  return unit.settings.get(key)?.at(-1);
}

/** The command line that a service starts, environment files and variables put in. */
export function execStartOf(files: FileTree, unit: UnitFile): readonly string[] {
  const env = new Map<string, string>();
  for (const assignment of unit.settings.get('Service.Environment') ?? []) assign(env, assignment.replace(/^"(.*)"$/, '$1'));
  for (const file of unit.settings.get('Service.EnvironmentFile') ?? []) {
    for (const line of (readFile(files, file.replace(/^-/, '')) ?? '').split('\n'))
      if (!line.trim().startsWith('#')) assign(env, line.trim());
  }
  return (setting(unit, 'Service.ExecStart') ?? '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .flatMap((word) => {
      const whole = /^\$(\w+)$/.exec(word);
      if (whole) return (env.get(whole[1]!) ?? '').split(/\s+/).filter((part) => part !== '');
      return [word.replace(/\$\{(\w+)\}/g, (_, name: string) => env.get(name) ?? '')];
    });
}

function assign(env: Map<string, string>, text: string): void {
  const equals = text.indexOf('=');
  if (equals > 0)
    env.set(
      text.slice(0, equals),
      text
        .slice(equals + 1)
        .replace(/^"(.*)"$/, '$1')
        .replace(/^'(.*)'$/, '$1'),
    );
}

/** Reports whether a link under a `.wants` directory starts the unit at boot. */
export function isEnabled(files: FileTree, name: string): boolean {
  return [...files.keys()].some((path) => path.startsWith('/etc/systemd/system/') && path.endsWith(`.wants/${name}`));
}

export function isMasked(files: FileTree, name: string): boolean {
  const node = files.get(`/etc/systemd/system/${name}`);
  return (
    node?.kind === 'symlink' &&
    node.target === '/dev/null' &&
    resolve(files, `/etc/systemd/system/${name}`) !== `/etc/systemd/system/${name}`
  );
}
