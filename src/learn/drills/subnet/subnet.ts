import { addIp, ip, networkOf, type Ip } from '#net/ip.ts';
import type { Draw } from '../draw.ts';
import type { DrillKind, Exercise } from '../kind.ts';

/** Sums over ranges: the base of every pod, Service and node network. */
export const subnet: DrillKind = {
  kind: 'subnet',
  title: 'Subnetting',
  trains: 'networks, masks, first and last addresses, sizes',
  topic: 'ipam',
  make: (draw) => draw.of(exercises)(draw),
};

const explain = `The length says how many bits belong to the network. The octet in which it ends decides: its block is
2^(8 − bits in that octet) wide, and networks begin at multiples of it.`;

const exercises: readonly ((draw: Draw) => Exercise)[] = [
  (draw) => asked(draw, 'network', 'cidr', (text) => `In which network does \`${text}\` lie? Give it in CIDR notation.`),
  (draw) => asked(draw, 'broadcast', 'ip', (text) => `What is the last address (the broadcast address) of the network of \`${text}\`?`),
  (draw) => asked(draw, 'first', 'ip', (text) => `Which is the first address that a machine in the network of \`${text}\` may have?`),
  (draw) => asked(draw, 'mask', 'ip', (text) => `Write the mask of \`${text}\` as four octets.`),
  (draw) =>
    asked(
      draw,
      'hosts',
      'number',
      (text) => `How many machines fit into the network of \`${text}\`? Network and broadcast address do not count.`,
    ),
  pieces,
  member,
];

function asked(draw: Draw, show: string, as: string, prompt: (text: string) => string): Exercise {
  const of = `${address(draw)}/${draw.int(18, 29)}`;
  return { question: { type: 'input', as, prompt: prompt(of), answer: { range: { of, show } }, explain } };
}

function pieces(draw: Draw): Exercise {
  const length = draw.int(12, 20);
  const cut = length + draw.int(2, 6);
  const of = networkOf({ ip: address(draw), length });
  const index = draw.int(1, Math.min(9, 2 ** (cut - length)) - 1);
  return draw.chance(50)
    ? {
        question: {
          type: 'input',
          as: 'number',
          prompt: `Into how many networks of length /${cut} can \`${of}\` be cut?`,
          answer: { range: { of, cut } },
          explain: 'Every bit that the length grows by doubles the number.',
        },
      }
    : {
        question: {
          type: 'input',
          as: 'cidr',
          prompt: `\`${of}\` is cut into networks of length /${cut}. Which is number ${index + 1}, the lowest being number 1?`,
          answer: { range: { of, cut, piece: index } },
          explain: 'Each begins where the one before ends: add the size of one piece as many times as there are pieces before it.',
        },
      };
}

/** Which of these lie in one network with an address? */
function member(draw: Draw): Exercise {
  const length = draw.int(20, 27);
  const mine = address(draw);
  const size = 2 ** (32 - length);
  const near = [1, -1, 2, -2, 3, -3].map((step) => addIp(mine, Math.round((step * size) / 3)));
  const choices = [...new Set(near.map((one) => String(networkOf({ ip: one, length }))))];
  if (choices.length < 2) return pieces(draw);
  return {
    question: {
      type: 'choice',
      prompt: `Which of these networks does \`${mine}\` lie in?`,
      choices: [...new Set([...choices, String(networkOf({ ip: mine, length }))])],
      answer: { range: { of: `${mine}/${length}`, show: 'network' } },
      explain,
    },
  };
}

/** An address of a private range, not the first of anything. */
function address(draw: Draw): Ip {
  const base = draw.of(['10.0.0.0', '172.16.0.0', '192.168.0.0']);
  const room = base.startsWith('10.') ? 2 ** 24 : base.startsWith('172.') ? 2 ** 20 : 2 ** 16;
  return addIp(ip(base), draw.int(257, room - 257));
}
