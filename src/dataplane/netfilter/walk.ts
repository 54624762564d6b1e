/** A packet on its way through chains: what they change of it, and what they decided. */
import { parseIp, type Ip } from '#net/ip.ts';
import type { Packet, PacketContext } from './packet.ts';
import type { Decision, Remembered, Translation, Traversal } from './traversal.ts';

/** Where a packet goes in the end. */
export type End = Pick<Packet, 'dst' | 'dport'>;

/** How a chain ends: with a verdict, or by letting the packet pass. */
export type Verdict = 'accept' | 'drop' | 'reject' | 'continue';

export class Walk {
  packet: Packet;
  context: PacketContext;
  readonly decisions: Decision[] = [];
  readonly translations: Translation[] = [];
  readonly remembered: Remembered[] = [];
  rejectWith: string | undefined;
  /** Where every way is gone at once: the packets of those that have ended. */
  readonly ended: End[] | undefined;
  /** Of those, the way that chance has chosen, as far as it is gone. */
  chosen: Traversal | undefined;
  /** A way did not end, but leads on to what others lead to as well. */
  tangled = false;
  #forked = false;

  constructor(packet: Packet, context: PacketContext, { everyWay = false }: { readonly everyWay?: boolean } = {}) {
    this.packet = packet;
    this.context = context;
    this.ended = everyWay ? [] : undefined;
  }

  /** A base chain has ended: where there were several ways, the chosen one goes on. */
  settled(verdict: Exclude<Verdict, 'continue'>): Exclude<Verdict, 'continue'> {
    if (this.ended !== undefined && this.#forked) this.ended.push(this.packet);
    this.#forked = false;
    const { chosen } = this;
    if (chosen === undefined) return verdict;
    this.chosen = undefined;
    this.packet = chosen.packet;
    this.rejectWith = chosen.rejectWith;
    this.decisions.splice(0, Infinity, ...chosen.decisions);
    this.translations.splice(0, Infinity, ...chosen.translations);
    this.remembered.splice(0, Infinity, ...chosen.remembered);
    return chosen.verdict;
  }

  /** One of several ways is not gone, for it is known where it ends. */
  passBy({ ip, port }: NatTarget): void {
    this.#forked = true;
    this.ended!.push({ dst: ip ?? this.packet.dst, dport: port ?? this.packet.dport });
  }

  /** Goes one of several ways and comes back, so that another can be gone. */
  tryWay(isChosen: boolean, go: () => Verdict | 'return'): void {
    const { packet, decisions, translations, remembered, rejectWith } = this;
    const lengths = [decisions.length, translations.length, remembered.length] as const;
    const end = go();
    if (end === 'continue' || end === 'return') this.tangled = true;
    else if (isChosen) {
      const made = this.result(end);
      this.chosen = { ...made, decisions: [...decisions], translations: [...translations], remembered: [...remembered] };
    }
    this.#forked = true;
    this.ended!.push(this.packet);
    this.packet = packet;
    this.rejectWith = rejectWith;
    [decisions.length, translations.length, remembered.length] = lengths;
  }

  setMark(mark: number): void {
    this.packet = { ...this.packet, mark: mark >>> 0 };
  }

  /** Connection tracking is not to see the packet. */
  untrack(): void {
    this.packet = { ...this.packet, connection: { ...this.packet.connection, state: 'UNTRACKED' } };
  }

  remember(list: string, ip: Ip, timeout?: number): void {
    this.remembered.push({ list, ip, ...(timeout !== undefined && { timeout }) });
  }

  /** Sends the packet to the host itself: what came by an interface to the address there, the host's own to loopback (nf_nat_redirect.c). */
  redirect(port: number | undefined): void {
    const { in: device, family } = this.packet;
    const loopback = (family === 'IPv4' ? '127.0.0.1' : '::1') as Ip;
    this.dnat('redirect', device === undefined ? loopback : this.context.redirectTo?.(device), port);
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
export function natTarget(text: string): NatTarget {
  let known = natTargets.get(text);
  if (known === undefined) natTargets.set(text, (known = parseNatTarget(text)));
  return known;
}

export interface NatTarget {
  readonly ip: Ip | undefined;
  readonly port: number | undefined;
}

const natTargets = new Map<string, NatTarget>();

function parseNatTarget(text: string): NatTarget {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const [address = '', ports] = bracketed !== null ? bracketed.slice(1) : text.split(':').length > 2 ? [text] : text.split(':');
  const port = ports?.split('-')[0] ?? '';
  return { ip: parseIp(address.split('-')[0]!), port: port === '' ? undefined : Number(port) };
}
