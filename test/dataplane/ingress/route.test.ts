/** Where ingress-nginx sends a request: precedence of hosts and paths, and the status codes it gives itself. */
import { describe, expect, it } from '@jest/globals';
import { aprMd5 } from '#dataplane/ingress/apr-md5.ts';
import { route, type IncomingRequest } from '#dataplane/ingress/route.ts';
import { configured, ingressOf, serviceOf, type IngressSpec, type Path } from '../../support/ingress-objects.ts';

const services = ['web', 'api', 'shop', 'docs', 'fallback'].flatMap((name) => serviceOf(name));

interface Asked extends Partial<IncomingRequest> {
  readonly draw?: number;
}

/** `api /x` where the request goes, or the status and where it sends the client. */
function answer(
  specs: readonly IngressSpec[],
  url: string,
  asked: Asked = {},
  settings: Readonly<Record<string, string>> = {},
  more = services,
): string {
  const found = /^(https?):\/\/([^/]*)(\/.*)$/.exec(url)!;
  const { configuration } = configured(specs.map(ingressOf), more, settings);
  const request = { scheme: found[1] as 'http' | 'https', host: found[2]!, target: found[3]!, headers: {}, source: '10.0.0.9', ...asked };
  const decision = route(configuration, request, (bound) => asked.draw ?? bound);
  if (decision.kind === 'proxy')
    return decision.backend.service === undefined ? '404' : `${decision.backend.service.name} ${decision.path}`;
  return [decision.status, decision.target ?? decision.challenge].filter((one) => one !== undefined).join(' ');
}

const p = (path: string, to: string, pathType = 'Prefix'): Path => ({ path, pathType, to: `${to}:80` });
const one = (...paths: readonly Path[]): readonly IngressSpec[] => [{ name: 'i', rules: [['a.test', ...paths]] }];

describe('paths of one host', () => {
  const mixed = one(p('/', 'web'), p('/shop', 'shop'), p('/shop/cart', 'api'), p('/shop', 'docs', 'Exact'), p('/x/', 'docs'));
  it.each([
    ['/', 'web /'],
    ['/anything', 'web /anything'],
    ['/shop', 'docs /shop'], // Exact goes before Prefix
    ['/shop/', 'shop /shop/'],
    ['/shop/a', 'shop /shop/a'],
    ['/shop/cart', 'api /shop/cart'], // the longest prefix
    ['/shop/cart/1?q=2', 'api /shop/cart/1?q=2'],
    ['/shop/carts', 'shop /shop/carts'], // whole elements only
    ['/shopping', 'web /shopping'],
    ['/Shop', 'web /Shop'], // case matters
    ['/%73hop', 'docs /%73hop'], // compared decoded, sent as it came
    ['/shop//cart/', 'api /shop//cart/'], // slashes are merged for comparing
    ['/a/../shop/cart', 'api /a/../shop/cart'],
    ['/shop%2Fcart', 'api /shop%2Fcart'],
    ['/x', '301 http://a.test/x/'], // the rule ends in a slash
    ['/x?y=1', '301 http://a.test/x/?y=1'],
    ['/x/y', 'docs /x/y'],
    ['/../x', '400'],
    ['/%zz', '400'],
    ['/%00', '400'],
  ])('%s → %s', (path, expected) => expect(answer(mixed, `http://a.test${path}`)).toBe(expected));

  it.each([
    ['Exact', '/only', 'api /only'],
    ['Exact', '/only/', '404'],
    ['Exact', '/only/x', '404'],
    ['Prefix', '/only', 'api /only'],
    ['Prefix', '/only/', 'api /only/'],
    ['Prefix', '/only/x', 'api /only/x'],
    ['Prefix', '/onlyx', '404'],
    ['ImplementationSpecific', '/only', 'api /only'],
    ['ImplementationSpecific', '/only/x', 'api /only/x'],
    ['ImplementationSpecific', '/onlyx', '404'],
  ])('%s /only: %s → %s', (type, path, expected) => expect(answer(one(p('/only', 'api', type)), `http://a.test${path}`)).toBe(expected));
});

describe('expressions', () => {
  const regex = (annotations: Readonly<Record<string, string>>, ...paths: readonly Path[]) => [
    { name: 'i', annotations, rules: [['a.test', ...paths] as const] },
  ];
  const strip = regex({ 'rewrite-target': '/$2' }, p('/api(/|$)(.*)', 'api', 'ImplementationSpecific'));
  it.each([
    ['/api', 'api /'],
    ['/api/', 'api /'],
    ['/api/v1/users', 'api /v1/users'],
    ['/api/v1?x=1', 'api /v1?x=1'],
    ['/API/v1', 'api /v1'], // without regard to case
    ['/apix', '404'],
    ['/v1/api/x', '404'], // from the beginning
    ['/api/a%20b', 'api /a%20b'],
    ['/api/a%3Fb', 'api /a%3Fb'],
  ])('rewrite-target /$2 of /api(/|$)(.*): %s → %s', (path, expected) => expect(answer(strip, `http://a.test${path}`)).toBe(expected));

  it.each([
    ['/', '/app/x', 'web /'], // the classic mistake: everything becomes /
    ['/new', '/app', 'web /new'],
    ['/$1', '/app/x', 'web /'],
  ])('rewrite-target %s of /app: %s → %s', (target, path, expected) =>
    expect(answer(regex({ 'rewrite-target': target }, p('/app', 'web')), `http://a.test${path}`)).toBe(expected),
  );

  it('makes every path of the host an expression, those of other Ingresses too, and exact ones', () => {
    const specs = [
      ...regex({ 'use-regex': 'true' }, p('/a.*z', 'api', 'ImplementationSpecific')),
      { name: 'j', age: 1, rules: [['a.test', p('/exact', 'docs', 'Exact')] as const] },
    ];
    expect(answer(specs, 'http://a.test/abcz')).toBe('api /abcz');
    expect(answer(specs, 'http://a.test/exactly/so')).toBe('docs /exactly/so');
    expect(answer(specs, 'http://a.test/EXACT')).toBe('docs /EXACT');
  });

  it('takes the longest expression first, whatever it matches', () => {
    const specs = regex(
      { 'use-regex': 'true' },
      p('/foo/bar/.+', 'web', 'ImplementationSpecific'),
      p('/foo/bar/[A-Z0-9]{3}', 'api', 'ImplementationSpecific'),
    );
    expect(answer(specs, 'http://a.test/foo/bar/XYZ')).toBe('api /foo/bar/XYZ');
    expect(answer(specs, 'http://a.test/foo/bar/a')).toBe('web /foo/bar/a');
  });
});

describe('hosts', () => {
  const specs: readonly IngressSpec[] = [
    { name: 'exact', rules: [['shop.a.test', p('/', 'shop')]] },
    { name: 'wild', age: 1, rules: [['*.a.test', p('/', 'web')]] },
    { name: 'any', age: 2, rules: [['', p('/all', 'docs')]] },
    { name: 'rest', age: 3, defaultBackend: 'fallback:80' },
  ];
  it.each([
    ['shop.a.test', '/', 'shop /'],
    ['SHOP.a.test', '/', 'shop /'],
    ['shop.a.test:8080', '/', 'shop /'],
    ['shop.a.test.', '/', 'shop /'],
    ['other.a.test', '/', 'web /'],
    ['a.test', '/', 'fallback /'], // a wildcard stands for one label, not for none
    ['x.y.a.test', '/', 'fallback /'], // nor for two
    ['nobody.test', '/all/x', 'docs /all/x'],
    ['nobody.test', '/', 'fallback /'],
    ['10.0.0.1', '/', 'fallback /'],
    ['shop.a.test', '/all', 'shop /all'], // rules for any host are not for those that have their own
  ])('%s%s → %s', (host, path, expected) => expect(answer(specs, `http://x${path}`, { host })).toBe(expected));

  it('without a Host header is a bad request', () => expect(answer(specs, 'http://x/', { host: undefined })).toBe('400'));
  it('that nobody serves is 404', () => expect(answer(specs.slice(0, 2), 'http://nobody.test/')).toBe('404'));
});

describe('who comes first', () => {
  it('keeps the path: the oldest Ingress', () => {
    const specs: readonly IngressSpec[] = [
      { name: 'young', age: 5, rules: [['a.test', p('/', 'web')]] },
      { name: 'old', age: 1, rules: [['a.test', p('/', 'api')]] },
    ];
    expect(answer(specs, 'http://a.test/')).toBe('api /');
  });
});

describe('backends', () => {
  it.each([
    ['a Service that is not there', one(p('/', 'gone')), '503'],
    ['a Service without endpoints', one(p('/', 'empty')), '503'],
    [
      'a port that the Service does not have',
      [{ name: 'i', rules: [['a.test', { path: '/', to: 'web:81' }]] }] as readonly IngressSpec[],
      '503',
    ],
    ['a port by its name', [{ name: 'i', rules: [['a.test', { path: '/', to: 'web:http' }]] }] as readonly IngressSpec[], 'web /'],
    ['a host without paths', [{ name: 'i', rules: [['a.test']] }] as readonly IngressSpec[], '404'],
    [
      'a host without paths, and a default backend',
      [{ name: 'i', rules: [['a.test']], defaultBackend: 'fallback:80' }] as readonly IngressSpec[],
      'fallback /',
    ],
    [
      'the Service of default-backend instead',
      [{ name: 'i', annotations: { 'default-backend': 'docs' }, rules: [['a.test', p('/', 'empty')]] }] as readonly IngressSpec[],
      'docs /',
    ],
  ])('%s', (_, specs, expected) => expect(answer(specs, 'http://a.test/', {}, {}, [...services, ...serviceOf('empty', 0)])).toBe(expected));

  it('leaves the other paths alone', () => {
    const specs = one(p('/broken', 'gone'), p('/', 'web'));
    expect(answer(specs, 'http://a.test/broken')).toBe('503');
    expect(answer(specs, 'http://a.test/fine')).toBe('web /fine');
  });
});

describe('redirects', () => {
  const tls = [{ hosts: ['a.test'] }];
  const with_ = (annotations: Readonly<Record<string, string>>, secure = false): readonly IngressSpec[] => [
    { name: 'i', annotations, rules: [['a.test', p('/', 'web')]], ...(secure && { tls }) },
  ];
  it.each([
    ['a TLS section', with_({}, true), 'http://a.test/x/', '308 https://a.test/x'],
    ['a TLS section, and HTTPS already', with_({}, true), 'https://a.test/x', 'web /x'],
    ['ssl-redirect off', with_({ 'ssl-redirect': 'false' }, true), 'http://a.test/x', 'web /x'],
    ['force-ssl-redirect without TLS', with_({ 'force-ssl-redirect': 'true' }), 'http://a.test/x?y=1', '308 https://a.test/x?y=1'],
    ['preserve-trailing-slash', with_({ 'preserve-trailing-slash': 'true' }, true), 'http://a.test/x/', '308 https://a.test/x/'],
    ['no TLS section', with_({}), 'http://a.test/', 'web /'],
    ['permanent-redirect', with_({ 'permanent-redirect': 'https://b.test' }), 'http://a.test/x', '301 https://b.test'],
    [
      'permanent-redirect-code',
      with_({ 'permanent-redirect': 'https://b.test', 'permanent-redirect-code': '308' }),
      'http://a.test/x',
      '308 https://b.test',
    ],
    ['temporal-redirect', with_({ 'temporal-redirect': 'https://b.test' }), 'http://a.test/x', '302 https://b.test'],
    ['app-root', with_({ 'app-root': '/start' }), 'http://a.test/', '302 http://a.test/start'],
    ['app-root, another path', with_({ 'app-root': '/start' }), 'http://a.test/x', 'web /x'],
    ['from-to-www-redirect', with_({ 'from-to-www-redirect': 'true' }), 'http://www.a.test/x', '308 http://a.test/x'],
  ])('%s', (_, specs, url, expected) => expect(answer(specs, url)).toBe(expected));

  it('have the code of the ConfigMap', () =>
    expect(answer(with_({}, true), 'http://a.test/', {}, { 'http-redirect-code': '301' })).toBe('301 https://a.test'));
});

describe('access', () => {
  const auth = { 'auth-type': 'basic', 'auth-secret': 'users', 'auth-realm': 'Staff only' };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'users', namespace: 'default', uid: 'u' },
    data: { auth: btoa(`kim:${aprMd5('sesame', 'abcdefgh')}\nbob:{PLAIN}plain\nsha:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n`) },
  };
  const basic = (text: string) => ({ headers: { authorization: `Basic ${btoa(text)}` } });
  const guarded = (annotations: Readonly<Record<string, string>>): readonly IngressSpec[] => [
    { name: 'i', annotations, rules: [['a.test', p('/', 'web')]] },
  ];
  it.each([
    ['inside the list', guarded({ 'whitelist-source-range': '10.0.0.0/8' }), {}, 'web /'],
    ['outside the list', guarded({ 'whitelist-source-range': '192.168.0.0/16,172.16.0.1' }), {}, '403'],
    ['on the deny list', guarded({ 'denylist-source-range': '10.0.0.9' }), {}, '403'],
    ['a list that is none', guarded({ 'whitelist-source-range': 'office' }), {}, '503'],
    ['nobody', guarded(auth), {}, '401 Basic realm="Staff only"'],
    ['the wrong password', guarded(auth), basic('kim:open'), '401 Basic realm="Staff only"'],
    ['the right one', guarded(auth), basic('kim:sesame'), 'web /'],
    ['a plain one', guarded(auth), basic('bob:plain'), 'web /'],
    ['SHA-1', guarded(auth), basic('sha:password'), 'web /'],
    ['a Secret that is not there', guarded({ ...auth, 'auth-secret': 'gone' }), basic('kim:sesame'), '503'],
    ['either of two', guarded({ ...auth, 'whitelist-source-range': '10.0.0.0/8', satisfy: 'any' }), {}, 'web /'],
  ])('%s', (_, specs, asked, expected) => expect(answer(specs, 'http://a.test/', asked, {}, [...services, secret])).toBe(expected));
});

it('hashes as htpasswd does', () => expect(aprMd5('secret pass', 'abcdefgh')).toBe('$apr1$abcdefgh$ZAdX7G.l3eDbgTYbm5ePE0'));

describe('canaries', () => {
  const canary = (annotations: Readonly<Record<string, string>>): readonly IngressSpec[] => [
    { name: 'main', rules: [['a.test', p('/', 'web')]] },
    { name: 'canary', age: 1, annotations: { canary: 'true', ...annotations }, rules: [['a.test', p('/', 'api')]] },
  ];
  const header = (value: string) => ({ headers: { 'x-canary': value } });
  it.each([
    ['weight 30, drawn 30', canary({ 'canary-weight': '30' }), { draw: 30 }, 'api /'],
    ['weight 30, drawn 31', canary({ 'canary-weight': '30' }), { draw: 31 }, 'web /'],
    ['weight 0', canary({ 'canary-weight': '0' }), { draw: 1 }, 'web /'],
    ['weight 100', canary({ 'canary-weight': '100' }), {}, 'api /'],
    ['header always', canary({ 'canary-by-header': 'X-Canary' }), header('always'), 'api /'],
    ['header never, before the weight', canary({ 'canary-by-header': 'X-Canary', 'canary-weight': '100' }), header('never'), 'web /'],
    ['another header value', canary({ 'canary-by-header': 'X-Canary' }), header('yes'), 'web /'],
    ['the chosen value', canary({ 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'yes' }), header('yes'), 'api /'],
    ['a pattern', canary({ 'canary-by-header': 'X-Canary', 'canary-by-header-pattern': '^beta' }), header('beta-2'), 'api /'],
    ['cookie', canary({ 'canary-by-cookie': 'try' }), { headers: { cookie: 'a=b; try=always' } }, 'api /'],
    [
      'another path',
      [{ ...canary({})[0]! }, { ...canary({ 'canary-weight': '100' })[1]!, rules: [['a.test', p('/x', 'api')]] }] as readonly IngressSpec[],
      {},
      'web /',
    ],
  ])('%s', (_, specs, asked, expected) => expect(answer(specs, 'http://a.test/', asked)).toBe(expected));
});
