/** `exec` and `attach` for somebody at the other end of a connection: a command with its streams, or a shell to sit at. */
import { Writable, type Readable } from 'node:stream';
import { followContainer } from '#lab/container-log.ts';
import { closedTo, kubeletUrl, missingProgram } from '#lab/streaming.ts';
import { internalError, refusal } from '#apiserver/response.ts';
import type { ApiRequest, ApiResponse } from '#apiserver/request.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Container } from '#kube/kinds/container.ts';
import { endProcess } from '#lab/end-process.ts';
import type { Lab } from '#lab/lab.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { argvOf } from '#node/kubelet/container-environment.ts';
import type { Place } from '#shell/command.ts';
import { isInteractiveShell } from '#shell/programs.ts';
import { promptOf } from '#shell/prompt.ts';
import { textOf } from '#shell/written.ts';
import { LineReader } from '../repl/line-reader.ts';
import { readCommand } from '../repl/read-command.ts';
import type { RemoteStreams } from './streams.ts';

export type ContainerPlace = Extract<Place, { kind: 'pod' }>;

/** Why a kubelet does not let one in, as the API server answers before any stream is there; undefined when it does. */
export function refusedBy({ lab }: Lesson, { path, query }: ApiRequest, place: ContainerPlace): ApiResponse | undefined {
  const subresource = path.endsWith('/exec') ? 'exec' : path.endsWith('/attach') ? 'attach' : 'portforward';
  const closed = closedTo(lab.snapshot, place, subresource);
  if (closed === undefined) return undefined;
  if (closed.kind === 'no-container') return refusal(internalError(closed.message));
  if (subresource === 'portforward') return refusal({ code: 500, reason: '', message: `error dialing backend: ${closed.message}` });
  const asked = ['command', 'stdin', 'stdout', 'stderr', 'tty'].flatMap((name) => {
    const kubeletName = { stdin: 'input', stdout: 'output', stderr: 'error' }[name] ?? name;
    return query.getAll(name).map((value) => [kubeletName, value === 'true' ? '1' : value] as const);
  });
  return refusal(
    internalError(
      `error sending request: Post ${JSON.stringify(kubeletUrl(closed.address, place, subresource, asked))}: ${closed.message}`,
    ),
  );
}

/** Serves an exec from its first byte to its status. */
export async function serveExec(lesson: Lesson, { query }: ApiRequest, place: ContainerPlace, streams: RemoteStreams): Promise<void> {
  const command = query.getAll('command');
  const tty = query.get('tty') === 'true';
  const takesInput = query.get('stdin') === 'true';
  const shell = lesson.open({ tty }, place);
  const [program = ''] = command;
  if (!shell.has(program)) {
    streams.end(refusal(internalError(missingProgram(lesson.lab.snapshot, place.podUid, program))).body as object);
    return;
  }
  if (takesInput && tty && isInteractiveShell(command)) {
    streams.end(statusOf(await sit(lesson, shell, streams)));
    return;
  }
  const stdin = takesInput && mayRead(command) ? await (tty ? typed(streams) : everythingOf(streams.stdin)) : '';
  const { stdout, stderr, exitCode } = await shell.runArgv(relativeMembers(command), { stdin });
  streams.out(tty ? onTerminal(stdout) : stdout);
  if (tty) streams.out(onTerminal(stderr));
  else streams.err(stderr);
  streams.end(statusOf(exitCode));
}

/**
 * Serves an attach: what the container prints from now on. The process of a container that waits for somebody's input is that somebody's:
 * it ends when they leave it.
 */
export async function serveAttach(lesson: Lesson, { query }: ApiRequest, place: ContainerPlace, streams: RemoteStreams): Promise<void> {
  const { lab } = lesson;
  const container = containerAt(lab, place);
  const tty = query.get('tty') === 'true';
  const command = container === undefined ? [] : argvOf(lab.programs(container.image ?? ''), container, () => new Map());
  if (query.get('stdin') === 'true' && container?.stdin === true) {
    const status = await serveProcess(lesson, command, place, streams, tty);
    if (status === undefined) return;
    streams.end(statusOf(0));
    endProcess(lab, place, status);
    return;
  }
  await new Promise<void>((resolve) => {
    const stop = followContainer(lab, place, false, {
      send: (text) => streams.out(tty ? onTerminal(text) : text),
      end: resolve,
    });
    streams.onLeave(() => {
      stop();
      resolve();
    });
  });
  streams.end(statusOf(0));
}

/** The process of a container, for whoever is attached; undefined when they have hung up before its end. */
async function serveProcess(
  lesson: Lesson,
  command: readonly string[],
  place: ContainerPlace,
  streams: RemoteStreams,
  tty: boolean,
): Promise<number | undefined> {
  const shell = lesson.open({ tty }, place);
  if (tty && isInteractiveShell(command)) {
    let gone = false;
    streams.onLeave(() => (gone = true));
    const status = await sit(lesson, shell, streams);
    return gone ? undefined : status;
  }
  const stdin = mayRead(command) ? await everythingOf(streams.stdin) : '';
  const { stdout, stderr, exitCode } = await shell.runArgv(command, { stdin });
  streams.out(tty ? onTerminal(stdout + stderr) : stdout);
  if (!tty) streams.err(stderr);
  return exitCode;
}

function containerAt({ snapshot }: Lab, { namespace, pod, container }: ContainerPlace): Container | undefined {
  const spec = snapshot.cluster.get(Pod, namespace, pod)?.spec;
  const all = [
    ...(spec?.containers ?? []),
    ...((spec?.initContainers ?? []) as readonly Container[]),
    ...((spec?.ephemeralContainers ?? []) as readonly Container[]),
  ];
  return all.find((one) => one.name === container);
}

/** `tar` packs no absolute names, and `kubectl cp` counts on that: what lies below `/` is named from there. */
function relativeMembers(command: readonly string[]): readonly string[] {
  const [tar, mode, archive, ...members] = command;
  if (tar !== 'tar' || mode !== 'cf' || archive !== '-' || !members.some((one) => one.startsWith('/'))) return command;
  return [tar, mode, archive, '-C', '/', ...members.map((one) => one.replace(/^\/+/, '') || '.')];
}

/** A shell at which somebody sits: line by line, until `exit` or Ctrl-D. Returns its status. */
async function sit(lesson: Lesson, shell: ReturnType<Lesson['open']>, streams: RemoteStreams): Promise<number> {
  const reader = readerOf(streams);
  let status = 0;
  try {
    for (;;) {
      const line = await readCommand(reader, promptOf(shell, lesson.lab), true);
      if (line === undefined) {
        streams.out('\r\n');
        return status;
      }
      const leaves = /^\s*(exit|logout)(?:\s+(\d+))?\s*$/.exec(line);
      if (leaves !== null) {
        if (shell.depth === 0) return leaves[2] === undefined ? status : Number(leaves[2]) & 255;
      }
      const output = await shell.run(line);
      const text = textOf(output);
      streams.out(onTerminal(text));
      reader.wrote(text);
      status = output.exitCode;
    }
  } finally {
    reader.close();
  }
}

/** What somebody types on a terminal for a program that reads it: lines, until Ctrl-D. */
async function typed(streams: RemoteStreams): Promise<string> {
  const reader = readerOf(streams);
  let text = '';
  try {
    for (;;) {
      const line = await reader.next('');
      if (line === undefined || line === 'interrupted') return text;
      text += `${line.text}\n`;
    }
  } finally {
    reader.close();
  }
}

function readerOf(streams: RemoteStreams): LineReader {
  const output = new Writable({
    write(bytes: Buffer, _, done) {
      streams.out(bytes.toString().replace(/(?<!\r)\n/g, '\r\n'));
      done();
    },
  }) as Writable & { columns?: number; rows?: number };
  streams.onResize(({ columns, rows }) => {
    Object.assign(output, { columns, rows });
    output.emit('resize');
  });
  return new LineReader({ input: streams.stdin, output, terminal: true });
}

/** Line ends as a terminal has them. */
function onTerminal(text: string): string {
  return text.replaceAll('\n', '\r\n');
}

async function everythingOf(stdin: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stdin as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

const filters =
  'cat tee grep egrep fgrep sed awk sort uniq head tail wc cut tr rev nl xargs jq yq base64 md5sum sha1sum sha256sum tar gunzip gzip read nc sh bash ash';
const reading = new RegExp(`(^|[\\s;&|(/])(${filters.replaceAll(' ', '|')})(\\s|$)`);

/** Reports whether a command may want its input: what does not is not kept waiting for the end of it. */
function mayRead(command: readonly string[]): boolean {
  return reading.test(command.join(' '));
}

/** (staging:apiserver … remotecommand: a NonZeroExitCode is a cause of a failure.) */
function statusOf(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}
