/** Every `kubectl get` of the recorded cluster that ends in a table or in a refusal of the server. */
import { describe, expect, it } from '@jest/globals';
import { market, readCommands } from './support/market.ts';
import { kubectlGet } from './support/kubectl-get.ts';

/** What kubectl refuses before it asks the server. */
const refusedByKubectl = [
  "kubectl get pods -l 'app in stall'",
  'kubectl get pods -l app===b',
  "kubectl get pods -l 'app,,b'",
  'kubectl get pods -n market -l app=stall solo',
  'kubectl get pod/solo -A',
  'kubectl get service.v1 stall -n market',
  'kubectl get deploy web svc web -n market',
];

/** One event, about the server under test itself, was left out of the records: its row made a column wider than the others need. */
const withWiderColumn = ['kubectl get events -A', 'kubectl get events -A -o wide'];
const narrowed = (text: string) => text.replaceAll(/ {3,}/g, '   ');

const records = readCommands('get.jsonl').filter(({ command }) => !refusedByKubectl.includes(command));

describe('tables as kubectl printed them', () => {
  it.each(records.map((one) => [one.command, one] as const))('%s', (command, { stdout, stderr, at }) => {
    // `at` is the second in which the command began: the server answered at some moment of it, or just after.
    const printed = Array.from({ length: 20 }, (_, tenth) => kubectlGet(market(Date.parse(at) + tenth * 100), command));
    const seen = withWiderColumn.includes(command) ? narrowed : (text: string) => text;
    expect(printed.map((one) => seen(one.stdout))).toContain(seen(stdout));
    expect(printed[0]!.stderr.trimEnd()).toBe(stderr.trimEnd());
  });
});
