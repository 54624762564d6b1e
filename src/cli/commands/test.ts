import type { Claim } from '#learn/proof.ts';
import { proofView } from '#ui/proof-view.ts';
import { exitCodes } from '../failure.ts';
import { prove } from '../prove.ts';
import { readScenario } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';

interface TestOptions {
  readonly seed?: string;
  readonly output?: string;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

/** `cka-net test <scenario…>`: proves scenarios. Exits 1 when one does not keep what it promises. */
export async function test(names: readonly string[], { seed = '0', output, verbose = false, color }: TestOptions): Promise<number> {
  const terminal = openTerminal({ color });
  const proofs: { readonly scenario: string; readonly claims: readonly Claim[] }[] = [];
  for (const name of names) {
    const scenario = await readScenario(name);
    const claims = await prove(scenario, seed);
    proofs.push({ scenario: scenario.name, claims });
    if (output !== 'json') terminal.print(proofView(scenario.name, claims, verbose, terminal));
  }
  if (output === 'json') terminal.print([JSON.stringify(proofs, undefined, 2)]);
  return proofs.every(({ claims }) => claims.every((one) => one.holds)) ? exitCodes.ok : exitCodes.no;
}
