/** lsmod(8) and modprobe(8) over the modules of the host's kernel. */
import { failure, output, type Command } from '../../command.ts';
import { hostAt } from '../../place.ts';

/** Modules that this kernel could load. */
const available = new Set([
  'overlay',
  'br_netfilter',
  'bridge',
  'veth',
  'vxlan',
  'nf_conntrack',
  'nf_nat',
  'nf_tables',
  'ip_tables',
  'ip6_tables',
  'ip_vs',
  'ip_vs_rr',
  'ip_vs_wrr',
  'ip_vs_sh',
  'ip_vs_lc',
  'dummy',
  'ip_set',
  'ipip',
  'wireguard',
  'nfnetlink_acct',
  'xt_comment',
  'xt_mark',
  'xt_conntrack',
  'nbd',
  'tun',
]);

export const lsmod: Command = {
  name: 'lsmod',
  run(_args, _io, { lab, place }) {
    const modules = [...hostAt(lab, place).kernel.modules].sort();
    const rows = modules.map((name) => `${name.padEnd(23)} ${String(16384 + ((name.length * 4096) % 262144)).padStart(6)}  0\n`);
    return output(`Module                  Size  Used by\n${rows.join('')}`);
  },
};

export const modprobe: Command = {
  name: 'modprobe',
  run(args, _io, { lab, place }) {
    const removing = args.some((arg) => arg === '-r' || arg === '--remove');
    const names = args.filter((arg) => !arg.startsWith('-')).map((name) => name.replaceAll('-', '_'));
    if (names.length === 0) return failure('modprobe: ERROR: missing parameters. See -h.\n');
    const { release } = hostAt(lab, place).kernel;
    for (const name of names) {
      if (!available.has(name)) return failure(`modprobe: FATAL: Module ${name} not found in directory /lib/modules/${release}\n`);
      lab.change((change) => {
        const host = change.hosts.get(place.node)!;
        const modules = new Set(host.kernel.modules);
        if (removing === !modules.has(name)) return;
        if (removing) modules.delete(name);
        else modules.add(name);
        change.hosts.set(place.node, { ...host, kernel: { ...host.kernel, modules } });
      });
    }
    return output('');
  },
};
