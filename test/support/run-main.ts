/** The program, run in this process. */
import { Readable, Writable } from 'node:stream';
import { main } from '#cli/program.ts';

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  /** What comes through the pipe. */
  readonly input?: string;
  /** What is set otherwise than in this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one command line and gives what it wrote and its exit status. */
export const runMain = (...argv: string[]): Promise<Run> => runMainIn({}, ...argv);

/** As {@link runMain}, with what is around it: pipes at both ends, whatever this process has there. */
export async function runMainIn({ input = '', env = {} }: Surroundings, ...argv: string[]): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const restore = replaceInProcess({
    env: { ...process.env, COLUMNS: '80', FORCE_COLOR: '', ...env },
    stdin: Readable.from([Buffer.from(input)], { objectMode: false }),
    stdout: collecting((text) => (written.stdout += text)),
    stderr: collecting((text) => (written.stderr += text)),
  });
  try {
    return { status: await main(argv), ...written };
  } finally {
    restore();
  }
}

const collecting = (take: (text: string) => void): Writable =>
  new Writable({
    write(chunk, _, done) {
      take(String(chunk));
      done();
    },
  });

function replaceInProcess(values: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(values).map((name) => [name, Object.getOwnPropertyDescriptor(process, name)!] as const);
  for (const [name, value] of Object.entries(values)) Object.defineProperty(process, name, { value, configurable: true });
  return () => {
    for (const [name, descriptor] of before) Object.defineProperty(process, name, descriptor);
  };
}
