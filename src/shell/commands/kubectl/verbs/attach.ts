/** `kubectl attach` (staging:kubectl/pkg/cmd/attach/attach.go). */
import { pathOf } from '../client.ts';
import { mappingFor } from '../builder.ts';
import { containerNamed, firstPodOf, objectNamed, openContainer, type ContainerShape, type PodShape } from '../containers.ts';
import { bool, duration, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { attachNotice, enter, reattachMessage } from '../sessions.ts';
import { defineVerb } from '../verb.ts';
import { isInteractiveShell, type Streams } from './exec.ts';
import { KubectlError } from '../errors.ts';

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
  run: (kubectl, { args, flags }) => {
    if (args.length === 0) throw new KubectlError('at least 1 argument is required for attach');
    if (args.length > 2)
      throw kubectl.usageError('expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ' + `${args.length}: [${args.join(' ')}]`);
    const target = args.length === 2 ? args.join('/') : args[0]!;
    const { pod } = firstPodOf(kubectl, objectNamed(kubectl, target), flags['pod-running-timeout']);
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
  if (!(stdin && terminal && isInteractiveShell(commandOf(pod, container.name)))) return;
  enter(kubectl, pod, container.name, () => {
    if (!quiet) kubectl.out(reattachMessage(kubectl, pod, container.name));
    left?.();
  });
}

interface Program {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/** What a container runs, as far as its pod says; without that a shell is what an attached terminal meets. */
function commandOf({ spec }: PodShape, name: string): readonly string[] {
  const containers: readonly (ContainerShape & Program)[] = [...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const container = containers.find((one) => one.name === name);
  const words = [...(container?.command ?? []), ...(container?.args ?? [])];
  return words.length === 0 ? ['sh'] : words;
}

/** The log of a container that has ended before one could attach to it. */
export function logOf(kubectl: Invocation, pod: PodShape, container: string): string {
  const path = pathOf(mappingFor(kubectl, 'pods'), pod.metadata.namespace, pod.metadata.name, 'log');
  return String(kubectl.client.request('GET', path, { query: { container } }).body);
}
