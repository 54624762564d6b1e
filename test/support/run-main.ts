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
  const streams = ['stdout', 'stderr'] as const;
  const listening = streams.map((stream) => process[stream].listeners('error'));
  const spies = streams.map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      written[stream] += String(chunk);
      return true;
    }),
  );
  try {
    return { status: await main(argv), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    streams.forEach((stream, i) => endListening(process[stream], listening[i]!));
  }
}

/** The program listens as long as its process lives; this process goes on. */
function endListening(stream: NodeJS.WriteStream, before: readonly unknown[]): void {
  for (const listener of stream.listeners('error') as ((error: Error) => void)[])
    if (!before.includes(listener)) stream.off('error', listener);
}
