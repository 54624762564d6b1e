/** What was acknowledged is there afterwards: killed at random moments, two writers at once, a disk that is full. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJournal } from '#learn/progress.ts';

const program = fileURLToPath(new URL('../../bin/cka-net', import.meta.url)).replace('/.unit/', '/');
const kills = Number(process.env['KILLS'] ?? 200);

const questions = Array.from({ length: 60 }, (_, n) => ({
  id: `q${n}`,
  type: 'choice',
  prompt: `Question ${n}?`,
  choices: ['1', '2'],
  answer: { range: { of: '10.0.0.0/24', cut: 25 } },
}));
const scenario = JSON.stringify({ apiVersion: 'cka-net/v1', kind: 'Scenario', metadata: { name: 'played' }, spec: { questions } });

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  writeFileSync(join(home, 'played.yaml'), scenario);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const journal = (data: string) => join(data, 'journal.jsonl');
const entriesOf = (data: string) => readJournal(existsSync(journal(data)) ? readFileSync(journal(data), 'utf8') : '');

/** Plays by pipe until it is killed, or to the end; returns the verdicts that were seen, and for how long they came. */
async function play(data: string, killAfter?: number): Promise<{ readonly verdicts: number; readonly span: number }> {
  const child = spawn(process.execPath, [program, 'quiz', join(home, 'played.yaml')], {
    env: { PATH: process.env['PATH'] ?? '', CKA_NET_HOME: data },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let seen = '';
  let timer: NodeJS.Timeout | undefined;
  let first: number | undefined;
  let last = 0;
  child.stdout.on('data', (text: Buffer) => {
    seen += text.toString();
    if (!seen.includes('✓ Right')) return;
    last = performance.now();
    first ??= last;
    // The time begins to run with the first verdict: before it there is nothing to lose.
    if (killAfter !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfter);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end('2\n'.repeat(questions.length));
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { verdicts: seen.match(/✓ Right/g)?.length ?? 0, span: last - (first ?? last) };
}

describe('the journal', () => {
  it(`has every acknowledged answer after kill -9 at ${kills} random moments, and always loads`, async () => {
    const { verdicts: all, span } = await play(join(home, 'whole'));
    expect(all).toBe(questions.length);
    let cut = 0;
    const once = async (n: number) => {
      const data = join(home, `data-${n}`);
      const acknowledged = (await play(data, Math.random() * span * 0.8)).verdicts;
      const { entries, damaged } = entriesOf(data);
      const kept = entries.filter((one) => one.kind === 'answer').length;
      expect([n, kept >= acknowledged, damaged.length <= 1]).toEqual([n, true, true]);
      // Whoever comes next goes on, and what was left unfinished is mended.
      if (damaged.length > 0 || n % 20 === 0) {
        await play(data);
        expect(entriesOf(data).entries.filter((one) => one.kind === 'answer').length).toBeGreaterThanOrEqual(kept);
        expect(entriesOf(data).damaged).toEqual([]);
      }
      if (acknowledged < all) cut++;
      rmSync(data, { recursive: true, force: true });
    };
    for (let n = 0; n < kills; n += 2) await Promise.all([once(n), once(n + 1)]);
    // Many of the moments are within the round, not behind its end.
    expect(cut).toBeGreaterThan(kills / 4);
  }, 600_000);

  it('takes the answers of two processes at once', async () => {
    const data = join(home, 'data');
    const seen = await Promise.all([play(data), play(data)]);
    const { entries, damaged } = entriesOf(data);
    expect(damaged).toEqual([]);
    expect(entries.filter((one) => one.kind === 'answer')).toHaveLength(seen[0].verdicts + seen[1].verdicts);
  }, 60_000);

  const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;
  (canMount ? it : it.skip)(
    'survives a full disk: told once, the quiz goes on, and nothing is damaged',
    () => {
      const disk = join(home, 'disk');
      mkdirSync(disk);
      // What is left holds some answers and not all of them; then room is made, and what was missed is written.
      const script = `
      mount -t tmpfs -o size=64k tmpfs ${disk} && mkdir ${disk}/data && head -c 50000 /dev/zero > ${disk}/ballast
      yes 2 | head -n ${questions.length} | CKA_NET_HOME=${disk}/data ${process.execPath} ${program} quiz ${home}/played.yaml > ${home}/out 2> ${home}/err
      cp ${disk}/data/journal.jsonl ${home}/full.jsonl
      rm ${disk}/ballast
      yes 2 | head -n ${questions.length} | CKA_NET_HOME=${disk}/data ${process.execPath} ${program} quiz --count 2 ${home}/played.yaml >> ${home}/out 2>> ${home}/err
      cp ${disk}/data/journal.jsonl ${home}/later.jsonl`;
      const { status, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
      const told = readFileSync(join(home, 'err'), 'utf8');
      expect(told.match(/cannot be written \(ENOSPC\)/g)).toHaveLength(1);
      expect(readFileSync(join(home, 'out'), 'utf8').match(/✓ Right/g)!.length).toBeGreaterThanOrEqual(questions.length);
      const full = readJournal(readFileSync(join(home, 'full.jsonl'), 'utf8')).entries;
      expect(full.length).toBeGreaterThan(3);
      const later = readJournal(readFileSync(join(home, 'later.jsonl'), 'utf8'));
      expect(later.damaged).toEqual([]);
      expect(later.entries.length).toBeGreaterThan(full.length);
    },
    60_000,
  );
  if (!canMount) console.warn('the full disk is not tried: it takes root and a mount namespace');
});
