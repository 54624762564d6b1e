import { dnsFaults } from './dns.ts';
import type { Fault } from './fault.ts';
import { gatewayFaults } from './gateway.ts';
import { ingressFaults } from './ingress.ts';
import { nodeFaults } from './node.ts';
import { policyFaults } from './policy.ts';
import { serviceFaults } from './services.ts';

/** The catalogue of faults, in the order of its rows. */
export const faults: readonly Fault[] = [
  ...nodeFaults,
  ...dnsFaults,
  ...serviceFaults,
  ...ingressFaults,
  ...gatewayFaults,
  ...policyFaults,
].sort((a, b) => a.row - b.row);

const byName = new Map(faults.map((fault) => [fault.name, fault]));

export const faultNames: readonly string[] = [...byName.keys()];

export function faultOf(name: string): Fault | undefined {
  return byName.get(name);
}
