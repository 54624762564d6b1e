/** The `ports` of a rule. They are ports of the destination's pod: what a Service's port was has been translated before. */
import type { NetworkPolicyPort } from '#kube/kinds/network-policy.ts';
import type { Protocol } from '#net/ip.ts';
import type { Dialect } from './dialect.ts';

/** Ports by number, or by a name that the destination gives a meaning. */
export interface PortMatch {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  /** `web/TCP`: as {@link NamedPorts} knows it. */
  readonly named: string | undefined;
}

/** Ports that a pod's containers name: `web/TCP` → 8080. */
export type NamedPorts = ReadonlyMap<string, readonly number[]>;

export const noNamedPorts: NamedPorts = new Map();

/** Undefined: all ports of all protocols. An entry that an agent cannot make sense of is left out, and opens nothing. */
export function compilePorts(ports: readonly NetworkPolicyPort[] | undefined, dialect: Dialect): readonly PortMatch[] | undefined {
  if (ports === undefined || ports.length === 0) return undefined;
  return ports.flatMap(({ protocol = 'TCP', port, endPort }): PortMatch[] => {
    const between = (from: number, to: number): PortMatch => ({ protocol, from, to, named: undefined });
    if (port === undefined) return [between(0, 65535)];
    if (typeof port === 'number') return [between(port, dialect.endPorts ? (endPort ?? port) : port)];
    if (dialect.portNames === 'pod') return [{ protocol, from: 0, to: -1, named: `${port}/${protocol}` }];
    const number = dialect.portNames(port, protocol as Protocol);
    return number === undefined ? [] : [between(number, number)];
  });
}

/** Reports whether one of the entries means a packet to a port of a destination with these names. */
export function matchesPorts(ports: readonly PortMatch[], protocol: string, port: number, names: NamedPorts): boolean {
  for (let i = 0; i < ports.length; i++) {
    const one = ports[i]!;
    if (one.protocol !== protocol) continue;
    if (one.named === undefined ? port >= one.from && port <= one.to : names.get(one.named)?.includes(port) === true) return true;
  }
  return false;
}
