/** nsenter(1) of util-linux: a program in the namespaces of a process. Of these, those of networks and of mounts make a difference here. */
import { failure, output, type Command, type Here, type Io, type Output, type Place } from '../../command.ts';
import { isApplet } from '../../network/dialect.ts';
import { hostAt, namespaceName, specAt } from '../../place.ts';
import { processesAt } from '../ps/processes.ts';

/** Namespaces by their letter, in the order in which util-linux enters them. */
const kinds: readonly (readonly [letter: string, long: string, file: string])[] = [
  ['U', 'user', 'user'],
  ['i', 'ipc', 'ipc'],
  ['u', 'uts', 'uts'],
  ['n', 'net', 'net'],
  ['p', 'pid', 'pid'],
  ['C', 'cgroup', 'cgroup'],
  ['m', 'mount', 'mnt'],
  ['T', 'time', 'time'],
];

interface Entering {
  target?: number;
  readonly wanted: Set<string>;
  /** `--net=FILE` */
  netFile?: string;
}

const usage = (problem: string) => failure(`nsenter: ${problem}\nTry 'nsenter --help' for more information.\n`);

/** Reads the options; the rest is the program. */
function parse(args: readonly string[]): Output | { readonly entering: Entering; readonly rest: readonly string[] } {
  const entering: Entering = { wanted: new Set() };
  let i = 0;
  const target = (text: string | undefined): Output | undefined => {
    if (text === undefined) return usage("option requires an argument -- 't'");
    if (!/^\d+$/.test(text)) return failure(`nsenter: failed to parse pid: '${text}': Invalid argument\n`);
    entering.target = Number(text);
    return undefined;
  };
  const want = (letter: string, file: string | undefined) => {
    entering.wanted.add(letter);
    if (letter === 'n' && file !== undefined) entering.netFile = file;
  };
  for (; i < args.length && args[i]!.startsWith('-') && args[i] !== '-'; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      i++;
      break;
    }
    const [long, value] = arg.startsWith('--') ? (arg.slice(2).split(/=(.*)/s) as [string, string | undefined]) : [undefined, undefined];
    if (long === 'target') {
      const refused = target(value ?? args[++i]);
      if (refused !== undefined) return refused;
    } else if (long === 'all') for (const [letter] of kinds) want(letter, undefined);
    else if (long !== undefined) {
      const kind = kinds.find(([, name]) => name === long);
      if (kind === undefined) return usage(`unrecognized option '${arg}'`);
      want(kind[0], value);
    } else {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg[at]!;
        if (letter === 't') {
          const refused = target(at + 1 < arg.length ? arg.slice(at + 1) : args[++i]);
          if (refused !== undefined) return refused;
          break;
        }
        if (letter === 'a') for (const [one] of kinds) want(one, undefined);
        else if (kinds.some(([one]) => one === letter)) {
          const file = arg.slice(at + 1);
          want(letter, file === '' || kinds.some(([one]) => file.startsWith(one) || file.startsWith('t')) ? undefined : file);
          if (entering.netFile !== undefined && file !== '') break;
        } else if (letter !== 'F') return usage(`invalid option -- '${letter}'`);
      }
    }
  }
  return { entering, rest: args.slice(i) };
}

function cannotOpen(here: Here, wanted: ReadonlySet<string>, target: number, why: string): Output {
  const [, , file] = kinds.find(([letter]) => wanted.has(letter)) ?? kinds[3]!;
  const path = `/proc/${target}/ns/${file}`;
  return failure(isApplet(here, 'nsenter') ? `nsenter: can't open '${path}': ${why}\n` : `nsenter: cannot open ${path}: ${why}\n`);
}

/** The machine whose processes one can enter: one's own, or that of a container which sees them all and may do everything. */
function machineOf(here: Here): Extract<Place, { kind: 'node' }> | undefined {
  const { lab, place } = here;
  if (place.kind === 'node') return place;
  const { pod, container } = specAt(lab, place) ?? {};
  if (container?.securityContext?.privileged !== true || pod?.spec.hostPID !== true) return undefined;
  const netns = namespaceName(lab, place);
  return { kind: 'node', node: place.node, ...(netns !== '' && { netns }) };
}

/** Where the program will run. */
function placeOf({ target, wanted, netFile }: Entering, here: Here): Place | Output {
  const { lab } = here;
  const place = machineOf(here);
  if (place === undefined) {
    if (target !== undefined && specAt(lab, here.place)?.pod.spec.hostPID === true)
      return cannotOpen(here, wanted, target, 'Permission denied');
    return failure('nsenter: reassociate to namespaces failed: Operation not permitted\n');
  }
  if (netFile !== undefined) {
    const name = /^(?:\/var)?\/run\/netns\/(.+)$/.exec(netFile)?.[1];
    if (name === undefined || !hostAt(lab, place).kernel.namespaces.has(name))
      return failure(`nsenter: cannot open ${netFile}: No such file or directory\n`);
    return { ...place, netns: name };
  }
  if (target === undefined) return wanted.size === 0 ? place : failure('nsenter: no target PID specified for --all\n');
  const entered = processesAt({ lab, place }, []).find((one) => one.pid === target);
  if (entered === undefined) return cannotOpen(here, wanted, target, 'No such file or directory');
  if (entered.container === undefined) {
    if (here.place.kind === 'pod' && !wanted.has('m')) return here.place;
    return wanted.has('n') ? { kind: 'node', node: place.node } : place;
  }
  const { sandbox, name } = entered.container;
  if (wanted.has('m'))
    return {
      kind: 'pod',
      node: place.node,
      podUid: sandbox.podUid,
      namespace: sandbox.podNamespace,
      pod: sandbox.podName,
      container: name,
    };
  if (!wanted.has('n')) return place;
  const { namespace } = sandbox.network;
  return namespace === '' ? { kind: 'node', node: place.node } : { ...place, netns: namespace };
}

function run(args: readonly string[], io: Io, here: Here): Output | Promise<Output> {
  if (args.some((arg) => arg === '-V' || arg === '--version')) return output('nsenter from util-linux 2.39.3\n');
  const parsed = parse(args);
  if ('exitCode' in parsed) return parsed;
  const at = placeOf(parsed.entering, here);
  if ('exitCode' in at) return at;
  const { rest } = parsed;
  const shell = rest.length === 0 || (rest.length === 1 && /^(\/bin\/)?(ba|a)?sh$/.test(rest[0]!));
  if (shell && io.tty) return { ...output(''), enter: at };
  const program = rest[0] ?? 'sh';
  if (!io.has(program, at)) return failure(`nsenter: failed to execute ${program}: No such file or directory\n`, 127);
  return io.run(rest.length === 0 ? ['sh'] : rest, { at, stdin: io.stdin });
}

export const nsenter: Command = { name: 'nsenter', run };
