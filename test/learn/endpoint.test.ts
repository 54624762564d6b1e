import { describe, expect, it } from '@jest/globals';
import { parseSource, parseTarget } from '#learn/endpoint.ts';

describe('the ends of a flow', () => {
  it.each([
    ['pod:shop/client', { kind: 'pod', namespace: 'shop', name: 'client' }],
    ['node:node01', { kind: 'node', name: 'node01' }],
    ['ip:203.0.113.9', { kind: 'ip', ip: '203.0.113.9' }],
    ['external', { kind: 'external' }],
    ['pod:client', undefined],
    ['ip:300.1.1.1', undefined],
    ['node:', undefined],
    ['web', undefined],
    ['', undefined],
  ])('from %s', (text, want) => expect(parseSource(text)).toEqual(want));

  it.each([
    ['http://web.shop/', { kind: 'url', scheme: 'http', host: 'web.shop', port: 80, path: '/' }],
    ['http://web', { kind: 'url', scheme: 'http', host: 'web', port: 80, path: '/' }],
    ['https://10.0.0.1:8443/a?b=c', { kind: 'url', scheme: 'https', host: '10.0.0.1', port: 8443, path: '/a?b=c' }],
    ['http://[fd00::1]:8080/', { kind: 'url', scheme: 'http', host: 'fd00::1', port: 8080, path: '/' }],
    ['udp://10.96.0.10:53', { kind: 'url', scheme: 'udp', host: '10.96.0.10', port: 53, path: '' }],
    ['icmp://10.244.1.2', { kind: 'url', scheme: 'icmp', host: '10.244.1.2', port: undefined, path: '' }],
    ['svc:shop/web:http', { kind: 'svc', namespace: 'shop', name: 'web', port: 'http' }],
    ['pod:shop/web-1:8080', { kind: 'pod', namespace: 'shop', name: 'web-1', port: '8080' }],
    ['svc:shop/web', { kind: 'svc', namespace: 'shop', name: 'web', port: undefined }],
    ['node:node01:30080', { kind: 'node', name: 'node01', port: 30080 }],
    ['tcp://web', undefined],
    ['icmp://x:5', undefined],
    ['http://web:0/', undefined],
    ['http://web:99999/', undefined],
    ['tcp://web:80/path', undefined],
    ['http://[zz]/', undefined],
    ['svc:web', undefined],
    ['web', undefined],
  ])('to %s', (text, want) => expect(parseTarget(text)).toEqual(want));
});
