/** The command line: what may be asked of the program, each action loaded when it is asked for. */
import { drillNames } from '#learn/drills/names.ts';
import { writeSync } from 'node:fs';
import { isIP } from 'node:net';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { BadScenario, exitCodes, Failure, Left } from './failure.ts';
import { freshStart } from './fresh-start.ts';
import { version } from './version.ts';

export { freshStart };

/** Runs the program; returns its exit status. Nothing but a status ever leaves it: what goes wrong has been told. */
export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.on('error', endWithoutOutput);
  process.stderr.on('error', endWithoutOutput);
  let status: number = exitCodes.ok;
  const program = commands(argv, (code) => (status = code));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    return await report(error, argv);
  }
}

/** Whoever read our output has gone, and nobody is left to tell; or it cannot be written (a full disk). */
function endWithoutOutput({ code }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') process.exit(exitCodes.ok);
  try {
    writeSync(2, `cka-net: the output cannot be written (${code})\n`);
  } catch {
    // Nor can that.
  }
  process.exit(exitCodes.no);
}

function commands(argv: readonly string[], finish: (status: number) => void): Command {
  const program = new Command('cka-net')
    .description('Learn Kubernetes networking in a simulated cluster that behaves like a real one.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('--no-color', 'no colours')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      examples([
        ['cka-net quiz', 'what is due today'],
        ['cka-net inspect service-selector-mismatch', 'a cluster at a glance'],
        ['cka-net inspect service-selector-mismatch -- kubectl get pods -A', 'one command in its terminal'],
      ]),
    );

  const add = (name: string, description: string, shown: readonly (readonly [string, string])[]) =>
    program.command(name).description(description).addHelpText('after', examples(shown)).exitOverride();
  const action =
    <Args extends unknown[]>(run: (...args: Args) => Promise<number>) =>
    async (...args: Args) =>
      finish(await run(...args));
  const merged = (command: Command) => command.optsWithGlobals<Record<string, never>>();
  const seed = () => new Option('--seed <text>', 'what chance is drawn from: the same seed gives the same cluster');
  const output = (...formats: string[]) => new Option('-o, --output <format>', 'how to print it').choices(formats);

  add('quiz [scenario...]', 'ask, grade, explain, remember', [
    ['cka-net quiz', 'what is due, then what is new'],
    ['cka-net quiz service-selector-mismatch', 'one scenario'],
    ['cka-net quiz --topic dns --wrong', 'what was not right about DNS'],
    ["printf '$ kubectl get svc -A\\n10.96.0.10\\n' | cka-net quiz my.yaml", 'by pipe'],
  ])
    .option('--topic <topic>', 'only this topic')
    .option('--difficulty <difficulty>', 'only easy, medium or hard ones')
    .option('--due', 'only what is due')
    .option('--new', 'only what was never asked')
    .option('--wrong', 'only what was wrong the last time')
    .option('--question <id>', 'only the question of this id')
    .option('--count <n>', 'at most so many questions', positiveInteger)
    .addOption(seed())
    .option('--plain', 'no signs and lines, for screen readers')
    .option('--json', 'answers as JSON lines in, verdicts as JSON lines out; without answers, the questions')
    .option('--no-record', 'remember nothing')
    .action(action(async (names: string[], _, command: Command) => (await import('./commands/quiz.ts')).quiz(names, merged(command))));

  add('drill [kind]', 'exercises without end: subnets, rules, names, refused or timeout', [
    ['cka-net drill', 'a little of everything'],
    ['cka-net drill subnet', `one kind: ${drillNames.join(', ')}`],
    ['cka-net drill rules --seed 7 --count 3', 'three exercises, the same for everybody'],
  ])
    .option('--count <n>', 'end after so many', positiveInteger)
    .option('--seed <text>', 'the same seed gives the same exercises')
    .option('--plain', 'no signs and lines, for screen readers')
    .option('--json', 'answers as JSON lines in, verdicts as JSON lines out; without answers, the exercises')
    .option('--no-record', 'remember nothing')
    .action(
      action(async (kind: string | undefined, _, command: Command) => (await import('./commands/drill.ts')).drill(kind, merged(command))),
    );

  add('exam [scenario...]', 'a mock exam against the clock, with a report', [
    ['cka-net exam', '2 hours, 16 tasks, 66 % to pass'],
    ['cka-net exam --minutes 30 --tasks 4', 'a short one'],
    ['cka-net exam one.yaml two.yaml', 'of these scenarios alone'],
    ['cka-net exam --past', 'all exams side by side'],
    ['cka-net exam --report 2', 'the report of the second'],
  ])
    .option('--minutes <n>', 'how long it takes', positiveInteger)
    .option('--tasks <n>', 'how many tasks', positiveInteger)
    .option('--seed <text>', 'the same seed draws the same tasks')
    .option('--resume', 'go on with the exam that was left, without being asked')
    .option('--past', 'show past exams')
    .option('--report [number]', 'show the report of a past exam, the last one when none is named')
    .option('--plain', 'no signs and lines, for screen readers')
    .option('--no-record', 'remember nothing')
    .action(action(async (names: string[], _, command: Command) => (await import('./commands/exam.ts')).exam(names, merged(command))));

  add('stats', 'how you are doing: topics, days, what comes back, drills, exams', [
    ['cka-net stats', 'weakest topic first'],
    ['cka-net stats -o json', 'for scripts'],
  ])
    .addOption(output('text', 'json'))
    .option('--plain', 'no signs and lines, for screen readers')
    .action(action(async (_, command: Command) => (await import('./commands/stats.ts')).stats(merged(command))));

  add('export [file]', 'write everything that is remembered, as JSON lines', [
    ['cka-net export progress.jsonl', ''],
    ['cka-net export | ssh other cka-net import -', 'to another computer'],
  ]).action(action(async (file: string | undefined) => (await import('./commands/export.ts')).exportProgress(file)));

  add('import <file>', 'take in what export has written', [['cka-net import progress.jsonl', 'nothing is taken twice']]).action(
    action(async (file: string) => (await import('./commands/import.ts')).importFile(file)),
  );

  add('reset', 'forget all progress; what was is kept beside the journal', [['cka-net reset --yes', 'without being asked']])
    .option('--yes', 'do not ask')
    .action(action(async (_, command: Command) => (await import('./commands/reset.ts')).reset(merged(command))));

  add('inspect <scenario> [command...]', 'show the cluster at a glance, or run a command in its terminal', [
    ['cka-net inspect my.yaml', 'nodes, pods, services, DNS, ingress, policies'],
    ['cka-net inspect my.yaml --reveal', 'what is broken, the evidence, how to mend it'],
    ['cka-net inspect my.yaml -- kubectl get pods -A', 'a command, with its arguments as they are'],
    ["cka-net inspect my.yaml --node node01 -- 'ip route | grep cni0'", 'a shell line on a node'],
    ['kubectl get all -A -o yaml | cka-net inspect -', 'any cluster'],
  ])
    .option('--node <name>', 'run the command on this node')
    .option('--reveal', 'show what is broken, the evidence, and how to mend it')
    .addOption(output('text', 'json', 'yaml'))
    .addOption(seed())
    .action(
      action(async (name: string, words: string[], _, command: Command) => {
        if (words.length > 0 && !argv.includes('--'))
          throw new Failure(`a command goes behind "--": cka-net inspect ${name} -- ${words.join(' ')}`);
        return (await import('./commands/inspect/inspect.ts')).inspect(name, words, merged(command));
      }),
    );

  add('shell <scenario>', 'open the simulated terminal', [
    ['cka-net shell service-selector-mismatch', 'exit leaves it'],
    ['cka-net shell my.yaml --kubectl host', 'with your own kubectl, and your aliases of it'],
  ])
    .addOption(seed())
    .addOption(new Option('--kubectl <whose>', 'whose kubectl is used').choices(['simulated', 'host']).default('simulated'))
    .action(action(async (name: string, _, command: Command) => (await import('./commands/shell.ts')).shell(name, merged(command))));

  add('trace <scenario>', 'follow a packet hop by hop, with what decided each', [
    ['cka-net trace my.yaml --from pod:shop/till --to http://web.shop/', 'one packet, as a drawing'],
    ['cka-net trace my.yaml --from external --to node:node01:30080 -o json', 'from outside, for scripts'],
    ['cka-net trace my.yaml --flows flows.jsonl', 'thousands, a JSON object a line'],
    ['cka-net trace my.yaml --matrix --port 80', 'who reaches whom, with the policies that say no'],
  ])
    .option('--from <end>', 'where it starts: pod:NS/NAME, node:NAME, ip:ADDRESS, external')
    .option('--to <end>', 'where it goes: http://HOST/PATH, tcp://HOST:PORT, pod:NS/NAME, svc:NS/NAME, node:NAME, …')
    .option('--method <method>', 'HTTP method')
    .option('-H, --header <line...>', 'HTTP request header, "NAME: VALUE"')
    .option('--host <host>', "the Host header, when it is not the URL's")
    .option('--connect-to <address>', 'ADDRESS[:PORT] to connect to instead')
    .option('--flows <file>', 'follow every flow of a file, - for standard input')
    .option('--matrix', 'who reaches whom: from every pod and node to every pod')
    .option('--port <port>', 'of the matrix, as 80, 53/UDP or web; the first that a pod declares when absent')
    .option('-n, --namespace <namespace...>', 'only pods of these, in the matrix')
    .addOption(output('text', 'json'))
    .addOption(seed())
    .action(action(async (name: string, _, command: Command) => (await import('./commands/trace/trace.ts')).trace(name, merged(command))));

  add('serve <scenario> [command...]', 'serve the cluster to the real kubectl', [
    ['cka-net serve my.yaml', 'until Ctrl-C'],
    ['cka-net serve my.yaml -- kubectl get pods -A', 'a command of this computer, with KUBECONFIG set'],
    ['cka-net serve my.yaml --dns 5300', 'then: dig @127.0.0.1 -p 5300 web.shop.svc.cluster.local'],
  ])
    .addOption(seed())
    .option('--listen <address>', 'the address to listen on; without it nobody but this computer can connect', ipAddress)
    .option('--port <port>', 'the port to listen on; without it a free one', positiveInteger)
    .option('--dns <port>', "serve the cluster's DNS, too, on this port of 127.0.0.1, UDP and TCP", positiveInteger)
    .action(
      action(async (name: string, words: string[], _, command: Command) => {
        if (words.length > 0 && !argv.includes('--'))
          throw new Failure(`a command goes behind "--": cka-net serve ${name} -- ${words.join(' ')}`);
        return (await import('./commands/serve.ts')).serve(name, words, merged(command));
      }),
    );

  add('list [pack...]', 'show the course: all scenarios in their order, and how far you are', [
    ['cka-net list ./my-pack', 'a pack alone'],
    ['cka-net list -o json', 'for scripts'],
  ])
    .addOption(output('text', 'json'))
    .action(action(async (packs: string[], _, command: Command) => (await import('./commands/list.ts')).list(packs, merged(command))));

  add('test [scenario...]', 'prove that scenarios keep what they promise', [
    ['cka-net test', 'all scenarios, in parallel'],
    ['cka-net test my.yaml --verbose', 'every claim'],
    ['cka-net test my.yaml --watch', 'again on every save'],
  ])
    .option('--verbose', 'show the claims that hold, too')
    .option('--watch', 'prove again whatever is saved, until Ctrl-C')
    .option('--jobs <n>', 'how many processes prove; one a processor when absent', positiveInteger)
    .option('--as-written', 'only the words that stand in the file, no variation (spec.vary)')
    .addOption(new Option('--worker').hideHelp())
    .addOption(output('text', 'json'))
    .addOption(seed())
    .action(action(async (names: string[], _, command: Command) => (await import('./commands/test.ts')).test(names, merged(command))));

  add('lint <scenario...>', 'check how scenarios are written', [
    ['cka-net lint my.yaml', 'everything that is wrong, or could be better'],
    ['cka-net lint my.yaml --fix', 'mend what can be mended safely'],
    ['cka-net lint scenarios/*/*.yaml --static', 'the text alone; no cluster is started'],
  ])
    .option('--fix', 'write safe remedies into the files')
    .option('--static', 'look at the text alone, without starting the cluster')
    .addOption(output('text', 'json', 'sarif'))
    .action(action(async (names: string[], _, command: Command) => (await import('./commands/lint.ts')).lint(names, merged(command))));

  add('new [file]', 'write a scenario that already passes its proof', [
    ['cka-net new', 'asks what is broken'],
    ['cka-net new till.yaml --from service-selector', 'of a fault of the catalogue'],
    ['cka-net new ours.yaml --from dump.yaml', 'of a cluster that was dumped'],
  ])
    .option('--from <fault|file>', 'a fault of the catalogue (docs/coverage.md), or a dump of a cluster')
    .action(
      action(async (file: string | undefined, _, command: Command) =>
        (await import('./commands/new.ts')).newScenario(file, merged(command)),
      ),
    );

  add('schema [what]', 'print the JSON Schema of scenario files, or of the index of a pack, for editors', [
    ['cka-net schema > cka-net.schema.json', ''],
    ['cka-net schema pack > pack.schema.json', ''],
  ]).action(action(async (what: string | undefined) => (await import('./commands/schema.ts')).schema(what)));
  add('completion <shell> [command]', 'print a script that completes cka-net in your shell: bash, zsh or fish', [
    ['source <(cka-net completion bash)', 'in ~/.bashrc'],
    ['cka-net completion fish | source', 'in config.fish'],
  ]).action(
    action(async (what: string, after: string | undefined) => {
      const typed = {
        commands: program.commands.map((one) => one.name()),
        options: new Map(program.commands.map((one) => [one.name(), one.options.flatMap((option) => option.long ?? [])])),
      };
      return (await import('./commands/completion.ts')).completion(what, after, typed);
    }),
  );
  return program;
}

function examples(shown: readonly (readonly [string, string])[]): string {
  const width = Math.max(...shown.map(([line]) => line.length));
  return `\nExamples:\n${shown.map(([line, does]) => `  ${does === '' ? line : `${line.padEnd(width)}  ${does}`}`).join('\n')}`;
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return Number(text);
}

function ipAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('It must be an IP address, as 0.0.0.0.');
  return text;
}

/** Tells what went wrong, and returns the status for it. */
async function report(error: unknown, argv: readonly string[]): Promise<number> {
  const tell = (text: string) => process.stderr.write(`cka-net: ${text}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok;
    if (error.code === 'commander.help') {
      return exitCodes.usage;
    }
    const [what = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
    const known = argv.find((word) => !word.startsWith('-'));
    const help = known === undefined || error.code === 'commander.unknownCommand' ? 'cka-net --help' : `cka-net ${known} --help`;
    tell(`${[what, ...suggestion].join(' ')}; see ${help}`);
    return exitCodes.usage;
  }
  if (error instanceof Failure) {
    tell(error.message);
    return error.exitCode;
  }
  if (error instanceof Left) return exitCodes.interrupted;
  if (error instanceof BadScenario) {
    const [{ problemView }, { openTerminal }] = await Promise.all([import('#ui/problem-view.ts'), import('./terminal.ts')]);
    const terminal = openTerminal({ color: !argv.includes('--no-color') && process.stderr.isTTY });
    terminal.note(problemView(error.problems, terminal.columns, terminal.theme));
    return exitCodes.usage;
  }
  return crash(error, tell);
}

/** Our own mistake. */
function crash(error: unknown, tell: (text: string) => void): number {
  const message = error instanceof Error ? error.message : String(error);
  tell(`version ${version} has crashed, which is a mistake in cka-net and not yours: ${message.split('\n')[0]}`);
  if ((process.env['CKA_NET_DEBUG'] ?? '') === '')
    tell('please report it with the command line, the scenario, and what the same command prints with CKA_NET_DEBUG=1');
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  return exitCodes.crash;
}
