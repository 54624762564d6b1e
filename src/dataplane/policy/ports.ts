/** The `ports` of a rule. They are ports of the destination's pod: what a Service's port was has been translated before. */
import type { NetworkPolicyPort } from '#kube/kinds/network-policy.ts';
import type { Protocol } from '#net/ip.ts';
import type { Dialect } from './dialect.ts';

/** Ports by number, or by a name that the destination gives a meaning. */
export interface PortMatch {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly name?: string;
}

/** Ports that a pod's containers name: `web/TCP` → 8080. */
export type NamedPorts = ReadonlyMap<string, readonly number[]>;

export const noNamedPorts: NamedPorts = new Map();

/** Undefined: all ports of all protocols. An entry that an agent cannot make sense of is left out, and opens nothing. */
export function compilePorts(ports: readonly NetworkPolicyPort[] | undefined, dialect: Dialect): readonly PortMatch[] | undefined {
  if (ports === undefined || ports.length === 0) return undefined;
  return ports.flatMap(({ protocol = 'TCP', port, endPort }): PortMatch[] => {
    if (port === undefined) return [{ protocol, from: 0, to: 65535 }];
    if (typeof port === 'number') return [{ protocol, from: port, to: dialect.endPorts ? (endPort ?? port) : port }];
    if (dialect.portNames === 'pod') return [{ protocol, from: 0, to: -1, name: port }];
    const number = dialect.portNames(port, protocol as Protocol);
    return number === undefined ? [] : [{ protocol, from: number, to: number }];
  });
}

/** Reports whether a packet to a port of a destination with these names is meant. */
export function matchesPort({ protocol, from, to, name }: PortMatch, of: string, port: number, named: NamedPorts): boolean {
  if (protocol !== of) return false;
  if (name === undefined) return port >= from && port <= to;
  return named.get(`${name}/${of}`)?.includes(port) === true;
}
