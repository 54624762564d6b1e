/** The pod market/shell of the recordings as a place to ask from, and its tools (test/recorded/coredns). */
import { stream } from '#kube/chance.ts';
import type { Ip } from '#net/ip.ts';
import { createServer, type CorednsServer } from '#dataplane/coredns/server.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import type { Outcome } from '#dataplane/dns/message.ts';
import { dig } from '#shell/commands/dig/dig.ts';
import { getent } from '#shell/commands/getent/getent.ts';
import { host } from '#shell/commands/host/host.ts';
import { bindNslookup } from '#shell/commands/nslookup/bind.ts';
import { busyboxNslookup } from '#shell/commands/nslookup/busybox.ts';
import { bindVersion } from '#shell/commands/dig/dig.ts';
import type { Output } from '#shell/command.ts';
import { recordedEnvironment, recordedText, sendOutside } from './coredns.ts';

export const podHosts = `# Kubernetes-managed hosts file.
127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
fe00::0	ip6-localnet
fe00::0	ip6-mcastprefix
fe00::1	ip6-allnodes
fe00::2	ip6-allrouters
10.10.1.5	shell
`;

export const podResolvConf = 'search market.svc.cluster.local svc.cluster.local cluster.local\nnameserver 172.20.0.10\noptions ndots:5\n';

/** When the recorded server started. */
export const begin = Date.UTC(2026, 10, 23, 3, 15, 15);

/** A place where time passes only by waiting, with the server of one of the recorded Corefiles (or none) in its network. */
export class Place implements DnsClient {
  readonly #server: CorednsServer | undefined;
  readonly #draw: () => number;
  readonly files = new Map([
    ['/etc/hosts', podHosts],
    ['/etc/resolv.conf', podResolvConf],
    ['/etc/nsswitch.conf', 'hosts:          files dns\n'],
  ]);
  readonly addresses: DnsClient['addresses'];
  readonly hostname = 'shell';
  log: string[] = [];
  time = begin;

  constructor(corefile: string | undefined, others: readonly string[] = []) {
    this.#draw = stream(corefile ?? 'none');
    this.addresses = ['10.10.1.5', ...others].map((ip) => ({ ip: ip as Ip, length: 24 }));
    if (corefile === undefined) return;
    const started = createServer(recordedText(`corefiles/${corefile}.Corefile`), recordedEnvironment({ startedAt: begin }), begin);
    if (!started.ok) throw new Error(started.error.error);
    this.#server = started.value;
  }

  now(): number {
    return this.time;
  }

  wait(milliseconds: number): void {
    this.time += milliseconds;
  }

  readFile(path: string): string | undefined {
    return this.files.get(path);
  }

  draw(): number {
    return this.#draw();
  }

  exchange: DnsClient['exchange'] = (query, to, from = '10.10.1.5' as Ip): Outcome => {
    if (to.ip !== '172.20.0.10' && to.ip !== '10.10.0.2') return sendOutside(query, to);
    if (this.#server === undefined || to.port !== 53) return { kind: 'refused', milliseconds: 0.1 };
    const answered = this.#server.answer(query, { ip: from, port: 40_000 }, this.time, { ip: '10.10.0.2', port: 53 });
    this.log.push(...answered.log.map(({ text }) => text));
    return answered.outcome;
  };
}

const banner = 'BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.';

/** Runs one of the DNS tools. */
export function runTool(line: string, place: DnsClient, stdin = ''): Output {
  const [tool, ...args] = line.split(' ');
  switch (tool) {
    case 'dig':
      return dig(args, place);
    case 'nslookup':
      return bindNslookup(args, place, bindVersion, stdin);
    case 'host':
      return host(args, place);
    case 'getent':
      return getent(args, place);
    case 'busybox':
      return busyboxNslookup(args.slice(1), place, banner);
    default:
      throw new Error(`no tool for ${line}`);
  }
}
