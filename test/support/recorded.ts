import { readFileSync } from 'node:fs';

/** What a real program printed for a command line. */
export interface Recorded {
  readonly command: string;
  readonly stdin?: string;
  readonly note?: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly at: string;
}

/** The text of a file of test/recorded/. */
export function recordedText(path: string): string {
  return readFileSync(new URL(`../recorded/${path}`, import.meta.url), 'utf8');
}

/** The records of a JSON Lines file of test/recorded/. */
export function recordedLines(path: string): readonly Recorded[] {
  return recordedText(path)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Recorded);
}
