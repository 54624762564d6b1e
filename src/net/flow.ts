import { hostPort, type Ip, type Protocol } from './ip.ts';

/** The five-tuple of a packet. Ports are 0 where the protocol has none (ICMP). */
export interface Flow {
  readonly protocol: Protocol | 'ICMP';
  readonly srcIp: Ip;
  readonly srcPort: number;
  readonly dstIp: Ip;
  readonly dstPort: number;
}

/** `TCP 10.244.1.2:40000 → 10.96.0.1:443`. */
export function flowText(flow: Flow): string {
  const end = (address: Ip, port: number) => (flow.protocol === 'ICMP' ? address : hostPort(address, port));
  return `${flow.protocol} ${end(flow.srcIp, flow.srcPort)} → ${end(flow.dstIp, flow.dstPort)}`;
}
