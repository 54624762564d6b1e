/** `kubectl logs` (staging:kubectl/pkg/cmd/logs/logs.go). */
import { asError, mappingFor } from '../builder.ts';
import { pathOf } from '../client.ts';
import {
  containerNames,
  firstPodOf,
  goType,
  objectNamed,
  podSelectorOf,
  podsOf,
  type ContainerShape,
  type PodShape,
} from '../containers.ts';
import { ApiError, isNotFound, KubectlError } from '../errors.ts';
import { selectorFlag } from '../file-flags.ts';
import { bool, duration, int, string, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { defineVerb } from '../verb.ts';

const flags = {
  'all-containers': bool('All containers of the pods.'),
  'all-pods': bool('All pods of the object.'),
  container: string('The container; else the annotated one or the first.', '', { shorthand: 'c' }),
  follow: bool('Go on with what comes.', false, { shorthand: 'f' }),
  'ignore-errors': bool('With several containers: go on when one cannot be read.'),
  'insecure-skip-tls-verify-backend': bool("Do not check the kubelet's certificate."),
  'limit-bytes': int('Most bytes to print.', 0),
  'max-log-requests': int('Most logs that are followed at once.', 5),
  'pod-running-timeout': duration('How long to wait for a pod to run.', 20_000, '20s'),
  prefix: bool('Begin every line with its pod and container.'),
  previous: bool("The log of the container's life before this one.", false, { shorthand: 'p' }),
  ...selectorFlag,
  since: duration('Only what is not older: 5s, 2m, 3h.'),
  'since-time': string('Only what came after this time (RFC 3339).'),
  tail: int('How many of the last lines; -1 is all, 10 with a selector.', -1),
  timestamps: bool('Begin every line with its time.'),
};

type Flags = Values<typeof flags>;

interface LogSource {
  readonly pod: PodShape;
  readonly container: ContainerShape;
}

const expected =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

export const logs = defineVerb({
  name: 'logs',
  use: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  short: 'Print the logs for a container in a pod',
  examples: ['kubectl logs web', 'kubectl logs deploy/web -c app --tail=20', 'kubectl logs -n kube-system -l k8s-app=kube-dns'],
  flags,
  run: async (kubectl, { args, flags, changed }) => {
    const { selector } = flags;
    let container = flags.container;
    if (args.length === 0 && selector === '') throw kubectl.usageError(expected);
    if (args.length > 0 && selector !== '') throw kubectl.usageError('only a selector (-l) or a POD name is allowed');
    if (args.length > 2) throw kubectl.usageError(expected);
    if (args.length === 2) {
      if (container !== '') throw kubectl.usageError('only one of -c or an inline [CONTAINER] arg is allowed');
      container = args[1]!;
    }
    const tail = changed('tail') || selector === '' ? flags.tail : 10;
    check(flags, container, tail);
    const sources = selector === '' ? await named(kubectl, args[0]!, container, flags) : selected(kubectl, selector, container, flags);
    if (flags.follow && sources.length > flags['max-log-requests']) {
      throw new KubectlError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags['max-log-requests']}, use --max-log-requests to increase the limit`,
      );
    }
    print(kubectl, sources, flags, tail);
  },
});

function check(flags: Flags, container: string, tail: number): void {
  if (flags['since-time'] !== '' && flags.since !== 0)
    throw new KubectlError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (flags['since-time'] !== '' && Number.isNaN(Date.parse(flags['since-time']))) {
    throw new KubectlError(
      `parsing time ${JSON.stringify(flags['since-time'])} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(flags['since-time'])} as "2006"`,
    );
  }
  if (flags['all-containers'] && container !== '')
    throw new KubectlError('--all-containers=true should not be specified with container name ' + container);
  if (tail < -1) throw new KubectlError('--tail must be greater than or equal to -1');
}

/** The logs of one pod, or of the first (or all) of an object's pods. */
async function named(kubectl: Invocation, argument: string, container: string, flags: Flags): Promise<readonly LogSource[]> {
  let object;
  try {
    object = objectNamed(kubectl, argument);
  } catch (error) {
    if (isNotFound(error) && kubectl.atLeast(30))
      throw new KubectlError(
        `error from server (NotFound): ${asError(error).message} in namespace ${JSON.stringify(kubectl.namespace.name)}`,
      );
    throw error;
  }
  if (flags['all-pods'] && object.kind !== 'Pod')
    return podsOf(kubectl, podSelectorOf(object)).flatMap((pod) => containersOf(kubectl, pod, container, flags['all-containers']));
  try {
    if (object.kind !== 'Pod') podSelectorOf(object);
  } catch (error) {
    throw new KubectlError(`cannot get the logs from ${goType(object)}: ${asError(error).message}`);
  }
  const { pod, count } = await firstPodOf(kubectl, object, flags['pod-running-timeout'], 'logs');
  if (count > 1) kubectl.err(`Found ${count} pods, using pod/${pod.metadata.name}\n`);
  return containersOf(kubectl, pod, container, flags['all-containers']);
}

function selected(kubectl: Invocation, selector: string, container: string, flags: Flags): readonly LogSource[] {
  const pods = podsOf(kubectl, selector);
  if (pods.length === 0) kubectl.err(`No resources found in ${kubectl.namespace.name} namespace.\n`);
  return pods.flatMap((pod) => containersOf(kubectl, pod, container, flags['all-containers']));
}

function containersOf(kubectl: Invocation, pod: PodShape, name: string, all: boolean): readonly LogSource[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  if (all) return [...initContainers, ...containers, ...ephemeralContainers].map((container) => ({ pod, container }));
  const every = [...containers, ...initContainers, ...ephemeralContainers];
  let wanted = name;
  if (wanted === '') {
    wanted = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'] ?? '';
    if (!every.some((one) => one.name === wanted)) {
      wanted = containers[0]!.name;
      if (every.length > 1) kubectl.err(`Defaulted container "${wanted}" out of: ${containerNames(pod)}\n`);
    }
  }
  const found = every.find((one) => one.name === wanted);
  if (found === undefined) throw new KubectlError(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  return [{ pod, container: found }];
}

function print(kubectl: Invocation, sources: readonly LogSource[], flags: Flags, tail: number): void {
  for (const { pod, container } of sources) {
    const prefix = flags.prefix || flags['all-pods'] ? `[pod/${pod.metadata.name}/${container.name}] ` : '';
    try {
      const path = pathOf(mappingFor(kubectl, 'pods'), pod.metadata.namespace, pod.metadata.name, 'log');
      const text = String(kubectl.client.request('GET', path, { query: queryOf(container.name, flags, tail) }).body);
      kubectl.out(prefix === '' ? text : text.replaceAll(/^(?=.)/gm, prefix));
    } catch (error) {
      if (!(error instanceof ApiError) || !flags['ignore-errors']) throw error;
      kubectl.out(`error: ${error.message}\n`);
    }
  }
}

function queryOf(container: string, flags: Flags, tail: number): Readonly<Record<string, string>> {
  return {
    container,
    ...(flags.follow && { follow: 'true' }),
    ...(flags.previous && { previous: 'true' }),
    ...(flags.timestamps && { timestamps: 'true' }),
    ...(flags['since-time'] !== '' && { sinceTime: flags['since-time'] }),
    ...(flags.since > 0 && { sinceSeconds: String(Math.ceil(flags.since / 1000)) }),
    ...(tail >= 0 && { tailLines: String(tail) }),
    ...(flags['limit-bytes'] > 0 && { limitBytes: String(flags['limit-bytes']) }),
  };
}
