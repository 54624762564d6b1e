/** telnet of inetutils, and busybox's: mostly used to see whether a port answers. (inetutils: telnet/commands.c, main.c; busybox: networking/telnet.c) */
import { portOfService } from '#dataplane/netfilter/iptables/services.ts';
import type { Family } from '#net/ip.ts';
import { failure, output, type Here, type Io, type Output } from '../../command.ts';
import { attempt, blockingDelay, bothFamilies, resolve } from '../../network/dial.ts';
import { byDialect, userlandAt } from '../../network/dialect.ts';
import { gaiStrerror, strerror } from '../../network/errno.ts';
import { rawExchange } from '../../network/http.ts';
import { Timeline } from '../../timeline.ts';
import { getopt } from '../../getopt.ts';

const longOptions = {
  ipv4: '4',
  ipv6: '6',
  '8bit': '8',
  'binary-output': 'L',
  login: 'a',
  'no-login': 'K',
  'no-rc': 'c',
  'no-escape': 'E',
  escape: 'e:',
  debug: 'd',
  trace: 'n:',
  rlogin: 'r',
  user: 'l:',
  help: 'help',
  usage: 'usage',
  version: 'V',
};

function portOf(word: string): number | undefined {
  const port = /^\d+$/.test(word) ? Number(word) : portOfService(word, 'tcp');
  return port !== undefined && port >= 1 && port <= 65535 ? port : undefined;
}

function inetutilsTelnet(args: readonly string[], io: Io, here: Here): Output {
  const parsed = getopt(args, '468EKLS:X:ace:dk:l:n:rxV?', longOptions);
  if ('problem' in parsed) return failure(`telnet: ${parsed.problem}\nTry 'telnet --help' or 'telnet --usage' for more information.\n`, 64);
  const { found, rest } = parsed;
  const has = (id: string) => found.some((one) => one.id === id);
  if (has('V')) return output('telnet (GNU inetutils) 2.4\n');
  const [host, service = '23'] = rest;
  // Without a host it asks for commands, and has read all there is.
  if (host === undefined) return output('telnet> \n');
  const families: readonly Family[] = has('4') ? ['IPv4'] : has('6') ? ['IPv6'] : bothFamilies;
  const { libc } = userlandAt(here);
  const timeline = new Timeline();
  const port = portOf(service);
  const lookup = resolve(here, host, families);
  timeline.wait(lookup.milliseconds);
  if (lookup.addresses.length === 0 || port === undefined) {
    const why = port === undefined ? 'Servname not supported for ai_socktype' : gaiStrerror(lookup.error, libc);
    timeline.out(`Server lookup failure:  ${host}:${service}, ${why}\n`);
    return timeline.end(1);
  }
  for (const [i, address] of lookup.addresses.entries()) {
    timeline.out(`Trying ${address}...\n`);
    const tried = attempt(here, address, port);
    timeline.wait(tried.after + blockingDelay(tried));
    if (tried.errno !== undefined) {
      const why = strerror(tried.errno, libc);
      const isLast = i === lookup.addresses.length - 1;
      timeline.err(isLast ? `telnet: Unable to connect to remote host: ${why}\n` : `Connection failed: ${why}\n`);
      continue;
    }
    timeline.out(`Connected to ${host}.\nEscape character is '^]'.\n`);
    const answered = io.stdin === '' ? undefined : rawExchange(here, tried.trace, io.stdin);
    timeline.wait(1);
    if (answered !== undefined) timeline.out(answered.answer);
    timeline.err('Connection closed by foreign host.\n');
    return timeline.end(io.stdin === '' ? 0 : 1);
  }
  return timeline.end(1);
}

function busyboxTelnet(args: readonly string[], io: Io, here: Here): Output {
  const { busyboxBanner, libc } = userlandAt(here);
  const usage = `${busyboxBanner}

Usage: telnet [-a] [-l USER] HOST [PORT]

Connect to telnet server

\t-a\tAutomatic login with $USER variable
\t-l USER\tAutomatic login as USER
`;
  const parsed = getopt(args, 'al:', {});
  if ('problem' in parsed) return failure(`telnet: ${parsed.problem}\n${usage}`);
  const [host, service = '23'] = parsed.rest;
  if (host === undefined) return failure(usage);
  const port = portOf(service);
  if (port === undefined) return failure(`telnet: bad port '${service}'\n`);
  const timeline = new Timeline();
  const lookup = resolve(here, host);
  timeline.wait(lookup.milliseconds);
  const [address] = lookup.addresses;
  if (address === undefined) {
    timeline.err(`telnet: bad address '${host}'\n`);
    return timeline.end(1);
  }
  const tried = attempt(here, address, port);
  timeline.wait(tried.after + blockingDelay(tried));
  if (tried.errno !== undefined) {
    timeline.err(`telnet: can't connect to remote host (${address}): ${strerror(tried.errno, libc)}\n`);
    return timeline.end(1);
  }
  timeline.out(`Connected to ${host}\n`);
  const answered = io.stdin === '' ? undefined : rawExchange(here, tried.trace, io.stdin);
  if (answered !== undefined) timeline.out(answered.answer);
  return timeline.end(0);
}

export const telnet = byDialect('telnet', inetutilsTelnet, busyboxTelnet);
