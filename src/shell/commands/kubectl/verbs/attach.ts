/** `kubectl attach` (staging:kubectl/pkg/cmd/attach/attach.go). */
import { endContainer } from '#lab/end-container.ts';
import { pathOf } from '../client.ts';
import { mappingFor } from '../builder.ts';
import {
  containerNamed,
  firstPodOf,
  objectNamed,
  openContainer,
  placeOfContainer,
  type ContainerShape,
  type PodShape,
} from '../containers.ts';
import { bool, duration, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { attachNotice, enter, reattachMessage } from '../sessions.ts';
import { defineVerb } from '../verb.ts';
import { isInteractiveShell } from '../../../programs.ts';
import { runInContainer, type Streams } from './exec.ts';
import { ExitError, KubectlError } from '../errors.ts';

export const attach = defineVerb({
  name: 'attach',
  use: 'attach (POD | TYPE/NAME) -c CONTAINER',
  short: 'Attach to a running container',
  flags: {
    container: string('The container; else the annotated one or the first.', '', { shorthand: 'c' }),
    'pod-running-timeout': duration('How long to wait for a pod to run.', 60_000, '1m0s'),
    'detach-keys': string('The keys that leave the container as it is.', 'ctrl-p,ctrl-q'),
    quiet: bool('Only print what the container prints.', false, { shorthand: 'q' }),
    stdin: bool('Pass standard input on.', false, { shorthand: 'i' }),
    tty: bool('Let standard input be a terminal.', false, { shorthand: 't' }),
  },
  run: async (kubectl, { args, flags }) => {
    if (args.length === 0) throw new KubectlError('at least 1 argument is required for attach');
    if (args.length > 2)
      throw kubectl.usageError('expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ' + `${args.length}: [${args.join(' ')}]`);
    const target = args.length === 2 ? args.join('/') : args[0]!;
    const { pod } = await firstPodOf(kubectl, objectNamed(kubectl, target), flags['pod-running-timeout']);
    attachTo(kubectl, pod, flags.container, { stdin: flags.stdin, tty: flags.tty, quiet: flags.quiet });
  },
});

/** Shows what a container prints from now on; a shell that waits for a person is entered, and `left` follows its end. */
export function attachTo(kubectl: Invocation, pod: PodShape, name: string, { stdin, tty, quiet }: Streams, left?: () => void): void {
  const phase = pod.status?.phase ?? '';
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new KubectlError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  const container = containerNamed(kubectl, pod, name, quiet);
  let terminal = tty;
  if (tty && container.tty !== true) {
    terminal = false;
    if (!quiet) kubectl.err(`error: Unable to use a TTY - container ${container.name} did not allocate one\n`);
  } else if (tty && stdin && !kubectl.io.tty) {
    terminal = false;
    if (!quiet) kubectl.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  }
  attachNotice(kubectl, quiet);
  openContainer(kubectl, pod, container.name, 'attach', {
    error: '1',
    output: '1',
    ...(stdin && { input: '1' }),
    ...(terminal && { tty: '1' }),
  });
  const { command, known } = commandOf(kubectl, pod, container.name);
  if (!(stdin && terminal && isInteractiveShell(command))) return;
  enter(kubectl, pod, container.name, (status) => {
    if (known) ended(kubectl, pod, container.name, status);
    if (!quiet) kubectl.out(reattachMessage(kubectl, pod, container.name));
    left?.();
  });
}

/**
 * Attaches to a container that has just started. A shell for a person is entered, and `left` follows its end; any other command is run now,
 * where it runs, since what it prints depends on the network as it is. Where nobody starts it again, the container ends with it.
 */
export async function attachToCommand(
  kubectl: Invocation,
  pod: PodShape,
  name: string,
  streams: Streams,
  left?: () => void,
): Promise<number> {
  const { stdin, tty, quiet } = streams;
  const { command, known } = commandOf(kubectl, pod, name);
  const terminal = stdin && tty && kubectl.io.tty;
  if (isInteractiveShell(command) && terminal && kubectl.io.stdin === '') {
    attachTo(kubectl, pod, name, streams, left);
    return 0;
  }
  if (tty && !kubectl.io.tty && !quiet) kubectl.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  attachNotice(kubectl, quiet);
  const before = kubectl.written.length;
  const over = (status: number) => {
    const written = kubectl.written.slice(before).flatMap(({ to, text }) => linesOf(text).map((line) => ({ stream: to, text: line })));
    if (known) ended(kubectl, pod, name, status, written);
    if (terminal && !quiet) kubectl.out(reattachMessage(kubectl, pod, name));
  };
  let status = 0;
  try {
    await runInContainer(kubectl, pod, name, command, { stdin, tty: terminal, quiet: true }, (last) => {
      over(last);
      left?.();
    });
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    status = error.code;
  }
  if (kubectl.enter === undefined) over(status);
  return status;
}

/** A container's command has ended: so does the container, unless it is started again. */
function ended(kubectl: Invocation, pod: PodShape, name: string, status: number, written: Parameters<typeof endContainer>[3] = []): void {
  if (!startsAgain(pod, name, status)) endContainer(kubectl.here.lab, placeOfContainer(pod, name), status, written);
}

/** Reports whether a container that ends with a status is started again. */
function startsAgain({ spec }: PodShape, name: string, status: number): boolean {
  if (spec.ephemeralContainers?.some((one) => one.name === name) === true) return false;
  const { restartPolicy = 'Always' } = spec;
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && status !== 0);
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

interface Program {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/** What a container runs, as far as its pod and its image say; without that a shell is what an attached terminal meets. */
function commandOf(
  kubectl: Invocation,
  { spec }: PodShape,
  name: string,
): { readonly command: readonly string[]; readonly known: boolean } {
  const containers: readonly (ContainerShape & Program)[] = [...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const container = containers.find((one) => one.name === name);
  const words = [...(container?.command ?? []), ...(container?.args ?? [])];
  if (words.length > 0) return { command: words, known: true };
  const { entrypoint = [], cmd = [] } = kubectl.here.lab.programs(container?.image ?? '');
  const own = [...entrypoint, ...cmd];
  return isInteractiveShell(own) ? { command: own, known: true } : { command: ['sh'], known: false };
}

/** The log of a container that has ended before one could attach to it. */
export function logOf(kubectl: Invocation, pod: PodShape, container: string): string {
  const path = pathOf(mappingFor(kubectl, 'pods'), pod.metadata.namespace, pod.metadata.name, 'log');
  return String(kubectl.client.request('GET', path, { query: { container } }).body);
}
