/** systemctl(1) over the units of the host, and service(8), which calls it. */
import { Node } from '#kube/kinds/node.ts';
import { kubernetesVersionOf } from '#kube/settings.ts';
import { servicesOf } from '#lab/services.ts';
import { rfc3339 } from '#kube/time.ts';
import { withFiles } from '#node/files.ts';
import type { Host, UnitState } from '#node/host.ts';
import { restartUnit, startUnit, stopUnit, unitName } from '#node/systemd/systemd.ts';
import {
  isEnabled,
  isMasked,
  knownUnit,
  loadUnitFile,
  needsReload,
  reloadUnits,
  setting,
  unitDirectories,
  execStartOf,
  type UnitFile,
} from '#node/systemd/unit-file.ts';
import { failure, output, type Command, type Here, type Output } from '../../command.ts';
import { hostAt } from '../../place.ts';
import { formatDate } from '../date/date.ts';
import { journalText } from '../journalctl/text.ts';

export const systemctl: Command = {
  name: 'systemctl',
  run(args, _io, here): Output {
    const words = args.filter((arg) => !arg.startsWith('-'));
    const flags = args.filter((arg) => arg.startsWith('-'));
    const [verb = 'list-units', ...units] = words;
    const act = verbs[verb];
    if (act === undefined) return failure(`Unknown command verb ${verb}.\n`);
    return act(units.map(unitName), here, flags);
  },
};

export const service: Command = {
  name: 'service',
  run(args, io, here) {
    const [name, verb] = args;
    if (name === undefined || verb === undefined)
      return failure('Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n');
    if (knownUnit(hostAt(here.lab, here.place), unitName(name)) === undefined)
      return verb === 'status' ? failure(`Unit ${unitName(name)} could not be found.\n`, 4) : failure(`${name}: unrecognized service\n`);
    return systemctl.run([verb, name], io, here);
  },
};

type Verb = (units: readonly string[], here: Here, flags: readonly string[]) => Output;

function edit({ lab, place }: Here, change: (host: Host, now: number) => Host): void {
  lab.change((draft) => {
    draft.hosts.set(place.node, change(draft.hosts.get(place.node)!, draft.now));
  });
}

function missing(host: Host, unit: string): Output | undefined {
  if (isMasked(host.files, unit)) return failure(`Failed to start ${unit}: Unit ${unit} is masked.\n`);
  return knownUnit(host, unit) === undefined ? failure(`Failed to start ${unit}: Unit ${unit} not found.\n`, 5) : undefined;
}

function acting(act: (host: Host, unit: string, now: number, here: Here) => Host): Verb {
  return (units, here) => {
    if (units.length === 0) return failure('Too few arguments.\n');
    let stderr = '';
    for (const unit of units) {
      const problem = missing(hostAt(here.lab, here.place), unit);
      if (problem !== undefined)
        return {
          ...problem,
          stderr: problem.stderr
            .replace('Failed to start', act === stop ? 'Failed to stop' : act === restart ? 'Failed to restart' : 'Failed to start')
            .replace(/not found/, act === stop ? 'not loaded' : 'not found'),
        };
      if (needsReload(hostAt(here.lab, here.place), unit)) stderr += changedOnDisk(unit);
      edit(here, (host, now) => act(host, unit, now, here));
      const state = hostAt(here.lab, here.place).units.get(unit);
      if (act !== stop && state?.active === 'failed')
        return failure(
          `${stderr}Job for ${unit} failed because the control process exited with error code.\nSee "systemctl status ${unit}" and "journalctl -xeu ${unit}" for details.\n`,
        );
    }
    return output('', stderr);
  };
}

function changedOnDisk(unit: string): string {
  return `Warning: The unit file, source configuration file or drop-ins of ${unit} changed on disk. Run 'systemctl daemon-reload' to reload units.\n`;
}

/** What the kubelet of the machine says it is. */
function kubeletVersionOf({ lab, place }: Here): string {
  const { cluster } = lab.snapshot;
  return cluster.get(Node, '', place.node)?.status?.nodeInfo?.kubeletVersion ?? kubernetesVersionOf(cluster) ?? 'v1.36.2';
}

const services = (here: Here) => servicesOf(kubeletVersionOf(here));
const start = (host: Host, unit: string, now: number, here: Here): Host => startUnit(host, unit, now, services(here));
const stop = (host: Host, unit: string, now: number): Host => stopUnit(host, unit, now);
const restart = (host: Host, unit: string, now: number, here: Here): Host => restartUnit(host, unit, now, services(here));

function reload(_units: readonly string[], here: Here): Output {
  edit(here, reloadUnits);
  return output('');
}

const verbs: Readonly<Record<string, Verb>> = {
  start: acting(start),
  stop: acting(stop),
  restart: acting(restart),
  'try-restart': acting(restart),
  reload: acting((host) => host),
  'reload-or-restart': acting(restart),
  'daemon-reload': reload,
  'daemon-reexec': reload,
  'reset-failed': () => output(''),
  'is-active': (units, here) => each(units, here, (state) => [state?.active ?? 'inactive', state?.active === 'active' ? 0 : 3]),
  'is-enabled': (units, here) => {
    const { files } = hostAt(here.lab, here.place);
    return each(units, here, (_, unit) =>
      loadUnitFile(files, unit) === undefined
        ? ['not-found', 4]
        : isMasked(files, unit)
          ? ['masked', 1]
          : isEnabled(files, unit)
            ? ['enabled', 0]
            : ['disabled', 1],
    );
  },
  'is-failed': (units, here) => each(units, here, (state) => [state?.active ?? 'inactive', state?.active === 'failed' ? 0 : 1]),
  enable: enabling(true),
  disable: enabling(false),
  mask: masking(true),
  unmask: masking(false),
  status: (units, here) =>
    units.length === 0
      ? failure('systemctl status needs a unit here: the whole tree of the system is not simulated.\n')
      : join(units.map((unit) => status(unit, here))),
  cat: (units, here) => join(units.map((unit) => cat(unit, here))),
  show: (units, here, flags) => join(units.map((unit) => show(unit, here, flags))),
  'list-units': (_, here) => list(here),
  'list-unit-files': (_, here) => listFiles(here),
};

function join(outputs: readonly Output[]): Output {
  return {
    stdout: outputs.map((one) => one.stdout).join('\n'),
    stderr: outputs.map((one) => one.stderr).join(''),
    exitCode: outputs.find((one) => one.exitCode !== 0)?.exitCode ?? 0,
  };
}

function each(
  units: readonly string[],
  { lab, place }: Here,
  tell: (state: UnitState | undefined, unit: string) => readonly [string, number],
): Output {
  const told = units.map((unit) => tell(hostAt(lab, place).units.get(unit), unit));
  return {
    stdout: told.map(([word]) => `${word}\n`).join(''),
    stderr: '',
    exitCode: told.every(([, code]) => code === 0) ? 0 : told.find(([, code]) => code !== 0)![1],
  };
}

function enabling(on: boolean): Verb {
  return (units, here, flags) => {
    let stderr = '';
    for (const unit of units) {
      const host = hostAt(here.lab, here.place);
      const file = loadUnitFile(host.files, unit);
      if (file === undefined) return failure(`Failed to ${on ? 'enable' : 'disable'} unit: Unit file ${unit} does not exist.\n`);
      const target = setting(file, 'Install.WantedBy') ?? 'multi-user.target';
      const link = `/etc/systemd/system/${target}.wants/${unit}`;
      if (on === isEnabled(host.files, unit)) continue;
      stderr += on ? `Created symlink ${link} → ${file.path}.\n` : `Removed "${link}".\n`;
      edit(here, (old, now) => {
        const files = withFiles(
          old.files,
          [[link, on ? { kind: 'symlink', target: file.path, modified: rfc3339(now) } : undefined]],
          rfc3339(now),
        );
        const state = old.units.get(unit);
        return {
          ...reloadUnits({ ...old, files }),
          ...(state !== undefined && { units: new Map(old.units).set(unit, { ...state, enabled: on }) }),
        };
      });
    }
    if (flags.includes('--now')) {
      const then = (on ? verbs['start'] : verbs['stop'])!(units, here, []);
      return { ...then, stderr: stderr + then.stderr };
    }
    return output('', stderr);
  };
}

function masking(on: boolean): Verb {
  return (units, here) => {
    let stderr = '';
    for (const unit of units) {
      const link = `/etc/systemd/system/${unit}`;
      if (on === isMasked(hostAt(here.lab, here.place).files, unit)) continue;
      stderr += on ? `Created symlink ${link} → /dev/null.\n` : `Removed "${link}".\n`;
      edit(here, (old, now) =>
        reloadUnits({
          ...old,
          files: withFiles(
            old.files,
            [[link, on ? { kind: 'symlink', target: '/dev/null', modified: rfc3339(now) } : undefined]],
            rfc3339(now),
          ),
        }),
      );
    }
    return output('', stderr);
  };
}

/** `3h 2min ago`, as systemd writes spans (format_timestamp_relative). */
function ago(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days >= 7)
    return `${Math.floor(days / 7)} week${days >= 14 ? 's' : ''}${days % 7 > 0 ? ` ${days % 7} day${days % 7 > 1 ? 's' : ''}` : ''} ago`;
  if (days >= 1) return `${days} day${days > 1 ? 's' : ''}${days < 2 && hours > 0 ? ` ${hours}h` : ''} ago`;
  if (hours >= 1) return `${hours}h${minutes > 0 ? ` ${minutes}min` : ''} ago`;
  if (minutes >= 5) return `${minutes}min ago`;
  if (minutes >= 1) return `${minutes}min ${seconds % 60}s ago`;
  return `${seconds}s ago`;
}

const words: Readonly<Record<ReturnType<typeof subState>, string>> = {
  running: 'active (running)',
  exited: 'active (exited)',
  dead: 'inactive (dead)',
  failed: 'failed',
  'auto-restart': 'activating (auto-restart)',
};

/** Why a unit is not well, where it is not. */
function resultOf(state: UnitState | undefined): string {
  if (state?.active !== 'failed' && state?.active !== 'activating') return '';
  if (state.signal === undefined) return ' (Result: exit-code)';
  return /HUP|INT|TERM/.test(state.signal) ? '' : ' (Result: signal)';
}

function subState(state: UnitState | undefined) {
  if (state?.active === 'active' && state.exitCode === 0) return 'exited';
  return ({ active: 'running', inactive: 'dead', failed: 'failed', activating: 'auto-restart' } as const)[state?.active ?? 'inactive'];
}

function status(unit: string, here: Here): Output {
  const host = hostAt(here.lab, here.place);
  const file = knownUnit(host, unit);
  if (file === undefined) return failure(`Unit ${unit} could not be found.\n`, 4);
  const state = host.units.get(unit);
  const description = setting(file, 'Unit.Description') ?? unit;
  const active = state?.active ?? 'inactive';
  const bullet = active === 'active' ? '●' : active === 'failed' ? '×' : active === 'activating' ? '●' : '○';
  const lines = [
    `${bullet} ${unit} - ${description}`,
    `     Loaded: loaded (${file.path}; ${isEnabled(host.files, unit) ? 'enabled' : 'disabled'}; preset: enabled)`,
  ];
  if (file.dropIns.length > 0) {
    const directoryOf = (path: string | undefined) => path?.slice(0, path.lastIndexOf('/'));
    file.dropIns.forEach((path, i) => {
      const directory = directoryOf(path);
      if (directoryOf(file.dropIns[i - 1]) !== directory) lines.push(`${i === 0 ? '    Drop-In: ' : ' '.repeat(13)}${directory}`);
      lines.push(`             ${directoryOf(file.dropIns[i + 1]) === directory ? '├─' : '└─'}${path.slice(path.lastIndexOf('/') + 1)}`);
    });
  }
  const since =
    state === undefined ? '' : ` since ${formatDate('%a %Y-%m-%d %H:%M:%S UTC', state.since)}; ${ago(here.lab.now - state.since)}`;
  lines.push(`     Active: ${words[subState(state)]}${resultOf(state)}${since}`);
  const documentation = setting(file, 'Unit.Documentation');
  if (documentation !== undefined) lines.push(`       Docs: ${documentation}`);
  if (state !== undefined && subState(state) === 'running') {
    const argv = state.argv ?? execStartOf(host.files, file);
    lines.push(
      `   Main PID: ${state.pid} (${argv[0]?.split('/').at(-1) ?? unit})`,
      '      Tasks: 12 (limit: 4618)',
      `     Memory: ${unit === 'kubelet.service' ? '38.4M' : '62.1M'}`,
      `     CGroup: /system.slice/${unit}`,
      `             └─${state.pid} ${argv.join(' ')}`,
    );
  } else if (state?.signal !== undefined) {
    const argv = state.argv ?? execStartOf(host.files, file);
    const ended = `(code=killed, signal=${state.signal})`;
    lines.push(`    Process: ${state.pid} ExecStart=${argv.join(' ')} ${ended}`, `   Main PID: ${state.pid} ${ended}`);
  } else if (state !== undefined && state.exitCode !== undefined) {
    const argv = state.argv ?? execStartOf(host.files, file);
    const ended = `(code=exited, status=${state.exitCode}/${state.exitCode === 0 ? 'SUCCESS' : 'FAILURE'})`;
    lines.push(`    Process: ${state.pid} ExecStart=${argv.join(' ')} ${ended}`, `   Main PID: ${state.pid} ${ended}`);
  }
  const journal = journalText(host, host.journal.filter((line) => line.unit === unit).slice(-10));
  return {
    stdout: `${lines.join('\n')}\n${journal === '' ? '' : `\n${journal}`}`,
    stderr: needsReload(host, unit) ? changedOnDisk(unit) : '',
    exitCode: active === 'active' || active === 'activating' ? (active === 'active' ? 0 : 3) : 3,
  };
}

function cat(unit: string, { lab, place }: Here): Output {
  const host = hostAt(lab, place);
  const file = loadUnitFile(host.files, unit);
  if (file === undefined) return failure(`No files found for ${unit}.\n`);
  const texts = [file.path, ...file.dropIns].map((path) => {
    const node = host.files.get(path);
    return `# ${path}\n${node?.kind === 'file' ? node.content : ''}`;
  });
  return output(texts.join('\n'));
}

function show(unit: string, { lab, place }: Here, flags: readonly string[]): Output {
  const host = hostAt(lab, place);
  const file: UnitFile | undefined = knownUnit(host, unit);
  const state = host.units.get(unit);
  const all: readonly (readonly [string, string])[] = [
    ['Id', unit],
    ['LoadState', file === undefined ? 'not-found' : 'loaded'],
    ['ActiveState', state?.active ?? 'inactive'],
    ['SubState', subState(state)],
    ['FragmentPath', file?.path ?? ''],
    ['DropInPaths', file?.dropIns.join(' ') ?? ''],
    ['UnitFileState', file === undefined ? '' : isEnabled(host.files, unit) ? 'enabled' : 'disabled'],
    ['MainPID', String(state?.pid ?? 0)],
    ['NRestarts', String(state?.restarts ?? 0)],
    ['ExecMainStatus', String(state?.exitCode ?? 0)],
  ];
  const wanted = flags.flatMap((flag) => /^(?:-p|--property=)(.+)$/.exec(flag)?.[1]?.split(',') ?? []);
  const rows = wanted.length === 0 ? all : all.filter(([key]) => wanted.includes(key));
  return output(rows.map(([key, value]) => (flags.includes('--value') ? `${value}\n` : `${key}=${value}\n`)).join(''));
}

function list({ lab, place }: Here): Output {
  const host = hostAt(lab, place);
  const rows = [...host.units.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((state) => {
      const file = knownUnit(host, state.name);
      return [
        state.active === 'failed' ? '●' : ' ',
        state.name,
        'loaded',
        state.active,
        subState(state),
        (file && setting(file, 'Unit.Description')) ?? state.name,
      ];
    });
  const header = ['', 'UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION'];
  const widths = [1, 2, 3, 4].map((column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `${(row[0] ?? '').padEnd(1)} ${widths.map((width, i) => row[i + 1]!.padEnd(width)).join(' ')} ${row[5]}`.trimEnd();
  return output(
    `${[header, ...rows].map(line).join('\n')}\n\nLOAD   = Reflects whether the unit definition was properly loaded.\nACTIVE = The high-level unit activation state, i.e. generalization of SUB.\nSUB    = The low-level unit activation state, values depend on unit type.\n\n${rows.length} loaded units listed.\n`,
  );
}

function listFiles({ lab, place }: Here): Output {
  const { files } = hostAt(lab, place);
  const names = [...files.keys()]
    .filter(
      (path) =>
        unitDirectories.some((directory) => path.startsWith(`${directory}/`)) &&
        /\/[^/]+\.service$/.test(path) &&
        !path.includes('.wants/'),
    )
    .map((path) => path.slice(path.lastIndexOf('/') + 1));
  const rows = [...new Set(names)]
    .sort()
    .map((name) => [name, isMasked(files, name) ? 'masked' : isEnabled(files, name) ? 'enabled' : 'disabled', 'enabled']);
  const width = Math.max(9, ...rows.map((row) => row[0]!.length));
  return output(
    `${'UNIT FILE'.padEnd(width)} STATE    PRESET\n${rows.map(([name, state, preset]) => `${name!.padEnd(width)} ${state!.padEnd(8)} ${preset}\n`).join('')}\n${rows.length} unit files listed.\n`,
  );
}
