/** The `weave` script of Weave Net's image (weave 2.8.1): with --local it asks the daemon beside it over HTTP. */
import { failure, output, type Command, type Io, type Output } from '../../command.ts';

const endpoint = 'http://127.0.0.1:6784';

/** `call_weave GET`: an error of the daemon is its text, and a status. */
async function ask(io: Io, path: string): Promise<Output> {
  return io.run(['curl', '-s', '-S', '-f', `${endpoint}${path}`]);
}

async function status(words: readonly string[], io: Io): Promise<Output> {
  const whole = words.length === 0;
  const { stdout, stderr, exitCode } = await ask(io, ['/status', ...words].join('/'));
  const notFound = exitCode === 22;
  const said = notFound ? `Invalid 'weave status' sub-command: ${words.join(' ')}\n` : stderr;
  return { stdout: whole ? `\n${stdout}\n` : stdout, stderr: said, exitCode: exitCode === 0 ? 0 : 1 };
}

export const weave: Command = {
  name: 'weave',
  async run(args, io): Promise<Output> {
    const words = args.filter((arg) => arg !== '--local');
    if (words[0] === 'version') return output('weave script 2.8.1\n');
    if (words.length === args.length) return failure('cka-net: weave without --local, which would ask Docker, is not simulated\n');
    if (words[0] === 'status') return status(words.slice(1), io);
    if (words[0] === 'report') return failure('cka-net: weave report is not simulated\n');
    return failure(`cka-net: weave ${words[0] ?? ''} is not simulated\n`);
  },
};
