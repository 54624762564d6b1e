/** Commands that tell of kubectl itself. */
import { KubectlError } from '../errors.ts';
import { bool, string, stringArray } from '../flags.ts';
import { globalFlags } from '../global-flags.ts';
import { flagLines, helpOf, rootUsage } from '../help.ts';
import { buildKustomization } from '../kustomization.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { defineVerb, type Verb } from '../verb.ts';

export const options = defineVerb({
  name: 'options',
  use: 'options',
  short: 'Print the list of flags inherited by all commands',
  hidden: true,
  flags: {},
  run: (kubectl) => kubectl.out(`The following options can be passed to any command:\n\n${flagLines(globalFlags)}\n`),
});

export const help = defineVerb({
  name: 'help',
  use: 'help [command]',
  short: 'Help about any command',
  hidden: true,
  flags: {},
  run: (kubectl, { args }) => {
    let verb: Verb = kubectl.root;
    const path = ['kubectl'];
    for (const word of args) {
      const next: Verb | undefined = verb.verbs?.find(({ name, aliases = [] }) => name === word || aliases.includes(word));
      if (next === undefined) break;
      verb = next;
      path.push(next.name);
    }
    if (verb === kubectl.root && args.length > 0) {
      kubectl.err(`Unknown help topic [\`${args.join('` `')}\`]\n\n\n${rootUsage(kubectl.root.groups ?? [])}`);
      return;
    }
    kubectl.out(helpOf(verb, path.join(' ')));
  },
});

const shells = ['bash', 'fish', 'powershell', 'zsh'];

export const completion = defineVerb({
  name: 'completion',
  use: 'completion SHELL',
  short: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  flags: {},
  run: (kubectl, { args }) => {
    if (args.length === 0) throw kubectl.usageError('Shell not specified.');
    if (args.length > 1) throw kubectl.usageError('Too many arguments. Expected only the shell type.');
    if (!shells.includes(args[0]!)) throw kubectl.usageError(`Unsupported shell type ${JSON.stringify(args[0])}.`);
    // The simulated shell completes by itself; the script has nothing to do.
    kubectl.out(`# ${args[0]!} completion for kubectl\n`);
  },
});

const pluginList = defineVerb({
  name: 'list',
  use: 'list [flags]',
  short: "List all visible plugin executables on a user's PATH",
  flags: { 'name-only': bool('Print names without their directories.') },
  run: (kubectl, { flags }) => {
    const found: string[] = [];
    for (const directory of (kubectl.io.env.get('PATH') ?? '').split(':').filter((one) => one.trim() !== '')) {
      const names = kubectl.io.files.list(directory);
      if (names === undefined) {
        kubectl.err(
          `Unable to read directory ${JSON.stringify(directory)} from your PATH: open ${directory}: no such file or directory. Skipping...\n`,
        );
        continue;
      }
      found.push(
        ...names.filter((name) => name.startsWith('kubectl-')).map((name) => (flags['name-only'] ? name : `${directory}/${name}`)),
      );
    }
    if (found.length === 0) throw new KubectlError('unable to find any kubectl plugins in your PATH');
    kubectl.out(`The following compatible plugins are available:\n\n${found.map((one) => `${one}\n`).join('')}`);
  },
});

export const plugin = defineVerb({
  name: 'plugin',
  use: 'plugin [flags]',
  short: 'Provides utilities for interacting with plugins',
  flags: {},
  verbs: [pluginList],
});

export const kustomize = defineVerb({
  name: 'kustomize',
  use: 'kustomize DIR [flags]',
  short: 'Build a kustomization target from a directory or URL',
  flags: {
    'as-current-user': bool('Run functions as the current user.'),
    'enable-alpha-plugins': bool('Allow plugins.'),
    'enable-helm': bool('Allow Helm charts.'),
    env: stringArray('A variable for functions.', { shorthand: 'e' }),
    'helm-command': string('The helm program.', 'helm'),
    'load-restrictor': string('Whether files outside the directory may be read.', 'LoadRestrictionsRootOnly'),
    mount: stringArray('What functions may see of the file system.'),
    network: bool('Let functions use the network.'),
    'network-name': string("The network's name.", 'bridge'),
    output: string('Write to this file.', '', { shorthand: 'o' }),
  },
  run: (kubectl, { args, flags }) => {
    if (args.length > 1) throw new KubectlError('specify one path to kustomization.yaml');
    const text = [...buildKustomization(kubectl, args[0] ?? '.')].map(({ value }) => yamlText(value)).join('---\n');
    if (flags.output === '') kubectl.out(text);
    else kubectl.io.files.write(flags.output, text);
  },
});
