import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain, type Run } from '../support/run-main.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  process.env['CKA_NET_HOME'] = join(home, 'data');
  process.env['CKA_NET_SCENARIOS'] = join(home, 'pack');
  const file = (name: string, text: string | Uint8Array) => writeFileSync(join(home, name), text);
  file('bad.yaml', 'apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: bad}\nspec: {sotry: x}\n');
  file('worse.yaml', 'a: [1\n');
  file('plain.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n');
  file('latin1.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xfc, 0x0a]));
  file('huge.yaml', '');
  truncateSync(join(home, 'huge.yaml'), 100 * 1024 * 1024);
});
afterAll(() => {
  delete process.env['CKA_NET_HOME'];
  delete process.env['CKA_NET_SCENARIOS'];
  rmSync(home, { recursive: true });
});

/** Runs the program, with `~` for the place of its files. */
async function run(...argv: string[]): Promise<Run> {
  const { status, stdout, stderr } = await runMain(...argv.map((word) => word.replace(/^~/, home)));
  return { status, stdout: stdout.replaceAll(home, '~'), stderr: stderr.replaceAll(home, '~') };
}

// prettier-ignore
const rows: [line: string[], status: number, stderr: RegExp][] = [
  [['qiuz'], 2, /^cka-net: unknown command 'qiuz' \(Did you mean quiz\?\); see cka-net --help\n$/],
  [['quiz', '--cuont', '3'], 2, /^cka-net: unknown option '--cuont' \(Did you mean --count\?\); see cka-net quiz --help\n$/],
  [['quiz', '--count', 'many'], 2, /^cka-net: option '--count <n>' argument 'many' is invalid\. It must be a whole number, 1 or more\.; see cka-net quiz --help\n$/],
  [['quiz', '--count', '0'], 2, /whole number/],
  [['quiz', '--topic', 'dsn'], 2, /^cka-net: no topic is called "dsn"; did you mean dns\? \(pod-networking, .*\)\n$/],
  [['quiz', '--difficulty', 'eazy'], 2, /no difficulty is called "eazy"; did you mean easy\?/],
  [['quiz', '~/plain.yaml'], 2, /^cka-net: ~\/plain\.yaml: there are no questions in it; `cka-net inspect` shows the cluster\n$/],
  [['quiz', '--question', 'which-nod'], 2, /^cka-net: no question is called "which-nod"; did you mean which-node\?\n$/],
  [['drill', 'subnte'], 2, /^cka-net: no drill is called "subnte"; did you mean subnet\? \(subnet, .*\)\n$/],
  [['exam', '--resume'], 2, /^cka-net: no exam has been left that could go on\n$/],
  [['import', '~/nothing'], 2, /^cka-net: ~\/nothing: there is no such file\n$/],
  [['import', '~/plain.yaml'], 2, /^cka-net: ~\/plain\.yaml: this is no journal/],
  [['inspect'], 2, /^cka-net: missing required argument 'scenario'; see cka-net inspect --help\n$/],
  [['inspect', 'nope'], 2, /^cka-net: no scenario, file or directory is called "nope"; `cka-net list` shows the scenarios\n$/],
  [['inspect', '~/missing.yaml'], 2, /no scenario, file or directory is called "~\/missing\.yaml"/],
  [['inspect', '~/bad.yaml'], 2, /^~\/bad\.yaml:4:8: unknown field "sotry"; did you mean story\?\n {2}4 │ spec: \{sotry: x\}\n {4}│ {8}\^\n$/],
  [['inspect', '~/worse.yaml'], 2, /^~\/worse\.yaml:1:4: this \[ is never closed\n/],
  [['inspect', '~/latin1.yaml'], 2, /^~\/latin1\.yaml:1:4: this is not UTF-8\n/],
  [['inspect', '~/huge.yaml'], 2, /^cka-net: ~\/huge\.yaml: larger than 32 MiB/],
  [['inspect', '~'], 2, /^~\/bad\.yaml:4:8: unknown field|^cka-net: ~\/huge\.yaml: larger/],
  [['inspect', '~/plain.yaml', 'kubectl', 'get', 'pods'], 2, /^cka-net: a command goes behind "--": cka-net inspect ~\/plain\.yaml -- kubectl get pods\n$/],
  [['inspect', '~/plain.yaml', '-o', 'xml'], 2, /argument 'xml' is invalid\. Allowed choices are text, json, yaml\./],
  [['inspect', '~/plain.yaml', '--node', 'node1'], 2, /^cka-net: no node is called "node1"; did you mean node01\? \(the nodes are controlplane, node01, node02\)\n$/],
  [['lint', '~/bad.yaml'], 1, /^$/],
  [['lint', '~/plain.yaml'], 0, /^✓ ~\/plain\.yaml: well written\n$/],
];

describe('the command line', () => {
  it.each(rows)('%j exits %d', async (line, status, stderr) => {
    const result = await run(...line);
    expect(result.stderr).toMatch(stderr);
    expect(result.status).toBe(status);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  it('has help with examples everywhere', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) /gm)]
      .map((match) => match[1]!)
      .filter((name) => name !== 'help' && name !== 'cka');
    expect(commands).toEqual(
      expect.arrayContaining([
        'quiz',
        'drill',
        'exam',
        'stats',
        'export',
        'import',
        'reset',
        'inspect',
        'shell',
        'trace',
        'serve',
        'list',
        'test',
        'lint',
        'schema',
        'completion',
      ]),
    );
    for (const command of commands) {
      const { status, stdout } = await run(command, '--help');
      expect({ command, status, examples: /\nExamples:\n {2}\S/.test(stdout) }).toEqual({ command, status: 0, examples: true });
      expect(await run('help', command)).toEqual({ status: 0, stdout, stderr: '' });
    }
  });

  it('answers nothing with help, as bad usage', async () => {
    const { status, stdout, stderr } = await run();
    expect(status).toBe(2);
    expect(stdout + stderr).toContain('Usage: cka-net');
  });

  it('prints its version', async () =>
    expect(await run('-V')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) }));

  it('keeps progress: counted, exported, forgotten, imported', async () => {
    expect((await run('stats')).stdout).toContain('Nothing is written down yet');
    expect(await run('reset')).toMatchObject({ status: 0, stderr: 'There is nothing to forget.\n' });
    const drilled = {
      kind: 'drill',
      at: '2026-11-23T10:00:00Z',
      drill: 'subnet',
      seed: '1',
      answer: 'x',
      correct: true,
      score: 1,
      hints: 0,
      seconds: 3,
    };
    const line = `${JSON.stringify(drilled)}\n`;
    writeFileSync(join(home, 'progress.jsonl'), `${line}{"kind":"drill"}\n`);
    expect(await run('import', '~/progress.jsonl')).toMatchObject({
      status: 1,
      stderr: '1 entry taken in\n1 of its lines cannot be understood, the first is line 2: left out\n',
    });
    expect(await run('import', '~/progress.jsonl')).toMatchObject({
      stderr: expect.stringContaining('0 entries taken in, 1 was there already'),
    });
    expect(await run('export')).toMatchObject({ status: 0, stdout: line, stderr: '' });
    expect(await run('export', '~/plain.yaml')).toMatchObject({
      status: 2,
      stderr: 'cka-net: ~/plain.yaml is there already; name another file\n',
    });
    expect(JSON.parse((await run('stats', '-o', 'json')).stdout)).toMatchObject({
      drills: [{ drill: 'subnet', done: 1, right: 1, seconds: 3 }],
    });
    expect(await run('reset')).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') });
    const { stderr } = await run('reset', '--yes');
    expect((await run('export')).stdout).toBe('');
    const [, kept] = /import (\S+)`/.exec(stderr)!;
    expect(await run('import', kept!)).toMatchObject({ status: 0 });
    expect((await run('export')).stdout).toBe(line);
  });

  it('lists what is wrong as JSON', async () => {
    const { status, stdout } = await run('lint', '~/bad.yaml', '-o', 'json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: '~/bad.yaml',
        line: 4,
        column: 8,
        message: 'unknown field "sotry"; did you mean story?',
        note: null,
        rule: 'format',
        severity: 'error',
        fixable: false,
      },
    ]);
  });

  it('prints a JSON Schema in which everything is described', async () => {
    const { stdout } = await run('schema');
    const schema = JSON.parse(stdout) as object;
    expect(schema).toMatchObject({ type: 'object', required: ['apiVersion', 'kind', 'metadata'], additionalProperties: false });
    const undescribed: string[] = [];
    const visit = (value: unknown, path: string) => {
      if (typeof value !== 'object' || value === null) return;
      const { properties } = value as { properties?: Readonly<Record<string, object>> };
      for (const [name, field] of Object.entries(properties ?? {})) {
        if (!('description' in field) && !('const' in field)) undescribed.push(`${path}.${name}`);
      }
      for (const [name, inner] of Object.entries(value)) visit(inner, name === 'properties' ? path : `${path}.${name}`);
    };
    visit(schema, '');
    expect(undescribed).toEqual([]);
  });
});
