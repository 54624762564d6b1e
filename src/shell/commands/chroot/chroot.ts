/**
 * chroot(8): a program whose root is another directory. What has programs of its own here is a machine's root, as a pod mounts it that debugs
 * the machine (`kubectl debug node/node01 … -- chroot /host`). (coreutils: src/chroot.c, busybox: coreutils/chroot.c)
 */
import { mountsOf } from '#node/kubelet/volumes.ts';
import { normalize } from '#node/files.ts';
import { failure, output, type Command, type Here, type Io, type Output, type Place } from '../../command.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { isApplet, userlandAt } from '../../network/dialect.ts';
import { isInteractiveShell } from '../../programs.ts';
import { hostAt, namespaceName, sandboxAt, specAt } from '../../place.ts';

const tryHelp = "Try 'chroot --help' for more information.\n";

/** Where programs have this directory for their root; undefined where none is. */
function placeIn({ lab, place }: Here, root: string): Place | undefined {
  if (root === '/') return place;
  if (place.kind === 'node') return undefined;
  const found = specAt(lab, place);
  if (found === undefined) return undefined;
  const host = hostAt(lab, place);
  const mounts = mountsOf(lab.snapshot.cluster, host, found.pod, found.container, sandboxAt(lab, place), lab.now);
  if (!mounts.some((mount) => mount.kind === 'host' && mount.hostPath === '/' && mount.path === root)) return undefined;
  const netns = namespaceName(lab, place);
  return { kind: 'node', node: place.node, ...(netns !== '' && { netns }) };
}

/** What is wrong with a directory as a root; undefined: nothing. */
function refusal(io: Io, root: string): string | undefined {
  const node = io.files.stat(root);
  if (node === undefined && io.files.list(root) === undefined) return 'No such file or directory';
  return node?.kind === 'file' ? 'Not a directory' : undefined;
}

async function run(args: readonly string[], io: Io, here: Here): Promise<Output> {
  const applet = isApplet(here, 'chroot');
  const fail = (problem: string, exitCode = applet ? 1 : 125) => failure(`chroot: ${problem}\n`, exitCode);
  if (!applet && args[0] === '--version') return output('chroot (GNU coreutils) 9.4\n');
  const option = applet ? undefined : /^--?[^-\s][^=]*/.exec(args[0] ?? '')?.[0];
  if (option !== undefined) {
    if (['--userspec', '--groups', '--skip-chdir'].includes(option)) return failure(`cka-net: chroot: ${option} is not simulated\n`, 125);
    return fail(`unrecognized option '${args[0]}'\n${tryHelp.trimEnd()}`);
  }
  const [directory, ...given] = args[0] === '--' ? args.slice(1) : args;
  if (directory === undefined)
    return applet
      ? failure(`${userlandAt(here).busyboxBanner}\n\nUsage: chroot NEWROOT [PROG ARGS]\n\nRun PROG with root directory set to NEWROOT\n`)
      : fail(`missing operand\n${tryHelp.trimEnd()}`);
  const root = normalize(directory.startsWith('/') ? directory : `${io.cwd}/${directory}`);
  const refused = refusal(io, root);
  if (refused !== undefined) return fail(`${applet ? "can't" : 'cannot'} change root directory to '${directory}': ${refused}`);
  // Without a program it is $SHELL, else sh, with -i.
  const [name, ...rest] = given.length > 0 ? (given as [string, ...string[]]) : [io.env.get('SHELL') ?? '/bin/sh', '-i'];
  const program = [name, ...rest];
  const at = placeIn(here, root);
  if (at === undefined || !io.has(name, at))
    return fail(
      `${applet ? "can't execute" : 'failed to run command'} ${applet ? `'${name}'` : localeQuoted(io.env, name)}: No such file or directory`,
      127,
    );
  if (!isInteractiveShell(program)) return io.run(program, { at, stdin: io.stdin });
  return io.tty && io.stdin === '' ? { ...output(''), enter: at, enterIn: '/' } : io.run(['sh'], { at, stdin: io.stdin });
}

export const chroot: Command = { name: 'chroot', run };
