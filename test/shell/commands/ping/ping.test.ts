/** Sizes that no packet has. The answers are those of iputils 20221126 on Linux 6.18, to an address of the machine itself. */
import { describe, expect, it } from '@jest/globals';
import { ping } from '#shell/commands/ping/index.ts';
import { NetfilterTerminal } from '../../../support/netfilter-terminal.ts';

describe('ping of an odd size', () => {
  it.each([
    [
      '-s 65507 172.18.0.3',
      'PING 172.18.0.3 (172.18.0.3) 65507(65535) bytes of data.\n65515 bytes from 172.18.0.3: icmp_seq=1 ttl=64 ',
      '1 received, 0% packet loss',
      '',
    ],
    [
      '-s 65508 172.18.0.3',
      'PING 172.18.0.3 (172.18.0.3) 65508(65536) bytes of data.\n\n---',
      '0 received, +1 errors, 100% packet loss',
      'ping: local error: message too long, mtu=65535\n',
    ],
    ['-s 70000 172.18.0.3', 'PING 172.18.0.3 (172.18.0.3) 70000(70028) bytes of data.\n\n---', '0 received, 100% packet loss', ''],
    ['-6 -s 65527 ::1', 'PING ::1(::1) 65527 data bytes\n65535 bytes from ::1: icmp_seq=1 ttl=64 ', '1 received, 0% packet loss', ''],
    [
      '-6 -s 65528 ::1',
      'PING ::1(::1) 65528 data bytes\n\n---',
      '0 received, +1 errors, 100% packet loss',
      'ping: local error: message too long, mtu: 65536\n',
    ],
  ])('%s', async (line, begins, counts, stderr) => {
    const said = await new NetfilterTerminal([ping]).type(`ping -n -c 1 -W 1 ${line}`);
    expect(said.stdout.slice(0, begins.length)).toBe(begins);
    expect(said.stdout).toContain(`1 packets transmitted, ${counts}, time 0ms\n`);
    expect(said.stderr).toBe(stderr);
    expect(said.exitCode).toBe(counts.startsWith('1') ? 0 : 1);
  });
});
