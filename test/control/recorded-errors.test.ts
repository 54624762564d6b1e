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
const patchCommand =
  /^kubectl patch (\S+) (\S+)(?: -n (\S+))?(?: --subresource=(\S+))?(?: --type=(\S+))? -p '(.*)'(?: --dry-run=server)?$/s;

/** Other verbs, on top of what admission does: they have tests of their own. */
const otherVerbs = [
  'service: unknown field, apply',
  'quota: in use',
  'quota: namespace',
  'input: replace of nothing',
  'input: replace without resourceVersion keeps clusterIP',
  'input: delete -f of nothing',
  'input: delete -f of nothing, ignored',
  'input: apply --server-side conflict',
  'input: --dry-run without value',
  'input: apply over an object that create made (accepted, warning)',
];

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

/** The address that a Service without a name would have got is random. */
function withoutChance(text: string): string {
  return text.replace(/(IPAddress\.networking\.k8s\.io) "[\d.]+"/, '$1 "…"');
}

function clientFor(note: string): Client {
  const client = new Client(market);
  for (const earlier of after[note] ?? []) client.create(named(earlier).stdin!);
  if (note.startsWith('update: pod: ')) client.addTokenSource('market', 'solo');
  const deleted = afterDeletionOf[note];
  if (deleted !== undefined) {
    client.create(named(deleted).stdin!);
    client.deleteRunning('market', 'probe-x');
  }
  return client;
}

/** What is decided before the object is looked at, by the server's handlers or by kubectl: told elsewhere. */
const ofRequests = new Set(['service: kind lower case', 'update: name changed', 'update: patch is YAML (accepted, no change)']);

/** Decoding drops empty lists, as Go does when it prints; so `rules: []` is refused as if it were not there. */
const different = new Set(['ingress: rules empty list']);

const ofServer = records.filter((record) => !isClients(record) && !ofRequests.has(record.note!) && !different.has(record.note!));
const creations = ofServer.filter(({ command }) => createCommand.test(command));
const patches = ofServer.filter(({ command }) => patchCommand.test(command));

describe('creations, as kube-apiserver v1.36.2 answered them', () => {
  it.each(creations.map((record) => [record.note!, record] as const))('%s', (note, { command, stdin = '', stderr }) => {
    const validate = createCommand.exec(command)![1];
    const fieldValidation = validate === 'false' ? 'Ignore' : validate === 'warn' ? 'Warn' : 'Strict';
    expect(withoutChance(clientFor(note).create(stdin, { fieldValidation }).stderr)).toBe(withoutChance(stderr));
  });
});

describe('every record', () => {
  it('is reproduced here, or belongs to kubectl, to the handlers or to another verb', () => {
    const others = ofServer.filter((record) => !creations.includes(record) && !patches.includes(record)).map((record) => record.note);
    expect(others).toEqual(otherVerbs);
    expect([records.length, creations.length, patches.length]).toEqual([479, 350, 58]);
  });
});

describe('patches, as kube-apiserver v1.36.2 answered them', () => {
  it.each(patches.map((record) => [record.note!, record] as const))('%s', (note, { command, stderr }) => {
    const [, resource = '', name = '', namespace = '', subresource, type = 'strategic', patch = ''] = patchCommand.exec(command)!;
    const answer = clientFor(note).patch(resource, namespace, name, patch, type as 'strategic', subresource);
    expect(answer.stderr).toBe(stderr);
  });
});
