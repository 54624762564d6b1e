/** lsmod(8) and modprobe(8) over the modules of the host's kernel. */
import { failure, output, type Command } from '../../command.ts';
import type { Host } from '#node/host.ts';
import type { Kernel } from '#node/kernel.ts';
import { ipvsOf } from '#node/netfilter.ts';
import { hostAt } from '../../place.ts';

interface Module {
  /** Bytes, of the usual size. */
  readonly size: number;
  readonly needs?: readonly string[];
}

/** Modules that this kernel could load, and what each needs (the `depends` of modinfo). */
const available: Readonly<Record<string, Module>> = {
  overlay: { size: 212992 },
  br_netfilter: { size: 36864, needs: ['bridge'] },
  bridge: { size: 393216, needs: ['stp', 'llc'] },
  stp: { size: 12288, needs: ['llc'] },
  llc: { size: 16384 },
  veth: { size: 40960 },
  vxlan: { size: 155648, needs: ['udp_tunnel', 'ip6_udp_tunnel'] },
  udp_tunnel: { size: 36864 },
  ip6_udp_tunnel: { size: 16384 },
  libcrc32c: { size: 12288 },
  nf_defrag_ipv4: { size: 12288 },
  nf_defrag_ipv6: { size: 24576 },
  nf_conntrack: { size: 204800, needs: ['libcrc32c', 'nf_defrag_ipv4', 'nf_defrag_ipv6'] },
  nf_nat: { size: 61440, needs: ['libcrc32c', 'nf_conntrack'] },
  nfnetlink: { size: 20480 },
  nf_tables: { size: 380928, needs: ['libcrc32c', 'nfnetlink'] },
  x_tables: { size: 65536 },
  ip_tables: { size: 32768, needs: ['x_tables'] },
  ip6_tables: { size: 36864, needs: ['x_tables'] },
  xt_comment: { size: 12288, needs: ['x_tables'] },
  xt_mark: { size: 12288, needs: ['x_tables'] },
  xt_conntrack: { size: 12288, needs: ['nf_conntrack', 'x_tables'] },
  ip_vs: { size: 221184, needs: ['libcrc32c', 'nf_conntrack', 'nf_defrag_ipv6'] },
  ip_vs_rr: { size: 12288, needs: ['ip_vs'] },
  ip_vs_wrr: { size: 12288, needs: ['ip_vs'] },
  ip_vs_sh: { size: 12288, needs: ['ip_vs'] },
  ip_vs_lc: { size: 12288, needs: ['ip_vs'] },
  dummy: { size: 12288 },
  ip_set: { size: 61440, needs: ['nfnetlink'] },
  ipip: { size: 20480, needs: ['tunnel4', 'ip_tunnel'] },
  tunnel4: { size: 12288 },
  ip_tunnel: { size: 36864 },
  wireguard: { size: 110592, needs: ['udp_tunnel', 'ip6_udp_tunnel'] },
  nfnetlink_acct: { size: 12288, needs: ['nfnetlink'] },
  nbd: { size: 65536 },
  tun: { size: 65536 },
};

/** Settings that a module brings along, with their first values (net/bridge/br_netfilter_hooks.c). */
const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  br_netfilter: { 'net.bridge.bridge-nf-call-iptables': '1', 'net.bridge.bridge-nf-call-ip6tables': '1' },
};

/** Loads a module and what it needs, or removes it and what nothing needs any more; what it brings into /proc/sys comes and goes with it. */
function changed(kernel: Kernel, name: string, removing: boolean): Kernel {
  const modules = new Set(loaded(removing ? kernel.modules : [...kernel.modules, name]));
  const remove = (one: string) => {
    modules.delete(one);
    for (const needed of available[one]?.needs ?? []) if (!isInUse({ ...kernel, modules }, needed)) remove(needed);
  };
  if (removing) remove(name);
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
  const held = loaded(modules).some((other) => available[other]?.needs?.includes(name));
  return kinds.has(name) || name === 'overlay' || name === 'nf_conntrack' || held;
}

/** The modules that are loaded, in the order of their loading: what one needs comes before it. */
function loaded(modules: Iterable<string>): readonly string[] {
  const order = new Set<string>();
  const load = (name: string) => {
    if (order.has(name)) return;
    available[name]?.needs?.forEach(load);
    order.add(name);
  };
  for (const name of modules) load(name);
  return [...order];
}

/** How often something other than a module holds one: mounted overlays, virtual servers and their schedulers. */
function usesOf({ kernel, sandboxes }: Host, name: string): number {
  if (name === 'overlay') return [...sandboxes.values()].reduce((mounts, { containers }) => mounts + 1 + containers.length, 0);
  const servers = [...kernel.namespaces.values()].flatMap(({ netfilter }) => ipvsOf(netfilter).servers);
  // A scheduler that registers itself, and every virtual server, holds ip_vs once (net/netfilter/ipvs/ip_vs_sched.c, ip_vs_ctl.c).
  if (name === 'ip_vs') return servers.length + [...kernel.modules].filter((other) => other.startsWith('ip_vs_')).length;
  return name.startsWith('ip_vs_') ? servers.filter(({ scheduler }) => `ip_vs_${scheduler}` === name).length : 0;
}

/** kmod's tools/lsmod.c over /proc/modules: what was loaded last comes first. */
export const lsmod: Command = {
  name: 'lsmod',
  run(_args, _io, { lab, place }) {
    const host = hostAt(lab, place);
    const modules = loaded(host.kernel.modules);
    const rows = [...modules].reverse().map((name) => {
      const holders = modules.filter((other) => available[other]?.needs?.includes(name));
      const uses = holders.length + usesOf(host, name);
      return `${name.padEnd(19)} ${String(available[name]?.size ?? 12288).padStart(8)}  ${uses}${holders.length > 0 ? ` ${holders.join(',')}` : ''}\n`;
    });
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
      if (available[name] === undefined) return failure(`modprobe: FATAL: Module ${name} not found in directory /lib/modules/${release}\n`);
      const { kernel } = hostAt(lab, place);
      const isLoaded = loaded(kernel.modules).includes(name);
      if (removing && isLoaded && isInUse(kernel, name)) return failure(`modprobe: FATAL: Module ${name} is in use.\n`);
      lab.change((change) => {
        const host = change.hosts.get(place.node)!;
        if (removing === isLoaded) change.hosts.set(place.node, { ...host, kernel: changed(host.kernel, name, removing) });
      });
    }
    return output('');
  },
};
