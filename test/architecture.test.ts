import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rooms as table } from '../rooms.js';

interface Room {
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
  readonly machine?: boolean;
}
const rooms: Readonly<Record<string, Room>> = table;

const source = fileURLToPath(new URL('../src', import.meta.url));
const paths = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort();
const files = paths.map((path) => ({ path, room: path.split('/')[0]!, text: withoutComments(readFileSync(join(source, path), 'utf8')) }));

/** What a file imports, types included: `import`, `export … from`, `import()`. */
function importsOf(text: string): readonly { readonly from: string; readonly isType: boolean }[] {
  const statements = text.matchAll(/^\s*(?:import|export)\b(\s+type\b)?[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm);
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [
    ...[...statements].map((match) => ({ from: match[2] ?? match[3]!, isType: match[1] !== undefined })),
    ...[...calls].map((match) => ({ from: match[1]!, isType: false })),
  ];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

/** `room/file.ts: what`, for every file that `find` has something to say about. */
function offences(find: (file: (typeof files)[number]) => readonly string[]): readonly string[] {
  return files.flatMap((file) => find(file).map((what) => `${file.path}: ${what}`));
}

describe('the rooms of src/', () => {
  it('are those of rooms.js', () => {
    expect([...new Set(files.map((file) => file.room))].sort()).toEqual(Object.keys(rooms).sort());
  });

  it('import only from the rooms they may know, and by name', () => {
    expect(
      offences(({ path, room, text }) =>
        importsOf(text).flatMap(({ from }) => {
          const other = /^#([^/]+)\//.exec(from)?.[1];
          if (other !== undefined)
            return other === room ? [`${from} (inside a room: relative)`] : rooms[room]!.rooms.includes(other) ? [] : [from];
          if (!from.startsWith('.')) return [];
          const target = posix.normalize(posix.join(posix.dirname(path), from));
          const isOwn = target.startsWith(`${room}/`) || target === '../package.json';
          return isOwn ? [] : [`${from} (across rooms: #room/…)`];
        }),
      ),
    ).toEqual([]);
  });

  it('use only the packages they may use', () => {
    expect(
      offences(({ room, text }) =>
        importsOf(text).flatMap(({ from }) => {
          if (/^[#.]|^node:/.test(from)) return [];
          const name = from
            .split('/')
            .slice(0, from.startsWith('@') ? 2 : 1)
            .join('/');
          return rooms[room]!.packages.includes(name) ? [] : [from];
        }),
      ),
    ).toEqual([]);
  });

  it('are pure but for those that may touch the machine', () => {
    const machine = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bglobalThis\b/g;
    expect(
      offences(({ room, text }) => {
        if (rooms[room]!.machine === true) return [];
        const modules = importsOf(text).flatMap(({ from }) => (from.startsWith('node:') ? [from] : []));
        const code = text.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''");
        return [...modules, ...[...code.matchAll(machine)].map((match) => match[0])];
      }),
    ).toEqual([]);
  });

  it('do not know each other in circles', () => {
    const visit = (room: string, above: readonly string[]): readonly string[] => {
      if (above.includes(room)) return [[...above, room].join(' → ')];
      return rooms[room]!.rooms.flatMap((next) => visit(next, [...above, room]));
    };
    expect(Object.keys(rooms).flatMap((room) => visit(room, []))).toEqual([]);
  });
});

describe('the files of src/', () => {
  it('import the interpreter of the shell in one place', () => {
    const importers = files
      .filter(({ text }) => importsOf(text).some(({ from, isType }) => from === 'just-bash' && !isType))
      .map((file) => file.path);
    expect(importers.filter((path) => path.startsWith('shell/'))).toEqual(['shell/shell.ts']);
  });

  it('are lists where they are called index, with at most a way to look something up in them', () => {
    expect(
      offences(({ path, text }) => {
        if (!path.endsWith('/index.ts')) return [];
        const functions = text.match(/^(?:export )?(?:async )?function /gm) ?? [];
        const other = text.match(/^(?:export )?(?:abstract )?class |\b(?:while|switch) \(/gm) ?? [];
        return functions.length <= 3 && other.length === 0 ? [] : ['an index is a list'];
      }),
    ).toEqual([]);
  });

  it('have names that say something', () => {
    const empty = /(^|[/-])(utils?|helpers?|common|manager|base|misc|stuff)([/.-]|$)/;
    expect(offences(({ path }) => (empty.test(path) ? ['a name that says nothing'] : []))).toEqual([]);
  });

  it('are named in kebab-case, or as the thing itself is called', () => {
    expect(offences(({ path }) => (/^[a-z0-9./-]+$/.test(path.replaceAll('k8s_external', '')) ? [] : ['not kebab-case']))).toEqual([]);
  });

  it('are finished', () => {
    expect(
      offences(({ path }) => (/\b(?:TODO|FIXME|XXX)\b/.test(readFileSync(join(source, path), 'utf8')) ? ['says that it is not'] : [])),
    ).toEqual([]);
  });
});
