/** Terminals of containers: what is said before one is entered, and after it was left. */
import { placeOfContainer, type PodShape } from './containers.ts';
import { ExitError } from './errors.ts';
import type { Invocation } from './invocation.ts';

/** Goes on in the shell that a container runs. */
export function enter(kubectl: Invocation, pod: PodShape, container: string, left: (status: number) => void): void {
  kubectl.enter = placeOfContainer(pod, container);
  kubectl.left = left;
}

/** A shell opened by `exec` hands its status on; bash says good-bye. */
export function endOfShell(kubectl: Invocation, program: string): (status: number) => void {
  return (status) => {
    if (program.endsWith('bash')) kubectl.out('exit\n');
    if (status !== 0) throw new ExitError(status, `command terminated with exit code ${status}`);
  };
}

/** Whoever attaches is told that what is typed can be read in the log (since 1.34), and that a prompt may be there already. */
export function attachNotice(kubectl: Invocation, quiet: boolean): void {
  if (quiet) return;
  if (kubectl.atLeast(34)) {
    kubectl.err(
      'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n',
    );
  }
  kubectl.err("If you don't see a command prompt, try pressing enter.\n");
}

/** How to come back (AttachOptions.reattachMessage). */
export function reattachMessage(kubectl: Invocation, { metadata, spec }: PodShape, container: string): string {
  const { name, namespace = '' } = metadata;
  const latest = kubectl.atLeast(36);
  const isEphemeral = spec.ephemeralContainers?.some((one) => one.name === container) === true;
  if (!latest && spec.restartPolicy !== 'Always') return '';
  const command = `kubectl attach ${name} -c ${container}${latest ? ` -n ${namespace}` : ''} -i -t`;
  if (isEphemeral)
    return `Session ended, the ephemeral container will not be restarted but may be reattached using '${command}' if it is still running\n`;
  return `Session ended, resume using '${command}' command${latest ? '' : ' when the pod is running'}\n`;
}
