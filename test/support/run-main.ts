/** The program, run in this process. */
import { jest } from '@jest/globals';
import { main } from '#cli/program.ts';

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line and gives what it wrote and its exit status. */
export async function runMain(...argv: string[]): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      written[stream] += String(chunk);
      return true;
    }),
  );
  try {
    return { status: await main(argv), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
