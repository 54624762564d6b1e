/** envsubst(1) of GNU gettext 0.21 (gettext-runtime/src/envsubst.c): `$NAME` and `${NAME}` as the environment has them. */
import { failure, output, type Command } from '../../command.ts';

const reference = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g;

const namesIn = (text: string): readonly string[] => [...text.matchAll(reference)].map(([, plain, braced]) => (plain ?? braced)!);

export const envsubst: Command = {
  name: 'envsubst',
  run(args, io) {
    const [first, second] = args;
    if (first === '-v' || first === '--variables') {
      if (second === undefined) return failure('envsubst: missing arguments\n');
      return output(
        namesIn(second)
          .map((name) => `${name}\n`)
          .join(''),
      );
    }
    if (first === '-V' || first === '--version') return output('envsubst (GNU gettext-runtime) 0.21\n');
    if (first?.startsWith('-') === true)
      return failure(
        `envsubst: ${first.startsWith('--') ? `unrecognized option '${first}'` : `invalid option -- '${first[1] ?? ''}'`}\nTry 'envsubst --help' for more information.\n`,
      );
    if (second !== undefined) return failure('envsubst: too many arguments\n');
    // With an argument only what is named there is replaced.
    const wanted = first === undefined ? undefined : new Set(namesIn(first));
    return output(
      io.stdin.replace(reference, (all, plain?: string, braced?: string) => {
        const name = (plain ?? braced)!;
        return wanted?.has(name) === false ? all : (io.env.get(name) ?? '');
      }),
    );
  },
};
