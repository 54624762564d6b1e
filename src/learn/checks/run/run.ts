import * as z from 'zod';
import { commandEvidence } from '../../evidence.ts';
import { Expectation, expectationText, expectationWords, printsText, satisfies } from '../../expectation.ts';
import { firstLine, shown } from '../../observed.ts';
import type { CheckKind } from '../kind.ts';

const schema = z
  .strictObject({
    line: z.string().min(1).describe('The shell line to run, in a fresh root shell. What it changes is undone.'),
    node: z.string().optional().describe('The node to run it on; the control plane when absent.'),
    exitCode: z.int().min(0).max(255).default(0).describe('The exit status it should have.'),
    stdout: Expectation.optional().describe('What it should print.'),
    stderr: Expectation.optional().describe('What it should print on standard error.'),
  })
  .describe('Runs a shell line.');
type Spec = z.infer<typeof schema>;

/** What a command says, for everything that the other kinds cannot ask. */
export const run = {
  kind: 'run',
  schema,
  describe: ({ line, node, exitCode, stdout, stderr }) => {
    const where = node === undefined ? '' : ` on ${node}`;
    const wishes = [
      ...(exitCode === 0 ? (stdout === undefined && stderr === undefined ? ['succeeds'] : []) : [`exits ${exitCode}`]),
      ...(stdout === undefined ? [] : [printsText(stdout)]),
      ...(stderr === undefined ? [] : [`prints an error that ${expectationText(stderr)}`]),
    ];
    return `\`${line}\`${where} ${wishes.join(' and ')}`;
  },
  positive: ({ exitCode }) => exitCode === 0,
  async check({ line, node, exitCode, stdout, stderr }, cluster) {
    const output = await cluster.aside(() => cluster.run(line, { node }));
    const words = [stdout, stderr].flatMap((one) => (one === undefined ? [] : expectationWords(one)));
    const met =
      output.exitCode === exitCode &&
      (stdout === undefined || satisfies(output.stdout, stdout)) &&
      (stderr === undefined || satisfies(output.stderr, stderr));
    const observed =
      output.exitCode !== exitCode
        ? `it exits ${output.exitCode}: ${firstLine(output)}`
        : `it prints ${shown(output.stdout === '' ? output.stderr : output.stdout)}`;
    return { met, observed, evidence: commandEvidence(line, output, words, node) };
  },
  nodes: ({ node }) => (node === undefined ? [] : [{ path: ['node'], node }]),
} satisfies CheckKind<Spec>;
