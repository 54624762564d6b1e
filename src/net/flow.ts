import type { Ip, Protocol } from './ip.ts';

/** The five-tuple of a packet. Ports are 0 where the protocol has none (ICMP). */
export interface Flow {
  readonly protocol: Protocol | 'ICMP';
  readonly srcIp: Ip;
  readonly srcPort: number;
  readonly dstIp: Ip;
  readonly dstPort: number;
}

/** The flow of the answers. */
export function reverse({ protocol, srcIp, srcPort, dstIp, dstPort }: Flow): Flow {
  return { protocol, srcIp: dstIp, srcPort: dstPort, dstIp: srcIp, dstPort: srcPort };
}

export function sameFlow(a: Flow, b: Flow): boolean {
  return (
    a === b ||
    (a.srcIp === b.srcIp && a.dstIp === b.dstIp && a.srcPort === b.srcPort && a.dstPort === b.dstPort && a.protocol === b.protocol)
  );
}
