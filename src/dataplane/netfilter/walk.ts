/** A packet on its way through chains: what they change of it, and what they decided. */
import { hostPort, parseIp, type Ip } from '#net/ip.ts';
import { changed, type Connection, type Packet, type PacketContext } from './packet.ts';
import type { Onward, Recording } from './recording.ts';
import { connectionOf, markOf, type Question } from './trace-tree.ts';
import type { Choice, Decision, Remembered, Translation } from './traversal.ts';

/** Where a packet goes in the end. */
export type End = Pick<Packet, 'dst' | 'dport'>;

/** Ends as `10.244.1.5:8080`, sorted as text, each once. */
export function sortedEnds(ends: readonly End[]): readonly string[] {
  return [...new Set(ends.map(({ dst, dport }) => hostPort(dst, dport)))].sort();
}

/** How a chain ends: with a verdict, or by letting the packet pass. */
export type Verdict = 'accept' | 'drop' | 'reject' | 'continue';

/** A choice that rules leave to chance. */
export interface Balance {
  /** Where in the rules: what stands for it there. */
  readonly place: object;
  /** All the destinations, sorted; undefined where something else may come of the choice. */
  ends(packet: Packet): readonly string[] | undefined;
}

const noDecisions: readonly Decision[] = [];
const noTranslations: readonly Translation[] = [];
const nothingRemembered: readonly Remembered[] = [];

export class Walk {
  packet: Packet;
  readonly context: PacketContext;
  /** Decisions that packets share which are alike. */
  #alike: readonly Decision[] = noDecisions;
  /** Those after them, which are this walk's own. */
  #own: Decision[] | undefined;
  translations = noTranslations;
  remembered = nothingRemembered;
  rejectWith: string | undefined;
  verdict: Exclude<Verdict, 'continue'> = 'accept';
  /** What rules ask is noted as long as there is one. */
  recording: Recording | undefined;
  /** Where it was left to chance how the walk goes on; `several`, where that was at more than one place. */
  balance: Balance | 'several' | undefined;
  /** Where rules have given the packet a destination. */
  choice: Choice | undefined;

  constructor(packet: Packet, context: PacketContext) {
    this.packet = packet;
    this.context = context;
  }

  /** Asks something of the packet that rules do not change on the way. */
  ask<T>(question: Question<T>): T {
    const answer = question(this.packet, this.context);
    this.recording?.note(question, answer);
    return answer;
  }

  /** Asks whether it is as one thing in the rules wants it; a packet that is being recorded is asked once, since it does not change. */
  askOnce<T extends object>(wanted: T, questionOf: (wanted: T) => Question<boolean> | undefined): boolean {
    const { recording } = this;
    const known = recording?.known(wanted);
    if (known !== undefined) return known;
    const question = questionOf(wanted);
    const answer = question === undefined || this.ask(question);
    recording?.know(wanted, answer);
    return answer;
  }

  /** The mark, or what connection tracking says, is about to be looked at. */
  look(at: 'mark' | 'connection'): void {
    this.recording?.look(at === 'mark' ? markOf : connectionOf);
  }

  /** From here on rules look at more than the packet: what is recorded ends with how the walk goes on. */
  stopRecording(onward: Onward): void {
    this.recording?.end(this, onward);
    this.recording = undefined;
  }

  get decisions(): readonly Decision[] {
    return this.#own === undefined ? this.#alike : [...this.#alike, ...this.#own];
  }

  decide(...decisions: Decision[]): void {
    if (this.#own === undefined) this.#own = decisions;
    else this.#own.push(...decisions);
  }

  /** Decides as rules have done for an earlier packet. */
  decideAlike(decisions: readonly Decision[]): void {
    if (this.#alike === noDecisions && this.#own === undefined) this.#alike = decisions;
    else if (decisions.length > 0) this.decide(...decisions);
  }

  /** The way on is left to chance at a place in the rules. */
  leave(balance: Balance): void {
    if (this.balance === undefined) this.balance = balance;
    else if (this.balance !== 'several' && this.balance.place !== balance.place) this.balance = 'several';
  }

  setMark(mark: number): void {
    this.packet = changed(this.packet, { mark: mark >>> 0 });
  }

  /** Connection tracking is not to see the packet. */
  untrack(): void {
    const { dnat, snat } = this.packet.connection;
    this.packet = changed(this.packet, { connection: { state: 'UNTRACKED', dnat, snat } });
  }

  remember(list: string, ip: Ip, timeout?: number): void {
    this.remembered = [...this.remembered, { list, ip, ...(timeout !== undefined && { timeout }) }];
  }

  /** Rewrites an address as a rule says, which may leave it to the interfaces. */
  translate(asked: Translation): void {
    if (this.recording !== undefined) this.recording.translation = asked;
    if (asked.kind === 'snat' || asked.kind === 'masquerade') this.#snat(asked);
    else this.#dnat(asked);
  }

  #note(translation: Translation): void {
    this.translations = this.translations.length === 0 ? [translation] : [...this.translations, translation];
  }

  #dnat(asked: Translation): void {
    const { kind, ip: given, port } = asked;
    const ip = kind === 'redirect' ? this.#hostAddress() : given;
    this.#note(ip === given ? asked : { kind, ip, port });
    const { packet } = this;
    this.packet = changed(packet, { dst: ip, dport: port, connection: translatedConnection(packet.connection, 'dnat') });
  }

  /** The address of the host itself to which REDIRECT sends: of the interface that the packet came by; loopback for the host's own (nf_nat_redirect.c). */
  #hostAddress(): Ip | undefined {
    const { in: device, family } = this.packet;
    return device === undefined ? ((family === 'IPv4' ? '127.0.0.1' : '::1') as Ip) : this.context.redirectTo?.(device, family);
  }

  #snat({ kind, ip: given }: Translation): void {
    const ip = given ?? this.context.masqueradeAs?.(this.packet);
    this.#note({ kind, ip, port: undefined });
    const { packet } = this;
    this.packet = changed(packet, { src: ip, connection: translatedConnection(packet.connection, 'snat') });
  }
}

const newDnatted: Connection = { state: 'NEW', dnat: true, snat: false };

function translatedConnection({ state, dnat, snat }: Connection, half: 'dnat' | 'snat'): Connection {
  if (half === 'snat') return { state, dnat, snat: true };
  return state === 'NEW' && !snat ? newDnatted : { state, dnat: true, snat };
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
