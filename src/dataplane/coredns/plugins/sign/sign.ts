/** Signs zones. Without the zone's file, which is told at the start, there is nothing to sign; keys are only looked for. (coredns: plugin/sign) */
import { pick } from '#kube/chance.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { quote } from '../../go/quote.ts';
import type { CorednsPlugin } from '../../plugin.ts';

interface Signer {
  readonly file: string;
  readonly origin: string;
  directory: string;
}

const hours = 3_600_000;

export const sign: CorednsPlugin = {
  name: 'sign',
  setup(setup) {
    const { files, seed } = setup.environment;
    const signers: Signer[] = [];
    while (setup.next()) {
      if (!setup.nextArg()) throw setup.argumentError();
      const word = setup.word();
      const file = word.startsWith('/') || setup.block.root === '' ? word : `${setup.block.root}/${word}`;
      const own = setup.zonesOr(setup.remainingArgs()).map((origin): Signer => ({ file, origin, directory: '/var/lib/coredns' }));
      while (setup.nextBlock()) {
        const option = setup.word();
        if (option === 'directory') {
          const args = setup.remainingArgs();
          if (args.length !== 1) throw new CorefileError('can only be one argument after "directory"');
          for (const signer of own) signer.directory = args[0]!;
        } else if (option === 'key') {
          const [kind, ...paths] = setup.remainingArgs();
          if (kind !== 'file' && kind !== 'directory') throw setup.argumentError();
          const missing = paths.map((path) => `${path}.key`).find((path) => files.read(path) === undefined);
          if (missing !== undefined) throw new CorefileError(`open ${missing}: no such file or directory`);
        } else throw setup.error(`unknown property '${option}'`);
      }
      signers.push(...own);
    }
    setup.hook('sign', {
      running(context) {
        for (const { file, origin, directory } of signers) {
          const signed = `${directory}/db.${origin}signed`;
          if (files.read(signed) !== undefined) continue;
          context.log(`[INFO] plugin/sign: Signing ${quote(origin)} because open ${signed}: no such file or directory`);
          if (files.read(file) !== undefined) continue;
          const took = `${(pick(`${seed}/coredns/sign/${origin}`, 40_000) + 10_000) / 1000}µs`;
          const next = new Date(context.now + 5 * hours).toISOString();
          context.log(
            `[WARNING] plugin/sign: Error signing ${quote(origin)} with key tags "" in ${took}: open ${file}: no such file or directory, next: ${next}`,
          );
        }
      },
    });
  },
};
