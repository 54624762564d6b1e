/** The served API as strangers and friends meet it: over TLS, HTTP, WebSocket and SPDY. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { load } from 'js-yaml';
import { serve, type Served } from '#cli/serve.ts';
import { serverIdentity } from '#cli/serve/certificate.ts';
import { HeaderReader, HeaderWriter } from '#cli/serve/spdy/headers.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { startLesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const scenario = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: "nginx:1.27", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: box}
spec: {containers: [{name: box, image: "busybox:1.36", command: [sleep, "3600"]}]}
`;

let lesson: Lesson;
let served: Served;
let ca: string;
let token: string;
let port: number;

beforeAll(async () => {
  const loaded = loadScenario([{ name: 'served.yaml', text: scenario }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario);
  if (!started.ok) throw new Error('it did not start');
  lesson = started.value;
  served = await serve(lesson);
  const config = load(served.kubeconfig) as {
    readonly clusters: readonly { readonly cluster: { readonly 'certificate-authority-data': string } }[];
    readonly users: readonly { readonly user: { readonly token: string } }[];
  };
  ca = Buffer.from(config.clusters[0]!.cluster['certificate-authority-data'], 'base64').toString();
  token = config.users[0]!.user.token;
  port = Number(new URL(served.url).port);
});
afterAll(() => served.close());

interface Answer {
  readonly code: number;
  readonly body: string;
}

/** Asks over HTTPS, and believes no other authority than the kubeconfig's. */
function ask(path: string, { headers = {}, method = 'GET', body }: RequestOptions & { body?: string | Buffer } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const given = { authorization: `Bearer ${token}`, ...(headers as Record<string, string | undefined>) };
    const kept = Object.fromEntries(Object.entries(given).filter((one): one is [string, string] => one[1] !== undefined));
    const request = httpsRequest(
      `${served.url}${path}`,
      { ca, method, headers: kept, agent: false, servername: 'localhost' },
      (incoming) => {
        let text = '';
        incoming.on('data', (part: Buffer) => (text += part.toString()));
        incoming.on('end', () => resolve({ code: incoming.statusCode!, body: text }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const reasonOf = ({ body }: Answer) => (JSON.parse(body) as { readonly reason?: string }).reason;

it('lets the commands of containers run', async () => {
  const pod = (name: string, command: readonly string[]) =>
    ask('/api/v1/namespaces/default/pods', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36', command }] },
      }),
    });
  expect((await pod('asks', ['sh', '-c', 'nslookup kubernetes.default.svc.cluster.local | grep -c Name'])).code).toBe(201);
  expect((await ask('/api/v1/namespaces/default/pods/asks/log')).body).toBe('1\n');
  expect(JSON.parse((await ask('/api/v1/namespaces/default/pods/asks')).body)).toMatchObject({ status: { phase: 'Succeeded' } });
});

describe('who is let in', () => {
  it.each<[who: string, headers: Record<string, string | undefined>, code: number]>([
    ['the kubeconfig', {}, 200],
    ['nobody in particular', { authorization: undefined }, 401],
    ['somebody with another token', { authorization: `Bearer ${'0'.repeat(64)}` }, 401],
    ['somebody with half of the token', { authorization: 'Bearer 0' }, 401],
    ['somebody with a password', { authorization: 'Basic YWRtaW46YWRtaW4=' }, 401],
    ['a name that leads to loopback', { host: 'evil.example:443' }, 403],
    ['loopback without its port', { host: '127.0.0.1' }, 403],
    ['localhost by name', { host: 'localhost:PORT' }, 200],
    ['a page of another origin', { origin: 'https://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['somebody who impersonates an account', { 'impersonate-user': 'jane' }, 403],
  ])('%s', async (_, headers, code) => {
    const ported = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.replace('PORT', String(port))]));
    const answer = await ask('/api/v1/namespaces/default/pods', { headers: ported });
    expect(answer.code).toBe(code);
    expect((JSON.parse(answer.body) as { kind: string }).kind).toBe(code === 200 ? 'PodList' : 'Status');
  });

  it('a service account of the cluster, as itself', async () => {
    const { stdout } = await lesson.run('kubectl -n kube-system create token coredns');
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    expect((await ask('/api/v1/services', { headers })).code).toBe(200);
    expect((await ask('/api/v1/secrets', { headers })).code).toBe(403);
  });
});

describe('what is refused', () => {
  it.each<[what: string, path: string, options: Parameters<typeof ask>[1], code: number, reason: string]>([
    [
      'a body that is longer than etcd takes',
      '/api/v1/namespaces',
      { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1, 32) },
      413,
      'RequestEntityTooLarge',
    ],
    [
      'a body that is no JSON',
      '/api/v1/namespaces',
      { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
      400,
      'BadRequest',
    ],
    ['a method that nobody knows', '/api/v1/pods', { method: 'PROPFIND' }, 405, 'MethodNotAllowed'],
    ['a path that cannot be decoded', '/api/v1/%zz', {}, 400, 'BadRequest'],
    ['a path with half a letter', '/api/v1/%c3%28', {}, 400, 'BadRequest'],
    ['a path upwards', '/api/v1/../../etc/passwd', {}, 404, 'NotFound'],
    ['a kind that is not there', '/apis/shop/v1/stands', {}, 404, 'NotFound'],
    ['exec without an upgrade', '/api/v1/namespaces/default/pods/web/exec?command=ls', { method: 'POST' }, 400, 'BadRequest'],
    ['metrics', '/metrics', {}, 404, 'NotFound'],
    ['what a proxy would bring', '/api/v1/namespaces/default/services/web/proxy/', {}, 503, 'ServiceUnavailable'],
  ])('%s', async (_, path, options, code, reason) => {
    const answer = await ask(path, options);
    expect([answer.code, reasonOf(answer)]).toEqual([code, reason]);
  });

  /** Says something over TLS, or without, and returns the first line of the answer. */
  function say(text: string | Buffer, secure = true): Promise<string> {
    return new Promise((resolve) => {
      const socket = secure ? connectTls({ port, host: '127.0.0.1', ca }) : connectTcp(port, '127.0.0.1');
      let heard = '';
      socket.on('data', (part: Buffer) => (heard += part.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(heard.split('\r\n')[0]!));
      socket.write(text);
      socket.setTimeout(1500, () => socket.destroy());
    });
  }
  it.each<[what: string, text: string | Buffer, want: RegExp]>([
    ['what is no HTTP', 'hello?\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a request without a host', 'GET /version HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['two lengths', 'POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a length and chunks', 'POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['noise', Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 37) & 255)), /^HTTP\/1\.1 400 /],
  ])('%s', async (_, text, want) => expect(await say(text)).toMatch(want));
  it('HTTP without TLS', async () => expect(await say('GET /version HTTP/1.1\r\nHost: x\r\n\r\n', false)).not.toMatch(/200/));
  it('and it still serves', async () => expect((await ask('/version')).code).toBe(200));
});

describe('the certificate', () => {
  it('is of its authority, for loopback, and believed by nobody else', async () => {
    const { authority, certificate } = serverIdentity(['localhost'], ['127.0.0.1', '::1'], Date.parse('2026-11-23T10:00:00Z'));
    const [issuer, own] = [new X509Certificate(authority), new X509Certificate(certificate)];
    expect(own.verify(issuer.publicKey) && issuer.verify(issuer.publicKey) && own.checkIssued(issuer)).toBe(true);
    expect([own.checkIP('127.0.0.1'), own.checkIP('::1'), own.checkHost('localhost'), own.checkIP('10.0.0.1')]).toEqual([
      '127.0.0.1',
      '::1',
      'localhost',
      undefined,
    ]);
    expect([own.ca, issuer.ca]).toEqual([false, true]);
    expect(issuer.fingerprint256).not.toBe(new X509Certificate(ca).fingerprint256);
    await expect(
      new Promise((resolve, reject) => {
        httpsRequest(`${served.url}/version`, { ca: authority, agent: false }, resolve).on('error', reject).end();
      }),
    ).rejects.toThrow(/certificate/);
  });
});

interface Exec {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: { readonly status?: string; readonly message?: string; readonly details?: { causes: { message: string }[] } };
  readonly code: number;
}

/** Executes over a WebSocket; what is sent goes to stdin, which is closed after it. */
function exec(query: string, input: string | undefined, protocol = 'v5.channel.k8s.io', pod = 'box', extra: object = {}): Promise<Exec> {
  return new Promise((resolve) => {
    const url = `${served.url.replace('https', 'wss')}/api/v1/namespaces/default/pods/${pod}/exec?${query}`;
    const client = new WebSocket(url, protocol, { ca, headers: { authorization: `Bearer ${token}`, ...extra } });
    const heard = ['', '', '', ''];
    let code = 101;
    client.on('unexpected-response', (_, incoming) => {
      code = incoming.statusCode ?? 0;
      let body = '';
      incoming.on('data', (part: Buffer) => (body += part.toString()));
      incoming.on('end', () => resolve({ stdout: '', stderr: '', status: body === '' ? {} : (JSON.parse(body) as Exec['status']), code }));
    });
    client.on('error', () => undefined);
    client.on('open', () => {
      if (input === undefined) return;
      client.send(Buffer.concat([Buffer.from([0]), Buffer.from(input)]));
      client.send(Buffer.from([255, 0]));
    });
    client.on('message', (data: Buffer) => (heard[data[0]!] += data.subarray(1).toString()));
    client.on('close', () => {
      if (code === 101) resolve({ stdout: heard[1]!, stderr: heard[2]!, status: JSON.parse(heard[3] || '{}') as Exec['status'], code });
    });
  });
}

const commandQuery = (...words: string[]) => words.map((word) => `command=${encodeURIComponent(word)}`).join('&');

describe('exec over a WebSocket', () => {
  it.each(['v5.channel.k8s.io', 'v4.channel.k8s.io'])('prints, fails and tells its status (%s)', async (protocol) => {
    const { stdout, stderr, status } = await exec(commandQuery('sh', '-c', 'echo out; echo err >&2; exit 7'), undefined, protocol);
    expect([stdout, stderr, status.status, status.details?.causes[0]?.message]).toEqual(['out\n', 'err\n', 'Failure', '7']);
  });

  it('hands input on', async () => {
    const { stdout, status } = await exec(`stdin=true&${commandQuery('cat')}`, 'Grüße\n');
    expect([stdout, status.status]).toEqual(['Grüße\n', 'Success']);
  });

  it('lets somebody sit at a terminal', async () => {
    const { stdout, status } = await exec(`stdin=true&tty=true&${commandQuery('sh')}`, 'hostnamx\x7fe\rcd /tmp\rpwd\rfalse\rexit\r');
    expect(stdout).toMatch(/hostnam.*e\r\n[^]*\r\nbox\r\n/);
    expect(stdout).toMatch(/\r\n\/tmp\r\n/);
    expect(status.details?.causes[0]?.message).toBe('1');
  });

  it.each<[what: string, query: string, pod: string, protocol: string, extra: object, code: number, message: RegExp]>([
    [
      'a program that is not there',
      commandQuery('bash'),
      'box',
      'v5.channel.k8s.io',
      {},
      101,
      /exec: "bash": executable file not found in \$PATH/,
    ],
    ['a pod that is not there', commandQuery('ls'), 'nope', 'v5.channel.k8s.io', {}, 404, /pods "nope" not found/],
    [
      'a container that is not there',
      `${commandQuery('ls')}&container=x`,
      'box',
      'v5.channel.k8s.io',
      {},
      400,
      /container x is not valid for pod box/,
    ],
    ['a protocol that nobody speaks', commandQuery('ls'), 'box', 'v1.example', {}, 400, /unsupported protocol/],
    ['a page of another origin', commandQuery('ls'), 'box', 'v5.channel.k8s.io', { origin: 'https://evil.example' }, 403, /origin/],
    ['somebody without a token', commandQuery('ls'), 'box', 'v5.channel.k8s.io', { authorization: '' }, 401, /Unauthorized/],
  ])('refuses %s', async (_, query, pod, protocol, extra, code, message) => {
    const answered = await exec(query, undefined, protocol, pod, extra);
    expect(answered.code).toBe(code);
    expect(answered.status.message).toMatch(message);
  });

  it('refuses where the kubelet does not run', async () => {
    const before = lesson.lab.snapshot;
    await lesson.run('for n in node01 node02; do ssh $n systemctl stop kubelet; done');
    const answered = await exec(commandQuery('ls'), undefined);
    lesson.lab.restore(before);
    expect(answered.status.message).toMatch(
      /Post "https:\/\/172\.30\.\d\.2:10250\/exec\/default\/box\/box\?command=ls": dial tcp .*: connect: connection refused/,
    );
  });
});

describe('watches and logs', () => {
  /** Opens a stream, does something, and returns what was said until it ends or is left. */
  function listen(path: string, act: () => Promise<unknown>): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        `${served.url}${path}`,
        { ca, headers: { authorization: `Bearer ${token}` }, agent: false },
        (incoming) => {
          let text = '';
          incoming.on('data', (part: Buffer) => (text += part.toString()));
          incoming.on('close', () => resolve(`${text}${incoming.complete ? '(over)' : '(left)'}`));
          void act().then(() => setTimeout(() => request.destroy(), 100));
        },
      );
      request.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
      request.end();
    });
  }
  it('tells changes as they happen', async () => {
    const text = await listen('/api/v1/namespaces?watch=true', () => lesson.run('kubectl create ns fair'));
    const events = text
      .replace('(left)', '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string } } });
    expect(events.at(-1)).toMatchObject({ object: { metadata: { name: 'fair' } } });
  });
  it('follows a log until the container is gone', async () => {
    const text = await listen('/api/v1/namespaces/default/pods/web/log?follow=true', () => lesson.run('kubectl delete pod web --now'));
    expect(text).toMatch(/^\/docker-entrypoint.sh: Configuration complete; ready for start up$/m);
    expect(text).toMatch(/ start worker process 30\n\(over\)$/);
  });
});

describe('where no API server runs', () => {
  it('nobody accepts a connection, and the port is taken up again when one runs', async () => {
    const before = lesson.lab.snapshot;
    await lesson.run('mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/; sleep 60');
    await expect(ask('/version')).rejects.toThrow(/ECONNREFUSED/);
    lesson.lab.restore(before);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ask('/version')).code).toBe(200);
  });
});

describe('header blocks of SPDY', () => {
  it('are read as they were written, one after the other', async () => {
    const [writer, reader] = [new HeaderWriter(), new HeaderReader()];
    for (const headers of [
      new Map([['streamtype', 'data']]),
      new Map(),
      new Map([
        ['port', '80'],
        ['streamtype', 'error'],
      ]),
    ])
      expect(await reader.read(await writer.write(headers))).toEqual(headers);
    writer.close();
    reader.close();
  });
  it('are refused when they are none', async () => {
    const reader = new HeaderReader();
    await expect(reader.read(Buffer.from('no zlib'))).rejects.toThrow();
  });
});
