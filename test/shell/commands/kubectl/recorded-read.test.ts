import { describe, expect, it } from '@jest/globals';
import { readCommands, type RecordedCommand } from '../../../apiserver/support/market.ts';
import { market } from './support/market.ts';
import { homeFiles, run } from './support/run.ts';

/** `at` is cut to the second: the command ran in the second that begins there. */
async function answerAt(record: RecordedCommand, milliseconds: number) {
  const terminal = { lab: market(Date.parse(record.at) + milliseconds), files: homeFiles(), options: { version: 'v1.33.1' } };
  const { stdout, stderr, exitCode } = await run(terminal, record.command, record.stdin);
  return { stdout, stderr, exitCode };
}

describe('reading commands, as kubectl v1.33.1 answered them', () => {
  it.each(readCommands('kubectl-read.jsonl').map((record, i) => [record.command, i, record] as const))('%s (%d)', async (_, __, record) => {
    const want = { stdout: record.stdout, stderr: record.stderr, exitCode: record.exitCode };
    const first = await answerAt(record, 0);
    const got = JSON.stringify(first) === JSON.stringify(want) ? first : await answerAt(record, 1000);
    expect(got).toEqual(want);
  });
});
