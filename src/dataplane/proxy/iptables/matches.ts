/** Matches and targets, each made once: most rules of a large cluster are put together from the same few. */
import type { Match, Rule, Target } from '#node/netfilter.ts';
import type { RuleProtocol } from '../service-port.ts';

const protocolMatches: Readonly<Record<RuleProtocol, Match>> = {
  tcp: { kind: 'protocol', protocol: 'tcp' },
  udp: { kind: 'protocol', protocol: 'udp' },
  sctp: { kind: 'protocol', protocol: 'sctp' },
};

const bareMatches: Readonly<Record<RuleProtocol, Match>> = {
  tcp: { kind: 'ports', protocol: 'tcp' },
  udp: { kind: 'ports', protocol: 'udp' },
  sctp: { kind: 'ports', protocol: 'sctp' },
};

const portMatches: Readonly<Record<RuleProtocol, Match[]>> = { tcp: [], udp: [], sctp: [] };
const statisticMatches: Match[] = [];

/** `-p tcp` */
export function protocol(name: RuleProtocol): Match {
  return protocolMatches[name];
}

/** `-m tcp --dport N` */
export function dport(name: RuleProtocol, port: number): Match {
  return (portMatches[name][port] ??= { kind: 'ports', protocol: name, dport: String(port) });
}

/** `-m tcp`, which `-p tcp` brings along. */
export function bare(name: RuleProtocol): Match {
  return bareMatches[name];
}

/** One in `n`, as kube-proxy writes it (ten decimals) and the kernel keeps it (parts of 2^31). */
export function oneIn(n: number): Match {
  return (statisticMatches[n] ??= { kind: 'statistic', probability: chanceOf(n) });
}

function chanceOf(n: number): number {
  return Math.round(Number((1 / n).toFixed(10)) * 0x8000_0000);
}

const chancesKnown: (readonly number[])[] = [];

/** The chances of rules one after the other that choose among `n`, without the last. */
export function chancesAmong(n: number): readonly number[] {
  return (chancesKnown[n] ??= Array.from({ length: n - 1 }, (_, i) => chanceOf(n - i)));
}

export function comment(text: string): Match {
  return { kind: 'comment', text };
}

export function source(cidr: string): Match {
  return { kind: 'source', cidr };
}

export function destination(cidr: string): Match {
  return { kind: 'destination', cidr };
}

export const localSource: Match = { kind: 'addrtype', src: 'LOCAL' };
export const localDestination: Match = { kind: 'addrtype', dst: 'LOCAL' };
export const isNew: Match = { kind: 'ctstate', states: ['NEW'], module: 'conntrack' };

export function jump(chain: string): Target {
  return { kind: 'jump', chain };
}

export const markMasquerade: Target = jump('KUBE-MARK-MASQ');
export const accept: Target = { kind: 'ACCEPT' };
export const drop: Target = { kind: 'DROP' };
export const returns: Target = { kind: 'RETURN' };

export function rule(matches: readonly Match[], target?: Target): Rule {
  return target === undefined ? { matches } : { matches, target };
}
