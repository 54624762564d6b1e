/** A packet on its way through chains: what they change of it, and what they decided. */
import { hostPort, parseIp, type Ip } from '#net/ip.ts';
import type { Packet, PacketContext } from './packet.ts';
import type { Decision, Remembered, Translation, Traversal } from './traversal.ts';

/** Where a packet goes in the end. */
export type End = Pick<Packet, 'dst' | 'dport'>;

/** Ends as `10.244.1.5:8080`, sorted as text, each once. */
export function sortedEnds(ends: readonly End[]): readonly string[] {
  return [...new Set(ends.map(({ dst, dport }) => hostPort(dst, dport)))].sort();
}

/** Ends among which all packets that come by are spread: known once, for all of them. */
export class Spread {
  readonly ends: readonly End[];
  readonly sorted: readonly string[];
  readonly addresses: ReadonlySet<Ip>;

  constructor(ends: readonly End[]) {
    this.ends = ends;
    this.sorted = sortedEnds(ends);
    this.addresses = new Set(ends.map((end) => end.dst));
  }
}

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
  /** The ways of which only the chosen one is gone, for it is known where they end. */
  spread: Spread | undefined;
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

  /** Of several ways only the chosen one will be gone. */
  spreadOver(spread: Spread): void {
    if (this.spread !== undefined) this.ended!.push(...this.spread.ends);
    this.spread = spread;
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
    this.translations.push({ kind, ip, port });
    const { packet } = this;
    const { state, snat } = packet.connection;
    this.packet = { ...packet, dst: ip ?? packet.dst, dport: port ?? packet.dport, connection: { state, dnat: true, snat } };
  }

  /** Rewrites the source; the address of a masquerade may be known to the caller alone. */
  snat(kind: 'snat' | 'masquerade', given: Ip | undefined): void {
    const ip = given ?? this.context.masqueradeAs?.(this.packet);
    this.translations.push({ kind, ip, port: undefined });
    const { packet } = this;
    const { state, dnat } = packet.connection;
    this.packet = { ...packet, src: ip ?? packet.src, connection: { state, dnat, snat: true } };
  }

  result(verdict: Exclude<Verdict, 'continue'>): Traversal {
    const { rejectWith, packet, translations, decisions, remembered } = this;
    return { verdict, rejectWith, packet, translations, decisions, remembered };
  }
}

export interface NatTarget {
  readonly ip: Ip | undefined;
  readonly port: number | undefined;
}

/** `10.0.0.1`, `10.0.0.1:80`, `10.0.0.1-10.0.0.9:80-90`, `:80`, `[fd00::1]:80`: of ranges the first. */
export function natTarget(text: string): NatTarget {
  const bracketed = text.startsWith('[') ? /^\[([^\]]*)\](?::(.*))?$/.exec(text) : null;
  const colon = text.indexOf(':');
  const alone = colon < 0 || text.indexOf(':', colon + 1) >= 0;
  const [address = '', ports] = bracketed?.slice(1) ?? (alone ? [text] : [text.slice(0, colon), text.slice(colon + 1)]);
  const port = ports?.split('-')[0] ?? '';
  return { ip: parseIp(address.split('-')[0]!), port: port === '' ? undefined : Number(port) };
}
