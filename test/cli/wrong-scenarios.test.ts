/**
 * The catalogue of wrong scenario files (test/scenario/wrong), each named for its mistake, and what is said about it. UPDATE=1 writes
 * what is said anew, and the diff is the review.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLesson, startFresh } from '#cli/open-lesson.ts';
import { prove, type Proof } from '#cli/prove.ts';
import { readScenario } from '#cli/read-scenario.ts';
import { breakCluster } from '#lesson/break-cluster.ts';
import { Lesson } from '#lesson/lesson.ts';
import { worldOf } from '#scenario/scenario.ts';
import { problemView } from '#ui/problem-view.ts';
import { proofView } from '#ui/proof-view.ts';
import { noTheme } from '#ui/theme.ts';
import { runMain } from '../support/run-main.ts';

const directory = 'test/scenario/wrong';
const golden = `${directory}/said.txt`;

/** How the mistakes of a directory come to light: by their text, on a cluster, or in the proof of what the lesson promises. */
const groups: readonly (readonly [name: string, look: (path: string) => Promise<Said>])[] = [
  ['text', lintText],
  ['format', lintText],
  ['fit', lintText],
  ['objects', lintText],
  ['style', lintText],
  ['break', breaks],
  ['live', lint],
  ['proof', proof],
];

interface Said {
  readonly command: string;
  readonly lines: string;
  readonly status: number;
}

async function lintText(path: string): Promise<Said> {
  const { stdout, stderr, status } = await runMain('lint', '--static', path);
  return { command: 'cka-net lint --static', lines: stdout + stderr, status };
}

async function lint(path: string): Promise<Said> {
  const { stdout, stderr, status } = await runMain('lint', path);
  return { command: 'cka-net lint', lines: stdout + stderr, status };
}

let healthy: Lesson | undefined;

/** As `cka-net inspect` tells it, all on one cluster: only what breaks it differs. */
async function breaks(path: string): Promise<Said> {
  const scenario = await readScenario(path);
  healthy ??= await startFresh({ ...scenario, break: '' }, '0');
  healthy.reset();
  const problem = await breakCluster(new Lesson(scenario, healthy.lab, '0'));
  const lines = problemView(problem === undefined ? [] : [problem], 80, noTheme);
  return { command: 'cka-net inspect', lines: `${lines.join('\n')}\n`, status: problem === undefined ? 0 : 2 };
}

let earlier: Proof | undefined;

/** As `cka-net test`, on one cluster: it is the same in all of them, and in those before. */
async function proof(path: string): Promise<Said> {
  const scenario = await readScenario(path);
  earlier ??= {
    scenario: scenario.name,
    claims: [],
    kept: {
      world: worldOf(scenario),
      lesson: await openLesson(scenario, '0'),
      same: { claim: 'the same seed gives the same cluster', holds: true },
      questions: new Map(),
      varied: undefined,
    },
  };
  earlier = await prove(scenario, '0', earlier);
  const lines = proofView(earlier.scenario, earlier.claims, false, { columns: 80, theme: noTheme });
  return { command: 'cka-net test', lines: `${lines.join('\n')}\n`, status: earlier.claims.every(({ holds }) => holds) ? 0 : 1 };
}

const said = new Map<string, Said>();
const home = mkdtempSync(join(tmpdir(), 'cka-net-'));
beforeAll(async () => {
  process.env['CKA_NET_HOME'] = home;
  for (const [group, look] of groups)
    for (const file of readdirSync(join(directory, group)).sort()) {
      const { lines, ...rest } = await look(join(directory, group, file));
      said.set(`${group}/${file}`, { ...rest, lines: lines.replaceAll(`${directory}/`, '') });
    }
  // A directory is one stream: what the API server refuses of it takes one cluster.
  const { lines, ...rest } = await lint(join(directory, 'refused'));
  for (const part of lines.replaceAll(`${directory}/`, '').split(/^(?=refused\/)/m))
    said.set(part.slice(0, part.indexOf(':')), { ...rest, lines: part });
});
afterAll(() => {
  delete process.env['CKA_NET_HOME'];
  rmSync(home, { recursive: true });
});

it('there are more than a hundred', () => {
  expect(said.size).toBeGreaterThan(200);
  expect([...said.keys()].filter((file) => file.startsWith('refused/')).length).toBe(readdirSync(join(directory, 'refused')).length);
});

it('is said about them what is kept', () => {
  const text = [...said].map(([file, { command, lines, status }]) => `$ ${command} ${file}\n${lines}[${status}]\n`).join('\n');
  if ((process.env['UPDATE'] ?? '') !== '') writeFileSync(golden, text);
  expect(text.split('\n')).toEqual(readFileSync(golden, 'utf8').split('\n'));
});

describe('each', () => {
  const each = (find: (lines: string, file: string) => boolean) =>
    [...said].filter(([file, { lines }]) => !find(lines, file)).map(([file]) => file);

  it('is refused', () => expect([...said].filter(([, { status }]) => status === 0)).toEqual([]));

  it('has a place', () => expect(each((lines, file) => new RegExp(`^(?: {6})?${file}:\\d+:\\d+: `, 'm').test(lines))).toEqual([]));

  it('says what to do', () => expect(each((lines) => remedies.test(lines))).toEqual([]));

  it('has a message of its own', () => {
    const messages = [...said].map(
      ([file, { lines }]) =>
        lines
          .replaceAll(file, '')
          .replaceAll(/:\d+:\d+:/g, '')
          .split('\n')[0],
    );
    const proofs = [...said].map(([, { lines }]) => lines.split('\n').slice(1).join(' '));
    const texts = messages.map((message, index) => (message!.startsWith('✗') ? proofs[index]! : message!));
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  });

  it('writes nothing that a terminal obeys', () => {
    expect(each((lines) => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(lines))).toEqual([]);
  });
});

/** What is allowed instead, what was meant, or a line of advice below the excerpt. */
const remedies = /must |did you mean|needs a field|leave |write a check|^ {4,8}(?![ │✗])\S/m;
