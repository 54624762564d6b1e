/**
 * ingress-nginx's routing beside a real nginx: the servers and locations that the model makes of Ingresses, with plain directives where
 * ingress-nginx has Lua, are accepted by `nginx -t`, served, and asked; each answer must be the one that the model foretells.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plainConf } from '#dataplane/ingress/conf/plain-conf.ts';
import type { Configuration } from '#dataplane/ingress/model.ts';
import { route } from '#dataplane/ingress/route.ts';
import { configured } from '../support/ingress-objects.ts';
import { caseSets, type CaseSet } from './nginx-cases.ts';

const missing = spawnSync('nginx', ['-v']).status !== 0;
if (missing) console.warn('test/real/nginx: skipped, no nginx (apt-get install nginx)');

const sets = caseSets(96, 25);

interface Seen {
  readonly status: number;
  /** `backend path` where one was reached. */
  readonly backend?: string;
  readonly location?: string;
}

/** A backend that says who it is and what it was asked for. */
function startStub(name: string): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    response.setHeader('x-backend', `${name} ${request.url ?? ''}`);
    response.end(name);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function send(port: number, host: string, target: string): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (text += part));
    socket.on('error', reject);
    socket.on('close', () => {
      const head = text.split('\r\n\r\n')[0]!;
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim();
      const [backend, location] = [field('x-backend'), field('location')];
      resolve({
        status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
        ...(backend !== undefined && { backend }),
        ...(location !== undefined && { location }),
      });
    });
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 'latin1');
  });
}

/** What the model says of the same request. */
function foretold(configuration: Configuration, { host, target, headers }: CaseSet['requests'][number]): Seen {
  const decision = route(configuration, { scheme: 'http', host, target, headers, source: '127.0.0.1' }, () => 100);
  if (decision.kind === 'proxy') return { status: 200, backend: `${decision.backend.name} ${decision.path}` };
  return { status: decision.status, ...(decision.target !== undefined && { location: decision.target }) };
}

function waitFor(port: number, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = Date.now() + 5000;
    const attempt = () => {
      if (child.exitCode !== null || Date.now() > end) return reject(new Error('nginx does not start'));
      const socket = net.connect(port, '127.0.0.1', () => (socket.destroy(), resolve()));
      socket.on('error', () => setTimeout(attempt, 20));
    };
    attempt();
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

(missing ? describe.skip : describe)('nginx routes as the model says', () => {
  const stubs = new Map<string, http.Server>();
  const asked = { total: 0, proxied: 0 };

  const addressOf = (backend: string) => {
    const stub = stubs.get(backend);
    return stub === undefined ? '127.0.0.1:9' : `127.0.0.1:${(stub.address() as AddressInfo).port}`;
  };

  beforeAll(async () => {
    for (const name of ['web', 'api', 'shop', 'docs', 'till']) stubs.set(`default-${name}-80`, await startStub(`default-${name}-80`));
    stubs.set('upstream-default-backend', await startStub('upstream-default-backend'));
  });
  afterAll(() => {
    for (const stub of stubs.values()) stub.close();
  });

  it.each(sets.map((set) => [set.name, set] as const))('%s', async (_, set) => {
    const { configuration } = configured(set.ingresses, set.services);
    const directory = mkdtempSync(join(tmpdir(), 'nginx-'));
    const port = await freePort();
    const conf = join(directory, 'nginx.conf');
    writeFileSync(conf, plainConf(configuration, { listen: `127.0.0.1:${port}`, directory, address: addressOf }));
    let child: ChildProcess | undefined;
    try {
      const check = spawnSync('nginx', ['-t', '-p', directory, '-c', conf], { encoding: 'utf8' });
      expect({ status: check.status, said: check.status === 0 ? '' : check.stderr }).toEqual({ status: 0, said: '' });
      child = spawn('nginx', ['-p', directory, '-c', conf], { stdio: 'ignore' });
      await waitFor(port, child);
      const real: string[] = [];
      const model: string[] = [];
      for (const request of set.requests) {
        const line = `${request.host} ${request.target} → `;
        real.push(line + JSON.stringify(await send(port, request.host, request.target)));
        const expected = foretold(configuration, request);
        model.push(line + JSON.stringify(expected));
        asked.total++;
        if (expected.backend !== undefined) asked.proxied++;
      }
      expect(model).toEqual(real);
    } finally {
      child?.kill();
      rmSync(directory, { recursive: true });
    }
  });

  it('was asked enough, and not only for errors', () => {
    expect(asked.total).toBeGreaterThanOrEqual(1000);
    expect(asked.proxied).toBeGreaterThan(asked.total / 4);
  });
});
