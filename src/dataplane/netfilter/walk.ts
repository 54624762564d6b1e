/** A packet on its way through chains: what they change of it, and what they decided. */
import { parseIp, type Ip } from '#net/ip.ts';
import type { Packet, PacketContext } from './packet.ts';
import type { Decision, Remembered, Translation, Traversal } from './traversal.ts';

/** How a chain ends: with a verdict, or by letting the packet pass. */
export type Verdict = 'accept' | 'drop' | 'reject' | 'continue';

export class Walk {
  packet: Packet;
  readonly context: PacketContext;
  readonly decisions: Decision[] = [];
  readonly translations: Translation[] = [];
  readonly remembered: Remembered[] = [];
  rejectWith: string | undefined;

  constructor(packet: Packet, context: PacketContext) {
    this.packet = packet;
    this.context = context;
  }

  setMark(mark: number): void {
    this.packet = { ...this.packet, mark: mark >>> 0 };
  }

  remember(list: string, ip: Ip, timeout?: number): void {
    this.remembered.push({ list, ip, ...(timeout !== undefined && { timeout }) });
  }

  /** Rewrites the destination. */
  dnat(kind: 'dnat' | 'redirect' | 'ipvs', ip: Ip | undefined, port: number | undefined): void {
    this.translations.push({ kind, ...(ip !== undefined && { ip }), ...(port !== undefined && { port }) });
    const { packet } = this;
    this.packet = {
      ...packet,
      dst: ip ?? packet.dst,
      dport: port ?? packet.dport,
      connection: { ...packet.connection, dnat: true },
    };
  }

  /** Rewrites the source; the address of a masquerade may be known to the caller alone. */
  snat(kind: 'snat' | 'masquerade', given: Ip | undefined): void {
    const ip = given ?? this.context.masqueradeAs?.(this.packet);
    this.translations.push({ kind, ...(ip !== undefined && { ip }) });
    this.packet = { ...this.packet, src: ip ?? this.packet.src, connection: { ...this.packet.connection, snat: true } };
  }

  result(verdict: Exclude<Verdict, 'continue'>): Traversal {
    return {
      verdict,
      ...(this.rejectWith !== undefined && { rejectWith: this.rejectWith }),
      packet: this.packet,
      translations: this.translations,
      decisions: this.decisions,
      remembered: this.remembered,
    };
  }
}

/** `10.0.0.1`, `10.0.0.1:80`, `10.0.0.1-10.0.0.9:80-90`, `:80`, `[fd00::1]:80`: of ranges the first. */
export function natTarget(text: string): { readonly ip: Ip | undefined; readonly port: number | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const [address = '', ports] = bracketed !== null ? bracketed.slice(1) : text.split(':').length > 2 ? [text] : text.split(':');
  const port = ports?.split('-')[0] ?? '';
  return { ip: parseIp(address.split('-')[0]!), port: port === '' ? undefined : Number(port) };
}
