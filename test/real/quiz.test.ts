import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJournal } from '#learn/progress.ts';
import { Tmux } from './tmux.ts';

const program = fileURLToPath(new URL('../../bin/cka-net', import.meta.url));

const scenario = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: played, title: The Service that answers nobody, topic: services}
spec:
  story: Since last night the till says *connection refused*.
  break: |
    kubectl -n shop patch svc web -p '{"spec":{"selector":{"app":"wbe"}}}'
  questions:
    - id: address
      type: input
      prompt: What is the ClusterIP of \`web\`?
      answer: {object: {ref: service/web, namespace: shop, jsonpath: "{.spec.clusterIP}"}}
      hints: ["\`kubectl get svc\` has a column for it."]
    - id: label
      type: choice
      prompt: Which value of the label \`app\` does it look for?
      choices: [web, wbe, shop]
      answer: {object: {ref: service/web, namespace: shop, jsonpath: "{.spec.selector.app}"}}
    - id: pods
      type: multi
      prompt: What is so?
      choices:
        - {text: The Pods run, if: {run: {line: "kubectl -n shop get pods", stdout: {contains: Running}}}}
        - {text: The Service has endpoints, if: {run: {line: "kubectl -n shop get ep web", stdout: {contains: ":80"}}}}
    - id: mend
      type: fix
      prompt: Mend it.
      checks: [{object: {ref: service/web, namespace: shop, jsonpath: "{.spec.selector.app}", equals: web}}]
      solution: |
        kubectl -n shop patch svc web -p '{"spec":{"selector":{"app":"web"}}}'
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.27", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.96.12.7, selector: {app: web}, ports: [{port: 80}]}
`;

let home: string;
let terminal: Tmux | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  writeFileSync(join(home, 'played.yaml'), scenario);
});
afterEach(() => {
  terminal?.close();
  rmSync(home, { recursive: true });
});

/** Opens the quiz in a terminal that tells its settings before and after. */
async function open(columns = 80, rows = 30): Promise<Tmux> {
  const line = `stty -g > ${home}/before; node ${program} quiz ${home}/played.yaml; echo "status $?"; stty -g > ${home}/after; echo over`;
  terminal = new Tmux(line, columns, rows, { CKA_NET_HOME: join(home, 'data'), TERM: 'xterm-256color' });
  await terminal.waitFor(/An IP address:/);
  return terminal;
}

function answers(): readonly (readonly [string, boolean])[] {
  const path = join(home, 'data', 'journal.jsonl');
  if (!existsSync(path)) return [];
  return readJournal(readFileSync(path, 'utf8')).entries.flatMap((one) =>
    one.kind === 'answer' ? [[one.question, one.correct] as const] : [],
  );
}

/** The terminal is as it was before: its settings, its cursor, and a shell that takes a line. */
async function expectUntouched(at: Tmux): Promise<void> {
  await at.waitFor(/^over$/);
  expect(readFileSync(join(home, 'after'), 'utf8')).toBe(readFileSync(join(home, 'before'), 'utf8'));
  expect(at.cursorShows).toBe(true);
  at.type('echo still $((40 + 2))');
  at.press('Enter');
  await at.waitFor(/^still 42$/);
}

/** Plays up to a prompt, and says when it is there. */
const steps: readonly (readonly [prompt: string, play: (at: Tmux) => Promise<void>])[] = [
  ['a typed answer', async () => undefined],
  [
    'what follows a verdict',
    async (at) => {
      at.type('10.96.12.7');
      at.press('Enter');
      await at.waitFor(/✓ Right/);
      await at.waitFor(/› Next/);
    },
  ],
  [
    'a choice',
    async (at) => {
      at.press('Enter');
      await at.waitFor(/Which value/);
      await at.waitFor(/Skip the question/);
    },
  ],
  [
    'letters',
    async (at) => {
      at.press('Enter');
      await at.waitFor(/Right|Not right/);
      await at.waitFor(/› Next/);
      at.press('Enter');
      await at.waitFor(/The letters/);
    },
  ],
  [
    'a repair',
    async (at) => {
      at.type('a b');
      at.press('Enter');
      await at.waitFor(/› Next/);
      at.press('Enter');
      await at.waitFor(/Mend it/);
      await at.waitFor(/Check what I have done/);
    },
  ],
  [
    'the end',
    async (at) => {
      at.press('Enter');
      await at.waitFor(/controlplane.*[$#] /);
      at.type(`kubectl -n shop patch svc web -p '{"spec":{"selector":{"app":"web"}}}'`);
      at.press('Enter');
      await at.waitFor(/service\/web patched/);
      at.press('C-d');
      await at.waitFor(/› Check what I have done/);
      at.press('Enter');
      await at.waitFor(/✓ Right/);
      await at.waitFor(/› Next/);
      at.press('Enter');
      await at.waitFor(/Score/);
      await at.waitFor(/Enough for now/);
    },
  ],
];

describe('a quiz in a real terminal', () => {
  it('is played from the story to the score', async () => {
    const at = await open();
    for (const [, play] of steps) await play(at);
    expect(at.screen()).toContain('Since last night the till says');
    at.press('Enter');
    await at.waitFor(/status 0/);
    expect(answers().map(([question]) => question)).toEqual(['address', 'label', 'pods', 'mend']);
    await expectUntouched(at);
  }, 90_000);

  it.each(steps.map(([prompt], index) => [prompt, index] as const))(
    'Ctrl-C at %s leaves the terminal as it was and loses no answer',
    async (_, index) => {
      const at = await open();
      for (const [, play] of steps.slice(0, index + 1)) await play(at);
      const given = [0, 1, 1, 2, 3, 4][index]!;
      at.press('C-c');
      await at.waitFor(index === steps.length - 1 ? /status 0/ : /status 130/);
      expect(answers()).toHaveLength(given);
      await expectUntouched(at);
    },
    90_000,
  );

  it('gives hints, runs commands, and survives a window of 40 columns and ten thousand pasted characters', async () => {
    const at = await open(40, 20);
    at.type('?');
    at.press('Enter');
    await at.waitFor(/Hint 1 of 1/);
    at.type('$ kubectl -n shop get svc web');
    at.press('Enter');
    await at.waitFor(/ClusterIP +10\.96\.12\.7/);
    at.press('Enter');
    await at.waitFor(/Type an answer, or - to skip/);
    await at.resize(100, 30);
    at.paste('x'.repeat(10_000));
    at.press('Enter');
    await at.waitFor(/✗ Not right/);
    at.press('C-c');
    await expectUntouched(at);
    expect(answers()).toEqual([['address', false]]);
  }, 60_000);

  it('stops at Ctrl-Z and goes on at fg', async () => {
    const at = await open();
    at.type('10.96');
    at.press('C-z');
    await at.waitFor(/[Ss]topped/);
    at.type('fg');
    at.press('Enter');
    at.type('.12.7');
    at.press('Enter');
    await at.waitFor(/✓ Right/);
    at.press('C-c');
    await at.waitFor(/Your answer is kept/);
    expect(answers()).toEqual([['address', true]]);
    expect(at.cursorShows).toBe(true);
  }, 60_000);
});
