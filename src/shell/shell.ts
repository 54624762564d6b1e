/**
 * The simulated terminal: lines of bash (just-bash understands them) at a place of the cluster, with our programs in it. The only file that
 * knows the interpreter, which is loaded when a line needs it; a single command with its arguments does without.
 */
import type { Bash, IFileSystem } from 'just-bash';
import { rfc3339 } from '#kube/time.ts';
import { normalize } from '#node/files.ts';
import type { Lab } from '#lab/lab.ts';
import { bashFileSystem } from './bash-file-system.ts';
import { elsewhere, jobTeller, terminal, withEnd, withJobs } from './background.ts';
import {
  failure,
  output,
  type Background,
  type Command,
  type Files,
  type Io,
  type Output,
  type Place,
  type Screen,
  type Written,
} from './command.ts';
import { containerCommandsOf, type Carry, type ContainerCommands, type Unattended } from './container-commands.ts';
import { processesAt, shellPid } from './commands/ps/processes.ts';
import { withDevices } from './files/device-files.ts';
import { bashsWords, FileError, inShellsWords } from './files/file-error.ts';
import { PlaceFiles } from './files/place-files.ts';
import { endedWith, Jobs, processOf, type Job } from './jobs.ts';
import { functionsIn, inBashsWords, plainWords, printsToScreen, quoted } from './lines.ts';
import { isApplet } from './network/dialect.ts';
import { controlPlaneOf, placeKey, specAt } from './place.ts';
import { builtins, indexOf, isThere, shellBuiltins } from './programs.ts';
import { opener, tryToOpen, withOpenings } from './redirections.ts';
import { stopwatch, timeReport, withStopwatch } from './timed.ts';
import { elapsedOf } from './timeline.ts';
import { readScript, scriptOf, withStreams } from './unattended.ts';
import { ofLine, write } from './written.ts';

/** What a session is opened with. */
export interface ShellOptions {
  readonly lab: Lab;
  readonly commands: readonly Command[];
  /** The programs that a place has: all, or those of the container's image. */
  programsAt(place: Place): 'all' | ReadonlySet<string>;
  /** The environment of a container. */
  environmentAt(place: Place): ReadonlyMap<string, string>;
  readonly edit?: (text: string, fileName: string) => Promise<string>;
  /** Output goes to a terminal. */
  readonly tty?: boolean;
  /** That terminal, lent to one program while it runs. */
  readonly screen?: <T>(act: (screen: Screen) => Promise<T>) => Promise<T>;
  readonly history?: () => readonly string[];
  /** Lets whoever sits there be heard while a line runs; called between its programs. */
  readonly breathe?: () => Promise<void> | undefined;
  /** It carries out a container's command, and nobody types: what it writes goes there, and time passes as it says. */
  readonly unattended?: Unattended;
}

/** One shell somebody is in: where, and with what around. */
interface Frame {
  readonly place: Place;
  readonly left?: Output['left'] | undefined;
  cwd: string;
  env: Record<string, string>;
  /** Of the last line: `$?` of the next. */
  status?: number;
  /** The texts of functions that were defined in it, by name. */
  readonly functions?: Map<string, string>;
  readonly jobs: Jobs;
}

/** A line that would run for ever ends after this many commands or turns of a loop. */
const limits = ({ tty, unattended }: ShellOptions) => ({
  maxCommandCount: unattended === undefined ? 20_000 : 100_000,
  maxLoopIterations: unattended === undefined ? 20_000 : 100_000,
  maxCallDepth: 100,
  maxOutputSize: 20_000_000,
  // A pager waits as long as somebody reads, a container's command until its time has come.
  maxExecutionTimeMs: tty === true || unattended !== undefined ? 86_400_000 : 60_000,
});

export class Shell {
  readonly #options: ShellOptions;
  readonly #frames: Frame[];
  readonly #files = new Map<string, PlaceFiles>();
  readonly #interpreters = new Map<string, Bash>();
  #pending: (Pick<Frame, 'place' | 'left'> & { readonly cwd: string | undefined }) | undefined;
  #crash: unknown;
  /** When what runs now will be ended, in simulated time. */
  #deadline = Infinity;
  /** What was typed last. */
  #line = '';
  /** Ends the line that runs. */
  #abort: AbortController | undefined;
  /** A program has the screen; those that it runs have none. */
  #screenLent = false;
  /** When the pipelines began that are being timed, the innermost last. */
  readonly #timed: number[] = [];
  /** What the programs of the line have written, but those that others have called. */
  readonly #outputs: Output[] = [];
  #nested = 0;
  /** The shell whose text runs, and whether somebody has typed that. */
  #running: { readonly frame: Frame; readonly typed: boolean } | undefined;
  /** The jobs of the line that have begun and not ended, the innermost last. */
  readonly #begun: Job[] = [];
  /** The line has come to its end, and not left the shell. */
  #reached = true;
  /** How many lines have been typed. */
  #lines = 0;

  /** The commands of containers, which go on beside what is typed; absent in a shell that is one of them. */
  readonly #beside: ContainerCommands | undefined;

  constructor(options: ShellOptions, place: Place = controlPlaneOf(options.lab)) {
    this.#options = options;
    this.#frames = [this.#frame(place)];
    if (options.unattended === undefined) this.#beside = containerCommandsOf(options.lab, carrying(options));
  }

  /** Where the session is now. */
  get place(): Place {
    return this.#top.place;
  }

  get cwd(): string {
    return this.#top.cwd;
  }

  get env(): Readonly<Record<string, string>> {
    return this.#top.env;
  }

  /** How many shells lie under this one; `exit` at 0 ends the session. */
  get depth(): number {
    return this.#frames.length - 1;
  }

  /** Leaves the innermost shell; false when it was the only one. */
  leave(): boolean {
    if (this.#frames.length === 1) return false;
    this.#frames.pop();
    return true;
  }

  /** The names a learner can type here, or elsewhere. */
  programs(at: Place = this.place): readonly string[] {
    return this.#programsAt(at);
  }

  /** Reports whether there is a program of this name here. */
  has(program: string): boolean {
    return this.#has(program, this.place);
  }

  #programsAt(place: Place): readonly string[] {
    const here = this.#options.programsAt(place);
    const { lists } = indexOf(this.#options.commands);
    const key = here === 'all' ? place.kind : here;
    let found = lists.get(key);
    if (found === undefined) {
      const all = [...new Set([...builtins, ...this.#options.commands.map((one) => one.name)])].sort();
      found = all.filter((name) => isThere(place, here, name, this.#command(name)) || shellBuiltins.has(name));
      lists.set(key, found);
    }
    return found;
  }

  /** The files of the present place. */
  get files(): Files {
    return this.#filesAt(this.place);
  }

  /** Runs one line (or several) of bash here. */
  async run(line: string, options: { readonly stdin?: string } = {}): Promise<Output> {
    const frame = this.#top;
    this.#line = line;
    const plain = plainWords(line);
    if (plain?.[0] === 'exit' && (this.#options.tty === true || this.depth > 0)) {
      const status = Number(plain[1] ?? frame.status ?? 0) || 0;
      return this.#leave(frame, status);
    }
    this.#abort = new AbortController();
    this.#lines++;
    try {
      const mayLeave = this.#options.tty === true || this.depth > 0;
      this.#reached = !(mayLeave && /\bexit\b/.test(line));
      const result = await this.#runIn(frame, this.#reached ? line : withEnd(line), options.stdin ?? '', true);
      if (this.#abort.signal.aborted) return { stdout: '', stderr: '', exitCode: 130 };
      this.#hearBackground();
      const notes = this.#jobNotes(frame);
      if (!this.#reached && !isUnread(result.stderr)) return joined(result, await this.#leave(frame, result.exitCode));
      this.#enterPending();
      const asides = this.#outputs.some(({ aside }) => aside === true);
      if (!asides && notes === '' && (result.stdout === '' || result.stderr === '')) return result;
      const written: Written[] = [...ofLine(result, this.#outputs)];
      write(written, 'stderr', notes);
      const textTo = (stream: Written['to']) => written.map(({ to, text }) => (to === stream ? text : '')).join('');
      return { ...result, stdout: textTo('stdout'), stderr: textTo('stderr'), written };
    } catch (error) {
      if (this.#abort.signal.aborted) return { stdout: '', stderr: '', exitCode: 130 };
      throw error;
    } finally {
      this.#abort = undefined;
      this.#outputs.length = 0;
      this.#begun.length = 0;
    }
  }

  /** Leaves the innermost shell, which takes its leave. */
  async #leave(frame: Frame, status: number): Promise<Output> {
    if (!this.leave()) return { ...output('', '', status), over: true };
    const isLogin = frame.place.kind === 'node' && this.#options.tty === true;
    const result = (await frame.left?.(status)) ?? output(isLogin ? 'logout\n' : '', '', status);
    this.#top.status = result.exitCode;
    return result;
  }

  /** Takes in what programs in the background have written: to files, or to the terminal beside the line's own output. */
  #hearBackground(): void {
    const { lab } = this.#options;
    for (const { place, jobs } of this.#frames) {
      for (const job of jobs.all) {
        const fresh = processOf(lab, job)?.written.slice(job.shown) ?? [];
        job.shown += fresh.length;
        for (const { to, text } of fresh) {
          const path = job[to] ?? terminal;
          if (path === terminal) this.#outputs.push({ ...output('', ''), [to]: text, aside: true });
          else if (path !== '/dev/null') this.#append(place, path, text);
        }
      }
      jobs.look(lab, this.#lines);
    }
  }

  #append(place: Place, path: string, text: string): void {
    const files = this.#filesAt(place);
    files.write(path, (files.read(path) ?? '') + text);
  }

  /** Before its prompt a shell tells of the jobs that have ended; one that nobody types at forgets them without a word. */
  #jobNotes({ jobs }: Frame): string {
    const ended = jobs.list.filter(({ endedIn }) => endedIn !== undefined && (endedIn < this.#lines || this.#options.tty !== true));
    const notes = ended.map((job) => jobs.line(job)).join('');
    for (const job of ended) jobs.remove(job);
    return this.#options.tty === true ? notes : '';
  }

  /** Ends the line that runs, as Ctrl-C does, after the program that runs now; what it has printed is lost. */
  interrupt(): void {
    this.#abort?.abort();
  }

  /** Runs one program with its arguments as they are, without a shell. */
  async runArgv(argv: readonly string[], options: { readonly stdin?: string; readonly at?: Place } = {}): Promise<Output> {
    const frame = options.at === undefined ? this.#top : this.#frame(options.at);
    const output = await this.#exec(frame, argv, options.stdin ?? '');
    this.#saveAll();
    this.#enterPending();
    return output;
  }

  /** Carries out a container's command here; undefined where something in it is not there, or would not end. */
  async carryOut(argv: readonly string[]): ReturnType<Carry> {
    const { unattended } = this.#options;
    if (!this.has(argv[0]!)) return undefined;
    const syntax = await import('just-bash');
    const reading = readScript(scriptOf(argv), syntax, (program) => this.has(program));
    if (reading === undefined) return undefined;
    const end = this.#runIn(this.#top, reading.text, '', false).then(async ({ stdout, stderr, exitCode }) => {
      if (stderr.includes('increase executionLimits')) unattended?.spend(Infinity);
      await unattended?.write('stdout', stdout);
      await unattended?.write('stderr', stderr);
      return { status: exitCode };
    });
    return { loops: reading.loops, end };
  }

  /** Lets the commands of containers go on; `changed`: those that try again and again may find something new. */
  async carryOn(changed: boolean): Promise<void> {
    if (changed) this.#beside?.changed();
    await this.#beside?.look();
  }

  /** Lets simulated time pass until a moment. */
  async #until(moment: number): Promise<void> {
    const { lab, unattended } = this.#options;
    await this.#beside?.until(moment);
    if (moment <= lab.now) return;
    if (unattended === undefined) lab.advance(moment - lab.now);
    else unattended.spend(moment - lab.now);
  }

  #enterPending(): void {
    if (this.#pending === undefined) return;
    const { place, left, cwd } = this.#pending;
    const frame = this.#frame(place);
    this.#frames.push({ ...frame, left, cwd: cwd ?? frame.cwd });
    this.#pending = undefined;
  }

  get #top(): Frame {
    return this.#frames.at(-1)!;
  }

  #frame(place: Place): Frame {
    if (place.kind === 'node') {
      const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
      return {
        place,
        functions: new Map(),
        jobs: new Jobs(),
        cwd: '/root',
        env: {
          HOME: '/root',
          USER: 'root',
          LOGNAME: 'root',
          SHELL: '/bin/bash',
          PATH: path,
          HOSTNAME: place.node,
          TERM: 'xterm-256color',
          LANG: 'C.UTF-8',
          BASH_ALIAS_k: 'kubectl',
        },
      };
    }
    return {
      place,
      functions: new Map(),
      jobs: new Jobs(),
      cwd: specAt(this.#options.lab, place)?.container.workingDir ?? '/',
      env: { HOME: '/root', ...Object.fromEntries(this.#options.environmentAt(place)) },
    };
  }

  #filesAt(place: Place): PlaceFiles {
    const { lab, unattended } = this.#options;
    // A network namespace has the host's files.
    const key = place.kind === 'node' ? place.node : placeKey(place);
    let files = this.#files.get(key);
    if (files === undefined) this.#files.set(key, (files = new PlaceFiles(lab, place, this.#programsAt(place), unattended && 0)));
    return files;
  }

  #saveAll(): void {
    for (const files of this.#files.values()) files.save();
  }

  #command(name: string): Command | undefined {
    return indexOf(this.#options.commands).byName.get(name);
  }

  #has(program: string, place: Place): boolean {
    const name = program.split('/').at(-1)!;
    const here = this.#options.programsAt(place);
    const command = this.#command(name);
    if (!isThere(place, here, name, command)) return false;
    return command !== undefined || (builtins as readonly string[]).includes(name) || name === 'test' || name === '[';
  }

  /** A program without a shell: ours is called; one of bash's own goes through it with the arguments kept whole. */
  async #exec(frame: Frame, argv: readonly string[], stdin: string, tty = true): Promise<Output> {
    const [program, ...args] = argv;
    const name = program!.split('/').at(-1)!;
    if (!this.#has(name, frame.place)) return { stdout: '', stderr: `bash: line 1: ${program}: command not found\n`, exitCode: 127 };
    const command = this.#command(name);
    if (command !== undefined)
      return this.#call(command, args, frame, { stdin, cwd: frame.cwd, env: new Map(Object.entries(frame.env)), tty });
    if ((name === 'sh' || name === 'bash') && args.length === 0) return this.#runIn(frame, stdin, '', false);
    return this.#runIn(frame, [name, ...args].map(quoted).join(' '), stdin, false);
  }

  async #call(command: Command, args: readonly string[], frame: Frame, { pipes, tty = true, ...given }: Given): Promise<Output> {
    this.#saveAll();
    await this.#options.breathe?.();
    await this.carryOn(false);
    const { place } = frame;
    const { lab, screen } = this.#options;
    const io: Io = {
      ...given,
      files: withDevices(this.#filesAt(place), new Map([...(pipes ?? []), ['/dev/stdin', given.stdin]])),
      tty: tty && this.#options.tty === true,
      run: async (argv, options) => {
        this.#saveAll();
        const at = options?.at ?? place;
        const inner = options?.at === undefined ? { ...frame, cwd: given.cwd, env: Object.fromEntries(given.env) } : this.#frame(at);
        if (options?.env !== undefined) Object.assign(inner.env, Object.fromEntries(options.env));
        const before = this.#deadline;
        this.#deadline = Math.min(before, options?.deadline ?? Infinity);
        try {
          return await this.#exec(inner, argv, options?.stdin ?? '', tty && options?.tty !== false);
        } finally {
          this.#deadline = before;
        }
      },
      shell: async (line, options) => {
        this.#saveAll();
        const inner =
          options?.at === undefined ? { ...frame, cwd: given.cwd, env: Object.fromEntries(given.env) } : this.#frame(options.at);
        return this.#runIn(inner, line, options?.stdin ?? '', false);
      },
      pass: async (milliseconds) => (this.#beside === undefined ? lab.advance(milliseconds) : this.#until(lab.now + milliseconds)),
      has: (program, at) => this.#has(program, at ?? place),
      jobs: (this.#running?.frame ?? frame).jobs,
      interactive: this.#options.tty === true && this.#running?.typed === true,
      ...this.#backgroundOf(command, args, frame, given.cwd),
      ...(this.#options.edit !== undefined && { edit: this.#options.edit }),
      ...(this.#options.history !== undefined && { history: this.#options.history() }),
    };
    const { now: began, hosts, cluster } = lab.snapshot;
    const run = (given: Io) => command.run(args, given, { lab, place });
    const fills = screen !== undefined && !this.#screenLent && command.fillsScreen === true && printsToScreen(this.#line, command.name);
    this.#screenLent ||= fills;
    const result = fills
      ? await screen(async (lent) => await run({ ...io, screen: lent })).finally(() => (this.#screenLent = false))
      : await run(io);
    this.#saveAll();
    this.#hearBackground();
    const changed = lab.snapshot.hosts !== hosts || lab.snapshot.cluster !== cluster;
    await this.#until(Math.min(began + Math.round(elapsedOf(result)), this.#deadline));
    await this.carryOn(changed);
    if (result.enter !== undefined) this.#pending = { place: result.enter, left: result.left, cwd: result.enterIn };
    return result;
  }

  /** What a program may do that is a job of a machine's shell, and not part of a pipeline. */
  #backgroundOf({ name }: Command, args: readonly string[], { place }: Frame, cwd: string): Pick<Io, 'background'> {
    const job = this.#begun.at(-1);
    if (job === undefined || place.kind !== 'node' || place.netns !== undefined || job.stdout === elsewhere) return {};
    const { lab } = this.#options;
    const goOn: Background['goOn'] = (listeners) => {
      const { hosts, now } = lab.snapshot;
      const host = hosts.get(place.node)!;
      const process = { pid: job.pid, argv: [name, ...args], startedAt: now, listeners: listeners(job.pid), written: [] };
      const background = [...(host.background ?? []), process];
      lab.restore({ ...lab.snapshot, hosts: new Map(hosts).set(place.node, { ...host, background }) });
      job.node = place.node;
    };
    const redirect = (file: string) => {
      if (job.stdout !== terminal) return false;
      job.stdout = normalize(file, cwd);
      if (job.stderr === terminal) job.stderr = job.stdout;
      return true;
    };
    return { background: { goOn, redirect } };
  }

  /** A command begins or ends that stands before `&`; or somebody asks for `$!`. */
  #tellOfJob([what, ...args]: readonly string[], cwd: string): Output {
    const { frame, typed } = this.#running!;
    if (what === 'reached') {
      this.#reached = true;
      return output('', '', Number(args[0]));
    }
    if (what === 'last') return output(frame.jobs.lastPid === undefined ? '' : `${frame.jobs.lastPid}\n`);
    if (what === 'begin') {
      const [text = '', how, stdout = terminal, stderr = terminal] = args;
      const job = frame.jobs.begin(text, processesAt({ lab: this.#options.lab, place: frame.place }, []).at(-1)!.pid + 1, how !== 'quiet');
      const at = (path: string) => (path === terminal || path === elsewhere ? path : normalize(path, cwd));
      Object.assign(job, { stdout: at(stdout), stderr: at(stderr) });
      this.#begun.push(job);
      if (how === 'quiet' || !typed || this.#options.tty !== true) return output('');
      this.#outputs.push({ ...output('', `[${job.number}] ${job.pid}\n`), aside: true });
      return output('');
    }
    const job = this.#begun.pop();
    if (job === undefined || job.node !== undefined) return output('');
    job.ended = endedWith(Number(args[0]));
    job.endedIn = this.#lines;
    return output('');
  }

  /** Runs shell text in a frame; what it does to directory and variables stays there when `keep`. */
  async #runIn(frame: Frame, line: string, stdin: string, keep: boolean): Promise<Output> {
    const bash = await this.#interpreter(frame.place);
    this.#crash = undefined;
    const syntax = await import('just-bash');
    const outer = this.#running;
    this.#running = { frame, typed: keep };
    const before = ['shopt -s expand_aliases', ...(frame.functions?.values() ?? []), ...(frame.status ? [`(exit ${frame.status})`] : [])];
    const mayFail = (word: string) =>
      !/^\/(dev|proc\/1\/fd)\//.test(word) && !this.#filesAt(frame.place).mayWrite(normalize(word, frame.cwd));
    const text = withOpenings(withJobs(withStopwatch(line, syntax), syntax), syntax, mayFail);
    const result = await bash
      .exec(`${before.join('\n')}\n${text}`, {
        env: frame.env,
        replaceEnv: true,
        cwd: frame.cwd,
        stdin,
        rawScript: true,
        ...(this.#abort !== undefined && { signal: this.#abort.signal }),
      })
      .catch((error: unknown) => {
        // The interpreter takes it for granted that files can be written to, and stops at one that cannot.
        if (!(error instanceof FileError)) throw error;
        return { stdout: '', stderr: `bash: ${bashsWords(error)}\n`, exitCode: 1, env: undefined, stdoutKind: undefined };
      })
      .finally(() => (this.#running = outer));
    this.#saveAll();
    if (this.#crash !== undefined) throw this.#crash;
    if (keep && this.#abort?.signal.aborted === true) {
      frame.status = 130;
      return { stdout: '', stderr: '', exitCode: 130 };
    }
    if (keep) {
      frame.status = result.exitCode;
      for (const [name, text] of functionsIn(line, syntax)) frame.functions?.set(name, text);
    }
    if (keep && result.env !== undefined) {
      frame.cwd = result.env['PWD'] ?? frame.cwd;
      frame.env = Object.fromEntries(
        Object.entries(result.env).filter(([name]) => !['SHELLOPTS', 'BASHOPTS', '_', 'PIPESTATUS'].includes(name)),
      );
    }
    return { stdout: asText(result.stdout, result.stdoutKind), stderr: this.#told(frame, result.stderr), exitCode: result.exitCode };
  }

  /** What the interpreter has said, in the words of the shells of a place. */
  #told({ place }: Pick<Frame, 'place'>, stderr: string): string {
    return stderr === '' ? stderr : inShellsWords(inBashsWords(stderr), isApplet({ lab: this.#options.lab, place }, 'sh'));
  }

  async #interpreter(place: Place): Promise<Bash> {
    const key = placeKey(place);
    const known = this.#interpreters.get(key);
    if (known !== undefined) return known;
    const { Bash, defineCommand } = await import('just-bash');
    const here = this.#options.programsAt(place);
    const allowed = (name: string) => isThere(place, here, name, this.#command(name)) || shellBuiltins.has(name);
    const custom = this.#options.commands
      .filter((command) => allowed(command.name))
      .map((command) =>
        defineCommand(command.name, async (args, context) => {
          this.#nested++;
          try {
            // The interpreter of a place outlives the shells that are opened there.
            const { frame } = this.#running!;
            const output = await this.#call(command, args, frame, {
              stdin: decodeStdin(context.stdin),
              cwd: context.cwd,
              env: exportedFrom(context, frame.env),
              pipes: await pipesIn(args, context.fs),
            });
            if (this.#nested === 1) this.#outputs.push(output);
            return { stdout: output.stdout, stderr: output.stderr, exitCode: output.exitCode };
          } catch (error) {
            // The interpreter would turn it into a message: it is ours, and is told as what it is.
            this.#crash = error;
            return { stdout: '', stderr: '', exitCode: 1 };
          } finally {
            this.#nested--;
          }
        }),
      );
    const watches = [
      defineCommand(stopwatch.start, async () => {
        this.#timed.push(this.#options.lab.now);
        return { stdout: '', stderr: '', exitCode: 0 };
      }),
      defineCommand(stopwatch.stop, async ([status, posix]) => {
        const { lab } = this.#options;
        const report = timeReport(lab.now - this.#timed.pop()!, posix === '-p', { lab, place });
        return failure(report, Number(status));
      }),
      defineCommand(jobTeller, async (args, { cwd }) => this.#tellOfJob(args, cwd)),
      defineCommand(opener, tryToOpen),
    ];
    const { lab, unattended } = this.#options;
    const files = bashFileSystem(this.#filesAt(place), () => rfc3339(lab.now));
    const write: Parameters<typeof withStreams>[1] = async (stream, text) =>
      unattended?.write(stream, stream === 'stderr' ? this.#told({ place }, text) : text);
    const bash = new Bash({
      fs: unattended === undefined ? files : withStreams(files, write),
      commands: builtins.filter(allowed),
      customCommands: [...custom, ...watches],
      executionLimits: limits(this.#options),
      defenseInDepth: false,
      sleep: async (milliseconds) => this.#until(this.#options.lab.now + milliseconds),
      processInfo: { pid: shellPid, ppid: shellPid - 1, uid: 0, gid: 0 },
    });
    this.#interpreters.set(key, bash);
    return bash;
  }
}

/** Reports whether the interpreter has not carried out a line to where it would have left the shell: it could not read it, or had enough of it. */
function isUnread(stderr: string): boolean {
  return /syntax error|increase executionLimits/.test(stderr);
}

/** What a line has written, and then the program that it has left. */
function joined(first: Output, { stdout, stderr, ...last }: Output): Output {
  return { ...last, stdout: first.stdout + stdout, stderr: first.stderr + stderr };
}

/** Carries out commands of containers in shells like another. */
function carrying({ lab, commands, programsAt, environmentAt }: ShellOptions): Carry {
  return (place, argv, unattended) => new Shell({ lab, commands, programsAt, environmentAt, unattended }, place).carryOut(argv);
}

/** What a program is started with; `pipes` are the texts that it finds at paths in its arguments. */
type Given = Pick<Io, 'stdin' | 'cwd' | 'env'> & { readonly pipes?: ReadonlyMap<string, string>; readonly tty?: boolean };

/** The texts of `<(…)` among the arguments, which the interpreter has put where only its own programs look. */
async function pipesIn(args: readonly string[], fs: IFileSystem): Promise<ReadonlyMap<string, string>> {
  const paths = args.flatMap((arg) => arg.match(/\/dev\/fd\/\d+/g) ?? []);
  return new Map(await Promise.all(paths.map(async (path) => [path, await fs.readFile(path).catch(() => '')] as const)));
}

type Variables = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

function asMap(variables: Variables | undefined): ReadonlyMap<string, string> {
  return variables instanceof Map ? variables : new Map(Object.entries(variables ?? {}));
}

/** What a program finds in its environment: what the line has exported, and what was there before it. */
function exportedFrom(
  context: { readonly env: Variables; readonly exportedEnv?: Variables },
  before: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const all = asMap(context.env);
  const kept = Object.keys(before).flatMap((name) => (all.has(name) ? [[name, all.get(name)!] as const] : []));
  return new Map([...kept, ...asMap(context.exportedEnv)]);
}

/** Reports whether a text is a whole command: no quote, here-document, loop or backslash is still open. */
export async function isComplete(text: string): Promise<boolean> {
  if (/\\$/.test(text)) return false;
  if (!/['"`(){}]|<<|\b(do|then|else|if|for|while|until|case|function)\b|[|&]\s*$/.test(text)) return true;
  const open = /<<-?\s*(['"]?)(\w+)\1/.exec(text);
  if (open !== null && !new RegExp(`^\\t*${open[2]!}$`, 'm').test(text.slice(text.indexOf('\n') + 1))) return false;
  const { parse } = await import('just-bash');
  try {
    parse(text);
    return true;
  } catch (error) {
    return !/unexpected EOF|got EOF/.test(String((error as Error).message));
  }
}

function asText(text: string, kind: 'text' | 'bytes' | undefined): string {
  return kind === 'bytes' ? decodeBytes(text) : text;
}

function decodeBytes(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

/** The interpreter hands programs their input as one character a byte. */
function decodeStdin(stdin: unknown): string {
  const text = String(stdin ?? '');

  return /^[\x00-\x7f]*$/.test(text) ? text : decodeBytes(text);
}
