/** The controller's loop: what has changed is noticed, nginx gets its configuration, the leader writes addresses. (internal/ingress/controller: store/store.go, controller.go) */
import { classOf } from '#dataplane/ingress/classes.ts';
import { nginxConf } from '#dataplane/ingress/conf/nginx-conf.ts';
import type { Configuration } from '#dataplane/ingress/model.ts';
import { problemOf, type ConfigurationProblem } from '#dataplane/ingress/problem.ts';
import { pick } from '#kube/chance.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { Ingress } from '#kube/kinds/ingress.ts';
import { Lease } from '#kube/kinds/lease.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import { recordEvent } from '#kube/record-event.ts';
import type { ContainerRun } from '#node/host.ts';
import type { ContainerContext } from '#node/program.ts';
import { flagsOf, type Flags } from './flags.ts';
import { ControllerLog } from './log.ts';
import { configurationOf, servedIngresses, stateOf, type ControllerState } from './state.ts';
import { addressesOf, elect, isElectionDue, writeStatus } from './status.ts';

const source = { component: 'nginx-ingress-controller' };
/** What nginx' configuration follows from. */
const configures = [Ingress, IngressClass, Service, EndpointSlice, Secret, ConfigMap];
const watched = [...configures, Node, Pod, Lease];

/** Lets a running controller act; the run as it was when there is nothing to do. */
export function sync(context: ContainerContext, run: ContainerRun): ContainerRun {
  const { objects } = context.change;
  const revisions = () => watched.map((kind) => objects.revision(kind));
  const [, ...known] = run.synced ?? [];
  const isKnown = (kinds: number) => run.synced !== undefined && revisions().every((one, i) => i >= kinds || one === known[i]);
  const flags = flagsOf(context.argv);
  if (isKnown(watched.length) && !isElectionDue(context, flags, run.startedAt)) return run;
  const log = new ControllerLog(context.now, context.sandbox.id, run.logs.filter((line) => line.at === context.now).length);
  const before = stateOf(run);
  const seen = notice(context, flags, before, log);
  const configMapVersion = noticeConfigMap(context, flags, before, log);
  const nginx = before !== undefined && isKnown(configures.length) ? before : configureNginx(context, flags, before, log);
  const leader = elect(context, flags, run.startedAt);
  const leads = leader === context.pod.metadata.name;
  if (leader !== before?.leader) {
    if (leads && before !== undefined)
      log.plain('I', 'leaderelection.go:271', `successfully acquired lease ${context.pod.metadata.namespace!}/${flags.electionId}`);
    log.info('status.go:85', 'New leader elected', [['identity', leader]]);
  }
  if (leads && flags.updateStatus && isReady(context))
    writeStatus(context, servedIngresses(objects, flags), addressesOf(context, flags), log);
  const state: ControllerState = { ...nginx, seen, leads, leader, configMapVersion };
  return {
    ...run,
    synced: [state, ...revisions()],
    logs: log.lines.length === 0 ? run.logs : [...run.logs, ...log.lines],
  };
}

function isReady({ change, pod }: ContainerContext): boolean {
  const now = change.objects.get(Pod, pod.metadata.namespace!, pod.metadata.name);
  return now?.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** Ingresses that came, changed or went. */
function notice(
  { change }: ContainerContext,
  { classes, watchNamespace }: Flags,
  before: ControllerState | undefined,
  log: ControllerLog,
): ControllerState['seen'] {
  const { objects } = change;
  const all = objects.list(IngressClass);
  const seen = new Map<string, { readonly version: string; readonly served: boolean }>();
  for (const ingress of objects.list(Ingress, watchNamespace === '' ? undefined : watchNamespace)) {
    const key = `${ingress.metadata.namespace!}/${ingress.metadata.name}`;
    const version = ingress.metadata.resourceVersion ?? '';
    const old = before?.seen.get(key);
    const of = classOf(ingress, all, classes);
    seen.set(key, { version, served: of.ok });
    if (old !== undefined && old.version === version && old.served === of.ok) continue;
    if (!of.ok) {
      if (old?.served === true) log.info('store.go:492', 'removing ingress because of unknown ingressclass', [['ingress', key]]);
      else if (old === undefined || old.version !== version)
        log.info('store.go:436', 'Ignoring ingress because of error while validating ingress class', [
          ['ingress', key],
          ['error', of.error],
        ]);
      continue;
    }
    if (old?.served !== true)
      log.info('store.go:440', 'Found valid IngressClass', [
        ['ingress', key],
        ['ingressclass', of.value],
      ]);
    recordEvent(change, ingress, source, { type: 'Normal', reason: 'Sync', message: 'Scheduled for sync' });
    log.event(ingress, 'Sync', 'Scheduled for sync');
  }
  return seen;
}

function noticeConfigMap(
  { change }: ContainerContext,
  { configMap }: Flags,
  before: ControllerState | undefined,
  log: ControllerLog,
): string | undefined {
  const [namespace = '', name = ''] = (configMap ?? '').split('/');
  const object = change.objects.get(ConfigMap, namespace, name);
  const version = object?.metadata.resourceVersion;
  if (object === undefined || version === before?.configMapVersion) return version;
  const reason = before?.configMapVersion === undefined ? 'CREATE' : 'UPDATE';
  recordEvent(change, object, source, { type: 'Normal', reason, message: `ConfigMap ${configMap!}` });
  log.event(object, reason, `ConfigMap ${configMap!}`);
  return version;
}

type Nginx = Pick<ControllerState, 'configuration' | 'text' | 'remarks' | 'problem'>;

/** The newest configuration, if nginx takes it; else the one it has. Backends alone need no reload. */
function configureNginx(context: ContainerContext, flags: Flags, before: ControllerState | undefined, log: ControllerLog): Nginx {
  const { change, pod } = context;
  const { configuration, remarks } = configurationOf(context, servedIngresses(change.objects, flags));
  for (const { text } of remarks) if (before?.remarks.some((one) => one.text === text) !== true) log.plain('W', sourceOf(text), text);
  const text = confText(context, configuration);
  if (text === before?.text && before.problem === undefined) return { configuration, text, remarks, problem: undefined };
  const problem = problemOf(configuration, text);
  if (problem !== undefined && before !== undefined) {
    const words = failureOf(context, problem);
    if (words.event === before.problem) return { ...before, remarks };
    log.info('controller.go:196', 'Configuration changes detected, backend reload required');
    log.plain('E', 'controller.go:208', `Unexpected failure reloading the backend:\n${words.text}`);
    log.plain('E', 'queue.go:131', `"requeuing" err=<\n${words.text.replace(/^\n/, '').replaceAll(/^/gm, '\t')}\n > key="initial-sync"`);
    recordEvent(change, pod, source, { type: 'Warning', reason: 'RELOAD', message: `Error reloading NGINX: ${words.event}` });
    return { ...before, remarks, problem: words.event };
  }
  log.info('controller.go:196', 'Configuration changes detected, backend reload required');
  log.info('controller.go:216', 'Backend successfully reloaded');
  if (before === undefined) log.info('controller.go:227', 'Initial sync, sleeping for 1 second');
  const message = 'NGINX reload triggered due to a change in configuration';
  recordEvent(change, pod, source, { type: 'Normal', reason: 'RELOAD', message });
  log.event(pod, 'RELOAD', message);
  return { configuration, text, remarks, problem: undefined };
}

function sourceOf(remark: string): string {
  if (remark.startsWith('Service ')) return 'controller.go:1232';
  if (remark.startsWith('Error obtaining Endpoints')) return 'controller.go:1126';
  if (remark.startsWith('annotation group')) return 'store.go:938';
  return 'controller.go:1525';
}

/** What `nginx -t` says, and how the controller frames it. */
function failureOf(
  { now, change }: ContainerContext,
  { message, line }: ConfigurationProblem,
): { readonly text: string; readonly event: string } {
  const file = `/tmp/nginx/nginx-cfg${1_000_000_000 + pick(`${change.objects.seed}/${message}`, 3_000_000_000)}`;
  const where = line === undefined ? '' : ` in ${file}:${line}`;
  const stamp = new Date(now).toISOString().slice(0, 19).replace(/-/g, '/').replace('T', ' ');
  const process = 40 + pick(message, 900);
  const rule = '-------------------------------------------------------------------------------';
  const text = [
    '',
    rule,
    'Error: exit status 1',
    `${stamp} [emerg] ${process}#${process}: ${message}${where}`,
    `nginx: [emerg] ${message}${where}`,
    `nginx: configuration file ${file} test failed`,
    '',
    rule,
    '',
  ].join('\n');
  return { text, event: `exit status 1\nnginx: [emerg] ${message}${where}` };
}

/** nginx.conf of a configuration in this container. */
export function confText(context: ContainerContext, configuration: Configuration): string {
  const resolv = context.sandbox.resolvConf;
  const nameservers = [...resolv.matchAll(/^nameserver\s+(\S+)/gm)].map((found) => found[1]!);
  const ipv6 = context.sandbox.network.ips.some(({ address }) => address.ip.includes(':'));
  return nginxConf(configuration, { nameservers, ipv6, workerProcesses: 2 });
}
