/** ls of GNU coreutils, and of busybox: what is in directories, in columns on a terminal. Everything is root's. (coreutils: src/ls.c; busybox: coreutils/ls.c) */
import { normalize, parentOf, type FileNode } from '#node/files.ts';
import { failure, type Command, type Files, type Here, type Io, type Output } from '../../command.ts';
import { isApplet, userlandAt } from '../../network/dialect.ts';

interface Entry {
  /** As it is shown. */
  readonly name: string;
  readonly path: string;
  readonly node: FileNode;
}

interface Look {
  readonly flags: ReadonlySet<string>;
  readonly applet: boolean;
  readonly now: number;
  /** The window's width; undefined where it is none. */
  readonly columns: number | undefined;
  readonly files: Files;
}

/** One-letter options that both have; GNU has more. */
const common = 'aA1dFhilnprRsStxCcLu';
const gnuOnly = 'bBDfgGHImNoqQTUvwXZk';
const long: Readonly<Record<string, string>> = {
  all: 'a',
  'almost-all': 'A',
  directory: 'd',
  classify: 'F',
  'human-readable': 'h',
  inode: 'i',
  'numeric-uid-gid': 'n',
  reverse: 'r',
  recursive: 'R',
  size: 's',
  'no-group': 'G',
  'quote-name': 'Q',
};
/** Options that change nothing here. */
const noted = new Set([
  'color',
  'group-directories-first',
  'time-style',
  'full-time',
  'hyperlink',
  'show-control-chars',
  'quoting-style',
  'format',
  'sort',
  'time',
  'width',
  'si',
]);

export const ls: Command = {
  name: 'ls',
  fillsScreen: true,
  run(args, io, here) {
    const applet = isApplet(here, 'ls');
    const flags = new Set<string>();
    const operands: string[] = [];
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (arg === '--') {
        operands.push(...args.slice(i + 1));
        break;
      }
      const name = /^--([\w-]+)/.exec(arg)?.[1];
      if (name !== undefined) {
        const letter = Object.hasOwn(long, name) ? long[name] : undefined;
        if (name === 'group-directories-first') flags.add('groupFirst');
        if (letter !== undefined) flags.add(letter);
        else if (name === 'version' && !applet) return { stdout: 'ls (GNU coreutils) 9.4\n', stderr: '', exitCode: 0 };
        else if (!noted.has(name)) return unknown(`unrecognized option '${arg.split('=')[0]!}'`, here, applet);
      } else if (/^-./.test(arg)) {
        for (const letter of arg.slice(1)) {
          if (!common.includes(letter) && (applet || !gnuOnly.includes(letter)))
            return unknown(`invalid option -- '${letter}'`, here, applet);
          flags.add(letter);
        }
      } else operands.push(arg);
    }
    const look: Look = { flags, applet, now: here.lab.now, columns: io.screen?.columns, files: io.files };
    return list(look, operands.length === 0 ? ['.'] : operands, io);
  },
};

function unknown(problem: string, here: Here, applet: boolean): Output {
  return applet
    ? failure(`ls: ${problem}\n${userlandAt(here).busyboxBanner}\n\nUsage: ls [-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [FILE]...\n`, 1)
    : failure(`ls: ${problem}\nTry 'ls --help' for more information.\n`, 2);
}

function list(look: Look, operands: readonly string[], { cwd, files }: Io): Output {
  const { flags, applet } = look;
  let stderr = '';
  let exitCode = 0;
  const singles: Entry[] = [];
  const directories: Entry[] = [];
  for (const operand of operands) {
    const path = normalize(operand, cwd);
    const followed = files.stat(path);
    const node =
      (flags.has('l') || flags.has('d') || flags.has('F')) && !operand.endsWith('/')
        ? (files.lstat(path) ?? followed)
        : (followed ?? files.lstat(path));
    if (node === undefined) {
      stderr += applet
        ? `ls: ${operand}: No such file or directory\n`
        : `ls: cannot access ${quotedName(operand)}: No such file or directory\n`;
      exitCode = applet ? 1 : 2;
    } else if (node.kind === 'directory' && !flags.has('d')) directories.push({ name: operand, path, node });
    else singles.push({ name: operand, path, node });
  }
  const blocks: string[] = [];
  if (singles.length > 0) blocks.push(shown(look, sorted(look, singles)));
  const headed = operands.length > 1 || flags.has('R');
  const enter = (directory: Entry) => {
    const entries = sorted(look, entriesOf(look, directory.path));
    const total =
      flags.has('l') || flags.has('s') || flags.has('n') || flags.has('o') || flags.has('g') ? `total ${totalOf(look, entries)}\n` : '';
    blocks.push(`${headed ? `${directory.name}:\n` : ''}${total}${shown(look, entries)}`);
    if (!flags.has('R')) return;
    for (const entry of entries)
      if (entry.node.kind === 'directory' && entry.name !== '.' && entry.name !== '..')
        enter({ ...entry, name: `${directory.name.replace(/\/$/, '')}/${entry.name}` });
  };
  for (const directory of sorted(look, directories)) enter(directory);
  return { stdout: blocks.join('\n'), stderr, exitCode };
}

function quotedName(name: string): string {
  return name.includes("'") ? `"${name}"` : `'${name}'`;
}

function entriesOf({ files, flags }: Look, path: string): readonly Entry[] {
  const all = flags.has('a') || flags.has('f');
  const names = (files.list(path) ?? []).filter((name) => all || flags.has('A') || !name.startsWith('.'));
  const own = names.flatMap((name) => {
    const at = `${path === '/' ? '' : path}/${name}`;
    const node = flags.has('L') ? (files.stat(at) ?? files.lstat(at)) : files.lstat(at);
    return node === undefined ? [] : [{ name, path: at, node }];
  });
  if (!all) return own;
  const dots = [
    ['.', path],
    ['..', parentOf(path)],
  ] as const;
  return [...dots.flatMap(([name, at]) => (files.stat(at) === undefined ? [] : [{ name, path: at, node: files.stat(at)! }])), ...own];
}

function sizeOf({ files }: Look, { node, path }: Entry): number {
  if (node.kind === 'symlink') return node.target.length;
  return node.kind === 'directory' ? (files.list(path) === undefined ? 0 : 4096) : new TextEncoder().encode(node.content).length;
}

/** Kibibytes on disk: whole blocks of four. */
function blocksOf(look: Look, entry: Entry): number {
  return entry.node.kind === 'symlink' ? 0 : Math.ceil(sizeOf(look, entry) / 4096) * 4;
}

function totalOf(look: Look, entries: readonly Entry[]): string {
  const sum = entries.reduce((all, entry) => all + blocksOf(look, entry), 0);
  return look.flags.has('h') ? human(sum * 1024) : String(sum);
}

function sorted(look: Look, entries: readonly Entry[]): readonly Entry[] {
  const { flags } = look;
  if (flags.has('U') || flags.has('f')) return entries;
  const by = (a: Entry, b: Entry) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const time = ({ node }: Entry) => Date.parse(node.modified);
  const order = flags.has('t')
    ? (a: Entry, b: Entry) => time(b) - time(a) || by(a, b)
    : flags.has('S')
      ? (a: Entry, b: Entry) => sizeOf(look, b) - sizeOf(look, a) || by(a, b)
      : by;
  const all = [...entries].sort(order);
  if (flags.has('r')) all.reverse();
  if (!flags.has('groupFirst')) return all;
  const isDirectory = ({ path }: Entry) => look.files.stat(path)?.kind === 'directory';
  return [...all.filter(isDirectory), ...all.filter((entry) => !isDirectory(entry))];
}

function shown(look: Look, entries: readonly Entry[]): string {
  const { flags, columns } = look;
  if (['l', 'n', 'o', 'g'].some((flag) => flags.has(flag))) return longLines(look, entries);
  const widest = Math.max(0, ...entries.map((entry) => String(blocksOf(look, entry)).length));
  const cells = entries.map((entry) => {
    const size = flags.has('s') ? `${String(blocksOf(look, entry)).padStart(widest)} ` : '';
    return size + displayed(look, entry) + suffix(look, entry);
  });
  if (cells.length === 0) return '';
  if (flags.has('m')) return withCommas(cells, columns ?? 80);
  if (flags.has('1') || (columns === undefined && !flags.has('C') && !flags.has('x'))) return cells.map((cell) => `${cell}\n`).join('');
  return inColumns(cells, columns ?? 80, flags.has('x'));
}

/** Names with signs of the shell's are quoted on a terminal. */
function displayed({ flags, columns, applet }: Look, { name }: Entry): string {
  if (flags.has('Q')) return JSON.stringify(name);
  return columns !== undefined && !applet && !flags.has('N') && !/^[\w@%+=:,./~^-]+$/.test(name)
    ? `'${name.replaceAll("'", `'\\''`)}'`
    : name;
}

function suffix({ flags }: Look, { node }: Entry): string {
  if (node.kind === 'directory') return flags.has('F') || flags.has('p') ? '/' : '';
  if (!flags.has('F')) return '';
  return node.kind === 'symlink' ? '@' : (node.mode & 0o111) !== 0 ? '*' : '';
}

/** Behind the arrow stands the sign of what it leads to. */
function targetSuffix(look: Look, entry: Entry): string {
  const node = look.files.stat(entry.path);
  return node === undefined ? '' : suffix(look, { ...entry, node });
}

/** As many columns as fit, filled from above, or from the left (calculate_columns, print_many_per_line, print_horizontal). */
function inColumns(cells: readonly string[], width: number, across: boolean): string {
  const lengths = cells.map((cell) => [...cell].length);
  for (let columns = Math.min(cells.length, Math.max(1, Math.floor(width / 3))); ; columns--) {
    const rows = Math.ceil(cells.length / columns);
    const columnOf = (i: number) => (across ? i % columns : Math.floor(i / rows));
    const widths = Array.from({ length: columns }, () => 3);
    lengths.forEach((length, i) => {
      const column = columnOf(i);
      widths[column] = Math.max(widths[column]!, length + (column === columns - 1 ? 0 : 2));
    });
    if (columns > 1 && widths.reduce((sum, one) => sum + one, 0) >= width) continue;
    const lines = Array.from({ length: rows }, (_, row) => {
      let text = '';
      let at = 0;
      let start = 0;
      for (let column = 0; column < columns; column++) {
        const i = across ? row * columns + column : column * rows + row;
        if (i >= cells.length) break;
        text += gap(at, start) + cells[i]!;
        at = start + lengths[i]!;
        start += widths[column]!;
      }
      return `${text}\n`;
    });
    return lines.join('');
  }
}

/** Tabs as far as they go, then blanks (indent). */
function gap(from: number, to: number): string {
  let text = '';
  let at = from;
  while (at < to) {
    const tab = Math.floor(to / 8) > Math.floor((at + 1) / 8);
    text += tab ? '\t' : ' ';
    at += tab ? 8 - (at % 8) : 1;
  }
  return text;
}

/** One after the other, in lines (print_with_separator). */
function withCommas(cells: readonly string[], width: number): string {
  let text = '';
  let at = 0;
  for (const [i, cell] of cells.entries()) {
    const { length } = [...cell];
    if (i > 0) {
      const fits = at + length + 2 < width;
      text += fits ? ', ' : ',\n';
      at = fits ? at + 2 : 0;
    }
    text += cell;
    at += length;
  }
  return `${text}\n`;
}

function longLines(look: Look, entries: readonly Entry[]): string {
  const { flags, applet } = look;
  const numeric = flags.has('n');
  const owner = numeric ? '0' : 'root';
  const rows = entries.map((entry) => ({
    entry,
    links: String(linksOf(look, entry)),
    size: flags.has('h') ? human(sizeOf(look, entry)) : String(sizeOf(look, entry)),
    blocks: String(blocksOf(look, entry)),
  }));
  const width = (of: (row: (typeof rows)[number]) => string) => Math.max(0, ...rows.map((row) => of(row).length));
  const [links, sizes, blocks] = [width((row) => row.links), width((row) => row.size), width((row) => row.blocks)];
  return rows
    .map(({ entry, links: count, size, blocks: kibibytes }) => {
      const arrow = entry.node.kind === 'symlink' ? ` -> ${entry.node.target}${targetSuffix(look, entry)}` : '';
      const name = displayed(look, entry) + (entry.node.kind === 'symlink' ? '' : suffix(look, entry)) + arrow;
      const before = flags.has('s') ? `${kibibytes.padStart(blocks)} ` : '';
      const time = timeText(Date.parse(entry.node.modified), look.now);
      if (applet) {
        const people = numeric ? '0        0       ' : 'root     root    ';
        return `${before}${modeText(entry.node)} ${count.padStart(4)} ${people} ${size.padStart(9)} ${time} ${name}\n`;
      }
      const people = [...(flags.has('g') ? [] : [owner]), ...(flags.has('o') || flags.has('G') ? [] : [owner])];
      return `${before}${[modeText(entry.node), count.padStart(links), ...people, size.padStart(sizes), time, name].join(' ')}\n`;
    })
    .join('');
}

/** A directory has a link in its parent, one to itself, and one in each directory below. */
function linksOf({ files }: Look, { node, path }: Entry): number {
  if (node.kind !== 'directory') return 1;
  const below = (files.list(path) ?? []).filter((name) => files.lstat(`${path === '/' ? '' : path}/${name}`)?.kind === 'directory');
  return 2 + below.length;
}

function modeText(node: FileNode): string {
  if (node.kind === 'symlink') return 'lrwxrwxrwx';
  const bits = [...'rwxrwxrwx'].map((letter, i) => ((node.mode >> (8 - i)) & 1 ? letter : '-'));
  if (node.mode & 0o1000) bits[8] = bits[8] === 'x' ? 't' : 'T';
  if (node.mode & 0o2000) bits[5] = bits[5] === 'x' ? 's' : 'S';
  if (node.mode & 0o4000) bits[2] = bits[2] === 'x' ? 's' : 'S';
  return (node.kind === 'directory' ? 'd' : '-') + bits.join('');
}

const halfYear = (365.2425 / 2) * 86_400_000;

/** `Nov 14 09:55`, or `Nov 14  2025` of what is older than half a year, or yet to come. */
function timeText(at: number, now: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ') as [string, string, string, string, string];
  const recent = at <= now && at > now - halfYear;
  return `${month} ${String(Number(day)).padStart(2)} ${recent ? time.slice(0, 5) : ` ${year}`}`;
}

/** `4.0K`: rounded up, with one decimal below ten. */
function human(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  const tenths = Math.ceil(value * 10) / 10;
  return `${tenths < 10 ? tenths.toFixed(1) : String(Math.ceil(value))}${'KMGTPE'[unit]}`;
}
