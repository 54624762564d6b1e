/** The simulated `kubectl`: finds the verb, reads its flags, runs it, and words what went wrong. (staging:kubectl/pkg/cmd/cmd.go) */
import type { Node } from '#kube/kinds/node.ts';
import { output, type Command, type Here, type Output } from '../../command.ts';
import { checkErr, multiline } from './check-err.ts';
import { dialApiServer, type Dial } from './dial.ts';
import { FlagSyntaxError, parseFlags, wordsOf, type Flags, type Values } from './flags.ts';
import { globalFlags, type GlobalFlags } from './global-flags.ts';
import { helpOf } from './help.ts';
import { Invocation, type Surroundings } from './invocation.ts';
import { ConfigurationError } from './kubeconfig.ts';
import { suggestionsFor } from './suggestions.ts';
import type { Verb } from './verb.ts';
import { root } from './verbs.ts';
import { parseVersion, type Version } from './version.ts';
import { KubectlError } from './errors.ts';

export interface KubectlOptions {
  /** The version of the program; without it, that of the node it runs on. */
  readonly version?: string;
  readonly dial?: Dial;
}

export function createKubectl({ version, dial = dialApiServer }: KubectlOptions = {}): Command {
  return {
    name: 'kubectl',
    run: (args, io, here) =>
      run(args, { root, io, here, dial, version: version === undefined ? installedVersion(here) : parseVersion(version) }),
  };
}

export const kubectl = createKubectl();

/** kubectl is installed with the kubelet, and has its version. */
function installedVersion({ lab, place }: Here): Version {
  const { cluster } = lab.snapshot;
  const nodes = cluster.store.get('nodes')?.get('');
  const node = (nodes?.get(place.node) ?? nodes?.values().next().value) as Partial<Node> | undefined;
  return parseVersion(node?.status?.nodeInfo?.kubeletVersion ?? 'v1.36.2');
}

async function run(args: readonly string[], surroundings: Surroundings): Promise<Output> {
  const { verbs, rest } = find(root, args);
  const verb = verbs.at(-1)!;
  const path = ['kubectl', ...verbs.slice(1).map(({ name }) => name)].join(' ');
  const flags = flagsOf(verb);

  const words = wordsOf(rest, flags);
  if (verb === root && words.length > 0) return failed(unknownCommand(words[0]!));
  let line;
  try {
    line = parseFlags(rest, flags);
  } catch (error) {
    if (error instanceof FlagSyntaxError) return failed(`error: ${error.message}\nSee '${path} --help' for usage.\n`);
    throw error;
  }
  const kubectl = new Invocation(surroundings, path, globalsOf(verb, line.values));
  if (line.help) return output(helpOf(verb, path));
  return conclude(kubectl, async () => {
    verb.checkArgs?.(line.args);
    const missing = Object.keys(verb.flags).filter((name) => verb.flags[name]!.required === true && !line.changed.has(name));
    if (missing.length > 0) throw new KubectlError(`required flag(s) ${missing.map((name) => JSON.stringify(name)).join(', ')} not set`);
    for (const name of line.changed) {
      const deprecated = flags[name]?.deprecated;
      if (deprecated !== undefined) kubectl.err(`Flag --${name} has been deprecated, ${deprecated}\n`);
    }
    if (verb.run === undefined) return groupHelp(verb, path, line.args);
    await verb.run(kubectl, { args: line.args, dash: line.dash, flags: line.values as never, changed: (name) => line.changed.has(name) });
    return undefined;
  });
}

/** What a run printed, or its failure; and how the session goes on that it opened. */
async function conclude(kubectl: Invocation, act: () => Promise<Output | undefined>): Promise<Output> {
  try {
    const instead = await act();
    if (instead !== undefined) return instead;
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    const failure = error instanceof ConfigurationError ? configurationFailure(error) : checkErr(error);
    return written(kubectl, failure.text, failure.code);
  }
  const warned = kubectl.globals['warnings-as-errors'] && kubectl.warnings > 0;
  if (warned) return written(kubectl, `error: ${kubectl.warnings} warning${kubectl.warnings === 1 ? '' : 's'} received\n`, 1);
  const { enter, enterIn, left } = kubectl;
  return {
    ...written(kubectl),
    ...(enter !== undefined && { enter, left: (status) => afterwards(kubectl, left, status) }),
    ...(enterIn !== undefined && { enterIn }),
  };
}

/** What it has written, and last an error. */
function written(kubectl: Invocation, error = '', exitCode = 0): Output {
  kubectl.err(error);
  return { ...output(kubectl.stdout, kubectl.stderr, exitCode), written: kubectl.written };
}

function afterwards(kubectl: Invocation, left: Invocation['left'], status: number): Promise<Output> {
  kubectl.clear();
  kubectl.enter = undefined;
  kubectl.enterIn = undefined;
  return conclude(kubectl, async () => {
    await left?.(status);
    return undefined;
  });
}

function failed(stderr: string): Output {
  return output('', stderr, 1);
}

function configurationFailure({ problems, wrapped }: ConfigurationError) {
  return { text: wrapped ? multiline('Error in configuration: ', problems) : `error: ${problems.join('')}\n`, code: 1 };
}

/** A verb's own flag hides the global one of that name: `--user` of `create rolebinding`. */
function globalsOf(verb: Verb, values: Values<Flags>): GlobalFlags {
  const own = Object.keys(globalFlags).filter((name) => name in verb.flags);
  const defaults = parseFlags([], globalFlags).values as Values<Flags>;
  return { ...values, ...Object.fromEntries(own.map((name) => [name, defaults[name]])) } as unknown as GlobalFlags;
}

const flagsByVerb = new WeakMap<Verb, Flags>([[root, globalFlags]]);

function flagsOf(verb: Verb): Flags {
  let flags = flagsByVerb.get(verb);
  if (flags === undefined) flagsByVerb.set(verb, (flags = { ...globalFlags, ...verb.flags }));
  return flags;
}

/** The verbs that the words name, from the root on, and the line without those words (cobra: Command.Find). */
function find(root: Verb, args: readonly string[]): { readonly verbs: readonly Verb[]; readonly rest: readonly string[] } {
  const verbs = [root];
  let rest = args;
  for (;;) {
    const verb = verbs.at(-1)!;
    const word = wordsOf(rest, flagsOf(verb))[0];
    const next = word === undefined ? undefined : verb.verbs?.find(({ name, aliases = [] }) => name === word || aliases.includes(word));
    if (next === undefined) return { verbs, rest };
    verbs.push(next);
    const at = rest.indexOf(word!);
    rest = [...rest.slice(0, at), ...rest.slice(at + 1)];
  }
}

function unknownCommand(word: string): string {
  const suggestions = suggestionsFor(word, root.verbs ?? []);
  const hint = suggestions.length === 0 ? '' : `\n\nDid you mean this?\n${suggestions.map((one) => `\t${one}`).join('\n')}`;
  return `error: unknown command ${JSON.stringify(word)} for "kubectl"${hint}\n`;
}

/** (cmdutil.DefaultSubCommandRun) */
function groupHelp(verb: Verb, path: string, args: readonly string[]): Output {
  if (args.length > 0) return failed(`error: unknown command ${JSON.stringify(args.join(' '))}\nSee '${path} -h' for help and examples\n`);
  const help = helpOf(verb, path);
  if (verb === root) return output(help);
  return verb.helpOn === undefined ? failed(help) : output(help, '', verb.helpOn.code);
}
