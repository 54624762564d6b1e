/** A whole exam in a real terminal: the clock, the terminal of a task, flags, a pause, a resized window, Ctrl-C, Ctrl-Z, handed in by hand and by the clock. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJournal, type ExamEnded } from '#learn/progress.ts';
import { Tmux } from './tmux.ts';

const program = fileURLToPath(new URL('../../bin/cka-net', import.meta.url)).replace('/.unit/', '/');

const scenario = (name: string, label: string) => `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: ${name}, title: ${name}, topic: services}
spec:
  story: The Service of ${name} has lost its label.
  break: kubectl -n shop label svc web owner-
  questions:
    - id: mend
      type: fix
      prompt: Give the Service the label owner=${label}.
      points: 3
      checks:
        - {object: {ref: service/web, namespace: shop, jsonpath: "{.metadata.labels.owner}", equals: ${label}}}
        - {object: {ref: service/web, namespace: shop, jsonpath: "{.metadata.labels.also}", equals: this}}
      solution: kubectl -n shop label svc web owner=${label} also=this
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {owner: nobody}}
spec: {ports: [{port: 80}]}
`;

let home: string;
let terminal: Tmux | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  mkdirSync(join(home, 'pack'));
  for (const name of ['alpha', 'beta']) writeFileSync(join(home, 'pack', `${name}.yaml`), scenario(name, name));
});
afterEach(() => {
  terminal?.close();
  rmSync(home, { recursive: true });
});

async function open(args: string, columns = 90, rows = 40): Promise<Tmux> {
  const line = `stty -g > ${home}/before; node ${program} exam ${home}/pack/alpha.yaml ${home}/pack/beta.yaml ${args}; echo "status $?"; stty -g > ${home}/after; echo over`;
  terminal = new Tmux(line, columns, rows, {
    CKA_NET_HOME: join(home, 'data'),

    TERM: 'xterm-256color',
  });
  await terminal.waitFor(/submit hand it in/);
  await terminal.waitFor(/\d:\d\d ›/);
  return terminal;
}

function say(at: Tmux, line: string): void {
  at.type(line);
  at.press('Enter');
}

const ended = (): ExamEnded =>
  readJournal(readFileSync(join(home, 'data', 'journal.jsonl'), 'utf8')).entries.find((one) => one.kind === 'exam-end')!;

async function expectUntouched(at: Tmux): Promise<void> {
  await at.waitFor(/^over$/);
  expect(readFileSync(join(home, 'after'), 'utf8')).toBe(readFileSync(join(home, 'before'), 'utf8'));
  expect(at.cursorShows).toBe(true);
}

describe('an exam in a real terminal', () => {
  it('is sat from the first task to the report', async () => {
    const at = await open('--minutes 60 --seed 1');
    await at.waitFor(/59:5\d ›/);
    say(at, '1');
    await at.waitFor(/Task 1 of 2/);
    const first = /owner=(alpha|beta)/.exec(at.screen())![1]!;
    say(at, 't');
    await at.waitFor(/controlplane.*[$#] /);
    say(at, `kubectl -n shop label svc web owner=${first} also=this`);
    await at.waitFor(/service\/web labeled/);
    at.press('C-d');
    await at.waitFor(/Task 1 of 2/);
    at.resize(40, 24);
    say(at, 'f');
    await at.waitFor(/Flagged/);
    say(at, 'n');
    await at.waitFor(/Task 2 of 2/);
    at.resize(100, 40);
    say(at, `$ kubectl -n shop label svc web owner=${first === 'alpha' ? 'beta' : 'alpha'}`);
    await at.waitFor(/service\/web labeled/);
    say(at, 'pause');
    await at.waitFor(/Paused with 5\d:\d\d left/);
    at.press('Enter');
    await at.waitFor(/submit hand it in/);
    at.type('sub');
    at.press('C-z');
    await at.waitFor(/[Ss]topped/);
    say(at, 'fg');
    await at.waitFor(/5\d:\d\d/);
    say(at, 'mit');
    await at.waitFor(/Hand it in \(1 flagged\)\? yes or no/);
    say(at, 'yes');
    await at.waitFor(/Passed +75 % of 66 % needed/);
    // The shell has gone on with its line when the program was stopped: only its prompt comes again.
    await at.waitFor(/also=this\s+at\$/);
    expect(at.cursorShows).toBe(true);
    expect(ended()).toMatchObject({
      by: 'learner',
      percent: 75,
      passed: true,
      pauses: 1,
      results: [{ score: 1, flagged: true }, { score: 0.5 }],
    });
  }, 120_000);

  it('is handed in by the clock, out of the simulated terminal, too', async () => {
    const at = await open('--minutes 1 --seed 1');
    say(at, '1');
    await at.waitFor(/Task 1 of 2/);
    say(at, 't');
    await at.waitFor(/controlplane.*[$#] /);
    at.type('kubectl get nod');
    await at.waitFor(/The time is over/, 75);
    await at.waitFor(/Not passed/);
    await at.waitFor(/status 1/);
    await expectUntouched(at);
    expect(ended()).toMatchObject({ by: 'time', seconds: 60 });
  }, 120_000);

  it('is left by Ctrl-C only when it is meant, and takes a paste of ten thousand characters', async () => {
    const at = await open('--minutes 60 --seed 1');
    at.press('C-c');
    await at.waitFor(/Ctrl-C once more leaves/);
    at.paste('x'.repeat(10_000));
    at.press('Enter');
    await at.waitFor(/There is no/);
    at.press('C-c');
    await at.waitFor(/Ctrl-C once more leaves/);
    at.press('C-c');
    await at.waitFor(/status 130/);
    await expectUntouched(at);
  }, 120_000);
});
