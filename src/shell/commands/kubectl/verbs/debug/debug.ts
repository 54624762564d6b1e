/** `kubectl debug` (staging:kubectl/pkg/cmd/debug/debug.go). */
import { suffixOf } from '#kube/chance.ts';
import type { KubeObject } from '#kube/object.ts';
import { forEach, targetsOf, visitTargets, type Info } from '../../builder.ts';
import { pathOf } from '../../client.ts';
import { getPod, type ContainerStatus, type PodShape } from '../../containers.ts';
import { isNotFound, KubectlError } from '../../errors.ts';
import { fileFlags } from '../../file-flags.ts';
import { bool, string, stringSlice, type Values } from '../../flags.ts';
import { reference } from '../../image-reference.ts';
import type { Invocation } from '../../invocation.ts';
import { defineVerb } from '../../verb.ts';
import { waitUntil } from '../../wait-until.ts';
import { attachToCommand, logOf } from '../attach.ts';
import {
  profiledContainer,
  profiledCopy,
  profiledNodePod,
  profiles,
  type DebugContainer,
  type DebugPodSpec,
  type Keep,
} from './profiles.ts';

const flags = {
  'arguments-only': bool('What stands behind -- are arguments, no command.'),
  attach: bool('Wait for the container, and attach to it.'),
  container: string("The debugging container's name.", '', { shorthand: 'c' }),
  'copy-to': string('Debug a copy of the pod of this name.'),
  custom: string('A file with a part of a container, to go beyond the profile.'),
  env: stringSlice('Variables of the container: key=value.'),
  filename: fileFlags.filename,
  image: string("The debugging container's image."),
  'image-pull-policy': string('When the image is pulled.'),
  'keep-annotations': bool('Keep the annotations in the copy.'),
  'keep-init-containers': bool('Keep the init containers in the copy.', true),
  'keep-labels': bool('Keep the labels in the copy.'),
  'keep-liveness': bool('Keep liveness probes in the copy.'),
  'keep-readiness': bool('Keep readiness probes in the copy.'),
  'keep-startup': bool('Keep startup probes in the copy.'),
  profile: string('legacy, general, baseline, netadmin, restricted or sysadmin.'),
  quiet: bool('Say nothing about what is done.', false, { shorthand: 'q' }),
  replace: bool('With --copy-to: delete the original.'),
  'same-node': bool('With --copy-to: on the same node.'),
  'set-image': stringSlice('With --copy-to: other images, as name=image.'),
  'share-processes': bool('With --copy-to: containers see each other’s processes.', true),
  stdin: bool('Keep standard input open.', false, { shorthand: 'i' }),
  target: string('See the processes of this container.'),
  tty: bool('Give the container a terminal.', false, { shorthand: 't' }),
};

type Flags = Values<typeof flags>;

interface Request {
  readonly flags: Flags;
  readonly profile: string;
  /** What the container runs. */
  readonly words: readonly string[];
  readonly sharesProcesses: boolean | undefined;
}

export const debug = defineVerb({
  name: 'debug',
  use: 'debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  short: 'Create debugging sessions for troubleshooting workloads and nodes',
  examples: ['kubectl debug -it web --image=busybox --target=app', 'kubectl debug node/node01 -it --image=busybox'],
  flags,
  run: async (kubectl, { args, dash, flags, changed }) => {
    const names = dash === undefined ? args : args.slice(0, dash);
    const words = dash === undefined ? [] : args.slice(dash);
    const attaches = changed('attach') ? flags.attach : flags.stdin;
    // `general` is what one gets since 1.36.
    const profile = flags.profile === '' ? (kubectl.atLeast(36) ? 'general' : 'legacy') : flags.profile;
    if (profiles[profile] === undefined) throw new KubectlError(`unknown profile: ${profile}`);
    check(kubectl, flags, names, words, changed('attach'));
    if (profile === 'legacy' && kubectl.atLeast(32)) {
      kubectl.err(
        '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n',
      );
    }
    const request = { flags, profile, words, sharesProcesses: changed('share-processes') ? flags['share-processes'] : undefined };
    const options = { args: names.flatMap((name) => (name.includes('/') ? [name] : [`pods/${name}`])), filenames: flags.filename };
    const started: { readonly pod: PodShape; readonly container: string }[] = [];
    forEach(visitTargets(kubectl, targetsOf(kubectl, options), options), (info) => {
      const { pod, container } = debugged(kubectl, info, request);
      if (container !== undefined) started.push({ pod, container });
    });
    if (attaches) for (const { pod, container } of started) await attachWhenStarted(kubectl, pod, container, flags);
  },
});

function check(kubectl: Invocation, flags: Flags, names: readonly string[], words: readonly string[], attachGiven: boolean): void {
  if (flags.attach && attachGiven && flags.image === '' && flags.container === '')
    throw new KubectlError('you must specify --container or create a new container using --image in order to attach.');
  if (flags['copy-to'] !== '') {
    if (flags.image === '' && flags['set-image'].length === 0 && words.length === 0)
      throw new KubectlError('you must specify --image, --set-image or command arguments.');
    if (words.length > 0 && flags.container === '' && flags.image === '')
      throw new KubectlError('you must specify an existing container or a new image when specifying args.');
  } else {
    if (flags.replace) throw new KubectlError('--replace may only be used with --copy-to.');
    if (flags['same-node']) throw new KubectlError('--same-node may only be used with --copy-to.');
    if (flags['set-image'].length > 0) throw new KubectlError('--set-image may only be used with --copy-to.');
    if (flags.image === '') throw new KubectlError('you must specify --image when not using --copy-to.');
  }
  if (flags.image !== '' && !reference.test(flags.image))
    throw new KubectlError(`invalid image name ${JSON.stringify(flags.image)}: invalid reference format`);
  if (names.length === 0 && flags.filename.length === 0) throw new KubectlError('NAME or filename is required for debug');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(flags['image-pull-policy']))
    throw new KubectlError(`invalid image pull policy: ${flags['image-pull-policy']}`);
  for (const [name, image] of imagesOf(flags)) {
    if (!reference.test(image))
      throw new KubectlError(`invalid image name ${JSON.stringify(image)} for container ${JSON.stringify(name)}: invalid reference format`);
  }
  if (flags.target !== '') {
    if (flags['copy-to'] !== '') throw new KubectlError('--target is incompatible with --copy-to. Use --share-processes instead.');
    if (!flags.quiet)
      kubectl.out(
        `Targeting container ${JSON.stringify(flags.target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
  }
  if (flags.tty && !flags.stdin) throw new KubectlError('-i/--stdin is required for containers with -t/--tty=true');
}

function imagesOf(flags: Flags): ReadonlyMap<string, string> {
  return new Map(flags['set-image'].map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const));
}

interface Debugged {
  readonly pod: PodShape;
  readonly container: string | undefined;
}

function debugged(kubectl: Invocation, { mapping, object }: Info, request: Request): Debugged {
  const { kind, group, version } = mapping;
  if (group === '' && kind === 'Node') return nodeDebugger(kubectl, object!, request);
  if (group !== '' || kind !== 'Pod')
    throw new KubectlError(`${JSON.stringify(`${group}/${version}, Kind=${kind}`)} not supported by debug`);
  const pod = object as PodShape;
  return request.flags['copy-to'] === '' ? ephemeral(kubectl, pod, request) : copy(kubectl, pod, request);
}

/** What the flags say of the container. */
function settings({ flags, words }: Request): Partial<DebugContainer> {
  const env = flags.env.map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1) }));
  return {
    ...(words.length > 0 && { [flags['arguments-only'] ? 'args' : 'command']: words }),
    ...(env.length > 0 && { env }),
    ...(flags['image-pull-policy'] !== '' && { imagePullPolicy: flags['image-pull-policy'] }),
    ...(flags.stdin && { stdin: true }),
    ...(flags.tty && { tty: true }),
  };
}

/** A name that no container of the pod has (DebugOptions.computeDebugContainerName). */
function containerName(kubectl: Invocation, { metadata, spec }: PodShape, { flags }: Request): string {
  if (flags.container !== '') return flags.container;
  const taken = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(({ name }) => name);
  const { seed, counter } = kubectl.here.lab.snapshot.cluster;
  for (let i = 0; ; i++) {
    const name = `debugger-${suffixOf(`${seed}/debug/${metadata.uid ?? ''}/${counter}/${i}`)}`;
    if (taken.includes(name)) continue;
    if (!flags.quiet) kubectl.out(`Defaulting debug container name to ${name}.\n`);
    return name;
  }
}

function ephemeral(kubectl: Invocation, pod: PodShape, request: Request): Debugged {
  const { flags, profile } = request;
  const name = containerName(kubectl, pod, request);
  const container = profiledContainer(profile, {
    name,
    image: flags.image,
    resources: {},
    terminationMessagePolicy: 'File',
    ...settings(request),
  });
  const added = { ...container, ...(flags.target !== '' && { targetContainerName: flags.target }) };
  // Containers merge by their names: a name that is taken is another container all the same.
  const order = [...(pod.spec.ephemeralContainers ?? []), added].map((one) => ({ name: one.name }));
  const body = { spec: { '$setElementOrder/ephemeralContainers': order, ephemeralContainers: [added] } };
  const mapping = kubectl.client.mapper.forArgument('pods');
  const patched = kubectl.client.request('PATCH', pathOf(mapping, pod.metadata.namespace, pod.metadata.name, 'ephemeralcontainers'), {
    headers: { 'Content-Type': 'application/strategic-merge-patch+json' },
    body: JSON.stringify(body),
  }).body as PodShape;
  return { pod: patched, container: name };
}

function nodeDebugger(kubectl: Invocation, { metadata }: KubeObject, request: Request): Debugged {
  const { flags, profile } = request;
  const { seed, counter } = kubectl.here.lab.snapshot.cluster;
  const name = `node-debugger-${metadata.name}-${suffixOf(`${seed}/debug/${metadata.name}/${counter}`)}`;
  const container = flags.container === '' ? 'debugger' : flags.container;
  if (!flags.quiet) kubectl.out(`Creating debugging pod ${name} with container ${container} on node ${metadata.name}.\n`);
  const own = { name: container, image: flags.image, resources: {}, terminationMessagePolicy: 'File', ...settings(request) };
  const spec = {
    ...profiledNodePod(profile, own),
    restartPolicy: 'Never',
    nodeName: metadata.name,
    tolerations: [{ operator: 'Exists' }],
  };
  return { pod: create(kubectl, kubectl.namespace.name, { name }, spec), container };
}

function create(kubectl: Invocation, namespace: string, metadata: object, spec: DebugPodSpec): PodShape {
  const mapping = kubectl.client.mapper.forArgument('pods');
  const body = JSON.stringify({ kind: 'Pod', apiVersion: 'v1', metadata, spec });
  return kubectl.client.request('POST', pathOf(mapping, namespace), { body }).body as PodShape;
}

function copy(kubectl: Invocation, pod: PodShape, request: Request): Debugged {
  const { flags, profile, sharesProcesses } = request;
  const { namespace = 'default', labels, annotations } = pod.metadata;
  const { ephemeralContainers: _, nodeName, ...rest } = pod.spec;
  const images = imagesOf(flags);
  const withImages = (one: DebugContainer): DebugContainer => {
    const image = images.get(one.name) ?? images.get('*');
    return image === undefined ? one : { ...one, image };
  };
  let spec = {
    ...rest,
    ...(flags['same-node'] && nodeName !== undefined && { nodeName }),
    containers: (rest.containers as readonly DebugContainer[]).map(withImages),
    ...(rest.initContainers !== undefined && { initContainers: (rest.initContainers as readonly DebugContainer[]).map(withImages) }),
  } as unknown as DebugPodSpec;
  let metadata: object = {
    name: flags['copy-to'],
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
  let container: string | undefined;
  if (flags.container !== '' || flags.image !== '') {
    container = containerName(kubectl, pod, request);
    const keep = keepOf(flags);
    const keepsAnnotations = keep.annotations || profiles[profile]!.keepsCopies === true;
    metadata = {
      name: flags['copy-to'],
      ...(labels !== undefined && keep.labels && { labels }),
      ...(annotations !== undefined && keepsAnnotations && { annotations }),
    };
    spec = profiledCopy(profile, withDebugger(spec, container, request), container, keep);
    if (sharesProcesses !== undefined) spec = { ...spec, shareProcessNamespace: sharesProcesses };
  }
  if (flags.replace) removeOriginal(kubectl, namespace, pod.metadata.name);
  return { pod: create(kubectl, namespace, metadata, spec), container };
}

function keepOf(flags: Flags): Keep {
  return {
    labels: flags['keep-labels'],
    annotations: flags['keep-annotations'],
    livenessProbe: flags['keep-liveness'],
    readinessProbe: flags['keep-readiness'],
    startupProbe: flags['keep-startup'],
    initContainers: flags['keep-init-containers'],
  };
}

/** The container that is there, changed; else a new one. */
function withDebugger(spec: DebugPodSpec, name: string, request: Request): DebugPodSpec {
  const { image } = request.flags;
  const changes = { ...(image !== '' && { image }), ...settings(request) };
  if (spec.containers.some((one) => one.name === name)) {
    const containers = spec.containers.map((one) => {
      if (one.name !== name) return one;
      const { args: _, ...others } = one;
      return { ...('command' in changes ? others : one), ...changes } as DebugContainer;
    });
    return { ...spec, containers };
  }
  if (image === '') throw new KubectlError('you must specify image when creating new container');
  const added = { name, resources: {}, terminationMessagePolicy: 'File', ...changes };
  return { ...spec, containers: [...spec.containers, added] };
}

function removeOriginal(kubectl: Invocation, namespace: string, name: string): void {
  const mapping = kubectl.client.mapper.forArgument('pods');
  try {
    kubectl.client.request('DELETE', pathOf(mapping, namespace, name), {
      body: JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }),
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

const patience = 60_000;

async function attachWhenStarted(kubectl: Invocation, pod: PodShape, container: string, { stdin, tty, quiet }: Flags): Promise<void> {
  const stateNow = () => {
    const {
      containerStatuses = [],
      initContainerStatuses = [],
      ephemeralContainerStatuses = [],
    } = getPod(kubectl, pod.metadata.name).status ?? {};
    const all: readonly ContainerStatus[] = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
    return all.find((one) => one.name === container)?.state;
  };
  const started = () => stateNow()?.running !== undefined || stateNow()?.terminated !== undefined;
  if (!(await waitUntil(kubectl, started, patience))) throw new KubectlError('timed out waiting for the condition');
  const latest = getPod(kubectl, pod.metadata.name);
  if (stateNow()?.terminated !== undefined) kubectl.out(logOf(kubectl, latest, container));
  else await attachToCommand(kubectl, latest, container, { stdin, tty, quiet });
}
