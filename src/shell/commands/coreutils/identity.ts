/** id(1) and whoami(1) of GNU coreutils 9.4 (src/id.c, src/whoami.c): root on machines, whom the pod's security context says in containers. */
import { Pod } from '#kube/kinds/pod.ts';
import { failure, output, type Command, type Here } from '../../command.ts';
import { gnuOptions } from '../../gnu-options.ts';
import { localeQuoted } from '../../locale-quotes.ts';

interface Ids {
  readonly user: number;
  readonly group: number;
}

function idsAt({ lab, place }: Here): Ids {
  if (place.kind === 'node') return { user: 0, group: 0 };
  const spec = lab.snapshot.cluster.get(Pod, place.namespace, place.pod)?.spec;
  const own = spec?.containers.find((one) => one.name === place.container)?.securityContext;
  const pod = spec?.securityContext;
  const number = (key: 'runAsUser' | 'runAsGroup') => Number(own?.[key] ?? pod?.[key] ?? 0);
  return { user: number('runAsUser'), group: number('runAsGroup') };
}

export const whoami: Command = {
  name: 'whoami',
  run(_args, _io, here) {
    const { user } = idsAt(here);
    return user === 0 ? output('root\n') : failure(`whoami: cannot find name for user ID ${user}\n`);
  },
};

export const id: Command = {
  name: 'id',
  run(args, io, here) {
    const words = { user: 'u', group: 'g', groups: 'G', name: 'n', real: 'r' };
    const given = gnuOptions({ name: 'id', letters: 'agGnruz', words }, args);
    if ('exitCode' in given) return given;
    const [who] = given.operands;
    if (who !== undefined && who !== 'root' && who !== '0') return failure(`id: ${localeQuoted(io.env, who)}: no such user\n`);
    const { user, group } = who === undefined ? idsAt(here) : { user: 0, group: 0 };
    const name = (number: number) => (number === 0 ? '(root)' : '');
    const one = given.has('u') ? user : given.has('g') || given.has('G') ? group : undefined;
    if (one === undefined) return output(`uid=${user}${name(user)} gid=${group}${name(group)} groups=${group}${name(group)}\n`);
    if (!given.has('n')) return output(`${one}\n`);
    return one === 0
      ? output('root\n')
      : { stdout: `${one}\n`, stderr: `id: cannot find name for ${given.has('u') ? 'user' : 'group'} ID ${one}\n`, exitCode: 1 };
  },
};
