/** The official nginx images, serving their welcome page (or what a volume puts in its place). */
import type { ContainerContext, HttpRequest, HttpResponse } from '#node/program.ts';
import { toldStatus } from '../listening.ts';
import { errorPage, nginxPhrase } from './error-page.ts';
import { plain, type PlainOptions } from '../plain.ts';

const version = '1.29.3';
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

function serve(context: ContainerContext, request: HttpRequest): HttpResponse {
  const answer = (status: number, body: string): HttpResponse => ({
    status,
    reason: nginxPhrase(status),
    headers: {
      server: `nginx/${version}`,
      'content-type': 'text/html',
      'content-length': String(new TextEncoder().encode(body).length),
      connection: 'keep-alive',
    },
    body,
  });
  const told = toldStatus(context.pod, request.path);
  if (told !== 200) return answer(told, errorPage(told, `nginx/${version}`));
  const path = decodeURIComponent(request.path.split('?')[0]!);
  const file = path.endsWith('/') ? `${path}index.html` : path;
  const text = context.file(root + file);
  if (text !== undefined) return answer(200, text);
  const replaced = context.container.volumeMounts?.some((mount) => mount.mountPath.replace(/\/$/, '') === root) === true;
  if (file === '/index.html' && !replaced) return answer(200, namedWelcome(context));
  return file === '/index.html' ? answer(403, errorPage(403, `nginx/${version}`)) : answer(404, errorPage(404, `nginx/${version}`));
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
  logs: ['/docker-entrypoint.sh: Configuration complete; ready for start up'],
  size: 72_225_606,
  pull: 2_431,
  serve,
  stopsAfter: 300,
};

export const nginx = plain(image);

/** `nginxinc/nginx-unprivileged`: not root, so its configuration listens on a port that anybody may have. */
export const nginxUnprivileged = plain({ ...image, usual: [{ port: 8080, speaks: 'http' }] });
