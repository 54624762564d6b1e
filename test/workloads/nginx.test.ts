import { describe, expect, it } from '@jest/globals';
import type { ContainerContext } from '#node/program.ts';
import { programOf } from '#workloads/index.ts';

function contextOf(image: string): ContainerContext {
  const { entrypoint, cmd } = programOf(image);
  return {
    host: { kernel: { release: '6.8.0-88-generic' } },
    pod: { metadata: { name: 'web', namespace: 'shop' } },
    container: { name: 'web', image },
    sandbox: { id: 'a1' },
    now: Date.UTC(2026, 10, 3, 9, 5, 7),
    argv: [...entrypoint, ...cmd],
    file: (path: string) => (path.endsWith('/there.html') ? 'Grüße\n' : undefined),
  } as unknown as ContainerContext;
}

describe('what an nginx image listens on by itself', () => {
  it.each([
    ['nginx:1.29', [80]],
    ['docker.io/library/nginx', [80]],
    ['nginxinc/nginx-unprivileged:1.29', [8080]],
    ['docker.io/nginxinc/nginx-unprivileged', [8080]],
  ])('%s: %j', (image, ports) => {
    const program = programOf(image);
    const started = program.start(contextOf(image));
    expect(started.listeners.map((one) => one.port)).toEqual(ports);
  });
});

describe('what an nginx image writes', () => {
  const started = (image: string) =>
    (programOf(image).start(contextOf(image)).logs ?? []).map((line) => (typeof line === 'string' ? line : line.stderr));

  it.each([
    ['nginx', 'nginx/1.29.3', 'built by gcc 14.2.0 (Debian 14.2.0-19) '],
    ['nginx:latest', 'nginx/1.29.3', 'built by gcc 14.2.0 (Debian 14.2.0-19) '],
    ['docker.io/library/nginx:1.27', 'nginx/1.27.5', 'built by gcc 12.2.0 (Debian 12.2.0-14) '],
    ['nginx:1.25.3-alpine', 'nginx/1.25.3', 'built by gcc 13.2.1 20231014 (Alpine 13.2.1_git20231014) '],
    [
      'nginx:1.21@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31',
      'nginx/1.21.6',
      'built by gcc 10.2.1 20210110 (Debian 10.2.1-6) ',
    ],
  ])('%s is %s', (image, version, built) => {
    const lines = started(image);
    expect(lines[0]).toBe('/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration');
    expect(lines.slice(-7)).toEqual(
      [
        version,
        built,
        'OS: Linux 6.8.0-88-generic',
        'getrlimit(RLIMIT_NOFILE): 1048576:1048576',
        'start worker processes',
        'start worker process 29',
        'start worker process 30',
      ].map((line) => `2026/11/03 09:05:07 [notice] 1#1: ${line}`),
    );
  });

  it('is nothing before there was an entrypoint, and no notices before they were logged', () => {
    expect(started('nginx:1.14.2')).toEqual([]);
    expect(started('nginx:1.19').at(-1)).toBe('/docker-entrypoint.sh: Configuration complete; ready for start up');
  });

  it.each([
    ['GET', '/there.html', 200, 8, undefined],
    ['HEAD', '/there.html', 200, 0, undefined],
    ['GET', '/', 200, 145, undefined],
    ['GET', '/no?x=1', 404, 153, 'open() "/usr/share/nginx/html/no" failed (2: No such file or directory)'],
  ])('of %s %s: %d', (method, path, status, sent, error) => {
    const headers = { 'user-agent': 'curl/8.5.0', 'x-forwarded-for': '192.0.2.9' };
    const request = { method, scheme: 'http', host: 'web.shop', port: 80, path, headers, source: '10.244.1.7' } as const;
    const answered = programOf('nginx').serve!(contextOf('nginx'), request, undefined as never);
    expect(answered.status).toBe(status);
    expect(answered.headers['server']).toBe('nginx/1.29.3');
    expect(answered.headers['date']).toBe('Tue, 03 Nov 2026 09:05:07 GMT');
    expect(answered.logs).toEqual([
      ...(error === undefined
        ? []
        : [
            {
              stream: 'stderr',
              text: `2026/11/03 09:05:07 [error] 29#29: *1 ${error}, client: 10.244.1.7, server: localhost, request: "${method} ${path} HTTP/1.1", host: "web.shop"`,
            },
          ]),
      {
        stream: 'stdout',
        text: `10.244.1.7 - - [03/Nov/2026:09:05:07 +0000] "${method} ${path} HTTP/1.1" ${status} ${sent} "-" "curl/8.5.0" "192.0.2.9"`,
      },
    ]);
  });
});
