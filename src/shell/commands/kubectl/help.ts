/** `-h`: the layout of kubectl's help, over our own descriptions (staging:kubectl/pkg/util/templates). */
import type { Flags } from './flags.ts';
import { groupsOfVerbs } from './verbs.ts';
import type { Invocation } from './invocation.ts';
import type { Verb } from './verb.ts';

export function helpOf(verb: Verb, path: string, kubectl: Invocation): string {
  if (path === 'kubectl') return rootHelp();
  const parts = [`${verb.short}.\n`];
  if (verb.aliases !== undefined) parts.push(`Aliases:\n${[verb.name, ...verb.aliases].join(', ')}\n`);
  if (verb.examples !== undefined) parts.push(`Examples:\n${verb.examples.map((one) => `  ${one}`).join('\n')}\n`);
  if (verb.verbs !== undefined) parts.push(`Available Commands:\n${commandLines(verb.verbs)}`);
  if (Object.keys(verb.flags).length > 0) parts.push(`Options:\n${flagLines(verb.flags)}`);
  const parent = path.slice(0, path.lastIndexOf(' '));
  parts.push(`Usage:\n  ${parent} ${verb.use} [options]\n`);
  const more = verb.verbs === undefined ? '' : `Use "${path} <command> --help" for more information about a given command.\n`;
  parts.push(`${more}Use "kubectl options" for a list of global command-line options (applies to all commands).\n`);
  return kubectl.path === path ? parts.join('\n') : parts.join('\n');
}

function rootHelp(): string {
  const groups = groupsOfVerbs.map(({ title, verbs }) => `${title}:\n${commandLines(verbs, 15)}\n`);
  return `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/

${groupsText(groups)}Usage:
  kubectl [flags] [options]

Use "kubectl <command> --help" for more information about a given command.
Use "kubectl options" for a list of global command-line options (applies to all commands).
`;
}

function groupsText(groups: readonly string[]): string {
  return groups.join('');
}

/** `  name      what it does`, aligned. */
function commandLines(verbs: readonly Verb[], least = 0): string {
  const width = Math.max(least, ...verbs.map(({ name }) => name.length + 2));
  return verbs.map(({ name, short }) => `  ${name.padEnd(width)} ${short}\n`).join('');
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
