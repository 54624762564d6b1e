/** `kubectl exec` (staging:kubectl/pkg/cmd/exec/exec.go). */
import { missingProgram } from '#lab/streaming.ts';
import { containerNamed, firstPodOf, getPod, objectNamed, openContainer, placeOfContainer, type PodShape } from '../containers.ts';
import { ExitError, KubectlError } from '../errors.ts';
import { fileFlags } from '../file-flags.ts';
import { bool, duration, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { isInteractiveShell } from '../../../programs.ts';
import { endOfShell, enter } from '../sessions.ts';
import { defineVerb } from '../verb.ts';

export const exec = defineVerb({
  name: 'exec',
  use: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  short: 'Execute a command in a container',
  examples: ['kubectl exec web -- cat /etc/resolv.conf', 'kubectl exec -it deploy/web -- sh'],
  flags: {
    container: string('The container; else the annotated one or the first.', '', { shorthand: 'c' }),
    filename: fileFlags.filename,
    'pod-running-timeout': duration('How long to wait for a pod to run.', 60_000, '1m0s'),
    quiet: bool('Only print what the command prints.', false, { shorthand: 'q' }),
    stdin: bool('Pass standard input on.', false, { shorthand: 'i' }),
    tty: bool('Let standard input be a terminal.', false, { shorthand: 't' }),
  },
  run: async (kubectl, { args, dash, flags }) => {
    const target = args.length > 0 && dash !== 0 ? args[0]! : '';
    const files = flags.filename.length > 0;
    const command = dash === undefined ? (kubectl.atLeast(31) ? [] : args.slice(files ? 0 : 1)) : args.slice(dash);
    if (dash === undefined && (args.length > 1 || (args.length > 0 && files))) {
      if (kubectl.atLeast(31))
        throw kubectl.usageError('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
      kubectl.err(
        'kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead.\n',
      );
    }
    if (target === '' && !files) throw new KubectlError('pod, type/name or --filename must be specified');
    if (command.length === 0) throw new KubectlError('you must specify at least one command for the container');
    const plain = target !== '' && !target.includes('/');
    const pod = plain
      ? getPod(kubectl, target)
      : (await firstPodOf(kubectl, objectNamed(kubectl, target, flags.filename), flags['pod-running-timeout'])).pod;
    const phase = pod.status?.phase ?? '';
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new KubectlError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
    const container = flags.container === '' ? containerNamed(kubectl, pod, '', flags.quiet).name : flags.container;
    await runInContainer(kubectl, pod, container, command, { stdin: flags.stdin, tty: flags.tty, quiet: flags.quiet });
  },
});

export interface Streams {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly quiet: boolean;
}

/** Runs a command in a container, and ends with its status; `left` follows the end of a shell for a person. */
export async function runInContainer(
  kubectl: Invocation,
  pod: PodShape,
  container: string,
  command: readonly string[],
  { stdin, tty, quiet }: Streams,
  left = endOfShell(kubectl, command[0]!),
): Promise<void> {
  const { io } = kubectl;
  const terminal = stdin && tty && io.tty;
  if (stdin && tty && !io.tty && !quiet) kubectl.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  const query = {
    ...Object.fromEntries(command.slice(0, 1).map((word) => ['command', word])),
    error: '1',
    output: '1',
    ...(stdin && { input: '1' }),
    ...(terminal && { tty: '1' }),
  };
  openContainer(kubectl, pod, container, 'exec', query);
  const place = placeOfContainer(pod, container);
  const [program] = command as readonly [string, ...string[]];
  if (!io.has(program, place))
    throw new KubectlError(`Internal error occurred: ${missingProgram(kubectl.here.lab.snapshot, pod.metadata.uid ?? '', program)}`);
  if (terminal && isInteractiveShell(command) && io.stdin === '') {
    enter(kubectl, pod, container, left);
    return;
  }
  const ran = await io.run(command, { at: place, stdin: stdin ? kubectl.stdin() : '', ...(!terminal && { tty: false }) });
  const { stdout, stderr, exitCode } = ran;
  kubectl.out(stdout);
  kubectl.err(stderr);
  if (ran.enter !== undefined) {
    kubectl.enter = ran.enter;
    kubectl.enterIn = ran.enterIn;
    kubectl.left = left;
    return;
  }
  if (exitCode !== 0) throw new ExitError(exitCode, `command terminated with exit code ${exitCode}`);
}
