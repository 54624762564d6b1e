/** Our plugins against Debian's binaries of the reference plugins (1.1.1): answers, stores, links, addresses, routes, rules. */
import { describe, expect, it } from '@jest/globals';
import { normalised, runOurs, runReal, whyNot } from './cni-bench.ts';
import { cases } from './cni-cases.ts';

const reason = whyNot();
if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);

(reason === undefined ? describe : describe.skip)(
  `CNI plugins as the real ones${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    it.each(cases.map((one, i) => [one.name, one, i] as const))('%s', (_, one, i) => {
      expect(normalised(runOurs(one))).toEqual(normalised(runReal(one, String(i))));
    });
  },
);
