/** netstat(8) of net-tools: sockets, the routing table, links. */
import { failure, output, type Command, type Here, type Output } from '../../command.ts';
import { isApplet } from '../../network/dialect.ts';
import { networkAt } from '../../network/entered.ts';
import { flagsOf } from '../../network/link-state.ts';
import { portName, socketsAt, type Socket } from '../../network/sockets.ts';
import { ordered } from '../ifconfig/ifconfig.ts';
import { routingTable } from '../route/table.ts';

const long: Readonly<Record<string, string>> = {
  tcp: 't',
  udp: 'u',
  listening: 'l',
  all: 'a',
  numeric: 'n',
  programs: 'p',
  route: 'r',
  interfaces: 'i',
  wide: 'W',
  version: 'V',
  inet: '4',
  inet6: '6',
};

/** A program's name after its number, as much of both as fits (PROGNAME_WIDTH). */
const programWidth = 19;

function line(socket: Socket, letters: ReadonlySet<string>, applet: boolean): string {
  const v6 = socket.family === 'IPv6';
  const protocol = `${socket.protocol.toLowerCase()}${v6 ? '6' : ''}`;
  const address = socket.address === '127.0.0.1' && !letters.has('n') ? 'localhost' : socket.address;
  const local = `${address}:${portName(socket.port, letters.has('n'))}`;
  const peer = v6 ? ':::*' : '0.0.0.0:*';
  const state = socket.protocol === 'UDP' ? '' : 'LISTEN';
  const { owner } = socket;
  const program = owner === undefined ? '-' : `${owner.pid}/${owner.name}`.slice(0, programWidth);
  return `${protocol.padEnd(5)} ${'0'.padStart(6)} ${'0'.padStart(6)} ${local.padEnd(23)} ${peer.padEnd(23)} ${state.padEnd(11)}${applet && !letters.has('p') ? ' ' : ''}${letters.has('p') ? ` ${program.padEnd(20)}` : ''}\n`;
}

function sockets(here: Here, letters: ReadonlySet<string>): Output {
  const applet = isApplet(here, 'netstat');
  const any = !letters.has('t') && !letters.has('u');
  const servers = letters.has('l') || letters.has('a');
  const which = letters.has('a') ? 'servers and established' : letters.has('l') ? 'only servers' : 'w/o servers';
  const head = `Active Internet connections (${which})\nProto Recv-Q Send-Q Local Address           Foreign Address         State      ${applet && !letters.has('p') ? ' ' : ''}${letters.has('p') ? ' PID/Program name    ' : ''}\n`;
  const wanted = (['TCP', 'UDP'] as const).filter((protocol) => any || letters.has(protocol === 'TCP' ? 't' : 'u'));
  const all = socketsAt(here);
  const rows = servers
    ? wanted.flatMap((protocol) =>
        (['IPv4', 'IPv6'] as const)
          .filter((family) => (letters.has('4') || letters.has('6') ? letters.has(family === 'IPv4' ? '4' : '6') : true))
          .flatMap((family) => all.filter((one) => one.protocol === protocol && one.family === family)),
      )
    : [];
  const note = any && !letters.has('4') && !letters.has('6') ? 'cka-net: netstat: UNIX domain sockets are not simulated\n' : '';
  return { stdout: head + rows.map((one) => line(one, letters, applet)).join(''), stderr: note, exitCode: 0 };
}

function links(here: Here): string {
  const { kernel, namespace } = networkAt(here);
  const head = 'Kernel Interface table\nIface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n';
  const counters = `${'0'.padStart(9)}${'0'.padStart(7)}${'0'.padStart(7)} 0     `;
  return (
    head +
    ordered(namespace)
      .filter((link) => link.up)
      .map((link) => {
        const flags = flagsOf(kernel, namespace, link);
        const letters = (
          [
            ['BROADCAST', 'B'],
            ['LOOPBACK', 'L'],
            ['MULTICAST', 'M'],
            ['NOARP', 'O'],
            ['LOWER_UP', 'R'],
            ['UP', 'U'],
          ] as const
        )
          .filter(([flag]) => flags.includes(flag))
          .map(([, letter]) => letter)
          .join('');
        return `${link.name.padEnd(15)} ${String(link.mtu).padStart(5)}${counters}${'0'.padStart(8)}${'0'.padStart(7)}${'0'.padStart(7)}${'0'.padStart(7)} ${letters}\n`;
      })
      .join('')
  );
}

export const netstat: Command = {
  name: 'netstat',
  run(args, _io, here): Output {
    const letters = new Set<string>();
    for (const arg of args) {
      if (!arg.startsWith('-')) return failure('cka-net: netstat: the long usage text is not simulated\n', 4);
      for (const letter of arg.startsWith('--') ? [long[arg.slice(2)] ?? arg] : arg.slice(1)) letters.add(letter);
    }
    for (const letter of letters)
      if (!'tulanprieWV46'.includes(letter))
        return failure(`cka-net: netstat: the option ${letter.length === 1 ? '-' : ''}${letter} is not simulated\n`);
    if (letters.has('V')) return output('net-tools 2.10\n');
    if (letters.has('r'))
      return output(
        routingTable(networkAt(here).namespace, { numeric: letters.has('n'), windows: true, applet: isApplet(here, 'netstat') }),
      );
    return letters.has('i') ? output(links(here)) : sockets(here, letters);
  },
};
