import { describe, expect, it } from '@jest/globals';
import { recordedLines, type Recorded } from '../support/recorded.ts';
import { Client, recordedCluster } from '../support/write.ts';

const market = recordedCluster('market/cluster.json');
const records = recordedLines('market/apiserver-errors.jsonl');

/** Refused before the server hears of it, or said of files, flags and kinds: kubectl's own words. */
function isClients({ stderr, exitCode }: Recorded): boolean {
  return exitCode !== 0 && /^(error: |resource mapping not found|unable to (decode|recognize)|The connection to the server)/.test(stderr);
}

const createCommand = /^kubectl create(?: --validate=(false|warn))?(?: -o yaml)? -f -$/;
const patchCommand = /^kubectl patch (\S+) (\S+)(?: -n (\S+))?(?: --subresource=(\S+))?(?: --type=(\S+))? -p '(.*)'$/s;

/** Cases that stand on what earlier ones have left behind. */
const after: Readonly<Record<string, readonly string[]>> = {
  'ingress: no class while two are default (accepted: which?)': ['ingress: two default classes, none named'],
  'quota: second pod': ['quota: first pod (accepted)'],
  'first bad, second good (second created)': ['first document good, second bad (first created)'],
};

/** Pods of earlier cases had a minute to end. */
const afterDeletionOf: Readonly<Record<string, string>> = {
  'pod: dnsConfig search a dot (accepted?)': 'pod: dnsConfig search with underscore (accepted?)',
  'pod: same containerPort twice (accepted, warning?)': 'pod: same port name in two containers (accepted?)',
};

function named(note: string): Recorded {
  return records.find((one) => one.note === note)!;
}

function clientFor(note: string): Client {
  const client = new Client(market);
  for (const earlier of after[note] ?? []) client.create(named(earlier).stdin!);
  const deleted = afterDeletionOf[note];
  if (deleted !== undefined) {
    client.create(named(deleted).stdin!);
    client.deleteRunning('market', 'probe-x');
  }
  return client;
}

const ofServer = records.filter((record) => !isClients(record));
const creations = ofServer.filter(({ command }) => createCommand.test(command));
const patches = ofServer.filter(({ command }) => patchCommand.test(command));

describe('creations, as kube-apiserver v1.36.2 answered them', () => {
  it.each(creations.map((record) => [record.note!, record] as const))('%s', (note, { command, stdin = '', stderr }) => {
    const validate = createCommand.exec(command)![1];
    const fieldValidation = validate === 'false' ? 'Ignore' : validate === 'warn' ? 'Warn' : 'Strict';
    expect(clientFor(note).create(stdin, { fieldValidation }).stderr).toBe(stderr);
  });
});

describe('patches, as kube-apiserver v1.36.2 answered them', () => {
  it.each(patches.map((record) => [record.note!, record] as const))('%s', (note, { command, stderr }) => {
    const [, resource = '', name = '', namespace = '', subresource, type = 'strategic', patch = ''] = patchCommand.exec(command)!;
    const answer = clientFor(note).patch(resource, namespace, name, patch, type as 'strategic', subresource);
    expect(answer.stderr).toBe(stderr);
  });
});
