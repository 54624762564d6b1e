import { describe, expect, it } from '@jest/globals';
import { market, readCommands } from '../../../apiserver/support/market.ts';
import { homeFiles, run } from './support/run.ts';

describe('reading commands, as kubectl v1.33.1 answered them', () => {
  it.each(readCommands('kubectl-read.jsonl').map((record, i) => [record.command, i, record] as const))('%s (%d)', async (_, __, record) => {
    const terminal = { lab: market(Date.parse(record.at)), files: homeFiles(), options: { version: 'v1.33.1' } };
    const { stdout, stderr, exitCode } = await run(terminal, record.command, record.stdin);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: record.stdout, stderr: record.stderr, exitCode: record.exitCode });
  });
});
