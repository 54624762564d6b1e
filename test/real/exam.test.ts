/** A whole exam in a real terminal: the clock, the hosts, flags, a pause, a resized window, Ctrl-C, Ctrl-Z, kill -9, handed in by hand and by the clock. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJournal, type ExamEnded } from '#learn/progress.ts';
import type { SavedExam } from '#learn/saved-exam.ts';
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
    EDITOR: `sh -c 'printf "by hand\\n" > "$1"; echo edited' edit`,
  });
  await terminal.waitFor(/submit hand it in/);
  await terminal.waitFor(/\d:\d\d (candidate@)?base:~\$/);
  return terminal;
}

function say(at: Tmux, line: string): void {
  at.type(line);
  at.press('Enter');
}

/** The host that the task on the screen names. */
const hostIn = (at: Tmux): string => /Solve this task on ssh (cka\d{4})(?!.*Solve this)/s.exec(at.screen())![1]!;

const savedExam = (): SavedExam => {
  const [exam] = readdirSync(join(home, 'data', 'exams'));
  return JSON.parse(readFileSync(join(home, 'data', 'exams', exam!, 'exam.json'), 'utf8')) as SavedExam;
};

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
    await at.waitFor(/59:5\d candidate/);
    say(at, '1');
    await at.waitFor(/Task 1 of 2/);
    const first = /owner=(alpha|beta)/.exec(at.screen())![1]!;
    const host = hostIn(at);
    say(at, 'kubectl get nodes');
    await at.waitFor(/bash: kubectl: command not found/);
    say(at, `ssh ${host}`);
    await at.waitFor(/controlplane.*[$#] /);
    say(at, `kubectl -n shop label svc web owner=${first} also=this`);
    await at.waitFor(/service\/web labeled/);
    at.press('C-d');
    await at.waitFor(new RegExp(`^Connection to ${host} closed\\.`));
    await at.waitFor(/Task 1 of 2/);
    await at.resize(40, 24);
    say(at, 'f');
    await at.waitFor(/Flagged/);
    say(at, 'n');
    await at.waitFor(/Task 2 of 2/);
    await at.resize(100, 40);
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
    await at.waitFor(/5\d:\d\d candidate/);
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

  it('shows the clock in the last row on a host, below what fills the screen, and after an editor', async () => {
    const at = await open('--minutes 60 --seed 1', 80, 20);
    say(at, '1');
    await at.waitFor(/Task 1 of 2/);
    say(at, `ssh ${hostIn(at)}`);
    await at.waitFor(/controlplane.*[$#] /);
    const expectClock = async () => {
      await sleep(100);
      expect(at.rows().slice(-3).join('|')).toMatch(/\| (?:5\d:\d\d|1:00:00) left +task 1 of 2 · cka\d{4} ?$/);
    };
    await expectClock();
    say(at, 'kubectl get pods -A -o yaml; seq 100');
    await at.waitFor(/^100$/);
    await at.waitFor(/controlplane.*[$#] /);
    await expectClock();
    say(at, 'seq 100 | less');
    await at.waitFor(/^17$/);
    await sleep(1100);
    await expectClock();
    expect(at.rows().slice(0, -1).join(' ')).toBe('1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 :');
    at.press('q');
    at.type('ech');
    at.press('C-z');
    await at.waitFor(/[Ss]topped/);
    say(at, 'seq 40');
    await at.waitFor(/^40$/);
    // The window is whole again for everybody else.
    expect(at.rows().at(-1)).toBe('at$');
    say(at, 'fg');
    await at.waitFor(/ 5\d:\d\d left/);
    say(at, 'o $((40 + 2))');
    await at.waitFor(/ 42$/);
    await expectClock();
    say(at, 'vi /root/note');
    await at.waitFor(/edited$/);
    await at.waitFor(/controlplane.*[$#] /);
    await expectClock();
    await at.resize(60, 24);
    await at.waitFor(/ 5\d:\d\d left/);
    await expectClock();
    say(at, 'cat /root/note');
    await at.waitFor(/by hand$/);
    at.press('C-d');
    await at.waitFor(/Task 1 of 2/);
    expect(at.rows().at(-1)).not.toContain('left');
  }, 120_000);

  it('goes on after kill -9 where it was, and marks the interruption', async () => {
    const at = await open('--minutes 60 --seed 1');
    say(at, '2');
    await at.waitFor(/Task 2 of 2/);
    const second = /owner=(alpha|beta)(?!.*owner=)/s.exec(at.screen())![1]!;
    const host = hostIn(at);
    say(at, 'f');
    await at.waitFor(/Flagged/);
    say(at, `ssh ${host}`);
    await at.waitFor(/controlplane.*[$#] /);
    say(at, `kubectl -n shop label svc web owner=${second}`);
    await at.waitFor(/service\/web labeled/);
    await at.waitFor(/controlplane.*[$#] /);
    await sleep(1500);
    process.kill(savedExam().pid, 'SIGKILL');
    await at.waitFor(/status 137/);
    await sleep(3000);
    say(at, `stty sane; node ${program} exam`);
    await at.waitFor(/An exam has been left/);
    await at.waitFor(/[3-9] seconds ago · 1 of 2 tasks begun · 59:\d\d left/);
    say(at, 'maybe');
    await at.waitFor(/yes, submit or drop/);
    say(at, 'yes');
    await at.waitFor(/Task 2 of 2 .* flagged/);
    await at.waitFor(new RegExp(`ssh ${host}`));
    say(at, `ssh ${host} kubectl -n shop label svc web also=this`);
    await at.waitFor(/service\/web labeled/);
    say(at, 'l');
    await at.waitFor(/submit hand it in/);
    say(at, 'submit');
    await at.waitFor(/yes or no/);
    say(at, 'yes');
    await at.waitFor(/1 pause, 0:\d\d: in the exam there is none/);
    // It goes on writing until the shell is there again.
    await at.waitFor(/^at\$/);
    const exam = ended();
    expect(exam).toMatchObject({ by: 'learner', percent: 50, pauses: 1, results: [{ score: 0 }, { score: 1, flagged: true }] });
    expect(exam.pausedSeconds).toBeGreaterThanOrEqual(3);
    expect(exam.seconds).toBeLessThan(60);
    expect(readdirSync(join(home, 'data', 'exams'))).toEqual([]);
  }, 120_000);

  it('is handed in by the clock, out of the simulated terminal, too', async () => {
    const at = await open('--minutes 1 --seed 1');
    say(at, '1');
    await at.waitFor(/Task 1 of 2/);
    say(at, 't');
    await at.waitFor(/controlplane.*[$#] /);
    say(at, 'kubectl get pods -A -o yaml | less');
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
    await at.waitFor(/command not found/);
    at.press('C-c');
    await at.waitFor(/Ctrl-C once more leaves/);
    at.press('C-c');
    await at.waitFor(/status 130/);
    await expectUntouched(at);
  }, 120_000);
});
