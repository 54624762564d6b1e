/** What Gateways, listeners and routes are told of themselves: every reason once. */
import { describe, expect, it } from '@jest/globals';
import type { Condition } from '#dataplane/gateway/conditions.ts';
import { verdictOf } from './stage.ts';

const text = ({ type, status, reason, message }: Condition) => `${type}=${status} ${reason}: ${message}`;
const gateway = (listeners: string) => `gateways: [{place: shop/gw, gatewayClassName: nginx, listeners: [${listeners}]}]\n`;
const http = '{name: http, port: 80, protocol: HTTP}';
const withTls = (more: string) => `{name: tls, port: 443, protocol: HTTPS, tls: {mode: Terminate, certificateRefs: [${more}]}}`;

const fine = [
  'Accepted=True Accepted: Listener is accepted',
  'Programmed=True Programmed: Listener is programmed',
  'ResolvedRefs=True ResolvedRefs: All references are resolved',
  'Conflicted=False NoConflicts: No conflicts',
];

/** A message that a listener gets for several of its conditions. */
const missing = 'tls.certificateRefs[0]: Invalid value: shop/cert: secret does not exist';
const ungranted = 'Certificate ref to secret other/cert not permitted by any ReferenceGrant';
const conflict = 'Multiple listeners for the same port 80 specify incompatible protocols; ensure only one protocol per port';
const protocol = 'protocol: Unsupported value: "TCP": supported values: "HTTP", "HTTPS", "TLS"';
const kinds = 'Unsupported route kind for protocol HTTP "gateway.networking.k8s.io/TCPRoute"';

const listenerRows: readonly (readonly [what: string, stage: string, conditions: readonly string[]])[] = [
  ['a plain one', gateway(http), fine],
  [
    'an unsupported protocol',
    gateway('{name: tcp, port: 80, protocol: TCP}'),
    [`Accepted=False UnsupportedProtocol: ${protocol}`, `Programmed=False Invalid: ${protocol}`, fine[2]!, fine[3]!],
  ],
  [
    'two protocols on one port',
    gateway(`{name: http, port: 80, protocol: HTTP}, {name: tls, port: 80, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}`),
    [
      `Accepted=False ProtocolConflict: ${conflict}`,
      `Programmed=False Invalid: ${conflict}`,
      fine[2]!,
      `Conflicted=True ProtocolConflict: ${conflict}`,
    ],
  ],
  [
    'a certificate that is not there',
    gateway(withTls('{name: cert}')),
    [
      `Accepted=False InvalidCertificateRef: ${missing}`,
      `Programmed=False Invalid: ${missing}`,
      `ResolvedRefs=False InvalidCertificateRef: ${missing}`,
      fine[3]!,
    ],
  ],
  [
    'a certificate of another namespace, which does not allow it',
    gateway(withTls('{name: cert, namespace: other}')),
    [
      `Accepted=False RefNotPermitted: ${ungranted}`,
      `Programmed=False Invalid: ${ungranted}`,
      `ResolvedRefs=False RefNotPermitted: ${ungranted}`,
      fine[3]!,
    ],
  ],
  [
    'a certificate of another namespace, which does',
    `${gateway(withTls('{name: cert, namespace: other}'))}
secrets: [{place: other/cert, type: kubernetes.io/tls}]
grants: [{place: other/ok, from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: shop}], to: [{group: "", kind: Secret}]}]`,
    fine,
  ],
  [
    'a kind of route that it does not know',
    gateway('{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: TCPRoute}]}}'),
    [fine[0]!, `Programmed=False Invalid: ${kinds}`, `ResolvedRefs=False InvalidRouteKinds: ${kinds}`, fine[3]!],
  ],
];

describe('a listener', () => {
  it.each(listenerRows)('%s', (_, stage, conditions) => {
    const { listeners } = verdictOf(stage).gateways[0]!;
    expect([...listeners[0]!.conditions].map(text).sort()).toEqual([...conditions].sort());
  });
});

describe('a Gateway', () => {
  const of = (stage: string) => verdictOf(stage).gateways[0]!.conditions.map(text);
  it('all of whose listeners serve', () =>
    expect(of(gateway(http))).toEqual([
      'Accepted=True Accepted: Gateway is accepted',
      'Programmed=True Programmed: Gateway is programmed',
    ]));
  it('some of whose listeners do', () =>
    expect(of(gateway(`${http}, ${withTls('{name: cert}')}`))).toEqual([
      'Accepted=True ListenersNotValid: Gateway has at least one valid listener',
      'Programmed=True Programmed: Gateway is programmed',
    ]));
  it('none of whose listeners does', () =>
    expect(of(gateway(withTls('{name: cert}')))).toEqual([
      'Accepted=False ListenersNotValid: Gateway has no valid listeners',
      'Programmed=False Invalid: Gateway has no valid listeners',
    ]));
});

const accepted = 'Accepted=True Accepted: The route is accepted';
const resolved = 'ResolvedRefs=True ResolvedRefs: All references are resolved';
const rules = 'rules: [{backendRefs: [{name: a, port: 80}]}]';
const rule = (ref: string) => `routes: [{place: shop/r, rules: [{backendRefs: [${ref}]}]}]`;
const regex = 'spec.rules[0].matches[0].path.type: Unsupported value: "RegularExpression": supported values: "Exact", "PathPrefix"';
const at = 'spec.rules[0].backendRefs[0]';

const routeRows: readonly (readonly [what: string, stage: string, conditions: readonly string[], attached: number])[] = [
  ['accepted', `routes: [{place: shop/r, ${rules}}]`, [accepted, resolved], 1],
  [
    'a listener that is not there',
    `routes: [{place: shop/r, parentRefs: [{name: gw, sectionName: https}], ${rules}}]`,
    ['Accepted=False NoMatchingParent: Listener is not found for this parent ref', resolved],
    0,
  ],
  [
    'a port in the reference',
    `routes: [{place: shop/r, parentRefs: [{name: gw, port: 80}], ${rules}}]`,
    ['Accepted=False UnsupportedValue: spec.parentRefs[0].port: Forbidden: cannot be set', resolved],
    0,
  ],
  [
    'from another namespace, where only the same may',
    `routes: [{place: other/r, parentRefs: [{name: gw, namespace: shop}], ${rules}}]`,
    ['Accepted=False NotAllowedByListeners: Route is not allowed by any listener', resolved],
    0,
  ],
  [
    'from another namespace, where all may',
    `${gateway('{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}')}
routes: [{place: other/r, parentRefs: [{name: gw, namespace: shop}], ${rules}}]`,
    [accepted, resolved],
    1,
  ],
  [
    'from a namespace that is selected',
    `${gateway('{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: blue}}}}}')}
routes: [{place: other/r, parentRefs: [{name: gw, namespace: shop}], ${rules}}]`,
    [accepted, resolved],
    1,
  ],
  [
    'from one that is not',
    `${gateway('{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: green}}}}}')}
routes: [{place: other/r, parentRefs: [{name: gw, namespace: shop}], ${rules}}]`,
    ['Accepted=False NotAllowedByListeners: Route is not allowed by any listener', resolved],
    0,
  ],
  [
    'of a kind that the listener does not take',
    `${gateway('{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}]}}')}
routes: [{place: shop/r, ${rules}}]`,
    ['Accepted=False NotAllowedByListeners: Route is not allowed by any listener', resolved],
    0,
  ],
  [
    'host names that have nothing in common',
    `${gateway('{name: http, port: 80, protocol: HTTP, hostname: a.example}')}
routes: [{place: shop/r, hostnames: [b.example], ${rules}}]`,
    ['Accepted=False NoMatchingListenerHostname: Listener hostname does not match the Route hostnames', resolved],
    0,
  ],
  [
    'a listener that is not valid',
    `${gateway(`${http}, ${withTls('{name: cert}')}`)}
routes: [{place: shop/r, parentRefs: [{name: gw, sectionName: tls}], ${rules}}]`,
    ['Accepted=False InvalidListener: Listener is invalid for this parent ref', resolved],
    0,
  ],
  [
    'host names that a listener would not take, if it were valid',
    `${gateway(`${http}, ${withTls('{name: cert}').replace('{name: tls,', '{name: tls, hostname: a.example,')}`)}
routes: [{place: shop/r, hostnames: [b.example], parentRefs: [{name: gw, sectionName: tls}], ${rules}}]`,
    ['Accepted=False NoMatchingListenerHostname: Listener hostname does not match the Route hostnames', resolved],
    0,
  ],
  [
    'a Gateway that is not valid',
    `${gateway(withTls('{name: cert}'))}
routes: [{place: shop/r, ${rules}}]`,
    ['Accepted=False InvalidGateway: Gateway is invalid', resolved],
    0,
  ],
  [
    'a backend that is not there: accepted all the same',
    rule('{name: nobody, port: 80}'),
    [accepted, `ResolvedRefs=False BackendNotFound: ${at}.name: Not found: "nobody"`],
    1,
  ],
  [
    'a port that the Service does not have',
    rule('{name: a, port: 81}'),
    [accepted, 'ResolvedRefs=False BackendNotFound: no matching port for Service a and port 81'],
    1,
  ],
  [
    'a backend that is no Service',
    rule('{kind: Pod, name: a, port: 80}'),
    [accepted, `ResolvedRefs=False InvalidKind: ${at}.kind: Unsupported value: "Pod": supported values: "Service"`],
    1,
  ],
  [
    'a backend without a port',
    rule('{name: a}'),
    [accepted, `ResolvedRefs=False UnsupportedValue: ${at}.port: Required value: port cannot be nil`],
    1,
  ],
  [
    'a backend of another namespace that does not allow it',
    rule('{name: a, namespace: other, port: 80}'),
    [
      accepted,
      `ResolvedRefs=False RefNotPermitted: ${at}.namespace: Forbidden: Backend ref to Service other/a not permitted by any ReferenceGrant`,
    ],
    1,
  ],
  [
    'a grant for another kind of route is none',
    `grants: [{place: other/g, from: [{group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: shop}], to: [{group: "", kind: Service}]}]
${rule('{name: a, namespace: other, port: 80}')}`,
    [
      accepted,
      `ResolvedRefs=False RefNotPermitted: ${at}.namespace: Forbidden: Backend ref to Service other/a not permitted by any ReferenceGrant`,
    ],
    1,
  ],
  [
    'a grant in the namespace of the route is none',
    `grants: [{place: shop/g, from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}], to: [{group: "", kind: Service}]}]
${rule('{name: a, namespace: other, port: 80}')}`,
    [
      accepted,
      `ResolvedRefs=False RefNotPermitted: ${at}.namespace: Forbidden: Backend ref to Service other/a not permitted by any ReferenceGrant`,
    ],
    1,
  ],
  [
    'rules of which none can be used',
    'routes: [{place: shop/r, rules: [{matches: [{path: {type: RegularExpression, value: /x}}], backendRefs: [{name: a, port: 80}]}]}]',
    [`Accepted=False UnsupportedValue: All rules are invalid: ${regex}`, resolved],
    0,
  ],
  [
    'rules of which one cannot',
    `routes: [{place: shop/r, rules: [{matches: [{path: {type: RegularExpression, value: /x}}], backendRefs: [{name: a, port: 80}]}, {backendRefs: [{name: a, port: 80}]}]}]`,
    [accepted, `PartiallyInvalid=True UnsupportedValue: Dropped Rule(s): ${regex}`, resolved],
    1,
  ],
];

describe('a route', () => {
  it.each(routeRows)('%s', (_, stage, conditions, attached) => {
    const verdict = verdictOf(stage);
    expect(verdict.routes[0]!.parents.map((parent) => parent.conditions.map(text))).toEqual([conditions]);
    expect(verdict.gateways[0]!.listeners.reduce((sum, one) => sum + one.attached, 0)).toBe(attached);
  });

  it('whose Gateway is not there is told nothing', () =>
    expect(verdictOf(`routes: [{place: shop/r, parentRefs: [{name: gateway}], ${rules}}]`).routes).toEqual([]));
});
