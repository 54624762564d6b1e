import { describe, expect, it } from '@jest/globals';
import { applyJsonPatch, type Operation } from '#apiserver/patch/json-patch.ts';
import { applyMergePatch } from '#apiserver/patch/merge-patch.ts';

const document = {
  spec: { ports: [{ port: 80 }, { port: 81 }], type: 'ClusterIP' },
  metadata: { annotations: { 'a/b': '1', 'c~d': '2' } },
};

const rows: readonly (readonly [patch: string, want: unknown])[] = [
  ['[{"op":"replace","path":"/spec/type","value":"NodePort"}]', { ...document, spec: { ...document.spec, type: 'NodePort' } }],
  [
    '[{"op":"add","path":"/spec/ports/1","value":{"port":1}}]',
    { ...document, spec: { ...document.spec, ports: [{ port: 80 }, { port: 1 }, { port: 81 }] } },
  ],
  [
    '[{"op":"add","path":"/spec/ports/-","value":{"port":1}}]',
    { ...document, spec: { ...document.spec, ports: [{ port: 80 }, { port: 81 }, { port: 1 }] } },
  ],
  ['[{"op":"remove","path":"/spec/ports/-1"}]', { ...document, spec: { ...document.spec, ports: [{ port: 80 }] } }],
  ['[{"op":"remove","path":"/metadata/annotations/a~1b"}]', { ...document, metadata: { annotations: { 'c~d': '2' } } }],
  ['[{"op":"remove","path":"/metadata/annotations/c~0d"}]', { ...document, metadata: { annotations: { 'a/b': '1' } } }],
  ['[{"op":"test","path":"/spec/ports/0","value":{"port":80}},{"op":"remove","path":"/metadata"}]', { spec: document.spec }],
  [
    '[{"op":"move","from":"/spec/type","path":"/kind"},{"op":"remove","path":"/metadata"}]',
    { spec: { ports: document.spec.ports }, kind: 'ClusterIP' },
  ],
  ['[{"op":"copy","from":"/spec/type","path":"/kind"}]', { ...document, kind: 'ClusterIP' }],
];

describe('JSON patch', () => {
  it.each(rows)('%s', (patch, want) => {
    expect(applyJsonPatch(document, JSON.parse(patch) as readonly Operation[])).toEqual({ ok: true, value: want });
  });

  it.each([
    ['[{"op":"remove","path":"/spec/nosuch"}]', 'missing'],
    ['[{"op":"replace","path":"/spec/ports/9/port","value":1}]', 'invalid index'],
    ['[{"op":"add","path":"/nosuch/x","value":1}]', 'missing'],
    ['[{"op":"test","path":"/spec/type","value":"NodePort"}]', 'test failed'],
    ['[{"op":"change","path":"/spec/type"}]', 'Unexpected kind: change'],
  ])('%s', (patch, message) => {
    expect(applyJsonPatch(document, JSON.parse(patch) as readonly Operation[])).toMatchObject({
      ok: false,
      error: expect.stringContaining(message),
    });
  });
});

describe('JSON merge patch (RFC 7386, appendix A)', () => {
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s + %s', (before, patch, want) => {
    expect(applyMergePatch(JSON.parse(before), JSON.parse(patch))).toEqual(JSON.parse(want));
  });
});
