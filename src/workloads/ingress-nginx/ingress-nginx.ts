/** ingress-nginx's controller as a container: a Go program that writes nginx's configuration, and nginx beside it. */
import { certificateShown } from '#dataplane/ingress/server.ts';
import type { Listener } from '#node/host.ts';
import type { Port } from '#net/ip.ts';
import { kubernetesVersionOf } from '#kube/settings.ts';
import { Service } from '#kube/kinds/service.ts';
import type { ContainerContext, HttpResponse, Program, Started } from '#node/program.ts';
import { pidOf } from '../listening.ts';
import { errorPage, nginxPhrase } from '../nginx/error-page.ts';
import { flagsOf, type Flags } from './flags.ts';
import { ControllerLog } from './log.ts';
import { release } from './release.ts';
import { reviewIngress } from './review.ts';
import { serveHttp } from './serve.ts';
import { runOf, servedIngresses, stateOf } from './state.ts';
import { addressesOf, writeStatus } from './status.ts';
import { sync } from './sync.ts';

const rule = '-------------------------------------------------------------------------------';

const banner = [
  rule,
  'NGINX Ingress controller',
  `  Release:       ${release.version}`,
  `  Build:         ${release.build}`,
  '  Repository:    https://github.com/kubernetes/ingress-nginx',
  `  nginx version: ${release.nginx}`,
  '',
  rule,
  '',
];

function start(context: ContainerContext): Started {
  const flags = flagsOf(context.argv);
  const log = new ControllerLog(context.now, context.sandbox.id);
  if (flags.unknown !== undefined) {
    log.plain('F', 'main.go:58', `unknown flag: --${flags.unknown}`);
    return { listeners: [], logs: [...banner, ...log.lines.map((line) => ({ stderr: line.text }))], exit: { after: 100, code: 255 } };
  }
  const [host, port] = [context.env.get('KUBERNETES_SERVICE_HOST') ?? '', context.env.get('KUBERNETES_SERVICE_PORT') ?? ''];
  const version = kubernetesVersionOf(context.change.objects) ?? '';
  const [, major = '1', minor = ''] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  log.plain(
    'W',
    'client_config.go:659',
    'Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.',
  );
  log.info('main.go:205', 'Creating API client', [['host', `https://${host}:${port}`]]);
  log.info('main.go:248', 'Running in Kubernetes cluster', [
    ['major', major],
    ['minor', minor],
    ['git', version],
    ['state', 'clean'],
    ['platform', 'linux/amd64'],
  ]);
  const fatal = missing(context, flags);
  if (fatal !== undefined) {
    log.plain('F', fatal.source, fatal.text);
    return { listeners: [], logs: [...banner, ...log.lines.map((line) => ({ stderr: line.text }))], exit: { after: 600, code: 255 } };
  }
  log.info('main.go:101', 'SSL fake certificate created', [['file', '/etc/ingress-controller/ssl/default-fake-certificate.pem']]);
  if (flags.webhookPort !== undefined)
    log.info('ssl.go:535', 'loading tls certificate', [
      ['path', flags.webhookCertificate],
      ['key', flags.webhookKey],
    ]);
  log.info('nginx.go:273', 'Starting NGINX Ingress controller');
  log.info('nginx.go:319', 'Starting NGINX process');
  log.plain('I', 'leaderelection.go:257', `attempting to acquire leader lease ${context.pod.metadata.namespace!}/${flags.electionId}...`);
  if (flags.webhookPort !== undefined)
    log.info('nginx.go:339', 'Starting validation webhook', [
      ['address', `:${flags.webhookPort}`],
      ['certPath', flags.webhookCertificate],
      ['keyPath', flags.webhookKey],
    ]);
  return {
    listeners: listenersOf(context, flags),
    logs: [...banner, ...log.lines.map((line) => ({ stderr: line.text }))],
    // It lets connections end before it goes.
    stopsAfter: 10_000,
  };
}

/** What the controller does not start without. (cmd/nginx/main.go, checkService) */
function missing(
  { change }: ContainerContext,
  { defaultBackendService, publishService }: Flags,
): { readonly source: string; readonly text: string } | undefined {
  for (const key of [defaultBackendService, publishService]) {
    const [namespace = '', name = ''] = (key ?? '').split('/');
    if (key !== undefined && change.objects.get(Service, namespace, name) === undefined)
      return {
        source: 'main.go:83',
        text: `No service with name ${name} found in namespace ${namespace}: services ${JSON.stringify(name)} not found`,
      };
  }
  return undefined;
}

function listenersOf(context: ContainerContext, flags: Flags): readonly Listener[] {
  const pid = pidOf(context);
  const at = (address: string, port: number, process: string, speaks: Listener['speaks']): Listener => ({
    protocol: 'TCP',
    address,
    port: port as Port,
    process,
    pid,
    speaks,
  });
  return [
    at('::', flags.httpPort, 'nginx', 'http'),
    at('::', flags.httpsPort, 'nginx', 'https'),
    at('::', 8181, 'nginx', 'http'),
    at('127.0.0.1', 10_246, 'nginx', 'http'),
    at('127.0.0.1', 10_247, 'nginx', 'silent'),
    at('127.0.0.1', 10_245, 'nginx-ingress-controller', 'http'),
    at('::', flags.healthzPort, 'nginx-ingress-controller', 'http'),
    ...(flags.webhookPort === undefined ? [] : [at('::', flags.webhookPort, 'nginx-ingress-controller', 'https')]),
  ];
}

const goText = (status: number, body: string): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length) },
  body,
});

export const ingressNginx: Program = {
  tools: new Set(
    'sh bash cat ls curl nginx env hostname echo sed grep awk head tail sort wc cut tr test sleep id date find ps vi less xargs uniq tee which openssl'.split(
      ' ',
    ),
  ),
  entrypoint: ['/usr/bin/dumb-init', '--'],
  cmd: ['/nginx-ingress-controller'],
  image: { pull: 6100, size: 113_000_000 },
  start,
  act: sync,
  files: (run) => {
    const state = stateOf(run);
    return new Map(state === undefined ? [] : [['/etc/nginx/nginx.conf', state.text]]);
  },
  certificate(context, port, serverName) {
    const flags = flagsOf(context.argv);
    if (port === flags.webhookPort) return context.file(flags.webhookCertificate);
    const state = stateOf(runOf(context));
    return port === flags.httpsPort && state !== undefined ? certificateShown(state.configuration, serverName).pem : undefined;
  },
  review(context, port, request) {
    return port === flagsOf(context.argv).webhookPort ? reviewIngress(context, request) : undefined;
  },
  serve(context, request, outbound): HttpResponse {
    const flags = flagsOf(context.argv);
    if (request.port === flags.healthzPort)
      return /^\/healthz(\?|$)/.test(request.path) ? goText(200, 'ok') : goText(404, '404 page not found\n');
    if (request.port === flags.webhookPort) return goText(404, '404 page not found\n');
    const state = stateOf(runOf(context));
    if (state === undefined || outbound === undefined || request.port === 8181) {
      const body = errorPage(404, 'nginx');
      return {
        status: 404,
        reason: nginxPhrase(404),
        headers: { 'content-type': 'text/html', 'content-length': String(body.length) },
        body,
      };
    }
    if (request.port === flags.httpsPort && request.scheme === 'http') {
      const body = errorPage(400, 'nginx', 'The plain HTTP request was sent to HTTPS port');
      const date = new Date(context.now).toUTCString();
      return {
        status: 400,
        reason: 'Bad Request',
        headers: { date, 'content-type': 'text/html', 'content-length': String(body.length), connection: 'close' },
        body,
      };
    }
    return serveHttp(context, state.configuration, request, outbound);
  },
  /** The leader takes the addresses out of the Ingresses, if nobody of its kind goes on. */
  end(context, run) {
    const flags = flagsOf(context.argv);
    if (stateOf(run)?.leads !== true || !flags.updateStatus) return;
    if (flags.publishService === undefined && addressesOf(context, flags).length > 0) return;
    const log = new ControllerLog(context.now, context.sandbox.id);
    writeStatus(context, servedIngresses(context.change.objects, flags), [], log);
  },
};
