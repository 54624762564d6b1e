/** Certificates for encrypted transports. Only their files are looked at: what is encrypted is answered like anything else. (coredns: plugin/tls, plugin/pkg/tls) */
import { CorefileError } from '../../corefile/dispenser.ts';
import type { CorednsPlugin, Setup } from '../../plugin.ts';

/** One file is a CA, two are certificate and key, three all of them. */
export function checkTlsFiles(setup: Setup, args: readonly string[]): void {
  const { files } = setup.environment;
  const missing = args.find((path) => files.read(path) === undefined);
  if (missing === undefined) return;
  const problem = `open ${missing}: no such file or directory`;
  throw new CorefileError(
    args.length === 1 || missing === args[2] ? `error reading ${missing}: ${problem}` : `could not load TLS cert: ${problem}`,
  );
}

export const tls: CorednsPlugin = {
  name: 'tls',
  setup(setup) {
    while (setup.next()) {
      const args = setup.remainingArgs();
      if (args.length < 2 || args.length > 3) throw new CorefileError(`plugin/tls: ${setup.argumentError().message}`);
      while (setup.nextBlock()) {
        if (setup.word() !== 'client_auth') throw setup.error(`unknown option '${setup.word()}'`);
        const auth = setup.remainingArgs();
        if (auth.length !== 1) throw setup.argumentError();
        if (!['nocert', 'request', 'require', 'verify_if_given', 'require_and_verify'].includes(auth[0]!))
          throw setup.error(`unknown authentication type '${auth[0]}'`);
      }
      checkTlsFiles(setup, args);
    }
  },
};
