/** ping of busybox. (busybox: networking/ping.c) */
import { familyOf, type Family } from '#net/ip.ts';
import { failure, type Here, type Io, type Output } from '../../command.ts';
import { bindingOf, bothFamilies, echo, resolve } from '../../network/dial.ts';
import { userlandAt } from '../../network/dialect.ts';
import { strerror } from '../../network/errno.ts';
import { Timeline } from '../../timeline.ts';
import { getopt } from '../../getopt.ts';
import { fewPackets } from './ping.ts';

const usage = `Usage: ping [OPTIONS] HOST

Send ICMP ECHO_REQUESTs to HOST

\t-4,-6\t\tForce IP or IPv6 name resolution
\t-c CNT\t\tSend only CNT pings
\t-s SIZE\t\tSend SIZE data bytes in packets (default 56)
\t-i SECS\t\tInterval
\t-A\t\tPing as soon as reply is received
\t-t TTL\t\tSet TTL
\t-I IFACE/IP\tSource interface or IP address
\t-W SEC\t\tSeconds to wait for the first response (default 10)
\t\t\t(after all -c CNT packets are sent)
\t-w SEC\t\tSeconds until ping exits (default:infinite)
\t\t\t(can exit earlier with -c CNT)
\t-q\t\tQuiet, only display output at start/finish
\t-p HEXBYTE\tPayload pattern
`;

export function busyboxPing(args: readonly string[], io: Io, here: Here, family?: Family): Output {
  const { busyboxBanner, libc } = userlandAt(here);
  const explain = (problem: string) => failure(`${problem === '' ? '' : `ping: ${problem}\n`}${busyboxBanner}\n\n${usage}`);
  const parsed = getopt(args, 'c:s:i:At:I:W:w:qp:46', {});
  if ('problem' in parsed) return explain(parsed.problem);
  const { found, rest } = parsed;
  const last = (id: string) => found.filter((one) => one.id === id).at(-1)?.value;
  const has = (id: string) => found.some((one) => one.id === id);
  for (const id of ['c', 's', 'W', 'w', 't'] as const) {
    const value = last(id);
    if (value !== undefined && !/^\d+$/.test(value)) return failure(`ping: invalid number '${value}'\n`);
  }
  const [name] = rest;
  if (name === undefined || rest.length > 1) return explain('');
  const wantedFamily = has('4') ? 'IPv4' : has('6') ? 'IPv6' : family;
  const timeline = new Timeline();
  const lookup = resolve(here, name, wantedFamily === undefined ? bothFamilies : [wantedFamily]);
  timeline.wait(lookup.milliseconds);
  const [address] = lookup.addresses;
  if (address === undefined) {
    timeline.err(`ping: bad address '${name}'\n`);
    return timeline.end(1);
  }
  const size = Number(last('s') ?? 56);
  const count = last('c');
  const quiet = has('q');
  const interval = Number(last('i') ?? 1) * 1000;
  const deadline = Number(last('w') ?? 0) * 1000;
  const device = last('I');
  const binding = device === undefined ? {} : bindingOf(here, device);
  if (binding === undefined) {
    timeline.err(`ping: can't bind to interface ${device}: No such device\n`);
    return timeline.end(1);
  }
  const header = familyOf(address) === 'IPv4' ? 28 : 48;
  const ttl = last('t');
  const packet = { size: size + header, ...(ttl !== undefined && { ttl: Number(ttl) }) };
  timeline.out(`PING ${name} (${address}): ${size} data bytes\n`);
  const endless = count === undefined && deadline === 0;
  const wanted = count !== undefined && count !== '0' ? Number(count) : endless ? fewPackets : Infinity;
  const times: number[] = [];
  const start = timeline.now;
  let sent = 0;
  for (; sent < wanted; sent++) {
    const at = start + sent * interval;
    if (deadline > 0 && at - start >= deadline) break;
    timeline.waitUntil(at);
    const came = echo(here, { protocol: 'ICMP', address, port: 0, packet }, binding);
    if (came.kind === 'unsent') {
      timeline.err(`ping: sendto: ${strerror(came.errno, libc)}\n`);
      return timeline.end(1);
    }
    if (came.kind !== 'reply') continue;
    timeline.wait(came.milliseconds);
    times.push(came.milliseconds);
    if (!quiet) timeline.out(`${size + 8} bytes from ${address}: seq=${sent} ttl=${came.ttl} time=${came.milliseconds.toFixed(3)} ms\n`);
  }
  if (times.length < sent && !endless) timeline.wait(Number(last('W') ?? 10) * 1000);
  if (endless) {
    timeline.wait(interval);
    if (io.tty) timeline.out('^C');
  }
  const loss = sent === 0 ? 0 : Math.floor(((sent - times.length) * 100) / sent);
  timeline.out(`\n--- ${name} ping statistics ---\n${sent} packets transmitted, ${times.length} packets received, ${loss}% packet loss\n`);
  if (times.length > 0) {
    const average = times.reduce((sum, time) => sum + time, 0) / times.length;
    const shown = [Math.min(...times), average, Math.max(...times)].map((time) => time.toFixed(3));
    timeline.out(`round-trip min/avg/max = ${shown.join('/')} ms\n`);
  }
  return timeline.end(times.length > 0 ? 0 : 1);
}
