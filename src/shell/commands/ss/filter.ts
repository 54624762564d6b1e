/** Filters of ss: ports and states, joined by and, or. */
import type { Socket } from '../../network/sockets.ts';

export interface PortFilter {
  passes(socket: Socket): boolean;
  /** The filter itself asks for sockets that listen. */
  readonly listening: boolean;
}

type Result = { readonly ok: true; readonly value: PortFilter } | { readonly ok: false; readonly error: string };

const relations: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  eq: (a, b) => a === b,
  '!=': (a, b) => a !== b,
  ne: (a, b) => a !== b,
  '>=': (a, b) => a >= b,
  ge: (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  le: (a, b) => a <= b,
  '>': (a, b) => a > b,
  gt: (a, b) => a > b,
  '<': (a, b) => a < b,
  lt: (a, b) => a < b,
};

/** Reads a filter from the words of the command line, which may come as one. */
export function portFilter(args: readonly string[]): Result {
  const words = args
    .join(' ')
    .replaceAll(/([()])/g, ' $1 ')
    .split(/\s+/)
    .filter((word) => word !== '');
  let listening = false;
  while (words[0] === 'state' || words[0] === 'exclude') {
    const [kind, state = ''] = words.splice(0, 2);
    if (kind === 'state' && ['listening', 'listen', 'all', 'unconnected'].includes(state)) listening = true;
    else if (
      !/^(established|syn-sent|syn-recv|time-wait|close-wait|connected|closed|fin-wait-[12]|last-ack|closing|bucket|big|synchronized|listening|all)$/.test(
        state,
      )
    )
      return { ok: false, error: `ss: wrong state name: ${state}\n` };
  }
  const alternatives: ((socket: Socket) => boolean)[] = [];
  let terms: ((socket: Socket) => boolean)[] = [];
  const close = () => {
    const all = terms;
    alternatives.push((socket) => all.every((term) => term(socket)));
    terms = [];
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '(' || word === ')' || word === 'and' || word === '&&' || word === '&') continue;
    if (word === 'or' || word === '||' || word === '|') {
      close();
      continue;
    }
    if (word !== 'sport' && word !== 'dport')
      return { ok: false, error: `cka-net: ss: the filter "${words.slice(i).join(' ')}" is not simulated\n` };
    const given = relations[words[i + 1] ?? ''];
    if (given !== undefined) i++;
    const relation = given ?? ((a: number, b: number) => a === b);
    const port = /^:?(\d+)$/.exec(words[++i] ?? '')?.[1];
    if (port === undefined) return { ok: false, error: `cka-net: ss: the filter "${words.slice(i - 1).join(' ')}" is not simulated\n` };
    terms.push(
      word === 'sport' ? (socket) => relation(socket.port, Number(port)) : (socket) => relation(0, Number(port)) && socket.port > 0,
    );
  }
  close();
  return { ok: true, value: { listening, passes: (socket) => alternatives.some((one) => one(socket)) } };
}
