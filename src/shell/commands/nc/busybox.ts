/** nc of busybox: Debian's plain one, and the fuller one that Alpine's and busybox's images have. (busybox: networking/nc.c, nc_bloaty.c) */
import { portOfService } from '#dataplane/netfilter/iptables/services.ts';
import { hostPort, parseIp } from '#net/ip.ts';
import { failure, type Here, type Io, type Output } from '../../command.ts';
import { attempt, bindingOf, blockingDelay, echo, resolve } from '../../network/dial.ts';
import { userlandAt } from '../../network/dialect.ts';
import { strerror } from '../../network/errno.ts';
import { rawExchange } from '../../network/http.ts';
import { Timeline } from '../../timeline.ts';
import { getopt } from '../../getopt.ts';

const plainUsage = `Usage: nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]

Open a pipe to IP:PORT or FILE

\t-l\tListen mode, for inbound connects
\t\t(use -ll with -e for persistent server)
\t-p PORT\tLocal port
\t-w SEC\tConnect timeout
\t-i SEC\tDelay interval for lines sent
\t-f FILE\tUse file (ala /dev/ttyS0) instead of network
\t-e PROG\tRun PROG after connect
`;
const fullUsage = `Usage: nc [OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen

\t-e PROG\tRun PROG after connect (must be last)
\t-l\tListen mode, for inbound connects
\t-lk\tWith -e, provides persistent server
\t-p PORT\tLocal port
\t-s ADDR\tLocal address
\t-w SEC\tTimeout for connects and final net reads
\t-i SEC\tDelay interval for lines sent
\t-n\tDon't do DNS resolution
\t-u\tUDP mode
\t-b\tAllow broadcasts
\t-v\tVerbose
\t-o FILE\tHex dump traffic
\t-z\tZero-I/O mode (scanning)
`;

/** How long a server waits for a request before it closes, in milliseconds. */
const serverPatience = 60_000;

export function busyboxNc(args: readonly string[], io: Io, here: Here): Output {
  const { busyboxBanner, libc, name: distribution } = userlandAt(here);
  const full = !/debian|ubuntu/.test(distribution);
  const explain = (problem: string) =>
    failure(`${problem === '' ? '' : `nc: ${problem}\n`}${busyboxBanner}\n\n${full ? fullUsage : plainUsage}`);
  const parsed = getopt(args, full ? 'np:s:uvw:i:lke:zbo:' : 'lp:w:i:f:e:', {});
  if ('problem' in parsed) return explain(parsed.problem);
  const { found, rest } = parsed;
  const has = (id: string) => found.some((one) => one.id === id);
  const last = (id: string) => found.filter((one) => one.id === id).at(-1)?.value;
  const [host, word] = rest;
  if (has('l')) return failure('nc: listen: Operation not supported\n');
  if (host === undefined || word === undefined || rest.length > 2) return explain('');
  const port = /^\d+$/.test(word) ? Number(word) : (portOfService(word, has('u') ? 'udp' : 'tcp') ?? 0);
  if (port < 1 || port > 65535) return failure(`nc: bad port '${word}'\n`);
  const timeline = new Timeline();
  const lookup = has('n') && parseIp(host) === undefined ? { addresses: [], milliseconds: 0 } : resolve(here, host);
  timeline.wait(lookup.milliseconds);
  const [address] = lookup.addresses;
  if (address === undefined) {
    timeline.err(`nc: bad address '${host}'\n`);
    return timeline.end(1);
  }
  const source = last('s');
  const binding = source === undefined ? {} : bindingOf(here, source);
  if (binding === undefined) return failure('nc: bind: Cannot assign requested address\n');
  const limit = last('w') === undefined ? Infinity : Number(last('w')) * 1000;
  const verbose = found.filter(({ id }) => id === 'v').length;
  const shown = `${host} (${hostPort(address, port)})`;
  if (has('u')) {
    const came = has('z') || io.stdin !== '' ? echo(here, { protocol: 'UDP', address, port }, binding) : undefined;
    timeline.wait(Math.min(limit, 1000));
    if (came?.kind === 'told' || came?.kind === 'unsent') return timeline.end(1);
    if (verbose > 0) timeline.err(`${shown} open\n`);
    return timeline.end(0);
  }
  const tried = attempt(here, address, port, 'TCP', binding);
  const after = tried.after + blockingDelay(tried);
  if (after > limit) {
    timeline.wait(limit);
    if (!full) timeline.err('nc: timed out\n');
    else if (verbose > 0) timeline.err(`nc: ${shown}: ${strerror('ETIMEDOUT', libc)}\n`);
    return timeline.end(1);
  }
  timeline.wait(after);
  if (tried.errno !== undefined) {
    const why = strerror(tried.errno, libc);
    if (!full) timeline.err(`nc: can't connect to remote host (${address}): ${why}\n`);
    // One -v alone leaves refusals out.
    else if (verbose > 1 || (verbose > 0 && tried.errno !== 'ECONNREFUSED')) timeline.err(`nc: ${shown}: ${why}\n`);
    return timeline.end(1);
  }
  if (verbose > 0) timeline.err(`${shown} open\n`);
  if (has('z')) return timeline.end(0);
  const answered = rawExchange(here, tried.trace, io.stdin);
  timeline.wait(1);
  if (answered !== undefined) timeline.out(answered.answer);
  // At the end of its input it says so to the server, which then closes.
  if (answered?.closes !== true && answered !== undefined) timeline.wait(Math.min(limit, serverPatience));
  return timeline.end(0);
}
