import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BadScenario, Failure } from '#cli/failure.ts';
import { openLibrary } from '#cli/library.ts';
import { installedPacks, maxPackFileBytes, openPack } from '#cli/packs.ts';
import { readScenario, withPacksOpened } from '#cli/read-scenario.ts';
import { coursed } from '#learn/course.ts';
import { loadPack } from '#scenario/pack.ts';
import { problemPlace, type Problem } from '#scenario/problem.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
});
afterAll(() => rmSync(home, { recursive: true }));

/** Writes files below the home; returns the path of the first part. */
function lay(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  }
}

const index = (name: string, files: readonly string[], more = '') =>
  `apiVersion: cka-net/v1\nkind: Pack\nmetadata: {name: ${name}, title: A day in port, licence: CC-BY-4.0${more}}\nspec:\n  scenarios:\n${files.map((file) => `    - ${file}\n`).join('')}`;
const lesson = (name: string, more = '') =>
  `apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: ${name}${more}}\nspec: {story: about ${name}, questions: [{id: q, type: input, prompt: x, answer: {run: echo x}}]}\n`;

function told(problems: readonly Problem[]): string {
  return problems
    .map(
      (one) =>
        `${problemPlace(one).replaceAll(home, '~')} ${one.message.replaceAll(home, '~')}${one.note === undefined ? '' : ` (${one.note})`}`,
    )
    .join('\n');
}

describe('a pack', () => {
  beforeAll(() =>
    lay({
      'port/index.yaml': index('port', ['quay.yaml', 'deep/crane.yml', 'anchor.yaml'], ', author: A. Harbour'),
      'port/quay.yaml': lesson('quay', ', topic: dns, difficulty: hard'),
      'port/deep/crane.yml': lesson('something-else', ', after: [quay, service-selector-mismatch], licence: MIT'),
      'port/anchor.yaml': lesson('anchor', ', topic: cni').replace('spec: {', 'spec: {vary: [[anchor, chain]], '),
      'port/not-listed.yaml': lesson('not-listed'),
      'port/README.md': '# A pack',
    }),
  );
  const all = () => Promise.all(withPacksOpened([join(home, 'port')]).map((path) => readScenario(path)));

  it('is its scenarios, in the order of its index, whatever their topics', async () => {
    expect(coursed([...(await all())].reverse()).map((one) => one.name)).toEqual(['port/quay', 'port/crane', 'port/anchor']);
  });
  it('gives them its name and its licence', async () => {
    const [quay, crane, anchor] = await all();
    expect([quay!.licence, crane!.licence, crane!.after]).toEqual(['CC-BY-4.0', 'MIT', ['port/quay', 'service-selector-mismatch']]);
    const varied = anchor!.varied('1');
    expect(varied.ok && [varied.scenario.name, varied.scenario.story]).toEqual(['port/anchor', 'about chain']);
  });
  it('has scenarios that may be named by their files', async () => {
    expect((await readScenario(join(home, 'port/quay.yaml'))).name).toBe('port/quay');
    expect((await readScenario(join(home, 'port/not-listed.yaml'))).name).toBe('not-listed');
  });
  it('is not one scenario', async () => {
    await expect(readScenario(join(home, 'port'))).rejects.toThrow(
      /port is a pack of 3 scenarios: name one of them, as .*port\/quay\.yaml, /,
    );
  });
  it('is not taken for a scenario, nor another index for a pack', async () => {
    await expect(readScenario(join(home, 'port/index.yaml'))).rejects.toMatchObject({
      problems: [{ message: 'this is the index of a pack, not a scenario' }],
    });
    lay({ 'plain/index.yaml': lesson('index'), 'plain/more.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n' });
    expect(openPack(join(home, 'plain'))).toBeUndefined();
    expect(withPacksOpened([join(home, 'plain')])).toEqual([join(home, 'plain')]);
    expect((await readScenario(join(home, 'plain'))).objects).toHaveLength(1);
  });
});

describe('the library', () => {
  const names = (library: ReturnType<typeof openLibrary>) =>
    library.scenarios.filter((one) => one.path.startsWith(home)).map((one) => one.name);
  beforeAll(() =>
    lay({
      'own/fleet/index.yaml': index('fleet', ['web.yaml']),
      'own/fleet/web.yaml': lesson('web'),
      'own/loose.yaml': lesson('loose'),
      'work/node_modules/cka-net-pack-sea/index.yaml': index('sea', ['service-selector-mismatch.yaml', 'web.yaml']),
      'work/node_modules/cka-net-pack-sea/service-selector-mismatch.yaml': lesson('service-selector-mismatch'),
      'work/node_modules/cka-net-pack-sea/web.yaml': lesson('web'),
      'work/node_modules/cka-net-pack-sea/package.json': '{"name": "cka-net-pack-sea", "main": "evil.js"}',
      'work/node_modules/cka-net-pack-sea/evil.js': `require('node:fs').writeFileSync(${JSON.stringify('evil')}, '')`,
      'work/node_modules/@yard/cka-net-pack-dock/index.yml': index('dock', ['a.yaml']),
      'work/node_modules/@yard/cka-net-pack-dock/a.yaml': lesson('a'),
      'work/node_modules/cka-net-pack-again/index.yaml': index('dock', ['a.yaml']),
      'work/node_modules/cka-net-pack-again/a.yaml': lesson('a'),
      'work/node_modules/cka-net-pack-empty/package.json': '{}',
      'work/node_modules/cka-net-packing/index.yaml': index('packing', ['a.yaml']),
      'work/deep/below/x': '',
    }),
  );
  it('has the packs of CKA_NET_SCENARIOS and of node_modules, here and above', () => {
    const library = openLibrary({ CKA_NET_SCENARIOS: join(home, 'own') }, join(home, 'work/deep/below'));
    expect(names(library)).toEqual(['loose', 'fleet/web', 'dock/a', 'sea/service-selector-mismatch', 'sea/web']);
    expect(told(library.problems)).toBe(
      [
        '~/work/node_modules/cka-net-pack-empty there is no index of a pack in it (index.yaml)',
        '~/work/node_modules/@yard/cka-net-pack-dock another pack is called "dock": ~/work/node_modules/cka-net-pack-again',
      ].join('\n'),
    );
  });
  it('finds the packs that are installed beside the program', () => {
    const root = join(home, 'work/node_modules');
    expect(installedPacks('/', join(root, 'cka-net'))).toContain(join(root, 'cka-net-pack-sea'));
    expect(installedPacks('/', join(home, 'work/cka-net'))).toEqual([]);
  });
  it('tells scenarios of one name apart, and takes a short name where there is one', async () => {
    const before = process.env['CKA_NET_SCENARIOS'];
    const packages = join(home, 'work/node_modules');
    process.env['CKA_NET_SCENARIOS'] = [join(home, 'own'), join(packages, 'cka-net-pack-sea'), join(packages, 'cka-net-pack-again')].join(
      ':',
    );
    try {
      await expect(readScenario('web')).rejects.toThrow('several packs have a scenario "web": say which, fleet/web or sea/web');
      await expect(readScenario('sea/wbe')).rejects.toThrow('no scenario, file or directory is called "sea/wbe"; did you mean sea/web?');
      expect((await readScenario('a')).name).toBe('dock/a');
      expect((await readScenario('dock')).name).toBe('dock/a');
      expect((await readScenario('sea/web')).name).toBe('sea/web');
      expect((await readScenario('service-selector-mismatch')).name).toBe('service-selector-mismatch');
      expect((await Promise.all(withPacksOpened(['sea']).map((path) => readScenario(path)))).map((one) => one.name)).toEqual([
        'sea/service-selector-mismatch',
        'sea/web',
      ]);
    } finally {
      if (before === undefined) delete process.env['CKA_NET_SCENARIOS'];
      else process.env['CKA_NET_SCENARIOS'] = before;
    }
  });
});

describe('a hostile pack', () => {
  beforeAll(() => {
    lay({
      'outside.yaml': lesson('outside'),
      'hostile/index.yaml': index('hostile', [
        'away.yaml',
        'gone.yaml',
        'pipe.yaml',
        'folder.yaml',
        'huge.yaml',
        'up/outside.yaml',
        'fine.yaml',
      ]),
      'hostile/fine.yaml': lesson('fine'),
      'hostile/folder.yaml/x': '',
      'hostile/huge.yaml': '',
      'elsewhere/index.yaml': index('elsewhere', ['a.yaml']),
    });
    truncateSync(join(home, 'hostile/huge.yaml'), maxPackFileBytes + 1);
    symlinkSync('/etc/passwd', join(home, 'hostile/away.yaml'));
    symlinkSync('/no/such/thing', join(home, 'hostile/gone.yaml'));
    symlinkSync('..', join(home, 'hostile/up'));
    execFileSync('mkfifo', [join(home, 'hostile/pipe.yaml')]);
    mkdirSync(join(home, 'linked'));
    symlinkSync(join(home, 'elsewhere/index.yaml'), join(home, 'linked/index.yaml'));
    mkdirSync(join(home, 'pipe'));
    execFileSync('mkfifo', [join(home, 'pipe/index.yaml')]);
  });
  it('is made of its own files, or refused', () => {
    const opened = openPack(join(home, 'hostile'));
    expect(opened?.ok === false && told(opened.problems)).toBe(
      [
        '~/hostile/index.yaml:6:7 away.yaml leads out of the pack (a pack is made of its own files)',
        '~/hostile/index.yaml:7:7 gone.yaml leads nowhere (a pack is made of its own files)',
        '~/hostile/index.yaml:8:7 pipe.yaml is not a file (a pack is made of its own files)',
        '~/hostile/index.yaml:9:7 folder.yaml is not a file (a pack is made of its own files)',
        '~/hostile/index.yaml:10:7 huge.yaml is larger than 1 MiB (a pack is made of its own files)',
        '~/hostile/index.yaml:11:7 up/outside.yaml leads out of the pack (a pack is made of its own files)',
      ].join('\n'),
    );
    expect(() => withPacksOpened([join(home, 'hostile')])).toThrow(BadScenario);
  });
  it.each([
    ['linked', '~/linked/index.yaml the index leads out of the pack'],
    ['pipe', '~/pipe/index.yaml the index is not a file'],
  ])('has an index of its own: %s', (name, want) => {
    const opened = openPack(join(home, name));
    expect(opened?.ok === false && told(opened.problems)).toBe(want);
  });
  it('does not keep the rest from being listed', () => {
    const library = openLibrary({ CKA_NET_SCENARIOS: [join(home, 'hostile'), join(home, 'port')].join(':') }, '/');
    expect(library.scenarios.some((one) => one.name === 'port/quay')).toBe(true);
    expect(library.problems.length).toBe(6);
  });
  it('cannot be asked for by a path that leaves it', async () => {
    await expect(readScenario('port/../../../etc/passwd')).rejects.toThrow(Failure);
  });
});

// prettier-ignore
const mistakes: [what: string, text: string, want: string][] = [
  ['no licence', index('a', ['b.yaml']).replace(', licence: CC-BY-4.0', ''), 'index.yaml:3:11 metadata needs a field "licence" (Its licence, as an SPDX expression.)'],
  ['a licence in words', index('a', ['b.yaml']).replace('CC-BY-4.0', 'free for all'), 'index.yaml:3:52 metadata.licence must be an SPDX expression like CC-BY-4.0 or MIT OR Apache-2.0, not "free for all"'],
  ['half a licence', index('a', ['b.yaml']).replace('CC-BY-4.0', 'MIT OR (Apache-2.0'), 'index.yaml:3:52 metadata.licence must be an SPDX expression like CC-BY-4.0 or MIT OR Apache-2.0, not "MIT OR (Apache-2.0"'],
  ['a path upwards', index('a', ['../b.yaml']), 'index.yaml:6:7 spec.scenarios[0] must be a path in the pack, without . and .., not "../b.yaml"'],
  ['an absolute path', index('a', ['/etc/passwd.yaml']), 'index.yaml:6:7 spec.scenarios[0] must be a path in the pack: letters, digits, dots, dashes and slashes, not "/etc/passwd.yaml"'],
  ['another path of another system', index('a', ['"..\\\\b.yaml"']), 'index.yaml:6:7 spec.scenarios[0] must be a path in the pack: letters, digits, dots, dashes and slashes, not "..\\\\b.yaml"'],
  ['a program', index('a', ['run.js']), 'index.yaml:6:7 spec.scenarios[0] must be a .yaml or .yml file, not "run.js"'],
  ['an escape sequence', index('a', ['b.yaml']).replace('A day in port', '"\\e]0;owned\\a"'), 'index.yaml:3:28 metadata.title must be one line without control characters, not "\\u001b]0;owned\\u0007"'],
  ['text that turns around', index('a', ['b.yaml'], ', author: "\\u202egnp.exe"'), 'index.yaml:3:71 metadata.author must be one line without control characters, not "\u202egnp.exe"'],
  ['a name with a path in it', index('../a', ['b.yaml']), 'index.yaml:3:18 metadata.name must be lower-case letters, digits and dashes, not "../a"'],
  ['no scenarios', index('a', ['b.yaml']).replace('    - b.yaml', '    []'), 'index.yaml:6:5 spec.scenarios must not be empty'],
  ['a scenario twice', index('a', ['b.yaml', 'c/b.yml']), 'index.yaml:7:7 two scenarios are called "b" (the first is b.yaml)'],
  ['a script to run', index('a', ['b.yaml'], ', postinstall: evil'), 'index.yaml:3:63 unknown field "postinstall" (known here: name, title, description, author, homepage, licence)'],
  ['a homepage that is a program', index('a', ['b.yaml'], ', homepage: "javascript:alert(1)"'), 'index.yaml:3:73 metadata.homepage must be an https:// address, not "javascript:alert(1)"'],
  ['more than the index', `${index('a', ['b.yaml'])}---\n${lesson('b')}`, 'index.yaml:8:1 an index is one document (scenarios and objects go into files of their own)'],
  ['no YAML', `${index('a', ['b.yaml'])}  x: [`, 'index.yaml:7:6 this [ is never closed (] is missing)'],
];
it.each(mistakes)('%s is told', (_, text, want) => {
  const loaded = loadPack({ name: 'index.yaml', text });
  expect(loaded === undefined ? 'no pack' : loaded.ok ? 'sound' : told(loaded.problems)).toBe(want);
});

it.each(['MIT', 'CC-BY-4.0', 'GPL-2.0+', 'MIT OR Apache-2.0', '(MIT AND CC0-1.0) OR GPL-2.0-only WITH Classpath-exception-2.0'])(
  '%s is a licence',
  (licence) =>
    expect(loadPack({ name: 'index.yaml', text: index('a', ['b.yaml']).replace('CC-BY-4.0', licence) })).toMatchObject({
      ok: true,
      index: { licence },
    }),
);
