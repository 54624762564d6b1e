import { describe, expect, it } from '@jest/globals';
import type { Constraints } from '#control/validate/custom/structural.ts';
import { validateStructure } from '#control/validate/custom/structural.ts';
import { fieldErrorText } from '#kube/status.ts';
import { Client, recordedCluster } from '../../support/write.ts';

const market = recordedCluster('market/cluster.json');

/** A definition's schema, as a learner writes one. */
const knob: Constraints = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 10 },
        colour: { type: 'string', enum: ['red', 'blue'] },
        label: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
        tags: { type: 'array', maxItems: 2, 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' } } },
        },
      },
    },
  },
};

const unchecked =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

describe('a custom resource against its schema', () => {
  const rows: [spec: unknown, errors: string[]][] = [
    [{ size: 3, colour: 'red', label: 'abc', tags: ['a', 'b'], parts: [{ name: 'a' }, { name: 'b' }] }, []],
    [{}, ['spec.size: Required value', unchecked]],
    [{ size: '3' }, ['spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"']],
    [{ size: 0 }, ['spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1']],
    [{ size: 11 }, ['spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10']],
    [{ size: 3, colour: 'green' }, ['spec.colour: Unsupported value: "green": supported values: "red", "blue"', unchecked]],
    [{ size: 3, label: 'a' }, ['spec.label: Invalid value: "a": spec.label in body should be at least 2 chars long']],
    [{ size: 3, label: 'abcde' }, ['spec.label: Too long: may not be more than 4 bytes', unchecked]],
    [{ size: 3, label: 'AB' }, [`spec.label: Invalid value: "AB": spec.label in body should match '^[a-z]+$'`]],
    [{ size: 3, tags: ['a', 'a'] }, ['spec.tags[1]: Duplicate value: "a"']],
    [{ size: 3, tags: ['a', 'b', 'c'] }, ['spec.tags: Too many: 3: must have at most 2 items', unchecked]],
    [{ size: 3, parts: [{ name: 'a' }, { name: 'a' }] }, ['spec.parts[1]: Duplicate value: {"name":"a"}']],
  ];
  it.each(rows)('%j', (spec, errors) => expect(validateStructure(knob, { spec }, undefined).map(fieldErrorText)).toEqual(errors));
});

const group = 'gateway.networking.k8s.io';
const route = (rule: string) =>
  `{apiVersion: ${group}/v1, kind: HTTPRoute, metadata: {name: r, namespace: market}, spec: {rules: [{${rule}}]}}`;
const gateway = (listeners: string) =>
  `{apiVersion: ${group}/v1, kind: Gateway, metadata: {name: r, namespace: market}, spec: {gatewayClassName: bazaar, listeners: [${listeners}]}}`;

describe('rules of the Gateway API', () => {
  const rows: [manifest: string, error: string][] = [
    [route('backendRefs: [{name: a, port: 80}]'), ''],
    [route('backendRefs: [{name: a, kind: Other, group: example.com}]'), ''],
    [
      route('matches: [{path: {value: /a//b}}]'),
      "spec.rules[0].matches[0].path: Invalid value: must not contain '//' when type one of ['Exact', 'PathPrefix']",
    ],
    [route('matches: [{path: {type: RegularExpression, value: a//b}}]'), ''],
    [
      route(
        'matches: [{path: {type: Exact, value: /a}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]',
      ),
      'spec.rules[0]: Invalid value: When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified',
    ],
    [
      route('filters: [{type: RequestRedirect, requestRedirect: {}}, {type: RequestRedirect, requestRedirect: {}}]'),
      'spec.rules[0].filters: Invalid value: RequestRedirect filter cannot be repeated',
    ],
    [
      route('filters: [{type: URLRewrite}]'),
      'spec.rules[0].filters[0]: Invalid value: filter.urlRewrite must be specified for URLRewrite filter.type',
    ],
    [
      route('timeouts: {request: 1s, backendRequest: 2s}'),
      'spec.rules[0].timeouts: Invalid value: backendRequest timeout cannot be longer than request timeout',
    ],
    [
      gateway('{name: a, port: 443, protocol: HTTPS, tls: {mode: Passthrough, certificateRefs: [{name: s}]}}'),
      'spec.listeners: Invalid value: tls mode must be Terminate for protocol HTTPS',
    ],
    [
      gateway('{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}'),
      'spec.listeners: Invalid value: Combination of port, protocol and hostname must be unique for each listener',
    ],
    [gateway('{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP, hostname: a.example}'), ''],
    [
      gateway('{name: a, port: 53, protocol: UDP, hostname: a.example}'),
      "spec.listeners: Invalid value: hostname must not be specified for protocols ['TCP', 'UDP']",
    ],
  ];
  it.each(rows)('%s', (manifest, error) => {
    const { stderr } = new Client(market).create(manifest);
    const kind = manifest.includes('HTTPRoute') ? 'HTTPRoute' : 'Gateway';
    expect(stderr).toBe(error === '' ? '' : `The ${kind} "r" is invalid: ${error}\n`);
  });

  it('do not let a GatewayClass change its controller', () => {
    const { stderr } = new Client(market).patch('gatewayclass', '', 'bazaar', '{"spec":{"controllerName":"example.com/other"}}', 'merge');
    expect(stderr).toBe('The GatewayClass "bazaar" is invalid: spec.controllerName: Invalid value: Value is immutable\n');
  });
});
