/** The processes of a place: on a host, those of its services and of all containers there; in a container, its own. */
import { Pod } from '#kube/kinds/pod.ts';
import type { ContainerState, Sandbox } from '#node/host.ts';
import { argvOf as commandLineOf, environmentOf } from '#node/kubelet/container-environment.ts';
import { processId } from '#node/process-id.ts';
import { execStartOf, knownUnit } from '#node/systemd/unit-file.ts';
import type { Lab } from '#lab/lab.ts';
import type { Here } from '../../command.ts';
import { containerAt, hostAt, sandboxAt } from '../../place.ts';

/** The shell somebody types in: `$$`. */
export const shellPid = 4711;

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly user: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly argv: readonly string[];
  readonly terminal: boolean;
  /** The container it runs in. */
  readonly container?: { readonly sandbox: Sandbox; readonly name: string };
}

/** Services that do not run as root. */
const users: Readonly<Record<string, string>> = {
  'systemd-resolved.service': 'systemd-resolve',
  'systemd-networkd.service': 'systemd-network',
};

function argvOf(lab: Lab, sandbox: Sandbox, state: ContainerState): readonly string[] {
  const { cluster, hosts } = lab.snapshot;
  const pod = cluster.get(Pod, sandbox.podNamespace, sandbox.podName);
  const spec = pod?.spec;
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  const container = all.find((one) => one.name === state.name);
  const program = lab.programs(state.image);
  if (pod === undefined || container === undefined) return [...program.entrypoint, ...program.cmd];
  return commandLineOf(program, container, () => environmentOf({ objects: cluster, hosts }, pod, container, sandbox));
}

function onHost({ lab, place }: Here): readonly Process[] {
  const host = hostAt(lab, place);
  const found: Process[] = [{ pid: 1, parent: 0, user: 'root', startedAt: host.bootedAt, argv: ['/sbin/init'], terminal: false }];
  for (const unit of host.units.values()) {
    const file = knownUnit(host, unit.name);
    if (unit.active !== 'active' || unit.exitCode !== undefined || file === undefined) continue;
    const argv = unit.argv ?? execStartOf(host.files, file);
    if (argv.length > 0)
      found.push({ pid: unit.pid, parent: 1, user: users[unit.name] ?? 'root', startedAt: unit.since, argv, terminal: false });
  }
  for (const { pid, argv, startedAt, ended } of host.background ?? [])
    if (ended === undefined) found.push({ pid, parent: shellPid, user: 'root', startedAt, argv, terminal: true });
  for (const sandbox of host.sandboxes.values()) {
    const shim = processId(sandbox.id, '/shim');
    const own = { user: 'root', startedAt: sandbox.createdAt, terminal: false };
    const command = [
      '/usr/bin/containerd-shim-runc-v2',
      '-namespace',
      'k8s.io',
      '-id',
      sandbox.id,
      '-address',
      '/run/containerd/containerd.sock',
    ];
    found.push(
      { ...own, pid: shim, parent: 1, argv: command },
      {
        ...own,
        user: '65535',
        pid: processId(sandbox.id, '/pause'),
        parent: shim,
        argv: ['/pause'],
        container: { sandbox, name: 'pause' },
      },
    );
    for (const state of sandbox.containers) {
      if (state.run === undefined || state.run.finishedAt !== undefined) continue;
      found.push({
        ...own,
        startedAt: state.run.startedAt,
        pid: processId(sandbox.id, state.name),
        parent: shim,
        argv: argvOf(lab, sandbox, state),
        container: { sandbox, name: state.name },
      });
    }
  }
  return found.sort((a, b) => a.pid - b.pid);
}

/** The processes, by number; the last is the one that asks. */
export function processesAt(here: Here, asking: readonly string[]): readonly Process[] {
  const { lab, place } = here;
  const sandbox = sandboxAt(lab, place);
  const state = containerAt(lab, place);
  const found =
    sandbox === undefined || state === undefined
      ? onHost(here)
      : [
          {
            pid: 1,
            parent: 0,
            user: 'root',
            startedAt: state.run?.startedAt ?? sandbox.createdAt,
            argv: argvOf(lab, sandbox, state),
            terminal: false,
          },
        ];
  const last = found.at(-1)!.pid;
  return [
    ...found,
    { pid: last + 6, parent: place.kind === 'node' ? last + 1 : 0, user: 'root', startedAt: lab.now, argv: asking, terminal: true },
  ];
}
