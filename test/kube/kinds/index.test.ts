import { describe, expect, it } from '@jest/globals';
import { apiVersionOf, type Kind } from '#kube/kind.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { recordedLines } from '../../support/recorded.ts';

/** The cells of a line of `kubectl api-resources -o wide`. */
function row(kind: Kind): string {
  return [
    kind.plural,
    kind.shortNames.join(','),
    apiVersionOf(kind),
    String(kind.namespaced),
    kind.kind,
    kind.verbs.join(','),
    kind.categories.join(','),
  ]
    .filter((cell) => cell !== '')
    .join(' ');
}

describe('the kinds of the API', () => {
  const { stdout } = recordedLines('market/api-resources.jsonl')[0]!;
  const recorded = stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/ +/g, ' '));
  const kinds = [...builtInKinds, ...gatewayKinds.filter((kind) => !['BackendTLSPolicy', 'GRPCRoute'].includes(kind.kind))];
  const ours = new Set(kinds.map(row));

  it.each(recorded)('%s', (line) => expect(ours).toContain(line));

  it('has no others', () => expect(ours.size).toBe(recorded.length));
});
