import { describe, expect, it } from '@jest/globals';
import { recordedLines } from '../../../../support/recorded.ts';
import { answer } from './support/objects.ts';

/** kubectl until v1.32 prints addresses of its memory, which are never the same. */
const withoutAddresses = (text: string) => text.replace(/0xc[0-9a-f]{9}/g, '0xc000000000');

describe.each(['v1.28.15', 'v1.29.14', 'v1.30.13', 'v1.31.9', 'v1.32.5', 'v1.33.1'])(
  'every kind, as kubectl %s described it',
  (version) => {
    it.each(recordedLines(`describe/${version}.jsonl`).map((record) => [record.command, record] as const))(
      '%s',
      async (command, record) => {
        const { stdout, stderr, exitCode } = await answer(command, version, Date.parse(record.at));
        const want = { stdout: withoutAddresses(record.stdout), stderr: record.stderr, exitCode: record.exitCode };
        expect({ stdout: withoutAddresses(stdout), stderr, exitCode }).toEqual(want);
      },
    );
  },
);
