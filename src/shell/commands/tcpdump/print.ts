/** Packets as tcpdump prints them (print-ip.c, print-tcp.c, print-otv.c): those that open a connection, and the refusals. */
import { pick } from '#kube/chance.ts';
import type { Flow } from '#net/flow.ts';

/** What one packet of a connection is. */
export type Part = 'first' | 'answer' | 'third' | 'refusal';

export interface Printing {
  /** Draws sequence numbers and the like. */
  readonly purpose: string;
  readonly mtu: number;
}

const endpoint = (ip: string, port: number) => `${ip}.${port}`;

/** What stands behind `IP a > b: `. */
function payload({ protocol }: Flow, part: Part, { purpose, mtu }: Printing): string {
  const [own, its] = ['client', 'server'].map((who) => 1 + pick(`${purpose}/${who}`, 2 ** 31 - 2));
  const stamp = 1 + pick(`${purpose}/stamp`, 2 ** 31);
  switch (protocol) {
    case 'ICMP':
      return `ICMP echo ${part === 'first' ? 'request' : 'reply'}, id ${1 + pick(`${purpose}/id`, 65_535)}, seq 1, length 64`;
    case 'UDP':
      return 'UDP, length 1';
    case 'SCTP':
      return part === 'first' ? 'sctp (1) [INIT]' : 'sctp (1) [INIT ACK]';
    case 'TCP':
      break;
  }
  const options = (echo: number) => `options [mss ${mtu - 40},sackOK,TS val ${stamp} ecr ${echo},nop,wscale 7]`;
  switch (part) {
    case 'first':
      return `Flags [S], seq ${own}, win 64240, ${options(0)}, length 0`;
    case 'answer':
      return `Flags [S.], seq ${its}, ack ${own! + 1}, win 65160, ${options(stamp)}, length 0`;
    case 'third':
      return `Flags [.], ack 1, win 502, options [nop,nop,TS val ${stamp + 1} ecr ${stamp}], length 0`;
    case 'refusal':
      return `Flags [R.], seq 0, ack ${own! + 1}, win 0, length 0`;
  }
}

const family = ({ dstIp }: Flow) => (dstIp.includes(':') ? 'IP6' : 'IP');

/** `IP 10.244.1.2.40000 > 10.244.2.5.80: Flags [S], …` */
export function packetText(flow: Flow, part: Part, printing: Printing, inner?: Flow): string {
  const ends =
    flow.protocol === 'ICMP'
      ? `${flow.srcIp} > ${flow.dstIp}`
      : `${endpoint(flow.srcIp, flow.srcPort)} > ${endpoint(flow.dstIp, flow.dstPort)}`;
  const head = `${family(flow)} ${ends}: `;
  if (inner === undefined) return head + payload(flow, part, printing);
  const inside = packetText(inner, part, printing);
  // An IP-in-IP packet has no ports of its own.
  if (flow.protocol !== 'UDP') return head + inside;
  if (flow.dstPort === 8472) return `${head}OTV, flags [I] (0x08), overlay 0, instance 1\n${inside}`;
  if (flow.dstPort === 4789) return `${head}VXLAN, flags [I] (0x08), vni 4096\n${inside}`;
  return `${head}UDP, length ${inner.protocol === 'TCP' ? 82 : 106}`;
}
