/** hostname(1) of Debian and busybox: prints the name of the host or pod; `-i`/`-I` its addresses. */
import { failure, output, type Command, type Here } from '../../command.ts';
import { sandboxAt } from '../../place.ts';

export const hostname: Command = {
  name: 'hostname',
  run(args, _io, here) {
    const name = nameOf(here);
    if (args.length === 0 || args[0] === '-s' || args[0] === '--short') return output(`${name}\n`);
    if (args[0] === '-f' || args[0] === '--fqdn') return output(`${name}\n`);
    if (args[0] === '-i' || args[0] === '-I') return output(`${addressesOf(here).join(' ')}${args[0] === '-I' ? ' ' : ''}\n`);
    if (args[0]!.startsWith('-'))
      return failure(
        `hostname: invalid option -- '${args[0]!.replace(/^-+/, '')[0]}'\nUsage: hostname [-b] {hostname|-F file}         set host name (from file)\n       hostname [-a|-A|-d|-f|-i|-I|-s|-y]       display formatted name\n       hostname                                 display host name\n`,
        4,
      );
    return failure('hostname: you must be root to change the host name\n');
  },
};

function nameOf({ lab, place }: Here): string {
  return place.kind === 'node' ? place.node : (sandboxAt(lab, place)?.hostname ?? place.pod);
}

function addressesOf({ lab, place }: Here): readonly string[] {
  const host = lab.snapshot.hosts.get(place.node)!;
  const namespace = place.kind === 'node' ? '' : (sandboxAt(lab, place)?.network.namespace ?? '');
  return (host.kernel.namespaces.get(namespace)?.links ?? [])
    .filter((link) => link.kind !== 'loopback')
    .flatMap((link) => link.addresses.filter((address) => address.scope === 'global').map((address) => address.ip));
}
