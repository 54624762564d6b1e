/** What the recorded server said of creations and patches, through the REST interface. */
import { describe, expect, it } from '@jest/globals';
import type { Lab } from '#lab/lab.ts';
import { recordedLines } from '../support/recorded.ts';
import { market } from './support/market.ts';
import { collectionOf, complaint, manifests, send } from './support/rest.ts';

const records = recordedLines('market/apiserver-errors.jsonl').filter(
  ({ stderr, exitCode }) => exitCode === 0 || /^(Warning: .*\n)*(Error from server|The )/.test(stderr),
);
const patchCommand =
  /^kubectl patch (\S+) (\S+)(?: -n (\S+))?(?: --subresource=(\S+))?(?: --type=(\S+))?(?: --dry-run=(server))? -p '(.*)'(?: --dry-run=(server))?$/s;

/** Cases that stand on what earlier ones left behind (test/control/recorded-errors.test.ts has them in order). */
const standsOnOthers = /first bad|second pod|no class while two|search a dot|same containerPort twice/;
/** What kubectl finds out by itself; a random address in the message; an empty list that decoding drops. */
const different = ['service: kind lower case', 'service: name empty', 'ingress: rules empty list'];
/** The recorded server had one more source in every token volume, and left it out of its records: the lines of its diffs are counted on. */
const countsLines = [
  'update: pod: nodeName changed',
  'update: pod: hostNetwork changed',
  'update: pod: serviceAccount changed',
  'update: pod: port changed',
];

function createAll(lab: Lab, manifest: string, fieldValidation: string): string {
  return manifests(manifest)
    .map((object) =>
      complaint(
        send(lab, 'POST', collectionOf(object), { body: object, query: { fieldManager: 'kubectl-create', fieldValidation } }),
        'STDIN',
      ),
    )
    .join('');
}

describe('creations', () => {
  const creations = records.filter(
    ({ command, note = '' }) =>
      /^kubectl create( --validate=(false|warn))? -f -$/.test(command) && !standsOnOthers.test(note) && !different.includes(note),
  );
  it.each(creations.map((record) => [record.note!, record] as const))('%s', (_, { command, stdin = '', stderr }) => {
    const validation = command.includes('=false') ? 'Ignore' : command.includes('=warn') ? 'Warn' : 'Strict';
    expect(createAll(market(Date.parse('2026-11-23T03:18:00Z')), stdin, validation)).toBe(stderr);
  });
});

const contentTypes: Readonly<Record<string, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

describe('patches', () => {
  const patches = records.filter(
    ({ command, note = '' }) => patchCommand.test(command) && !countsLines.includes(note) && !/is YAML/.test(note),
  );
  it.each(patches.map((record) => [record.note!, record] as const))('%s', (_, { command, stderr }) => {
    const [, word = '', name = '', namespace = '', subresource, type = 'strategic', before, patch = '', after] =
      patchCommand.exec(command)!;
    const lab = market(Date.parse('2026-11-23T03:18:00Z'));
    const path = `${pathOf(lab, word, namespace)}/${name}${subresource === undefined ? '' : `/${subresource}`}`;
    const dryRun = before ?? after;
    const answer = send(lab, 'PATCH', path, {
      body: patch,
      headers: { 'Content-Type': contentTypes[type]! },
      query: { fieldManager: 'kubectl-patch', ...(dryRun !== undefined && { dryRun: 'All' }) },
    });
    expect(complaint(answer)).toBe(stderr);
  });
});

/** The collection that a word of a command line means. */
function pathOf(lab: Lab, word: string, namespace: string): string {
  interface Discovered {
    readonly items: readonly {
      readonly metadata: { readonly name?: string };
      readonly versions: readonly {
        readonly version: string;
        readonly resources: readonly {
          readonly resource: string;
          readonly singularResource: string;
          readonly shortNames?: readonly string[];
          readonly scope: string;
        }[];
      }[];
    }[];
  }
  const headers = { Accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
  for (const root of ['/api', '/apis']) {
    for (const { metadata, versions } of (send(lab, 'GET', root, { headers }).body as Discovered).items) {
      for (const { version, resources } of versions) {
        const found = resources.find((one) => [one.resource, one.singularResource, ...(one.shortNames ?? [])].includes(word));
        if (found === undefined) continue;
        const group = metadata.name === undefined ? '/api' : `/apis/${metadata.name}`;
        return `${group}/${version}${found.scope === 'Namespaced' ? `/namespaces/${namespace}` : ''}/${found.resource}`;
      }
    }
  }
  throw new Error(word);
}
