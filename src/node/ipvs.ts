/** The kernel's virtual servers (IPVS) and IP sets. */
import type { Ip, Protocol } from '#net/ip.ts';

export interface RealServer {
  readonly ip: Ip;
  readonly port: number;
  /** `Masq`: NAT. kube-proxy uses no other. */
  readonly forward: 'Masq' | 'Route' | 'Tunnel';
  readonly weight: number;
}

export interface VirtualServer {
  readonly protocol: Protocol;
  readonly ip: Ip;
  readonly port: number;
  readonly scheduler: string;
  /** Seconds a client stays with its real server. */
  readonly persistent?: number;
  /** Scheduler flags, as ipvsadm prints them: `mh-port`. */
  readonly flags?: readonly string[];
  readonly realServers: readonly RealServer[];
}

export interface Ipvs {
  readonly servers: readonly VirtualServer[];
}

export type IpSetType = 'hash:ip' | 'hash:ip,port' | 'hash:ip,port,ip' | 'hash:ip,port,net' | 'hash:net' | 'bitmap:port' | 'list:set';

export interface IpSet {
  readonly name: string;
  readonly type: IpSetType;
  readonly family: 'inet' | 'inet6';
  readonly revision: number;
  readonly hashsize?: number;
  readonly maxelem?: number;
  /** `0-65535` of a bitmap. */
  readonly range?: string;
  /** Of a `list:set`. */
  readonly size?: number;
  /** What the kernel's hash begins with, where somebody chose it: `0x11223344`. */
  readonly initval?: string;
  /** As ipset prints them: `10.96.0.10,tcp:53`. */
  readonly members: readonly string[];
}
