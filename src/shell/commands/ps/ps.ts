/**
 * ps(1) of procps, and busybox's. Memory and processor time are not simulated: they stand at 0, as for a process of the kernel.
 */
import { failure, output, type Here, type Output } from '../../command.ts';
import { byDialect } from '../../network/dialect.ts';
import { processesAt, type Process } from './processes.ts';

interface Column {
  readonly head: string;
  readonly width: number;
  readonly right: boolean;
  readonly of: (one: Process, now: number) => string;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The hour of today, or the day of this year. */
function started(one: Process, now: number): string {
  const date = new Date(one.startedAt);
  if (now - one.startedAt < 86_400_000) return date.toISOString().slice(11, 16);
  return `${months[date.getUTCMonth()]!}${String(date.getUTCDate()).padStart(2, '0')}`;
}

/** Names that do not fit are cut, and marked. */
function user(one: Process): string {
  return one.user.length > 8 ? `${one.user.slice(0, 7)}+` : one.user;
}

const commandLine = (one: Process) => one.argv.join(' ');
const program = (one: Process) => (one.argv[0] ?? '').split('/').at(-1)!.slice(0, 15);
const terminal = (one: Process) => (one.terminal ? 'pts/0' : '?');

const known: Readonly<Record<string, Column>> = {
  user: { head: 'USER', width: 8, right: false, of: user },
  uid: { head: 'UID', width: 8, right: false, of: user },
  pid: { head: 'PID', width: 7, right: true, of: (one) => String(one.pid) },
  ppid: { head: 'PPID', width: 7, right: true, of: (one) => String(one.parent) },
  cpu: { head: '%CPU', width: 4, right: true, of: () => '0.0' },
  mem: { head: '%MEM', width: 4, right: true, of: () => '0.0' },
  vsz: { head: 'VSZ', width: 6, right: true, of: () => '0' },
  rss: { head: 'RSS', width: 5, right: true, of: () => '0' },
  tty: { head: 'TTY', width: 8, right: false, of: terminal },
  stat: { head: 'STAT', width: 4, right: false, of: (one) => (one.terminal ? 'R+' : 'Ss') },
  start: { head: 'START', width: 5, right: false, of: started },
  stime: { head: 'STIME', width: 5, right: false, of: started },
  time: { head: 'TIME', width: 8, right: true, of: () => '00:00:00' },
  bsdtime: { head: 'TIME', width: 6, right: true, of: () => '0:00' },
  c: { head: 'C', width: 2, right: true, of: () => '0' },
  comm: { head: 'COMMAND', width: 15, right: false, of: program },
  args: { head: 'COMMAND', width: 27, right: false, of: commandLine },
  cmd: { head: 'CMD', width: 27, right: false, of: commandLine },
  ucmd: { head: 'CMD', width: 15, right: false, of: program },
};
const alias: Readonly<Record<string, string>> = {
  '%cpu': 'cpu',
  pcpu: 'cpu',
  '%mem': 'mem',
  pmem: 'mem',
  command: 'args',
  tt: 'tty',
  ruser: 'user',
  euser: 'user',
  vsize: 'vsz',
};

const layouts = {
  aux: ['user', 'pid', 'cpu', 'mem', 'vsz', 'rss', 'tty', 'stat', 'start', 'bsdtime', 'args'],
  full: ['uid', 'pid', 'ppid', 'c', 'stime', 'tty', 'time', 'cmd'],
  ax: ['pid', 'tty', 'stat', 'bsdtime', 'args'],
  plain: ['pid', 'tty', 'time', 'ucmd'],
} as const;

function print(columns: readonly Column[], processes: readonly Process[], now: number, header: boolean): string {
  const line = (text: (column: Column) => string) =>
    `${columns
      .map((column, i) => {
        if (i === columns.length - 1 && !column.right) return text(column);
        return column.right ? text(column).padStart(column.width) : text(column).padEnd(column.width);
      })
      .join(' ')}\n`;
  return `${header ? line((column) => column.head) : ''}${processes.map((one) => line((column) => column.of(one, now))).join('')}`;
}

function procps(args: readonly string[], here: Here): Output {
  let layout: keyof typeof layouts = 'plain';
  let all = false;
  let names: string[] | undefined;
  let pids: number[] | undefined;
  let commands: string[] | undefined;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const value = () => args[++i] ?? '';
    if (/^-?a?u?x?w*$/.test(arg) && arg.includes('x')) {
      all = true;
      layout = arg.includes('u') ? 'aux' : layout === 'aux' ? 'aux' : 'ax';
    } else if (/^-[eAfFlw]+$/.test(arg)) {
      if (/[eA]/.test(arg)) all = true;
      if (/[fF]/.test(arg)) layout = 'full';
    } else if (arg === 'u') layout = 'aux';
    else if (arg === '-w' || arg === '-ww' || arg === 'w' || arg === 'ww') continue;
    else if (arg === '-o' || arg === '-eo' || arg === 'o' || arg === '-Ao') {
      if (/[eA]/.test(arg)) all = true;
      names = [...(names ?? []), ...value().split(',')];
    } else if (arg === '-p' || arg === '--pid') pids = value().split(',').map(Number);
    else if (arg === '-C') commands = value().split(',');
    else if (/^\d+$/.test(arg)) pids = [...(pids ?? []), Number(arg)];
    else return failure(`cka-net: ps: the option ${arg} is not simulated\n`);
  }
  const shown = processesAt(here, ['ps', ...args]).filter(
    (one) =>
      (pids === undefined && commands === undefined ? all || one.terminal : false) ||
      pids?.includes(one.pid) === true ||
      commands?.includes(program(one)) === true,
  );
  const columns: Column[] = [];
  let header = names === undefined;
  for (const name of names ?? layouts[layout]) {
    const [key, title] = name.split('=');
    const column = known[alias[key!] ?? key!];
    if (column === undefined)
      return failure(`error: unknown user-defined format specifier "${key!}"\n\ncka-net: the long usage text of ps is not simulated\n`);
    const head = title ?? column.head;
    if (head !== '') header = true;
    columns.push({ ...column, head });
  }
  return { stdout: print(columns, shown, here.lab.now, header), stderr: '', exitCode: shown.length === 0 ? 1 : 0 };
}

/** Busybox knows of one layout, and takes most options for words of other systems. */
function busybox(args: readonly string[], here: Here): Output {
  const rows = processesAt(here, ['ps', ...args]).map(
    (one) => `${String(one.pid).padStart(5)} ${one.user.slice(0, 8).padEnd(8)}  0:00 ${commandLine(one)}\n`,
  );
  if (args[0] === '-o') return failure("cka-net: ps: columns of busybox's ps are not simulated\n");
  return output(`PID   USER     TIME  COMMAND\n${rows.join('')}`);
}

export const ps = byDialect(
  'ps',
  (args, _io, here) => procps(args, here),
  (args, _io, here) => busybox(args, here),
);
