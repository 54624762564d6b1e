import { describe, expect, it } from '@jest/globals';
import { fieldSelectorProblem, matchesFields, parseFieldSelector } from '#kube/field-selector.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { Event } from '#kube/kinds/event.ts';
import { Job } from '#kube/kinds/job.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';

const parsed = (text: string) => {
  const result = parseFieldSelector(text);
  if (!result.ok) throw new Error(result.error);
  return result.value;
};

describe('fields of objects', () => {
  const meta = { name: 'web', namespace: 'shop' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: meta, spec: { nodeName: 'node01' }, status: { phase: 'Running' } };
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: meta,
    involvedObject: { name: 'web' },
    source: { component: 'kubelet' },
    type: 'Warning',
  };
  it.each([
    ['metadata.name=web', Pod, pod, true],
    ['metadata.name!=web', Pod, pod, false],
    ['spec.nodeName==node01,status.phase=Running', Pod, pod, true],
    ['status.phase=Pending,spec.nodeName=node01', Pod, pod, false],
    ['status.podIP=', Pod, pod, true],
    ['spec.hostNetwork=false', Pod, pod, true],
    ['spec.unschedulable=false', Node, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }, true],
    ['type!=Normal', Event, event, true],
    ['source=kubelet', Event, event, true],
    ['involvedObject.name=api', Event, event, false],
    ['status.successful=0', Job, { apiVersion: 'batch/v1', kind: 'Job', metadata: meta }, true],
    ['metadata.name=a\\,b', ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a,b' } }, true],
  ])('%s', (text, kind, object, want) => expect(matchesFields(kind, parsed(text), object)).toBe(want));
});

describe('selectors that cannot be read', () => {
  it.each([
    ['foo', "invalid selector: 'foo'; can't understand 'foo'"],
    ['a=b,foo', "invalid selector: 'a=b,foo'; can't understand 'foo'"],
    ['a=b\\c', 'invalid field selector: invalid escape sequence: \\c'],
  ])('%s', (text, want) => expect(parseFieldSelector(text)).toEqual({ ok: false, error: want }));
});

describe('fields that cannot be selected by', () => {
  it.each([
    ['spec.foo=bar', Pod, 'field label not supported: spec.foo'],
    ['spec.nodeName=x', Pod, undefined],
    ['data.a=b', ConfigMap, '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['spec.foo=bar', Job, 'field label "spec.foo" not supported for batchv1.Job'],
  ])('%s', (text, kind, want) => expect(fieldSelectorProblem(kind, parsed(text))).toBe(want));
});
