/** lsmod(8) and modprobe(8) over the modules of the host's kernel. */
import { failure, output, type Command } from '../../command.ts';
import type { Kernel } from '#node/kernel.ts';
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

/** Settings that a module brings along, with their first values (net/bridge/br_netfilter_hooks.c). */
const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  br_netfilter: { 'net.bridge.bridge-nf-call-iptables': '1', 'net.bridge.bridge-nf-call-ip6tables': '1' },
};

/** Loads or removes a module; what it brings into /proc/sys comes and goes with it. */
function changed(kernel: Kernel, name: string, removing: boolean): Kernel {
  const modules = new Set(kernel.modules);
  if (removing) modules.delete(name);
  else modules.add(name);
  const brought = Object.entries(settings[name] ?? {});
  if (brought.length === 0) return { ...kernel, modules };
  const root = kernel.namespaces.get('')!;
  const sysctls = new Map(root.sysctls);
  for (const [key, value] of brought)
    if (removing) sysctls.delete(key);
    else sysctls.set(key, value);
  return { ...kernel, modules, namespaces: new Map(kernel.namespaces).set('', { ...root, sysctls }) };
}

/** Reports whether something holds a module: devices of its kind, or a module on top of it. */
function isInUse({ modules, namespaces }: Kernel, name: string): boolean {
  const kinds = new Set([...namespaces.values()].flatMap(({ links }) => links.map(({ kind }) => kind as string)));
  return kinds.has(name) || name === 'overlay' || name === 'nf_conntrack' || (name === 'bridge' && modules.has('br_netfilter'));
}

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
      const { kernel } = hostAt(lab, place);
      if (removing && kernel.modules.has(name) && isInUse(kernel, name)) return failure(`modprobe: FATAL: Module ${name} is in use.\n`);
      lab.change((change) => {
        const host = change.hosts.get(place.node)!;
        if (removing === host.kernel.modules.has(name))
          change.hosts.set(place.node, { ...host, kernel: changed(host.kernel, name, removing) });
      });
    }
    return output('');
  },
};
