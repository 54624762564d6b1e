/** crictl of cri-tools: what the container runtime of a host runs. */
import { processId } from '#node/process-id.ts';
import { rfc3339 } from '#kube/time.ts';
import { cniSettingsOf } from '#node/containerd.ts';
import { loadNetworks, networkNotReady } from '#node/cni/load.ts';
import type { Host, LogLine } from '#node/host.ts';
import { isRunning } from '#node/systemd/systemd.ts';
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { hostAt } from '../../place.ts';
import { logged, remove, stop } from './endings.ts';
import { containersOf, imageId, sandboxesOf, splitReference, type CriContainer } from './inventory.ts';
import { duration, short, size, table } from './tables.ts';

interface Arguments {
  readonly flags: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

/** Flags that take a value, by every name. */
const valued: Readonly<Record<string, string>> = {
  name: 'name',
  pod: 'pod',
  p: 'pod',
  state: 'state',
  s: 'state',
  image: 'image',
  o: 'output',
  output: 'output',
  tail: 'tail',
  label: 'label',
  namespace: 'namespace',
  n: 'last',
  last: 'last',
  'runtime-endpoint': 'endpoint',
  r: 'endpoint',
  'image-endpoint': 'endpoint',
  i: 'endpoint',
  timeout: 'timeout',
  t: 'timeout',
  id: 'id',
  since: 'since',
  config: 'config',
  c: 'config',
};

const bare: Readonly<Record<string, string>> = {
  a: 'all',
  q: 'quiet',
  f: 'follow',
  v: 'verbose',
  D: 'debug',
  t: 'timestamps',
  p: 'previous',
  it: 'tty',
  ti: 'tty',
  i: 'tty',
};

/** Reads flags up to a word that ends them. Those of the subcommand's own come first: `-t` of `logs` is no timeout. */
function parse(args: readonly string[], own: ReadonlySet<string>, stopAtWord: boolean): Arguments {
  const flags = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const found = /^--?([\w-]+?)(?:=(.*))?$/.exec(arg);
    if (found === null || (stopAtWord && words.length > 0)) {
      words.push(...(stopAtWord ? args.slice(i) : [arg]));
      if (stopAtWord) break;
      continue;
    }
    const [, name, given] = found;
    const flag = own.has(name!) ? undefined : valued[name!];
    if (flag === undefined) flags.set(bare[name!] ?? name!, given ?? 'true');
    else flags.set(flag, given ?? args[++i] ?? '');
  }
  return { flags, words };
}

function fatal(message: string): Output {
  return failure(logged('FATA', message));
}

function notFound(id: string): Output {
  return fatal(`rpc error: code = NotFound desc = an error occurred when try to find container ${JSON.stringify(id)}: not found`);
}

function ago(now: number, then: number): string {
  return `${duration(now - then)} ago`;
}

function matches(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || new RegExp(pattern).test(text);
}

function find(host: Host, id: string): CriContainer | undefined {
  return containersOf(host).find((one) => one.run.id.startsWith(id));
}

function stateName(container: CriContainer): string {
  return `CONTAINER_${container.status.toUpperCase()}`;
}

/** What the API gives as int64 is a string in JSON. */
function nanoseconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '0' : `${milliseconds}000000`;
}

function podLabels({ sandbox }: CriContainer): Readonly<Record<string, string>> {
  return {
    'io.kubernetes.pod.name': sandbox.podName,
    'io.kubernetes.pod.namespace': sandbox.podNamespace,
    'io.kubernetes.pod.uid': sandbox.podUid,
  };
}

function json(value: unknown): Output {
  return output(`${JSON.stringify(value, undefined, 2)}\n`);
}

function ps(host: Host, now: number, { flags, words }: Arguments): Output {
  const state = flags.get('state')?.toLowerCase();
  const all = flags.has('all') || state !== undefined || flags.has('last') || words.length > 0;
  const found = containersOf(host).filter(
    (one) =>
      (all || one.status === 'Running') &&
      (state === undefined || one.status.toLowerCase() === state) &&
      matches(flags.get('name'), one.state.name) &&
      (flags.get('pod') === undefined || one.sandbox.id.startsWith(flags.get('pod')!)) &&
      (flags.get('image') === undefined || one.state.image.includes(flags.get('image')!)) &&
      (flags.get('id') === undefined || one.run.id.startsWith(flags.get('id')!)) &&
      (flags.get('namespace') === undefined || one.sandbox.podNamespace === flags.get('namespace')),
  );
  const shown = flags.has('last') ? found.slice(0, Number(flags.get('last'))) : found;
  if (flags.has('quiet')) return output(shown.map((one) => `${one.run.id}\n`).join(''));
  if (flags.get('output') === 'json')
    return json({
      containers: shown.map((one) => ({
        id: one.run.id,
        podSandboxId: one.sandbox.id,
        metadata: { name: one.state.name, attempt: one.run.attempt },
        image: { image: `sha256:${imageId(one.state.image)}`, annotations: {}, userSpecifiedImage: '', runtimeHandler: '' },
        imageRef: `sha256:${imageId(one.state.image)}`,
        state: stateName(one),
        createdAt: nanoseconds(one.run.startedAt),
        labels: { 'io.kubernetes.container.name': one.state.name, ...podLabels(one) },
        annotations: {},
      })),
    });
  const rows = shown.map((one) => [
    short(one.run.id),
    short(imageId(one.state.image)),
    ago(now, one.run.startedAt),
    one.status,
    one.state.name,
    String(one.run.attempt),
    short(one.sandbox.id),
    one.sandbox.podName,
    one.sandbox.podNamespace,
  ]);
  return output(table([['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'], ...rows]));
}

function pods(host: Host, now: number, { flags, words }: Arguments): Output {
  const state = flags.get('state')?.toLowerCase();
  const stateOf = (stopping: number | undefined) => (stopping === undefined ? 'Ready' : 'NotReady');
  const shown = sandboxesOf(host).filter(
    (one) =>
      matches(flags.get('name'), one.podName) &&
      (flags.get('namespace') === undefined || one.podNamespace === flags.get('namespace')) &&
      (state === undefined || stateOf(one.stoppingSince).toLowerCase() === state) &&
      one.id.startsWith(flags.get('id') ?? words[0] ?? ''),
  );
  if (flags.has('quiet')) return output(shown.map((one) => `${one.id}\n`).join(''));
  if (flags.get('output') === 'json')
    return json({
      items: shown.map((one) => ({
        id: one.id,
        metadata: { name: one.podName, uid: one.podUid, namespace: one.podNamespace, attempt: 0 },
        state: `SANDBOX_${stateOf(one.stoppingSince).toUpperCase()}`,
        createdAt: nanoseconds(one.createdAt),
        labels: {
          'io.kubernetes.pod.name': one.podName,
          'io.kubernetes.pod.namespace': one.podNamespace,
          'io.kubernetes.pod.uid': one.podUid,
        },
        annotations: {},
        runtimeHandler: '',
      })),
    });
  const rows = shown.map((one) => [
    short(one.id),
    ago(now, one.createdAt),
    stateOf(one.stoppingSince),
    one.podName,
    one.podNamespace,
    '0',
    '(default)',
  ]);
  return output(table([['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'], ...rows]));
}

function images(here: Here, host: Host, { flags, words }: Arguments): Output {
  const shown = [...host.images]
    .map((image) => ({ image, ...splitReference(image) }))
    .filter((one) => words[0] === undefined || one.image === words[0] || one.repository.endsWith(words[0]) || one.repository === words[0])
    .sort((a, b) => (`${a.repository}:${a.tag}` < `${b.repository}:${b.tag}` ? -1 : 1));
  if (flags.has('quiet')) return output(shown.map((one) => `sha256:${imageId(one.image)}\n`).join(''));
  const rows = shown.map((one) => [one.repository, one.tag, short(imageId(one.image)), size(here.lab.programs(one.image).image.size)]);
  return output(table([['IMAGE', 'TAG', 'IMAGE ID', 'SIZE'], ...rows]));
}

function logs(host: Host, { flags, words }: Arguments): Output {
  const id = words[0];
  if (id === undefined) return fatal('ID cannot be empty');
  const found = find(host, id);
  if (found === undefined) return notFound(id);
  const run = flags.has('previous') ? found.state.previous : found.run;
  if (run === undefined) return fatal(`failed to find previous container: not found`);
  const tail = Number(flags.get('tail') ?? -1);
  const lines = tail < 0 ? run.logs : tail === 0 ? [] : run.logs.slice(-tail);
  const text = (line: LogLine) =>
    `${flags.has('timestamps') ? `${new Date(line.at).toISOString().replace('Z', '000000Z')} ` : ''}${line.text}\n`;
  const of = (stream: LogLine['stream']) =>
    lines
      .filter((line) => line.stream === stream)
      .map(text)
      .join('');
  return { stdout: of('stdout'), stderr: of('stderr'), exitCode: 0 };
}

function inspect(host: Host, { words }: Arguments): Output {
  if (words.length === 0) return fatal('ID cannot be empty');
  const found = find(host, words[0]!);
  if (found === undefined) return notFound(words[0]!);
  const { run, state, sandbox } = found;
  const time = (at: number | undefined) => (at === undefined ? '0001-01-01T00:00:00Z' : rfc3339(at));
  return json({
    status: {
      annotations: {},
      createdAt: time(run.startedAt),
      exitCode: run.exitCode ?? 0,
      finishedAt: time(run.finishedAt),
      id: run.id,
      image: { annotations: {}, image: splitImage(state.image), runtimeHandler: '', userSpecifiedImage: '' },
      imageId: `sha256:${imageId(state.image)}`,
      imageRef: `${splitReference(state.image).repository}@sha256:${imageId(state.image)}`,
      labels: { 'io.kubernetes.container.name': state.name, ...podLabels(found) },
      logPath: `/var/log/pods/${sandbox.podNamespace}_${sandbox.podName}_${sandbox.podUid}/${state.name}/${run.attempt}.log`,
      message: '',
      metadata: { attempt: run.attempt, name: state.name },
      mounts: [],
      reason: run.reason ?? '',
      startedAt: time(run.startedAt),
      state: stateName(found),
    },
    info: { sandboxID: sandbox.id, pid: found.status === 'Running' ? processId(sandbox.id, state.name) : 0 },
  });
}

function splitImage(image: string): string {
  const { repository, tag } = splitReference(image);
  return `${repository}:${tag}`;
}

function inspectPod(host: Host, { words }: Arguments): Output {
  if (words.length === 0) return fatal('ID cannot be empty');
  const sandbox = sandboxesOf(host).find((one) => one.id.startsWith(words[0]!));
  if (sandbox === undefined) return fatal(`rpc error: code = NotFound desc = an error occurred when try to find sandbox: not found`);
  const [first, ...others] = sandbox.network.ips.map((one) => one.address.ip);
  const own = sandbox.network.namespace !== '';
  return json({
    status: {
      annotations: {},
      createdAt: rfc3339(sandbox.createdAt),
      id: sandbox.id,
      labels: {
        'io.kubernetes.pod.name': sandbox.podName,
        'io.kubernetes.pod.namespace': sandbox.podNamespace,
        'io.kubernetes.pod.uid': sandbox.podUid,
      },
      linux: {
        namespaces: { options: { ipc: 'POD', network: own ? 'POD' : 'NODE', pid: 'CONTAINER', targetId: '', usernsOptions: null } },
      },
      metadata: { attempt: 0, name: sandbox.podName, namespace: sandbox.podNamespace, uid: sandbox.podUid },
      network: { additionalIps: others.map((ip) => ({ ip })), ip: own ? (first ?? '') : '' },
      runtimeHandler: '',
      state: sandbox.stoppingSince === undefined ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY',
    },
    ...(own && {
      info: {
        pid: processId(sandbox.id, '/pause'),
        runtimeSpec: { linux: { namespaces: [{ type: 'network', path: `/var/run/netns/${sandbox.network.namespace}` }] } },
      },
    }),
  });
}

function info(host: Host): Output {
  const settings = cniSettingsOf(host);
  const problem = networkNotReady(host.files, settings);
  const loaded = loadNetworks(host.files, settings);
  const status = loaded.ok ? 'OK' : loaded.error;
  return json({
    status: {
      conditions: [
        { message: '', reason: '', status: true, type: 'RuntimeReady' },
        { message: problem?.message ?? '', reason: problem?.reason ?? '', status: problem === undefined, type: 'NetworkReady' },
        { message: '', reason: '', status: true, type: 'ContainerdHasNoDeprecationWarnings' },
      ],
    },
    lastCNILoadStatus: status,
    'lastCNILoadStatus.default': status,
  });
}

function exec(host: Host, here: Here, io: Io, { flags, words }: Arguments): Output | Promise<Output> {
  const [id, ...argv] = words;
  if (id === undefined || argv.length === 0) return fatal('ID and command cannot be empty');
  const found = find(host, id);
  if (found === undefined) return notFound(id);
  if (found.status !== 'Running')
    return fatal(`execing command in container: rpc error: code = Unknown desc = container is in ${stateName(found)} state`);
  const { sandbox, state } = found;
  const at = {
    kind: 'pod',
    node: here.place.node,
    podUid: sandbox.podUid,
    namespace: sandbox.podNamespace,
    pod: sandbox.podName,
    container: state.name,
  } as const;
  const shell = argv.length === 1 && /^(\/bin\/)?(sh|bash|ash)$/.test(argv[0]!);
  if (shell && flags.has('tty') && io.tty) return { stdout: '', stderr: '', exitCode: 0, enter: at };
  return io.run(argv, { at, stdin: io.stdin });
}

/** What is done to containers, written down. */
function ending(here: Here, { words }: Arguments, act: (host: Host, ids: readonly string[]) => ReturnType<typeof stop>): Output {
  if (words.length === 0) return fatal('ID cannot be empty');
  let said: Output | undefined;
  here.lab.change((draft) => {
    const done = act(draft.hosts.get(here.place.node)!, words);
    said = done.said;
    draft.hosts.set(here.place.node, done.host);
  });
  return said!;
}

const socket = '/run/containerd/containerd.sock';

export const crictl: Command = {
  name: 'crictl',
  run(args, io, here): Output | Promise<Output> {
    const host = hostAt(here.lab, here.place);
    const at = args.findIndex(
      (arg, i) => !arg.startsWith('-') && !/^-(r|i|t|c|-(runtime-endpoint|image-endpoint|timeout|config))$/.test(args[i - 1] ?? ''),
    );
    if (args.some((arg, i) => (at < 0 || i < at) && (arg === '-v' || arg === '--version'))) return output('crictl version v1.33.0\n');
    if (at < 0) return failure('cka-net: crictl: the long usage text is not simulated\n', 0);
    const [verb, ...rest] = args.slice(at);
    const down = !isRunning(host, 'containerd');
    const simulated = ['ps', 'pods', 'images', 'image', 'img', 'logs', 'inspect', 'inspectp', 'info', 'exec', 'stop', 'rm', 'version'];
    if (!simulated.includes(verb!)) return failure(`cka-net: crictl ${verb!} is not simulated\n`);
    if (down)
      return fatal(
        `validate service connection: validate CRI v1 ${/^(images|image|img)$/.test(verb!) ? 'image' : 'runtime'} API for endpoint "unix://${socket}": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix ${socket}: connect: no such file or directory"`,
      );
    const { now } = here.lab;
    const own = new Set(verb === 'logs' ? ['t', 'p', 'f'] : verb === 'exec' ? ['i', 't', 'it', 'ti'] : verb === 'rm' ? ['f', 'a'] : []);
    const parsed = parse(rest, own, verb === 'exec');
    switch (verb) {
      case 'ps':
        return ps(host, now, parsed);
      case 'pods':
        return pods(host, now, parsed);
      case 'logs':
        return logs(host, parsed);
      case 'inspect':
        return inspect(host, parsed);
      case 'inspectp':
        return inspectPod(host, parsed);
      case 'info':
        return info(host);
      case 'exec':
        return exec(host, here, io, parsed);
      case 'stop':
        return ending(here, parsed, (old, ids) => stop(old, { ids, now, timeout: Number(parsed.flags.get('timeout') ?? 0) }));
      case 'rm': {
        // Its `-f` reads like the `--follow` of logs.
        const force = parsed.flags.has('force') || parsed.flags.has('follow');
        const { words, flags } = parsed;
        const ids = flags.has('all') ? containersOf(host).map((one) => one.run.id) : words;
        return ending(here, { flags, words: ids }, (old, all) => remove(old, { ids: all, now, force }));
      }
      case 'version':
        return output('Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v2.1.4\nRuntimeApiVersion:  v1\n');
      default:
        return images(here, host, parsed);
    }
  },
};
