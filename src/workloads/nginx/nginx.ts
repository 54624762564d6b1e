/** The official nginx images, serving their welcome page (or what a volume puts in its place). */
import type { ContainerContext, HttpRequest, HttpResponse } from '#node/program.ts';
import { toldStatus } from '../listening.ts';
import { errorPage, nginxPhrase } from './error-page.ts';
import { plain, type PlainOptions } from '../plain.ts';
import { errorTime, timeLocal } from './log-time.ts';
import { releaseOf } from './release.ts';

const root = '/usr/share/nginx/html';

/** A page in the words of ours: the status line and headers are nginx's, as curl shows them. */
const welcome = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
</head>
<body>
<h1>Welcome to nginx!</h1>
</body>
</html>
`;

/** What it answers, and what it logs of it: the official configuration's format `main` on stdout, errors on stderr. */
function serve(context: ContainerContext, request: HttpRequest): HttpResponse {
  const server = serverOf(context);
  const answer = (status: number, body: string, error?: string): HttpResponse => ({
    status,
    reason: nginxPhrase(status),
    headers: {
      server,
      date: new Date(context.now).toUTCString(),
      'content-type': 'text/html',
      'content-length': String(new TextEncoder().encode(body).length),
      connection: 'keep-alive',
    },
    body,
    logs: [
      ...(error === undefined ? [] : [{ stream: 'stderr' as const, text: errorLine(context, request, error) }]),
      { stream: 'stdout', text: accessLine(context, request, status, body) },
    ],
  });
  const told = toldStatus(context.pod, request.path);
  if (told !== 200) return answer(told, errorPage(told, server));
  const path = decodeURIComponent(request.path.split('?')[0]!);
  const file = path.endsWith('/') ? `${path}index.html` : path;
  const text = context.file(root + file);
  if (text !== undefined) return answer(200, text);
  const replaced = context.container.volumeMounts?.some((mount) => mount.mountPath.replace(/\/$/, '') === root) === true;
  if (file === '/index.html' && !replaced) return answer(200, namedWelcome(context));
  return file === '/index.html'
    ? answer(403, errorPage(403, server), `directory index of "${root}/" is forbidden`)
    : answer(404, errorPage(404, server), `open() "${root}${file}" failed (2: No such file or directory)`);
}

/** How it calls itself: `nginx/1.29.3`. */
function serverOf({ container }: Pick<ContainerContext, 'container'>): string {
  return `nginx/${releaseOf(container.image ?? '').version}`;
}

/** The log format `main` of the image's nginx.conf. */
function accessLine({ now }: ContainerContext, { source, method, path, headers }: HttpRequest, status: number, body: string): string {
  const sent = method === 'HEAD' ? 0 : new TextEncoder().encode(body).length;
  const of = (name: string) => headers[name] ?? '-';
  return `${source} - - [${timeLocal(now)}] "${method} ${path} HTTP/1.1" ${status} ${sent} "${of('referer')}" "${of('user-agent')}" "${of('x-forwarded-for')}"`;
}

/** ngx_http_log_error_handler. */
function errorLine({ now }: ContainerContext, { source, method, path, host, port }: HttpRequest, error: string): string {
  const named = host.includes(':') || port === 80 ? host : `${host}:${port}`;
  return `${errorTime(now)} [error] ${firstWorker}#${firstWorker}: *1 ${error}, client: ${source}, server: localhost, request: "${method} ${path} HTTP/1.1", host: "${named}"`;
}

/** Workers of `worker_processes auto`: the processors of our nodes. */
const processors = 2;

/** The process number of the first worker in its container. */
const firstWorker = 29;

/** What the image's entrypoint says (since 1.19), and then nginx itself (since 1.21, whose configuration logs notices). */
function startLines({ container, host, now }: ContainerContext): readonly (string | { readonly stderr: string })[] {
  const { version, minor, compiler } = releaseOf(container.image ?? '');
  const scripts = '/docker-entrypoint.d';
  const entrypoint = [
    `${scripts}/ is not empty, will attempt to perform configuration`,
    `Looking for shell scripts in ${scripts}/`,
    `Launching ${scripts}/10-listen-on-ipv6-by-default.sh`,
    ...(minor >= 25 ? [`Sourcing ${scripts}/15-local-resolvers.envsh`] : []),
    `Launching ${scripts}/20-envsubst-on-templates.sh`,
    ...(minor >= 20 ? [`Launching ${scripts}/30-tune-worker-processes.sh`] : []),
    'Configuration complete; ready for start up',
  ].map((line) => `/docker-entrypoint.sh: ${line}`);
  const configuration = '/etc/nginx/conf.d/default.conf';
  const listening = [`info: Getting the checksum of ${configuration}`, `info: Enabled listen on IPv6 in ${configuration}`];
  const notices = [
    'using the "epoll" event method',
    `nginx/${version}`,
    `built by ${compiler}`,
    `OS: Linux ${host.kernel.release}`,
    'getrlimit(RLIMIT_NOFILE): 1048576:1048576',
    'start worker processes',
    ...Array.from({ length: processors }, (_, i) => `start worker process ${firstWorker + i}`),
  ];
  return [
    ...(minor < 19 ? [] : entrypoint.toSpliced(3, 0, ...listening.map((line) => `10-listen-on-ipv6-by-default.sh: ${line}`))),
    ...(minor < 21 ? [] : notices.map((line) => ({ stderr: `${errorTime(now)} [notice] 1#1: ${line}` }))),
  ];
}

/** The page names the pod, so that a learner sees which one answered. */
function namedWelcome(context: ContainerContext): string {
  return welcome.replace('</h1>\n', `</h1>\n<p>Server name: ${context.pod.metadata.name}</p>\n`);
}

const image: PlainOptions = {
  process: 'nginx',
  entrypoint: ['/docker-entrypoint.sh'],
  cmd: ['nginx', '-g', 'daemon off;'],
  usual: [{ port: 80, speaks: 'http' }],
  tools: new Set([
    'sh',
    'bash',
    'cat',
    'ls',
    'curl',
    'nginx',
    'env',
    'printenv',
    'hostname',
    'echo',
    'sed',
    'grep',
    'awk',
    'head',
    'tail',
    'sort',
    'wc',
    'cut',
    'tr',
    'test',
    'sleep',
    'id',
    'date',
    'getent',
    'rm',
    'cp',
    'mv',
    'mkdir',
    'touch',
    'tar',
    'gzip',
    'true',
    'false',
    'find',
    'ps',
  ]),
  logs: startLines,
  size: 72_225_606,
  pull: 2_431,
  serve,
  stopsAfter: 300,
};

export const nginx = plain(image);

/** `nginxinc/nginx-unprivileged`: not root, so its configuration listens on a port that anybody may have. */
export const nginxUnprivileged = plain({ ...image, usual: [{ port: 8080, speaks: 'http' }] });
