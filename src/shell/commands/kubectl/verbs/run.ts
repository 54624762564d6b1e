/** `kubectl run` (staging:kubectl/pkg/cmd/run/run.go). */
import type { KubeObject } from '#kube/object.ts';
import { mappingFor } from '../builder.ts';
import { pathOf } from '../client.ts';
import { getPod, type PodShape } from '../containers.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, saveConfigFlag, writeQuery, type DryRun } from '../dry-run.ts';
import { ExitError, isNotFound, KubectlError } from '../errors.ts';
import { fileFlags } from '../file-flags.ts';
import { bool, duration, int, string, stringArray, type Values } from '../flags.ts';
import { newMetadata } from '../generators/generator.ts';
import { reference } from '../image-reference.ts';
import type { Invocation } from '../invocation.ts';
import { withLastApplied } from '../last-applied.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { defineVerb } from '../verb.ts';
import { waitUntil } from '../wait-until.ts';
import { attachToCommand, logOf } from './attach.ts';
import { deletedLine, propagationOf } from './delete.ts';
import { labelPairs, overridden, overrideFlags } from './expose.ts';

const flags = {
  ...printFlags,
  annotations: stringArray('An annotation of the pod: key=value; may be repeated.'),
  attach: bool('Wait for the pod, and attach to it.'),
  'detach-keys': string('The keys that leave the container as it is.', 'ctrl-p,ctrl-q'),
  cascade: string('What becomes of dependents with --rm: background, foreground or orphan.', 'background', { bare: 'background' }),
  command: bool('What stands behind -- is the command, not its arguments.'),
  ...dryRunFlag,
  env: stringArray('A variable of the environment: key=value; may be repeated.'),
  expose: bool('Create a ClusterIP Service for the pod too.'),
  ...fieldManagerFlag('kubectl-run'),
  ...fileFlags,
  force: bool('With --rm: take the pod away at once.'),
  'grace-period': int('With --rm: seconds the pod has to end by itself.', -1),
  image: string('Image of the container.', '', { required: true }),
  'image-pull-policy': string('When the image is pulled: Always, IfNotPresent or Never.'),
  labels: string('Labels of the pod: a=b,….', '', { shorthand: 'l' }),
  'leave-stdin-open': bool('Standard input stays open after the first one who attaches is gone.'),
  ...overrideFlags,
  'pod-running-timeout': duration('How long to wait for the pod to run.', 60_000, '1m0s'),
  port: string('The port that the container declares.'),
  privileged: bool('Run the container with all rights.'),
  quiet: bool('Only print what the container prints.', false, { shorthand: 'q' }),
  restart: string('Always, OnFailure or Never.', 'Always'),
  rm: bool('Delete the pod when the session ends.'),
  ...saveConfigFlag,
  stdin: bool('Keep standard input open.', false, { shorthand: 'i' }),
  timeout: duration('With --rm: how long to wait for the deletion.'),
  tty: bool('Give the container a terminal.', false, { shorthand: 't' }),
  wait: bool('With --rm: wait until the pod is gone.'),
};

type Flags = Values<typeof flags>;

export const run = defineVerb({
  name: 'run',
  use: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  short: 'Run a particular image on the cluster',
  examples: ['kubectl run web --image=nginx --port=80', 'kubectl run tmp --image=busybox -it --rm --restart=Never -- nslookup web'],
  flags,
  run: async (kubectl, given) => {
    const { args, dash, flags } = given;
    if (args.length === 0 || dash === 0) throw kubectl.usageError('NAME is required for run');
    const dryRun = dryRunOf(kubectl, flags);
    const attaches = given.changed('attach') ? flags.attach : flags.stdin;
    check(kubectl, flags, attaches, dryRun);
    const pod = podFor(kubectl, args[0]!, args.slice(1), flags);
    const printer = printerFor({ flags, io: kubectl.io, operation: operation('created', dryRun), typed: true });
    const print = (object: KubeObject) => printer.print(object, (text) => kubectl.out(text));
    const send = (object: KubeObject, resource: string): KubeObject => {
      const saved = flags['save-config'] ? withLastApplied(object) : object;
      if (dryRun === 'client') return saved;
      const { apiVersion } = object;
      const query = writeQuery(dryRun, flags['field-manager']);
      return kubectl.client.request('POST', `/api/${apiVersion}/namespaces/${kubectl.namespace.name}/${resource}`, {
        query,
        body: JSON.stringify(saved),
      }).body as KubeObject;
    };
    const created = send(overridden(pod, flags), 'pods') as PodShape;
    if (flags.expose) {
      print(send(serviceFor(kubectl, pod, flags.port), 'services'));
      if (flags.output === 'yaml') kubectl.out('---\n');
    }
    if (attaches) await attachAndRemove(kubectl, created, flags);
    else print(created);
  },
});

function check(kubectl: Invocation, flags: Flags, attaches: boolean, dryRun: DryRun): void {
  if (!reference.test(flags.image)) throw new KubectlError(`Invalid image name ${JSON.stringify(flags.image)}: invalid reference format`);
  if (flags.tty && !flags.stdin) throw kubectl.usageError('-i/--stdin is required for containers with -t/--tty=true');
  if (flags.expose && flags.port === '') throw kubectl.usageError('--port must be set when exposing a service');
  if (!['Always', 'OnFailure', 'Never'].includes(flags.restart)) throw kubectl.usageError(`invalid restart policy: ${flags.restart}`);
  if (!attaches && flags.rm) throw kubectl.usageError('--rm should only be used for attached containers');
  if (attaches && dryRun !== 'none')
    throw kubectl.usageError("--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)");
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(flags['image-pull-policy']))
    throw kubectl.usageError(`invalid image pull policy: ${flags['image-pull-policy']}`);
}

/** (kubectl: pkg/generate/versioned/run.go, BasicPod) */
function podFor(kubectl: Invocation, name: string, words: readonly string[], flags: Flags): KubeObject {
  const labels = flags.labels === '' ? { run: name } : labelPairs(flags.labels);
  const env = flags.env.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals <= 0) throw new KubectlError(`invalid env: ${pair}`);
    return { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
  });
  const annotations = Object.fromEntries(
    flags.annotations.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  if (flags.port !== '' && !/^\d+$/.test(flags.port))
    throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(flags.port)}: invalid syntax`);
  const container = {
    name,
    image: flags.image,
    ...(words.length > 0 && flags.command && { command: words }),
    ...(words.length > 0 && !flags.command && { args: words }),
    ...(flags.port !== '' && { ports: [{ containerPort: Number(flags.port) }] }),
    ...(env.length > 0 && { env }),
    resources: {},
    ...(flags['image-pull-policy'] !== '' && { imagePullPolicy: flags['image-pull-policy'] }),
    ...(flags.privileged && { securityContext: { privileged: true } }),
    ...(flags.stdin && { stdin: true, ...(!flags['leave-stdin-open'] && { stdinOnce: true }) }),
    ...(flags.tty && { tty: true }),
  };
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: newMetadata(kubectl, name, { labels, ...(flags.annotations.length > 0 && { annotations }) }),
    spec: { containers: [container], restartPolicy: flags.restart, dnsPolicy: 'ClusterFirst' },
    status: {},
  } as unknown as KubeObject;
}

function serviceFor(kubectl: Invocation, pod: KubeObject, port: string): KubeObject {
  const number = Number(port);
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: newMetadata(kubectl, pod.metadata.name),
    spec: { ports: [{ protocol: 'TCP', port: number, targetPort: number }], selector: pod.metadata.labels },
    status: { loadBalancer: {} },
  } as unknown as KubeObject;
}

/** The session with the pod: what its command prints, and its end. */
async function attachAndRemove(kubectl: Invocation, pod: PodShape, flags: Flags): Promise<void> {
  const { name } = pod.metadata;
  const container = pod.spec.containers[0]!.name;
  const status = () => getPod(kubectl, name).status;
  const started = () => {
    const { phase, containerStatuses = [] } = status() ?? {};
    return (
      phase === 'Succeeded' ||
      phase === 'Failed' ||
      containerStatuses.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined)
    );
  };
  let failure: unknown;
  try {
    if (!(await waitUntil(kubectl, started, flags['pod-running-timeout']))) throw new KubectlError('timed out waiting for the condition');
    await session(kubectl, getPod(kubectl, name), container, flags);
  } catch (error) {
    failure = error;
  }
  if (flags.rm && kubectl.enter === undefined) remove(kubectl, pod, flags);
  if (failure !== undefined) throw failure;
}

async function session(kubectl: Invocation, pod: PodShape, container: string, flags: Flags): Promise<void> {
  const running = (pod.status?.containerStatuses ?? []).some(({ state }) => state?.running !== undefined);
  if (!running) {
    kubectl.out(logOf(kubectl, pod, container));
    exitAs(kubectl, pod, flags);
    return;
  }
  const streams = { stdin: flags.stdin, tty: flags.tty, quiet: flags.quiet };
  const status = await attachToCommand(kubectl, pod, container, streams, () => {
    if (flags.rm) remove(kubectl, pod, flags);
  });
  if (status === 0 || flags.restart === 'Always') return;
  const { namespace = '', name } = pod.metadata;
  throw new ExitError(status, `pod ${namespace}/${name} terminated (Error)\n`);
}

/** A pod that is not restarted hands its status on. */
function exitAs(kubectl: Invocation, pod: PodShape, flags: Flags): void {
  if (flags.restart === 'Always') return;
  const latest = getPod(kubectl, pod.metadata.name);
  if (latest.status?.phase !== 'Failed') return;
  const { namespace = '', name } = pod.metadata;
  const terminated = latest.status.containerStatuses?.[0]?.state?.terminated;
  if (terminated === undefined || terminated.exitCode === 0)
    throw new KubectlError(`pod ${namespace}/${name} failed with unknown exit code`);
  throw new ExitError(terminated.exitCode, `pod ${namespace}/${name} terminated (${terminated.reason ?? ''})\n${terminated.message ?? ''}`);
}

function remove(kubectl: Invocation, pod: PodShape, flags: Flags): void {
  const mapping = mappingFor(kubectl, 'pods');
  const { namespace = '', name } = pod.metadata;
  const gracePeriod = flags.force && flags['grace-period'] < 0 ? 0 : flags['grace-period'];
  try {
    kubectl.client.request('DELETE', pathOf(mapping, namespace, name), {
      body: JSON.stringify({
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...(gracePeriod >= 0 && { gracePeriodSeconds: gracePeriod }),
        propagationPolicy: propagationOf(flags.cascade),
      }),
    });
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  if (!flags.quiet)
    kubectl.out(deletedLine(kubectl, { mapping, namespace, name }, { dryRun: 'none', forced: gracePeriod === 0, output: '' }));
}
