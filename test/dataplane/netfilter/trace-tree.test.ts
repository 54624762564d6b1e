import { describe, expect, it } from '@jest/globals';
import type { Packet, PacketContext } from '#dataplane/netfilter/packet.ts';
import { TraceTree, type Question } from '#dataplane/netfilter/trace-tree.ts';
import { stream } from '#kube/chance.ts';
import { ip } from '#net/ip.ts';
import { filterPacket } from '../../support/filter-packet.ts';

const context = {} as PacketContext;

function packet(sport: number, dport: number, mark: number): Packet {
  return filterPacket({ protocol: 'tcp', src: ip('10.244.1.5'), dst: ip('10.96.0.10'), sport, dport, mark });
}

/** Questions about ports and marks: some tell two kinds of packets apart, some many, and some of those by numbers from 0 on. */
const questions: readonly Question[] = [
  ...[2, 3, 5].map(
    (n): Question =>
      ({ sport }) =>
        sport % n === 0,
  ),
  ...[2, 3, 7].map(
    (n): Question =>
      ({ dport }) =>
        dport % n === 0,
  ),
  ({ mark }) => mark,
  ({ dport }) => `to ${dport % 11}`,
  Object.assign(({ dport }: Packet) => dport % 40, { answers: 40 }),
  Object.assign(({ sport }: Packet) => sport % 9, { answers: 9 }),
];

/** Asks a packet what its answers so far lead to: rules go on in another way after each. */
function asked(seed: string, one: Packet): { readonly asked: Question[]; readonly answers: unknown[]; readonly end: string } {
  const all: { asked: Question[]; answers: unknown[] } = { asked: [], answers: [] };
  for (;;) {
    const draw = stream(`${seed}/${all.answers.join(',')}`);
    const left = questions.filter((question) => !all.asked.includes(question));
    if (left.length === 0 || (all.asked.length > 0 && draw() % 6 === 0)) return { ...all, end: `${all.answers.join(',')}.` };
    const question = left[draw() % left.length]!;
    all.asked.push(question);
    all.answers.push(question(one, context));
  }
}

describe('a tree of what was asked', () => {
  it.each(Array.from({ length: 8 }, (_, i) => `rules ${i}`))(
    '%s: a packet is known when one was that answered alike, and ends as that did',
    (seed) => {
      const tree = new TraceTree<string>();
      const known = new Set<string>();
      const draw = stream(`${seed}/packets`);
      const wrong: unknown[] = [];
      for (let i = 0; i < 300; i++) {
        const one = packet(1 + (draw() % 300), 1 + (draw() % 300), [0, 0, 0, 0x4000, 0x8000, 7][draw() % 6]!);
        const { asked: list, answers, end } = asked(seed, one);
        const before = tree.find(one, context);
        if (before !== (known.has(end) ? end : undefined)) wrong.push({ one, before, end });
        tree.keep(list, answers, end);
        known.add(end);
        const after = tree.find(one, context);
        if (after !== end) wrong.push({ one, after, end });
      }
      expect(wrong).toEqual([]);
      expect(known.size).toBeGreaterThan(10);
      expect(known.size).toBeLessThan(300);
    },
  );

  it('where nothing is asked, all packets end alike', () => {
    const tree = new TraceTree<string>();
    expect(tree.find(packet(1, 2, 0), context)).toBeUndefined();
    tree.keep([], [], 'passed');
    expect(tree.find(packet(3, 4, 5), context)).toBe('passed');
  });
});
