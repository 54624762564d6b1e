/** How packets are refused, and what a program makes of it. */
import type { Ip } from '#net/ip.ts';

/** A TCP reset, or an ICMP message by what it says (RFC 792, RFC 1812, RFC 4443). */
export type Refusal =
  | 'tcp-reset'
  | 'port-unreachable'
  | 'protocol-unreachable'
  | 'net-unreachable'
  | 'host-unreachable'
  | 'net-prohibited'
  | 'host-prohibited'
  | 'admin-prohibited'
  | 'time-exceeded'
  | 'fragmentation-needed';

/** What a sender is told of its packet. */
export interface Told {
  readonly refusal: Refusal;
  /** Who says so, as the sender sees it. */
  readonly from: Ip;
  /** Milliseconds after which it is said: a neighbour is asked for three times before it is given up. */
  readonly after: number;
  /** The largest packet that would pass, where the packet was too big. */
  readonly mtu?: number;
}

/** Errors of connect(), send() and sendto() that come of packets. */
export type Errno =
  | 'ECONNREFUSED'
  | 'ENETUNREACH'
  | 'EHOSTUNREACH'
  | 'ENOPROTOOPT'
  | 'EMSGSIZE'
  | 'ETIMEDOUT'
  | 'EINVAL'
  | 'EACCES'
  | 'EPERM'
  | 'EADDRNOTAVAIL';

const errnos: Readonly<Record<Refusal, Errno>> = {
  'tcp-reset': 'ECONNREFUSED',
  'port-unreachable': 'ECONNREFUSED',
  'protocol-unreachable': 'ENOPROTOOPT',
  'net-unreachable': 'ENETUNREACH',
  'host-unreachable': 'EHOSTUNREACH',
  'net-prohibited': 'ENETUNREACH',
  'host-prohibited': 'EHOSTUNREACH',
  'admin-prohibited': 'EHOSTUNREACH',
  'time-exceeded': 'EHOSTUNREACH',
  'fragmentation-needed': 'EMSGSIZE',
};

/** The error that a refusal becomes in the program that has sent (Linux net/ipv4/icmp.c, icmp_err_convert). */
export function errnoOf(refusal: Refusal): Errno {
  return errnos[refusal];
}

/** The words of iptables, ip6tables and nft. */
const rejections: Readonly<Record<string, Refusal>> = {
  'tcp-reset': 'tcp-reset',
  'icmp-net-unreachable': 'net-unreachable',
  'icmp-host-unreachable': 'host-unreachable',
  'icmp-port-unreachable': 'port-unreachable',
  'icmp-proto-unreachable': 'protocol-unreachable',
  'icmp-prot-unreachable': 'protocol-unreachable',
  'icmp-net-prohibited': 'net-prohibited',
  'icmp-host-prohibited': 'host-prohibited',
  'icmp-admin-prohibited': 'admin-prohibited',
  'icmp-no-route': 'net-unreachable',
  'icmp6-no-route': 'net-unreachable',
  'icmp6-addr-unreachable': 'host-unreachable',
  'icmp6-port-unreachable': 'port-unreachable',
  'icmp6-adm-prohibited': 'admin-prohibited',
  'icmp6-admin-prohibited': 'admin-prohibited',
  'icmp6-policy-fail': 'admin-prohibited',
  'icmp6-reject-route': 'admin-prohibited',
};

/** What a rule that rejects makes the kernel answer. */
export function refusalOf(rejectWith: string | undefined): Refusal {
  return rejections[rejectWith ?? ''] ?? 'port-unreachable';
}
