/** brctl(8) of bridge-utils: the bridges and their ports. */
import { failure, output, type Command, type Output } from '../../command.ts';
import { networkAt } from '../../network/entered.ts';
import { ip } from '../ip/ip.ts';

export const brctl: Command = {
  name: 'brctl',
  async run(args, io, here): Promise<Output> {
    const [verb, name, port] = args;
    const { namespace } = networkAt(here);
    const found = namespace.links.find((link) => link.name === name);
    if (verb === 'show') {
      if (name !== undefined && found?.kind !== 'bridge')
        return failure(found === undefined ? `bridge ${name} does not exist!\n` : `device ${name} is not a bridge!\n`);
      const rows = namespace.links
        .filter((link) => link.kind === 'bridge' && (name === undefined || link.name === name))
        .map((link) => {
          const ports = namespace.links.filter((one) => one.master === link.name).map((one) => one.name);
          const [first = '', ...others] = ports.sort();
          const id = `8000.${link.mac.replaceAll(':', '')}`;
          return `${link.name}\t\t${id}\tno\t\t${first}\n${others.map((one) => `\t\t\t\t\t\t\t${one}\n`).join('')}`;
        });
      return output(`bridge name\tbridge id\t\tSTP enabled\tinterfaces\n${rows.join('')}`);
    }
    if (verb === 'addbr' && name !== undefined) {
      if (found !== undefined) return failure(`device ${name} already exists; can't create bridge with the same name\n`);
      return ip.run(['link', 'add', name, 'type', 'bridge'], io, here);
    }
    if (verb === 'delbr' && name !== undefined) {
      if (found === undefined) return failure(`bridge ${name} doesn't exist; can't delete it\n`);
      if (found.up) return failure(`bridge ${name} is still up; can't delete it\n`);
      return ip.run(['link', 'del', name], io, here);
    }
    if ((verb === 'addif' || verb === 'delif') && name !== undefined && port !== undefined) {
      if (found?.kind !== 'bridge') return failure(`bridge ${name} does not exist!\n`);
      if (!namespace.links.some((link) => link.name === port)) return failure(`interface ${port} does not exist!\n`);
      return ip.run(['link', 'set', port, ...(verb === 'addif' ? ['master', name] : ['nomaster'])], io, here);
    }
    return failure(`cka-net: brctl ${verb ?? ''}: only show, addbr, delbr, addif and delif are simulated\n`);
  },
};
