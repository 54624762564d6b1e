/** Requests and what becomes of them: a backend, a redirect or a status. */
import { describe, expect, it } from '@jest/globals';
import { ask, verdictOf } from './stage.ts';

/** What it is about, the objects, and rows of request → outcome. */
type Group = readonly [what: string, stage: string, rows: readonly (readonly [request: string, outcome: string])[]];

const groups: readonly Group[] = [
  [
    'paths',
    `routes:
       - place: shop/paths
         rules:
           - {matches: [{path: {type: Exact, value: /cart}}], backendRefs: [{name: a, port: 80}]}
           - {matches: [{path: {type: PathPrefix, value: /cart}}], backendRefs: [{name: b, port: 80}]}
           - {matches: [{path: {type: PathPrefix, value: /shop/}}], backendRefs: [{name: c, port: 80}]}
           - {matches: [{path: {type: Exact, value: /end/}}], backendRefs: [{name: d, port: 80}]}`,
    [
      ['x/cart', 'a'],
      ['x/cart/', 'b'],
      ['x/cart/1', 'b'],
      ['x/cart?item=1', 'a'],
      ['x/cart/?item=1', 'b'],
      ['x/carts', '404'],
      ['x/Cart', '404'],
      ['x/shop', 'c'],
      ['x/shop/', 'c'],
      ['x/shop/hats', 'c'],
      ['x/shopping', '404'],
      ['x/end/', 'd'],
      ['x/end', '404'],
      ['x/', '404'],
      ['x', '404'],
    ],
  ],
  [
    'no match means the prefix /',
    `routes: [{place: shop/all, rules: [{backendRefs: [{name: a, port: 80}]}]}]`,
    [
      ['x/', 'a'],
      ['x/any/thing', 'a'],
      ['POST x/', 'a'],
      ['/', 'a'],
    ],
  ],
  [
    'the longer prefix',
    `routes:
       - place: shop/prefixes
         rules:
           - {matches: [{path: {value: /}}], backendRefs: [{name: a, port: 80}]}
           - {matches: [{path: {value: /api}}], backendRefs: [{name: b, port: 80}]}
           - {matches: [{path: {value: /api/v2}}], backendRefs: [{name: c, port: 80}]}`,
    [
      ['x/', 'a'],
      ['x/apis', 'a'],
      ['x/api', 'b'],
      ['x/api/v1', 'b'],
      ['x/api/v22', 'b'],
      ['x/api/v2', 'c'],
      ['x/api/v2/x', 'c'],
    ],
  ],
  [
    'methods, headers and queries; what one match asks for must all hold',
    `routes:
       - place: shop/matches
         rules:
           - {matches: [{method: POST}], backendRefs: [{name: a, port: 80}]}
           - {matches: [{headers: [{name: Version, value: two}]}], backendRefs: [{name: b, port: 80}]}
           - {matches: [{queryParams: [{name: beta, value: "1"}]}], backendRefs: [{name: c, port: 80}]}
           - {matches: [{headers: [{name: version, value: two}, {name: color, value: red}], method: PUT}], backendRefs: [{name: d, port: 80}]}`,
    [
      ['x/', '404'],
      ['POST x/', 'a'],
      ['x/ | version: two', 'b'],
      ['x/ | version: Two', '404'],
      ['x/?beta=1', 'c'],
      ['x/?beta=2', '404'],
      ['x/?BETA=1', '404'],
      ['x/?alpha=0&beta=1', 'c'],
      ['x/?beta=1 | version: two', 'b'],
      ['POST x/?beta=1 | version: two', 'a'],
      ['PUT x/ | version: two', 'b'],
      ['PUT x/ | version: two, color: red', 'd'],
      ['PUT x/ | color: red', '404'],
    ],
  ],
  [
    'matches of a rule are alternatives',
    `routes:
       - place: shop/either
         rules:
           - {matches: [{path: {value: /one}}, {headers: [{name: canary, value: "yes"}]}], backendRefs: [{name: a, port: 80}]}
           - {backendRefs: [{name: b, port: 80}]}`,
    [
      ['x/one', 'a'],
      ['x/two', 'b'],
      ['x/two | canary: yes', 'a'],
      ['x/two | canary: no', 'b'],
    ],
  ],
  [
    'regular expressions of headers and queries mean the whole value',
    `routes:
       - place: shop/regex
         rules:
           - {matches: [{headers: [{name: agent, value: "curl/.*", type: RegularExpression}]}], backendRefs: [{name: a, port: 80}]}
           - {matches: [{queryParams: [{name: id, value: "[0-9]+", type: RegularExpression}]}], backendRefs: [{name: b, port: 80}]}`,
    [
      ['x/ | agent: curl/8', 'a'],
      ['x/ | agent: libcurl/8', '404'],
      ['x/?id=42', 'b'],
      ['x/?id=42x', '404'],
    ],
  ],
  [
    'precedence: path before method before headers before queries',
    `routes:
       - place: shop/order
         rules:
           - {matches: [{path: {value: /p}, queryParams: [{name: q, value: "1"}, {name: r, value: "1"}]}], backendRefs: [{name: a, port: 80}]}
           - {matches: [{path: {value: /p}, headers: [{name: h, value: "1"}]}], backendRefs: [{name: b, port: 80}]}
           - {matches: [{path: {value: /p}, method: GET}], backendRefs: [{name: c, port: 80}]}
           - {matches: [{path: {value: /p/long}}], backendRefs: [{name: d, port: 80}]}`,
    [
      ['POST x/p?q=1&r=1', 'a'],
      ['POST x/p?q=1&r=1 | h: 1', 'b'],
      ['x/p?q=1&r=1 | h: 1', 'c'],
      ['x/p/long?q=1&r=1 | h: 1', 'd'],
    ],
  ],
  [
    'ties: more headers, then more parameters',
    `routes:
       - place: shop/more
         rules:
           - {matches: [{headers: [{name: h, value: "1"}]}], backendRefs: [{name: a, port: 80}]}
           - {matches: [{headers: [{name: h, value: "1"}, {name: i, value: "1"}]}], backendRefs: [{name: b, port: 80}]}
           - {matches: [{queryParams: [{name: q, value: "1"}]}], backendRefs: [{name: c, port: 80}]}
           - {matches: [{queryParams: [{name: q, value: "1"}, {name: r, value: "1"}]}], backendRefs: [{name: d, port: 80}]}`,
    [
      ['x/ | h: 1', 'a'],
      ['x/ | h: 1, i: 1', 'b'],
      ['x/?q=1', 'c'],
      ['x/?q=1&r=1', 'd'],
      ['x/?q=1&r=1 | h: 1', 'a'],
    ],
  ],
  [
    'ties between routes: the older one, though its name is later',
    `routes:
       - {place: shop/aaa, age: 1, rules: [{backendRefs: [{name: a, port: 80}]}]}
       - {place: shop/zzz, age: 9, rules: [{backendRefs: [{name: b, port: 80}]}]}`,
    [['x/', 'b']],
  ],
  [
    'ties between routes of one age: by name',
    `routes:
       - {place: shop/zzz, rules: [{backendRefs: [{name: a, port: 80}]}]}
       - {place: shop/bbb, rules: [{backendRefs: [{name: b, port: 80}]}]}`,
    [['x/', 'b']],
  ],
  [
    'ties within a route: the first rule',
    `routes: [{place: shop/one, rules: [{backendRefs: [{name: c, port: 80}]}, {backendRefs: [{name: a, port: 80}]}]}]`,
    [['x/', 'c']],
  ],
  [
    'age does not matter where a match is more exact',
    `routes:
       - {place: shop/old, age: 9, rules: [{matches: [{path: {value: /p}}], backendRefs: [{name: a, port: 80}]}]}
       - {place: shop/new, age: 1, rules: [{matches: [{path: {type: Exact, value: /p}}], backendRefs: [{name: b, port: 80}]}]}`,
    [
      ['x/p', 'b'],
      ['x/p/', 'a'],
    ],
  ],
  [
    'host names of routes: exact before wildcard, longer before shorter, all last',
    `routes:
       - {place: shop/any, rules: [{backendRefs: [{name: d, port: 80}]}]}
       - {place: shop/wild, hostnames: ["*.example.com"], rules: [{backendRefs: [{name: c, port: 80}]}]}
       - {place: shop/wilder, hostnames: ["*.eu.example.com"], rules: [{backendRefs: [{name: b, port: 80}]}]}
       - {place: shop/exact, hostnames: [www.example.com], rules: [{matches: [{path: {value: /a}}], backendRefs: [{name: a, port: 80}]}]}`,
    [
      ['www.example.com/a', 'a'],
      ['www.example.com/b', 'c'],
      ['WWW.Example.COM/a', 'a'],
      ['www.example.com:80/a', 'a'],
      ['api.example.com/', 'c'],
      ['x.y.example.com/', 'c'],
      ['x.eu.example.com/', 'b'],
      ['eu.example.com/', 'c'],
      ['example.com/', 'd'],
      ['example.org/', 'd'],
    ],
  ],
  [
    'listeners: the one that means the host most closely takes it, and no other is asked',
    `gateways:
       - place: shop/gw
         gatewayClassName: nginx
         listeners:
           - {name: all, port: 80, protocol: HTTP}
           - {name: wild, port: 80, protocol: HTTP, hostname: "*.example.com"}
           - {name: exact, port: 80, protocol: HTTP, hostname: www.example.com}
           - {name: other, port: 8080, protocol: HTTP}
     routes:
       - {place: shop/all, parentRefs: [{name: gw, sectionName: all}], rules: [{backendRefs: [{name: a, port: 80}]}]}
       - {place: shop/wild, parentRefs: [{name: gw, sectionName: wild}], rules: [{matches: [{path: {value: /w}}], backendRefs: [{name: b, port: 80}]}]}
       - {place: shop/exact, parentRefs: [{name: gw, sectionName: exact}], rules: [{matches: [{path: {value: /e}}], backendRefs: [{name: c, port: 80}]}]}
       - {place: shop/other, parentRefs: [{name: gw, sectionName: other}], rules: [{backendRefs: [{name: d, port: 80}]}]}`,
    [
      ['example.org/w', 'a'],
      ['api.example.com/w', 'b'],
      ['api.example.com/e', '404'],
      ['www.example.com/e', 'c'],
      ['www.example.com/w', '404'],
      ['www.example.com:8080/w', 'd'],
      ['example.com/', 'a'],
      ['example.org:9090/', '404'],
    ],
  ],
  [
    'what listener and route have in common',
    `gateways:
       - {place: shop/gw, gatewayClassName: nginx, listeners: [{name: wild, port: 80, protocol: HTTP, hostname: "*.example.com"}]}
     routes:
       - {place: shop/none, rules: [{matches: [{path: {value: /n}}], backendRefs: [{name: a, port: 80}]}]}
       - {place: shop/one, hostnames: [www.example.com, www.example.org], rules: [{matches: [{path: {value: /o}}], backendRefs: [{name: b, port: 80}]}]}
       - {place: shop/wider, hostnames: ["*.com"], rules: [{matches: [{path: {value: /w}}], backendRefs: [{name: c, port: 80}]}]}
       - {place: shop/apart, hostnames: [www.example.net], rules: [{matches: [{path: {value: /x}}], backendRefs: [{name: d, port: 80}]}]}`,
    [
      ['www.example.com/n', 'a'],
      ['example.org/n', '404'],
      ['www.example.com/o', 'b'],
      ['www.example.org/o', '404'],
      ['a.b.example.com/w', 'c'],
      ['www.other.com/w', '404'],
      ['www.example.net/x', '404'],
    ],
  ],
  [
    'redirects',
    `gateways:
       - place: shop/gw
         gatewayClassName: nginx
         listeners: [{name: http, port: 80, protocol: HTTP}, {name: alt, port: 8080, protocol: HTTP}]
     routes:
       - place: shop/redirects
         rules:
           - {matches: [{path: {value: /tls}}], filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]}
           - {matches: [{path: {value: /host}}], filters: [{type: RequestRedirect, requestRedirect: {hostname: new.example}}]}
           - {matches: [{path: {value: /port}}], filters: [{type: RequestRedirect, requestRedirect: {port: 8443}}]}
           - {matches: [{path: {value: /full}}], filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /there}}}]}
           - {matches: [{path: {value: /old}}], filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}]}
           - {matches: [{path: {value: /up}}], filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]}
           - {matches: [{path: {value: /plain}}], filters: [{type: RequestRedirect, requestRedirect: {scheme: http, hostname: h.example, port: 80}}]}`,
    [
      ['x/tls/a?b=c', '301 https://x/tls/a?b=c'],
      ['x:8080/tls', '301 https://x/tls'],
      ['x/host', '302 http://new.example/host'],
      ['x:8080/host', '302 http://new.example:8080/host'],
      ['x/port', '302 http://x:8443/port'],
      ['x/full/long?q=1', '302 http://x/there?q=1'],
      ['x/old/thing', '302 http://x/new/thing'],
      ['x/old', '302 http://x/new'],
      ['x/old/', '302 http://x/new'],
      ['x/up/a/b', '302 http://x/a/b'],
      ['x/up', '302 http://x/'],
      ['x:8080/plain', '302 http://h.example/plain'],
    ],
  ],
  [
    'rewrites and headers',
    `routes:
       - place: shop/changes
         rules:
           - matches: [{path: {value: /strip}}]
             filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]
             backendRefs: [{name: a, port: 80}]
           - matches: [{path: {value: /swap}}]
             filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /other/place/}}}]
             backendRefs: [{name: a, port: 80}]
           - matches: [{path: {value: /whole}}]
             filters: [{type: URLRewrite, urlRewrite: {hostname: in.example, path: {type: ReplaceFullPath, replaceFullPath: /one}}}]
             backendRefs: [{name: a, port: 80}]
           - matches: [{path: {value: /headers}}]
             filters:
               - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-Set, value: s}], add: [{name: x-add, value: two}], remove: [x-gone]}}
             backendRefs: [{name: b, port: 80}]
           - matches: [{path: {value: /answer}}]
             filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: x-a, value: "1"}], add: [{name: x-b, value: "2"}], remove: [x-c]}}]
             backendRefs: [{name: b, port: 80}]
           - matches: [{path: {value: /mirror}}]
             filters: [{type: RequestMirror, requestMirror: {backendRef: {name: d, port: 80}}}]
             backendRefs: [{name: c, port: 80}]
           - matches: [{path: {value: /own}}]
             backendRefs: [{name: c, port: 80, filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: for, value: c}]}}]}]`,
    [
      ['x/strip/a?q=1', 'a /a?q=1'],
      ['x/strip', 'a /'],
      ['x/strip/', 'a /'],
      ['x/swap/a', 'a /other/place/a'],
      ['x/whole/a/b', 'a /one host=in.example'],
      ['x/headers', 'b x-set=s x-add=two'],
      ['x/headers | x-set: old, x-add: one, x-gone: here', 'b x-set=s x-add=one,two -x-gone'],
      ['x/answer', 'b answer x-a=1 answer +x-b=2 answer -x-c'],
      ['x/mirror', 'c mirror=d'],
      ['x/own', 'c for=c'],
    ],
  ],
  [
    'backends that are not there',
    `grants:
       - {place: other/ok, from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}], to: [{group: "", kind: Service, name: b}]}
     routes:
       - place: shop/backends
         rules:
           - {matches: [{path: {value: /missing}}], backendRefs: [{name: nobody, port: 80}]}
           - {matches: [{path: {value: /port}}], backendRefs: [{name: a, port: 81}]}
           - {matches: [{path: {value: /kind}}], backendRefs: [{kind: Pod, name: a, port: 80}]}
           - {matches: [{path: {value: /none}}]}
           - {matches: [{path: {value: /zero}}], backendRefs: [{name: a, port: 80, weight: 0}]}
           - {matches: [{path: {value: /empty}}], backendRefs: [{name: empty, port: 80}]}
           - {matches: [{path: {value: /foreign}}], backendRefs: [{name: a, namespace: other, port: 80}]}
           - {matches: [{path: {value: /granted}}], backendRefs: [{name: b, namespace: other, port: 80}]}
           - {matches: [{path: {value: /noport}}], backendRefs: [{name: a}]}`,
    [
      ['x/missing', '500'],
      ['x/port', '500'],
      ['x/kind', '500'],
      ['x/none', '500'],
      ['x/zero', '500'],
      ['x/empty', '503'],
      ['x/foreign', '500'],
      ['x/granted', 'other/b'],
      ['x/noport', '500'],
    ],
  ],
  [
    'gRPC: services and methods',
    `grpc:
       - place: shop/calls
         rules:
           - {matches: [{method: {service: cart.Cart, method: Add}}], backendRefs: [{name: a, port: 80}]}
           - {matches: [{method: {service: cart.Cart}}], backendRefs: [{name: b, port: 80}]}
           - {matches: [{method: {method: Ping}}], backendRefs: [{name: c, port: 80}]}
           - {matches: [{headers: [{name: tenant, value: red}]}], backendRefs: [{name: d, port: 80}]}`,
    [
      ['POST x/cart.Cart/Add', 'a'],
      ['POST x/cart.Cart/Remove', 'b'],
      ['POST x/cart.Carts/Add', '404'],
      ['POST x/other.Service/Ping', 'c'],
      ['POST x/cart.Cart/Ping', 'b'],
      ['POST x/other.Service/Pong', '404'],
      ['POST x/other.Service/Pong | tenant: red', 'd'],
      ['POST x/cart.Cart/Add | tenant: red', 'a'],
    ],
  ],
  [
    'gRPC and HTTP beside each other',
    `routes: [{place: shop/web, rules: [{backendRefs: [{name: a, port: 80}]}]}]
     grpc: [{place: shop/calls, rules: [{matches: [{method: {service: s.S, method: M}}], backendRefs: [{name: b, port: 80}]}]}]`,
    [
      ['POST x/s.S/M', 'b'],
      ['x/s.S', 'a'],
      ['x/', 'a'],
    ],
  ],
  [
    'a rule that cannot be used is left out, and the rest serves',
    `routes:
       - place: shop/partly
         rules:
           - {matches: [{path: {type: RegularExpression, value: "/[0-9]+"}}], backendRefs: [{name: a, port: 80}]}
           - {matches: [{path: {value: /ok}}], backendRefs: [{name: b, port: 80}]}`,
    [
      ['x/42', '404'],
      ['x/ok', 'b'],
    ],
  ],
];

describe.each(groups)('%s', (_, stage, rows) => {
  const verdict = verdictOf(stage);
  it.each(rows)('%s: %s', (request, outcome) => expect(ask(verdict, request)).toBe(outcome));
});

it('is a table of at least 120 rows', () => expect(groups.reduce((sum, [, , rows]) => sum + rows.length, 0)).toBeGreaterThanOrEqual(120));

describe('weights', () => {
  const verdict = verdictOf(`
    routes:
      - place: shop/split
        rules: [{backendRefs: [{name: a, port: 80, weight: 6}, {name: nobody, port: 80, weight: 3}, {name: b, port: 80}, {name: c, port: 80, weight: 0}]}]`);
  it('share requests out, the invalid backend’s share included', () => {
    const outcomes = Array.from({ length: 10 }, (_, i) => ask(verdict, 'x/', (bound) => i % bound));
    expect(outcomes).toEqual(['a', 'a', 'a', 'a', 'a', 'a', '500', '500', '500', 'b']);
  });
});
