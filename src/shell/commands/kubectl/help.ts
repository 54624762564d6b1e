/** `-h`: the layout of kubectl's help, over our own descriptions (staging:kubectl/pkg/util/templates). */
import type { Flags } from './flags.ts';
import type { Group, Verb } from './verb.ts';

/** The help text of a command; `path` is how it is called: `kubectl create service`. */
export function helpOf(verb: Verb, path: string): string {
  if (verb.groups !== undefined) return `${summary}\n${rootUsage(verb.groups)}`;
  const parts = [`${verb.short}.\n`];
  if (verb.aliases !== undefined) parts.push(`Aliases:\n${[verb.name, ...verb.aliases].join(', ')}\n`);
  if (verb.examples !== undefined) parts.push(`Examples:\n${verb.examples.map((one) => `  ${one}`).join('\n')}\n`);
  if (verb.verbs !== undefined) parts.push(`Available Commands:\n${commandLines(verb.verbs, verb.verbs)}`);
  if (Object.keys(verb.flags).length > 0) parts.push(`Options:\n${flagLines(verb.flags)}`);
  const parent = path.slice(0, path.lastIndexOf(' '));
  parts.push(`Usage:\n  ${parent} ${verb.use} [options]\n`);
  const more = verb.verbs === undefined ? '' : `Use "${path} <command> --help" for more information about a given command.\n`;
  parts.push(more + optionsHint);
  return parts.join('\n');
}

const summary = `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/
`;
const optionsHint = 'Use "kubectl options" for a list of global command-line options (applies to all commands).\n';

/** The commands by their groups, and how to go on. */
export function rootUsage(groups: readonly Group[]): string {
  const all = groups.flatMap(({ verbs }) => verbs);
  const listed = groups.map(({ title, verbs }) => `${title}:\n${commandLines(verbs, all)}\n`);
  return `${listed.join('')}Usage:
  kubectl [flags] [options]

Use "kubectl <command> --help" for more information about a given command.
${optionsHint}`;
}

/** `  name      what it does`, aligned with all the commands that stand beside them (cobra: minNamePadding). */
function commandLines(verbs: readonly Verb[], beside: readonly Verb[]): string {
  const width = 2 + Math.max(11, ...beside.map(({ name }) => name.length));
  return verbs
    .filter(({ hidden }) => hidden !== true)
    .map(({ name, short }) => `  ${name.padEnd(width)} ${short}\n`)
    .join('');
}

/** Every flag with its default, sorted by name. */
export function flagLines(flags: Flags): string {
  return Object.keys(flags)
    .sort()
    .map((name) => {
      const { shorthand, shown, usage } = flags[name]!;
      return `    ${shorthand === undefined ? '' : `-${shorthand}, `}--${name}=${shown}:\n\t${usage}\n`;
    })
    .join('\n');
}
