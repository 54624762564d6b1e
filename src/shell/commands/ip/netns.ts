/** `ip netns`: the namespaces with a name under /run/netns (iproute2 ip/ipnetns.c). A CNI runtime names those of pods. */
import { failure, output, type Output } from '../../command.ts';
import { namespaceIds } from '../../network/link-state.ts';
import { act } from './act.ts';
import { printJson } from './json.ts';
import { seesNamed, type Context } from './options.ts';
import { abbreviates, unknownCommand, type Words } from './words.ts';

function names(context: Context): readonly string[] {
  if (!seesNamed(context.here)) return [];
  // A directory in memory lists what came last first.
  return [...context.kernel.namespaces.keys()].filter((name) => name !== '').reverse();
}

function list(context: Context): Output {
  const ids = namespaceIds(context.namespace);
  const { options } = context;
  if (options.json) {
    const all = names(context).map((name) => ({ name, ...(ids.has(name) && { id: ids.get(name)! }) }));
    return output(all.length === 0 ? '' : printJson(all, options.pretty));
  }
  return output(
    names(context)
      .map((name) => `${name}${ids.has(name) ? ` (id: ${ids.get(name)!})` : ''}\n`)
      .join(''),
  );
}

function add(context: Context, name: string | undefined): Output {
  if (name === undefined) return failure('No netns name specified\n', 255);
  if (!seesNamed(context.here)) return failure('mkdir /run/netns failed: Permission denied\n', 255);
  if (names(context).includes(name)) return failure(`Cannot create namespace file "/run/netns/${name}": File exists\n`);
  return act(context, (draft) => {
    draft.addNamespace(name);
    return undefined;
  });
}

function remove(context: Context, name: string | undefined): Output {
  if (name === undefined) return failure('No netns name specified\n', 255);
  if (!names(context).includes(name)) return failure(`Cannot remove namespace file "/run/netns/${name}": No such file or directory\n`);
  return act(context, (draft) => {
    draft.removeNamespace(name);
    return undefined;
  });
}

/** A program of the host, with its files, in another network namespace. */
function exec(context: Context, words: Words): Output | Promise<Output> {
  const name = words.next();
  if (name === undefined) return failure('No netns name specified\n');
  const program = words.next();
  if (program === undefined) return failure('No command specified\n');
  const { place } = context.here;
  if (place.kind !== 'node' || !names(context).includes(name))
    return failure(`Cannot open network namespace "${name}": No such file or directory\n`, 255);
  const { io } = context;
  const at = { ...place, netns: name };
  const rest = words.rest();
  if (/^(\/bin\/)?(ba)?sh$/.test(program) && rest.length === 0 && io.tty) return { ...output(''), enter: at };
  if (!io.has(program)) return failure(`exec of "${program}" failed: No such file or directory\n`, 255);
  return io.run([program, ...rest], { at, stdin: io.stdin });
}

/** `ip netns`, after the object's name. */
export function netns(context: Context, words: Words): Output | Promise<Output> {
  const command = words.next();
  if (command === undefined || abbreviates(command, ['list', 'show', 'lst'])) return list(context);
  if (abbreviates(command, ['add'])) return add(context, words.next());
  if (abbreviates(command, ['delete'])) return remove(context, words.next());
  if (abbreviates(command, ['identify'])) return output(context.name === '' || !seesNamed(context.here) ? '\n' : `${context.name}\n`);
  if (abbreviates(command, ['exec'])) return exec(context, words);
  if (abbreviates(command, ['list-id', 'pids', 'attach', 'set', 'monitor']))
    return failure(`cka-net: ip netns ${command} is not simulated\n`);
  return unknownCommand(command, 'netns');
}
