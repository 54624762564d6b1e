/**
 * The smallest network that spans nodes: the bridge plugin with every node's own pod range, and a static route to the range of every other
 * node. No daemon: three files that an administrator (here: the bring-up) writes, and a oneshot unit that applies them at boot.
 *
 *     /etc/cni/net.d/10-bridge.conflist        containerd reads it
 *     /etc/pod-routes                          one line a node: RANGE via ADDRESS
 *     /etc/systemd/system/pod-routes.service   runs /usr/local/sbin/pod-routes
 */
import type { Node } from '#kube/kinds/node.ts';
import { familyOf, parseCidr, parseIp, type Cidr, type Ip } from '#net/ip.ts';
import type { Host } from '../../../host.ts';
import type { Rule } from '../../../netfilter.ts';
import { appendUnique, comment, from, rule, to } from '../../iptables.ts';
import { Machine, type MachineOptions } from '../../machine.ts';
import { nodeNamed, podCidrsOf, type DaemonAct } from '../daemon.ts';

export const conflistPath = '/etc/cni/net.d/10-bridge.conflist';
export const routesPath = '/etc/pod-routes';
export const scriptPath = '/usr/local/sbin/pod-routes';
export const unitPath = '/etc/systemd/system/pod-routes.service';

/** The CNI configuration of a node with these pod ranges. Masquerading is left to the unit: between nodes pods keep their addresses. */
export function bridgeConflist(podCidrs: readonly string[]): string {
  const everywhere = podCidrs.map((cidr) => ({ dst: cidr.includes(':') ? '::/0' : '0.0.0.0/0' }));
  const conflist = {
    cniVersion: '1.0.0',
    name: 'bridge',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges: podCidrs.map((subnet) => [{ subnet }]), routes: everywhere },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  return `${JSON.stringify(conflist, null, 2)}\n`;
}

function addressOf(node: Node, family: string): Ip | undefined {
  const internal = (node.status?.addresses ?? []).filter((one) => one.type === 'InternalIP').map((one) => parseIp(one.address));
  return internal.find((ip) => ip !== undefined && familyOf(ip) === family);
}

/** The lines of /etc/pod-routes on a node: the way to the pods of every other one. */
export function podRoutes(name: string, nodes: readonly Node[]): string {
  const lines = nodes
    .filter((node) => node.metadata.name !== name)
    .flatMap((node) =>
      podCidrsOf(node).flatMap((range) => {
        const cidr = parseCidr(range);
        const via = cidr === undefined ? undefined : addressOf(node, familyOf(cidr));
        return via === undefined ? [] : [`${range} via ${via}`];
      }),
    );
  return lines.map((line) => `${line}\n`).join('');
}

/** /usr/local/sbin/pod-routes: `clusterCidr` is not to be masqueraded. */
export function podRoutesScript(clusterCidrs: readonly string[]): string {
  const masquerade = clusterCidrs.map((cidr) => {
    const tool = cidr.includes(':') ? 'ip6tables' : 'iptables';
    const match = `POSTROUTING -s ${cidr} ! -d ${cidr} -m comment --comment pod-masq -j MASQUERADE`;
    return `${tool} -t nat -C ${match} 2>/dev/null || ${tool} -t nat -A ${match}\n`;
  });
  return `#!/bin/sh\nwhile read -r route; do ip route replace $route; done < ${routesPath}\n${masquerade.join('')}`;
}

export const podRoutesUnit = `[Unit]
Description=Routes to the pods of the other nodes
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${scriptPath}

[Install]
WantedBy=multi-user.target
`;

/** All files of this network for a node, by path. */
export function bridgeFiles(name: string, nodes: readonly Node[], clusterCidrs: readonly string[]): ReadonlyMap<string, string> {
  const own = nodeNamed(nodes, name);
  return new Map([
    [conflistPath, bridgeConflist(own === undefined ? [] : podCidrsOf(own))],
    [routesPath, podRoutes(name, nodes)],
    [scriptPath, podRoutesScript(clusterCidrs)],
    [unitPath, podRoutesUnit],
  ]);
}

/** What running the unit does: `ip route replace` for each line, and the masquerading rules that the script names. */
export function runPodRoutes(host: Host, options: MachineOptions): DaemonAct {
  const machine = new Machine(host, options);
  const logs: string[] = [];
  for (const line of (machine.read(routesPath) ?? '').split('\n')) {
    const [range = '', word, address = ''] = line.trim().split(/\s+/);
    const [dst, via] = [parseCidr(range), parseIp(address)];
    if (dst === undefined || word !== 'via' || via === undefined) {
      if (line.trim() !== '') logs.push(`Error: any valid prefix is expected rather than "${range}".`);
      continue;
    }
    const problem = replaceRoute(machine, dst, via);
    if (problem !== undefined) logs.push(problem);
  }
  for (const [, tool, cidr] of (machine.read(scriptPath) ?? '').matchAll(/\|\| (ip6?tables) -t nat -A POSTROUTING -s (\S+) /g))
    machine.kernel.changeRules('', tool === 'iptables' ? 'ipv4' : 'ipv6', (tables) =>
      appendUnique(tables, 'nat', 'POSTROUTING', masquerading(cidr!)),
    );
  return { host: machine.publish(), logs };
}

const masquerading = (cidr: string): Rule => rule([from(cidr), to(cidr, true), comment('pod-masq')], { kind: 'MASQUERADE' });

/** `ip route replace`: the link is that of the gateway's own route. */
function replaceRoute({ kernel }: Machine, dst: Cidr, via: Ip): string | undefined {
  const { links } = kernel.namespace('');
  const route = { dst, via };
  const dev = links.find((link) => kernel.reaches('', link.name, via))?.name;
  if (dev === undefined) return 'Error: Nexthop has invalid gateway.';
  return kernel.replaceRoute('', { ...route, dev });
}
