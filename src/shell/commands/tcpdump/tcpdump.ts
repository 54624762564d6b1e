/**
 * tcpdump 4.99: the packets that opened the last connection which passed the interface that is listened on. Time here stands still while
 * nobody acts, so there is nothing to wait for: what has just passed is shown, and the program ends.
 */
import type { Frame } from '#dataplane/trace/frame.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import type { Link } from '#node/kernel.ts';
import { failure, type Command, type Here, type Output } from '../../command.ts';
import { networkAt } from '../../network/entered.ts';
import { filterOf, FilterError, type Filter } from './filter.ts';
import { packetText, type Part } from './print.ts';

interface Options {
  device?: string;
  count: number;
  time: boolean;
  expression: string;
}

const withValue = new Set(['i', 'c', 's', 'w', 'r', 'W', 'C', 'G', 'B', 'z']);

function parse(args: readonly string[]): Options | Output {
  const options: Options = { count: Infinity, time: true, expression: '' };
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--version')
      return { stdout: 'tcpdump version 4.99.4\nlibpcap version 1.10.4 (with TPACKET_V3)\n', stderr: '', exitCode: 0 };
    if (!/^-\w/.test(arg)) {
      words.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at]!;
      if (withValue.has(letter)) {
        const value = at + 1 < arg.length ? arg.slice(at + 1) : args[++i];
        if (value === undefined) return failure(`tcpdump: option requires an argument -- '${letter}'\n`);
        if (letter === 'i') options.device = value;
        else if (letter === 'c') options.count = Number(value);
        else if (letter !== 's') return failure(`cka-net: tcpdump -${letter} is not simulated\n`);
        break;
      }
      if (letter === 't') options.time = false;
      else if (!'nlqpUS'.includes(letter)) return failure(`cka-net: tcpdump -${letter} is not simulated\n`);
    }
  }
  return { ...options, expression: words.join(' ') };
}

interface Captured {
  readonly at: number;
  readonly frame: Frame;
  readonly part: Part;
}

/** What passes, packet by packet, when a connection is tried: the first one, again where nobody answers, the answer, and TCP's third. */
function captured(trace: Trace, began: number, now: number): readonly Captured[] {
  const there = trace.frames.filter((frame) => !frame.answer);
  const back = trace.frames.filter((frame) => frame.answer);
  const at = (milliseconds: number, frames: readonly Frame[], part: Part): readonly Captured[] =>
    frames.map((frame, i) => ({ at: began + milliseconds + i * 0.02, frame, part }));
  const trip = 0.05 + trace.crossed.wires * 0.1;
  if (trace.outcome === 'connected') {
    const third = trace.flow.protocol === 'TCP' ? at(2 * trip, there, 'third') : [];
    return [...at(0, there, 'first'), ...at(trip, back, 'answer'), ...third];
  }
  if (trace.outcome === 'refused' && back.length > 0) return [...at(0, there, 'first'), ...at(trip, back, 'refusal')];
  // SYN is sent again after 1, 3, 7… seconds, as long as the program waits.
  const again = trace.flow.protocol === 'TCP' && trace.outcome === 'timeout' ? [1, 3, 7, 15, 31, 63] : [];
  return [
    ...at(0, there, 'first'),
    ...again.filter((second) => began + second * 1000 < now).flatMap((second) => at(second * 1000, there, 'first')),
  ];
}

function clock(milliseconds: number): string {
  const micro = String(Math.round((milliseconds % 1) * 1000)).padStart(3, '0');
  return `${new Date(milliseconds).toISOString().slice(11, 23)}${micro}`;
}

/** The interface that is listened on unless another is named: the first that is up and no loopback. */
function usual(links: readonly Link[]): Link | undefined {
  return links.find((link) => link.up && link.kind !== 'loopback') ?? links.find((link) => link.up);
}

/** The MTU of the link by which the connection left its sender: both ends tell what fits them, and pods are alike. */
function senderMtu({ lab }: Here, { frames }: Trace): number {
  const [first] = frames;
  const namespace =
    first && [...lab.snapshot.hosts.values()].find(({ name }) => name === first.node)?.kernel.namespaces.get(first.namespace);
  return namespace?.links.find(({ name }) => name === first!.device)?.mtu ?? 1500;
}

function listen(options: Options, here: Here): Output {
  const { name, namespace } = networkAt(here);
  const any = options.device === 'any';
  const link = options.device === undefined ? usual(namespace.links) : namespace.links.find((one) => one.name === options.device);
  if (!any && link === undefined) return failure(`tcpdump: ${options.device ?? 'eth0'}: No such device exists\n(No such device exists)\n`);
  if (!any && !link!.up) return failure(`tcpdump: ${link!.name}: That device is not up\n`);
  let filter: Filter;
  try {
    filter = filterOf(options.expression);
  } catch (error) {
    if (error instanceof FilterError)
      return failure(`tcpdump: ${error.message === 'syntax error' ? "can't parse filter expression: syntax error" : error.message}\n`);
    throw error;
  }
  const passes = ({ frame }: Captured) =>
    frame.node === here.place.node && frame.namespace === name && (any || frame.device === link!.name) && filter(frame);
  // Of what has passed here, the last connection.
  const [last] = here.lab.traces
    .map((traced) => ({ traced, seen: captured(traced.trace, traced.at, here.lab.now).filter(passes) }))
    .filter(({ seen }) => seen.length > 0);
  const seen = last?.seen ?? [];
  const shown = seen.slice(0, options.count);
  const lines = shown.map(({ at, frame, part }) => {
    const where = any ? `${frame.device.padEnd(5)} ${frame.direction.padEnd(3)} ` : '';
    const printing = { purpose: last!.traced.purpose, mtu: senderMtu(here, last!.traced.trace) };
    return `${options.time ? `${clock(at)} ` : ''}${where}${packetText(frame.flow, part, printing, frame.inner)}\n`;
  });
  const type = any ? 'LINUX_SLL2 (Linux cooked v2)' : link!.kind === 'ipip' ? 'RAW (Raw IP)' : 'EN10MB (Ethernet)';
  const packets = (count: number) => `${count} packet${count === 1 ? '' : 's'}`;
  return {
    stdout: lines.join(''),
    stderr: `${any ? 'tcpdump: data link type LINUX_SLL2\n' : ''}tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\nlistening on ${any ? 'any' : link!.name}, link-type ${type}, snapshot length 262144 bytes\n${packets(shown.length)} captured\n${packets(seen.length)} received by filter\n0 packets dropped by kernel\n`,
    exitCode: 0,
  };
}

export const tcpdump: Command = {
  name: 'tcpdump',
  run(args, _io, here): Output {
    const options = parse(args);
    return 'exitCode' in options ? options : listen(options, here);
  },
};
