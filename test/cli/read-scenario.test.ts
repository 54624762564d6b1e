import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadScenario, Failure } from '#cli/failure.ts';
import { readScenario, readSources } from '#cli/read-scenario.ts';
import { sourceOf } from '#cli/source-text.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  mkdirSync(join(home, 'empty'));
  mkdirSync(join(home, 'both'));
  writeFileSync(join(home, 'both', 'b.yml'), 'apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n');
  writeFileSync(join(home, 'both', 'a.yaml'), 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n');
  writeFileSync(join(home, 'both', 'README.md'), '# no scenario');
  writeFileSync(join(home, 'huge.yaml'), '');
  truncateSync(join(home, 'huge.yaml'), 100 * 1024 * 1024);
  writeFileSync(join(home, 'latin1.yaml'), Buffer.from([...Buffer.from('a: 1\nb: gr'), 0xfc, 0xdf, 0x65]));
});
afterAll(() => rmSync(home, { recursive: true }));

async function failureOf(argument: string): Promise<string> {
  try {
    await readScenario(argument);
    return 'sound';
  } catch (error) {
    if (error instanceof BadScenario)
      return error.problems.map((one) => `${one.at?.line}:${one.at?.column} ${one.message}; ${one.note}`).join('\n');
    if (error instanceof Failure) return `${error.exitCode} ${error.message.replaceAll(home, '~')}`;
    throw error;
  }
}

describe('<scenario>', () => {
  it('may be a directory: all its YAML files, joined in their order', async () => {
    expect((await readScenario(join(home, 'both'))).objects.map(({ object }) => object.metadata.name)).toEqual(['a', 'b']);
    expect((await readSources(join(home, 'both'))).map((one) => one.name)).toEqual([
      join(home, 'both', 'a.yaml'),
      join(home, 'both', 'b.yml'),
    ]);
  });

  it.each([
    ['no-such-thing', '2 no scenario, file or directory is called "no-such-thing"; `cka-net list` shows the scenarios'],
    ['empty', '2 ~/empty: there is no .yaml or .yml file in this directory'],
    [
      'huge.yaml',
      '2 ~/huge.yaml: larger than 32 MiB; a scenario is text, a dump of a cluster can be split into several files of one directory',
    ],
    ['latin1.yaml', '2:6 this is not UTF-8; save the file as UTF-8 and try again'],
  ])('%s', async (name, want) => {
    expect(await failureOf(name === 'no-such-thing' ? name : join(home, name))).toBe(want);
  });

  it('tells UTF-16 from UTF-8', () => {
    expect(() => sourceOf('x', Buffer.from('\ufeffa: 1', 'utf16le'))).toThrow(BadScenario);
    expect(sourceOf('x', Buffer.from('a: "\ufffd ü"'))).toEqual({ name: 'x', text: 'a: "\ufffd ü"' });
  });
});
