/** A packet in the chains of iptables. (kernel: net/ipv4/netfilter/ip_tables.c) */
import type { Match } from '#node/netfilter.ts';
import type { Verdict, Walk } from '../walk.ts';
import type { CompiledChain, CompiledRule, CompiledTable } from './compile.ts';
import type { PacketTest } from './packet-test.ts';

/** Walks a built-in chain; its policy decides in the end. */
export function walkBuiltin(walk: Walk, table: CompiledTable, name: string): Exclude<Verdict, 'continue'> {
  const chain = table.chain(name);
  if (chain === undefined) return 'accept';
  const verdict = walkChain(walk, chain, 0);
  if (verdict !== 'continue') return verdict;
  if (chain.policy === 'DROP') {
    const { family, table: from } = table;
    walk.decisions.push({ kind: 'iptables', family, table: from.name, chain: name, number: 0, outcome: 'drop', depth: 0 });
    return 'drop';
  }
  return 'accept';
}

/** The kernel's own limit. */
const maxDepth = 512;

function walkChain(walk: Walk, chain: CompiledChain | undefined, depth: number): Verdict {
  if (chain === undefined || depth > maxDepth) return 'continue';
  for (const index of chain.candidates(walk.packet)) {
    const rule = chain.rule(index);
    if (walk.ended !== undefined && rule.chances !== undefined) {
      if (walk.chosen === undefined) {
        const balance = chain.balance(index);
        if (balance?.takes(walk.packet) === true) {
          walk.spreadOver(balance.spread);
          return chooseOne(walk, chain, index, depth);
        }
      }
      if (!fits(rule.certain, walk)) continue;
      const chosen = walk.chosen === undefined && fits(rule.chances, walk);
      walk.tryWay(chosen, () => act(walk, rule, depth));
      continue;
    }
    if (!fits(rule.tests, walk)) continue;
    // What a rule remembers it remembers once the whole rule matches up to there.
    for (const match of rule.recent) noteRecent(match, walk);
    const end = act(walk, rule, depth);
    if (end === 'return') return 'continue';
    if (end !== 'continue') return end;
  }
  return 'continue';
}

/** Goes the way that chance chooses among the rules from a place on, the last of which is for what is left. */
function chooseOne(walk: Walk, chain: CompiledChain, from: number, depth: number): Verdict {
  const last = chain.rules.length - 1;
  let index = from;
  while (index < last && !fits(chain.rule(index).chances!, walk)) index++;
  return act(walk, chain.rule(index), depth) as Verdict;
}

function fits(tests: readonly PacketTest[], { packet, context }: Walk): boolean {
  for (const test of tests) if (!test(packet, context)) return false;
  return true;
}

function noteRecent({ action, name }: Match & { readonly kind: 'recent' }, walk: Walk): void {
  if (action === 'set' || action === 'update') walk.remember(name, walk.packet.src);
}

function act(walk: Walk, rule: CompiledRule, depth: number): Verdict | 'return' {
  const { target } = rule;
  if (target === undefined) return 'continue';
  walk.decisions.push(rule.decision(depth));
  switch (target.kind) {
    case 'jump':
      return walkChain(walk, rule.next, depth + 1);
    case 'goto': {
      const verdict = walkChain(walk, rule.next, depth + 1);
      return verdict === 'continue' ? 'return' : verdict;
    }
    case 'ACCEPT':
      return 'accept';
    case 'DROP':
      return 'drop';
    case 'RETURN':
      return 'return';
    case 'REJECT':
      walk.rejectWith = target.with;
      return 'reject';
    case 'MARK':
      walk.setMark((walk.packet.mark & ~target.mask) ^ target.value);
      return 'continue';
    case 'LOG':
      return 'continue';
    case 'DNAT':
      walk.dnat('dnat', rule.to!.ip, rule.to!.port);
      return 'accept';
    case 'REDIRECT':
      walk.redirect(target.toPorts === undefined ? undefined : Number(target.toPorts.split('-')[0]));
      return 'accept';
    case 'SNAT':
      walk.snat('snat', rule.to!.ip);
      return 'accept';
    case 'MASQUERADE':
      walk.snat('masquerade', undefined);
      return 'accept';
    case 'opaque':
      if (target.text === 'NOTRACK' || target.text === 'CT --notrack') walk.untrack();
      return target.terminal === true ? 'accept' : 'continue';
  }
}
