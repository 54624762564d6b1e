/** `ip rule`: the three rules that every kernel begins with. Others cannot be added here. */
import { failure, output, type Output } from '../../command.ts';
import { printJson } from './json.ts';
import type { Context } from './options.ts';
import { abbreviates, unknownCommand, type Words } from './words.ts';

const rules = [
  { priority: 0, table: 'local' },
  { priority: 32766, table: 'main' },
  { priority: 32767, table: 'default' },
];

/** `ip rule`, after the object's name. */
export function rule({ options }: Context, words: Words): Output {
  const command = words.next();
  if (command !== undefined && !abbreviates(command, ['list', 'lst', 'show'])) {
    if (abbreviates(command, ['add', 'delete', 'flush'])) return failure("cka-net: ip rule: rules of one's own are not simulated\n");
    return unknownCommand(command, 'rule');
  }
  const shown = options.family === 'IPv6' ? rules.slice(0, 2) : rules;
  if (options.json)
    return output(
      printJson(
        shown.map(({ priority, table }) => ({ priority, src: 'all', table })),
        options.pretty,
      ),
    );
  return output(shown.map(({ priority, table }) => `${priority}:\tfrom all lookup ${table}\n`).join(''));
}
