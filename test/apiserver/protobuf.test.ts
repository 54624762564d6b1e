/** Bodies as kubectl 1.32.4 sent them in protobuf, against what it printed of the same objects as JSON. */
import { describe, expect, it } from '@jest/globals';
import { decodeProtobuf } from '#apiserver/protobuf/decode.ts';
import { decode } from '#kube/decode.ts';
import type { KubeObject } from '#kube/object.ts';
import { recordedText } from '../support/recorded.ts';
import { kindOfObject, market } from './support/market.ts';
import { send } from './support/rest.ts';

interface RecordedBody {
  readonly command: string;
  readonly path: string;
  /** Base64. */
  readonly body: string;
  readonly object: KubeObject;
}

const records = recordedText('protobuf/kubectl-1.32.4.jsonl')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as RecordedBody);

/** The object as Go holds it. */
function held(value: unknown, like: KubeObject): unknown {
  const decoded = decode(kindOfObject(like), value);
  return decoded.ok ? decoded.value.object : decoded.error;
}

describe('bodies in protobuf', () => {
  it.each(records.map((record) => [record.command, record] as const))('%s', (_, { body, object }) => {
    const read = decodeProtobuf(atob(body));
    expect(read.ok ? held(read.value, object) : read.error).toEqual(held(object, object));
  });

  it('are taken by the server', () => {
    const { path, body, object } = records[1]!;
    const [pathname = '', query = ''] = path.split('?');
    const answer = send(market(), 'POST', pathname, {
      body: atob(body),
      headers: { 'Content-Type': 'application/vnd.kubernetes.protobuf' },
      query: Object.fromEntries(new URLSearchParams(query)),
    });
    expect(answer.code).toBe(201);
    expect((answer.body as KubeObject).metadata.name).toBe(object.metadata.name);
  });

  it.each([
    ['no magic', 'abcdef', 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]'],
    ['cut short', atob(records[0]!.body).slice(0, 20), 'unexpected EOF'],
  ])('%s', (_, body, error) => {
    expect(decodeProtobuf(body)).toEqual({ ok: false, error });
  });
});
