/**
 * The API server's calls of admission webhooks: over the cluster's network from the control plane's machine, with TLS that the
 * configuration's authority must have signed. (staging:apiserver/pkg/admission/plugin/webhook)
 */
import type { Objection, Review, Webhook } from '#control/admit/context.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Service } from '#kube/kinds/service.ts';
import { ValidatingWebhookConfiguration } from '#kube/kinds/validating-webhook-configuration.ts';
import { matchesLabels } from '#kube/selector.ts';
import { hostPort, parseIp } from '#net/ip.ts';
import { isFor, isIssuedBy, parseCertificates } from '#net/x509.ts';
import { decodeBase64 } from '#node/kubelet/volumes.ts';
import type { Programs } from '#node/program.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { connect, serverAt } from './connect.ts';
import { writeLogs, type ServerLog } from './server-log.ts';
import type { Lab } from './lab.ts';

type Configured = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];

/** Where lines go that webhooks write into their containers' logs. */
export type LogSink = (log: ServerLog) => void;

/** The validating webhooks that are configured, in the order of their configurations' names. */
export function webhooksOf(snapshot: Snapshot, programs: Programs, sink: LogSink): readonly Webhook[] {
  return [...snapshot.cluster.list(ValidatingWebhookConfiguration)]
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap(({ webhooks = [] }) => webhooks)
    .map((configured) => ({
      name: configured.name,
      review: (review, warn) =>
        concerns(configured, review, snapshot) ? ask(configured, review, { snapshot, programs, sink, warn }) : undefined,
    }));
}

const pending = new WeakMap<Lab, ServerLog[]>();

/** The webhooks of a lab; what they log is written with {@link writeWebhookLogs}, for a refused change leaves no other trace. */
export function webhooksOfLab(lab: Lab): readonly Webhook[] {
  return webhooksOf(lab.snapshot, lab.programs, (log) => void pending.set(lab, [...(pending.get(lab) ?? []), log]));
}

export function writeWebhookLogs(lab: Lab): void {
  const logs = pending.get(lab);
  if (logs === undefined) return;
  pending.delete(lab);
  writeLogs(lab, logs);
}

/** Reports whether the webhook is asked about a request. (webhook/predicates) */
function concerns({ rules, namespaceSelector, objectSelector }: Configured, review: Review, { cluster }: Snapshot): boolean {
  const { kind, operation, object, context } = review;
  if (kind.group === 'admissionregistration.k8s.io') return false;
  const resource = context.subresource === undefined ? kind.plural : `${kind.plural}/${context.subresource}`;
  const fits = (list: readonly string[] | undefined, value: string) => (list ?? []).some((one) => one === '*' || one === value);
  const wanted = (rules ?? []).some(({ operations, apiGroups, apiVersions, resources, scope }) => {
    const whole = (resources ?? []).some((one) => one === '*/*' || one === resource || (one === '*' && context.subresource === undefined));
    const placed = scope === undefined || scope === '*' || (scope === 'Namespaced') === kind.namespaced;
    return (
      fits(operations, operation) &&
      fits(apiGroups, kind.group) &&
      (fits(apiVersions, kind.version) || (apiVersions ?? []).length > 0) &&
      whole &&
      placed
    );
  });
  if (!wanted) return false;
  const labels = kind.namespaced ? cluster.get(Namespace, '', object.metadata.namespace ?? '')?.metadata.labels : undefined;
  if (kind.namespaced && namespaceSelector !== undefined && !matchesLabels(namespaceSelector, labels ?? {})) return false;
  return objectSelector === undefined || matchesLabels(objectSelector, object.metadata.labels ?? {});
}

interface Asking {
  readonly snapshot: Snapshot;
  readonly programs: Programs;
  readonly sink: LogSink;
  warn(text: string): void;
}

/** A text: why the webhook could not be asked. */
type Answer = { readonly message?: string } | string;

function ask(configured: Configured, review: Review, asking: Asking): Objection | undefined {
  const { failurePolicy = 'Fail', sideEffects } = configured;
  if (review.context.dryRun === true && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') return { kind: 'no-dry-run' };
  const answer = answerOf(configured, review, asking);
  if (typeof answer === 'string') return failurePolicy === 'Ignore' ? undefined : { kind: 'failed', why: answer };
  return answer.message === undefined ? undefined : { kind: 'denied', message: answer.message };
}

function answerOf({ clientConfig, timeoutSeconds = 10 }: Configured, review: Review, { snapshot, programs, sink, warn }: Asking): Answer {
  const { service, url, caBundle } = clientConfig;
  // The simulation has nothing outside that would answer.
  if (service === undefined) return `Post ${JSON.stringify(`${url ?? ''}?timeout=${timeoutSeconds}s`)}: context deadline exceeded`;
  const { namespace, name, path = '', port = 443 } = service;
  const host = `${name}.${namespace}.svc`;
  const post = (why: string) => `Post ${JSON.stringify(`https://${host}:${port}${path}?timeout=${timeoutSeconds}s`)}: ${why}`;
  const object = snapshot.cluster.get(Service, namespace, name);
  const address = parseIp(object?.spec.clusterIP ?? '');
  if (object === undefined) return post(`service ${JSON.stringify(name)} not found`);
  if (address === undefined) return post(`cannot route to service with ClusterIP ${JSON.stringify(object.spec.clusterIP ?? '')}`);
  if (!(object.spec.ports ?? []).some((one) => one.port === port))
    return post(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const from = [...snapshot.hosts.values()].find(({ controlPlane }) => controlPlane) ?? [...snapshot.hosts.values()][0];
  if (from === undefined) return post('context deadline exceeded');
  const walked = connect(snapshot, { kind: 'namespace', node: from.name, namespace: '' }, { protocol: 'TCP', address, port });
  const dial = `dial tcp ${hostPort(address, port)}: connect: `;
  if (walked.outcome === 'refused') return post(`${dial}connection refused`);
  if (walked.outcome === 'unreachable') return post(`${dial}no route to host`);
  if (walked.outcome === 'timeout') return post('context deadline exceeded');
  const { port: reached, listening, at } = walked.destination!;
  if (listening?.listener.speaks === 'http') return post('http: server gave HTTP response to HTTPS client');
  if (listening?.listener.speaks !== 'https') return post('EOF');
  const server = serverAt({ ...snapshot, now: review.context.now }, walked, programs);
  const doubt = certificateDoubt(server?.program.certificate?.(server.context, reached, host), caBundle, host);
  if (doubt !== undefined) return post(`tls: failed to verify certificate: x509: ${doubt}`);
  const { operation, old, context } = review;
  const request = { operation, object: review.object, ...(old !== undefined && { old }), dryRun: context.dryRun === true };
  const response = server?.program.review?.(server.context, reached, request);
  if (response === undefined) return 'the server could not find the requested resource';
  for (const warning of response.warnings) warn(warning);
  // Before anybody can notice what is being written.
  const lines = response.logs.map((text) => ({ at: context.now - 1, text, stream: 'stderr' as const }));
  if (lines.length > 0) sink({ node: at.host.name, podUid: listening.sandbox!.podUid, container: listening.container!, lines });
  return response.message === undefined ? {} : { message: response.message };
}

/** What Go says of a certificate that it does not believe. */
function certificateDoubt(pem: string | undefined, caBundle: string | undefined, host: string): string | undefined {
  const [leaf] = pem === undefined ? [] : parseCertificates(pem);
  const authorities = caBundle === undefined || caBundle === '' ? [] : parseCertificates(decodeBase64(caBundle));
  if (leaf === undefined || !authorities.some((one) => isIssuedBy(leaf, one))) return 'certificate signed by unknown authority';
  return isFor(leaf, host) ? undefined : `certificate is not valid for any names, but wanted to match ${host}`;
}
