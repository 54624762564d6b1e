import { describe, expect, it } from '@jest/globals';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindsCalled } from '#kube/kinds/lookup.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import type { Kind } from '#kube/kind.ts';
import { documentPath, openApiDocument } from '#kube/openapi.ts';
import { explanationOf, type Explanation, type OpenApiDocument } from '#shell/commands/kubectl/explanation.ts';
import { recordedLines } from '../../../support/recorded.ts';

const kinds = [...builtInKinds, ...gatewayKinds];
const documents = new Map<string, OpenApiDocument>();

function documentOf(kind: Kind): OpenApiDocument {
  const path = documentPath(kind);
  const members = kinds.filter((one) => documentPath(one) === path);
  const core = builtInKinds.filter(({ group }) => group === '');
  if (!documents.has(path)) documents.set(path, openApiDocument(members, core, 'v1.36.2') as unknown as OpenApiDocument);
  return documents.get(path)!;
}

function explain(kind: Kind, path: readonly string[], options: { readonly recursive?: boolean } = {}): Explanation {
  return explanationOf(documentOf(kind), kind, path, options);
}

/** The lines that are not prose, which is left out of the recording: ours is our own. */
function structure(text: string): readonly string[] {
  const lines = text.split('\n');
  const kept: string[] = [];
  let inEnum = false;
  for (const line of lines) {
    if (/^[A-Z]+:/.test(line) || /^\s+\S+\t</.test(line) || /^\s+enum: /.test(line) || inEnum) kept.push(line);
    inEnum = line === 'ENUM:' || (inEnum && line.startsWith('    '));
  }
  return kept;
}

describe('kubectl explain names the same fields and types', () => {
  const recorded = recordedLines('market/explain.jsonl');
  it.each(recorded.map((record) => [record.command, record] as const))('%s', (command, { stdout, stderr }) => {
    const [word = '', ...path] = command.split(' ')[2]!.split('.');
    const kind = kindsCalled([...builtInKinds, ...gatewayKinds], word)[0]!;
    const explained = explain(kind, path, { recursive: command.includes('--recursive') });
    expect(structure(explained.text)).toEqual(stdout.split('\n'));
    expect(explained.error === undefined ? '' : `error: ${explained.error}\n`).toBe(stderr);
  });
});

describe('the text', () => {
  it('of a field with values', () => {
    expect(explain(Service, ['spec', 'ports', 'protocol']).text).toBe(
      [
        'KIND:       Service',
        'VERSION:    v1',
        '',
        'FIELD: protocol <string>',
        'ENUM:',
        '    SCTP',
        '    TCP',
        '    UDP',
        '',
        'DESCRIPTION:',
        '    TCP, UDP or SCTP',
        '    ',
        '',
        '',
      ].join('\n'),
    );
  });

  it('of a structure', () => {
    expect(explain(Pod, ['spec', 'readinessGates']).text).toBe(
      [
        'KIND:       Pod',
        'VERSION:    v1',
        '',
        'FIELD: readinessGates <[]PodReadinessGate>',
        '',
        '',
        'DESCRIPTION:',
        '    conditions it needs to be ready',
        '    a condition that the pod needs to be ready',
        '    ',
        'FIELDS:',
        '  conditionType\t<string> -required-',
        '    type of the condition',
        '',
        '',
        '',
      ].join('\n'),
    );
  });

  it('wraps long lines', () => {
    const lines = explain(Service, ['spec']).text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
