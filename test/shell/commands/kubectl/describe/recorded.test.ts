import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '#kube/object.ts';
import type { Lab } from '#lab/lab.ts';
import { clusterOf, labOf } from '../../../../apiserver/support/market.ts';
import { recordedLines, recordedText, type Recorded } from '../../../../support/recorded.ts';
import { homeFiles, run } from '../support/run.ts';
import { marketLater } from './support/market-later.ts';

/** The dump of market6 has no leases. */
const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'n2', namespace: 'kube-node-lease' },
  spec: { holderIdentity: 'n2', renewTime: '2026-11-23T03:36:25.000000Z' },
} as KubeObject;
const market6 = clusterOf([
  ...(JSON.parse(recordedText('market6/cluster.json')) as { readonly objects: readonly KubeObject[] }).objects,
  lease,
]);

const describes = (file: string) => recordedLines(file).filter(({ command }) => / describe\b/.test(command));

/** `at` is cut to the second: the command ran somewhere in the second that begins there. */
async function answers(record: Recorded, labAt: (now: number) => Lab) {
  const { want, got } = await bothOf(record, labAt);
  expect(got).toEqual(want);
}

async function bothOf({ command, stdin, at, stdout, stderr, exitCode }: Recorded, labAt: (now: number) => Lab) {
  const want = { stdout, stderr, exitCode };
  let got;
  for (const milliseconds of [0, 250, 500, 750, 1000]) {
    const now = Date.parse(at) + milliseconds;
    const given = await run({ lab: labAt(now), files: homeFiles(), options: { version: 'v1.33.1' } }, command, stdin);
    got = { stdout: given.stdout, stderr: given.stderr, exitCode: given.exitCode };
    if (JSON.stringify(got) === JSON.stringify(want)) break;
  }
  return { want, got };
}

const left: Readonly<Record<string, string>> = {
  'kubectl describe crd referencegrants.gateway.networking.k8s.io': 'the dump has no CustomResourceDefinitions',
};

const rows = (file: string) => describes(file).map((record, i) => [record.command, i, record] as const);

describe('what kubectl v1.33.1 described of the market', () => {
  const records = rows('market/kubectl-describe.jsonl');
  it.each(records.filter(([command]) => left[command] === undefined))('%s (%d)', (_, __, record) => answers(record, marketLater));
  it.each(records.flatMap(([command, , record]) => (left[command] === undefined ? [] : [[command, left[command], record] as const])))(
    '%s: %s',
    async (_, __, record) => {
      const { want, got } = await bothOf(record, marketLater);
      expect(got).not.toEqual(want);
    },
  );
});

describe('what it described when worker-c had stopped', () => {
  it.each(rows('market/node-down-describe.jsonl'))('%s (%d)', (_, __, record) => answers(record, marketLater));
});

describe('what it described of market6', () => {
  it.each(rows('market6/kubectl.jsonl'))('%s (%d)', (_, __, record) => answers(record, (now) => labOf(market6, now)));
});
