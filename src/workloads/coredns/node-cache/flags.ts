/** The command line of node-cache. (kubernetes/dns: cmd/node-cache/main.go, parseAndValidateFlags) */
import { familyOf, parseIp, type Ip } from '#net/ip.ts';

export interface NodeCache {
  readonly localIps: readonly Ip[];
  readonly six: boolean;
  readonly interfaceName: string;
  readonly setupInterface: boolean;
  readonly setupIptables: boolean;
  readonly skipTeardown: boolean;
  /** Seconds between two looks at device and rules. */
  readonly interval: number;
  /** The Corefile that is served, and whether a flag names it. */
  readonly corefile: string;
  readonly corefileNamed: boolean;
  readonly template: string;
  /** Where the ConfigMap kube-dns is mounted; empty: where it usually is. */
  readonly kubeDns: string;
  readonly upstreamService: string;
  readonly pidfile: string;
  readonly port: string;
  readonly healthPort: string;
}

/** Flags as Go reads them: one dash or two; `=` or, but for switches, the next word. */
function parse(args: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const found = /^--?([^=-][^=]*)(?:=(.*))?$/s.exec(args[at]!);
    if (found === null) break;
    const [, name = '', value] = found;
    const isSwitch = name.startsWith('setup') || name === 'skipteardown';
    flags.set(name, value ?? (isSwitch ? 'true' : (args[++at] ?? '')));
  }
  return flags;
}

/** What the arguments come to, or what node-cache says of those it cannot use. */
export function configurationOf(args: readonly string[]): NodeCache | string {
  const flags = parse(args);
  const told = flags.get('localip') ?? '';
  const localIps: Ip[] = [];
  for (const text of told.split(',')) {
    const ip = parseIp(text);
    if (ip === undefined) return `invalid localip specified - ${JSON.stringify(text)}`;
    localIps.push(ip);
  }
  const six = familyOf(localIps[0]!) === 'IPv6';
  const other = localIps.find((ip) => (familyOf(ip) === 'IPv6') !== six);
  if (other !== undefined) return `unexpected IP Family for localIP - ${JSON.stringify(other)}, want IPv6=${six}`;
  const on = (name: string) => flags.get(name) !== 'false';
  const conf = flags.get('conf');
  return {
    localIps,
    six,
    interfaceName: flags.get('interfacename') ?? 'nodelocaldns',
    setupInterface: on('setupinterface'),
    setupIptables: on('setupiptables'),
    skipTeardown: flags.has('skipteardown') && on('skipteardown'),
    interval: 60,
    corefile: conf ?? flags.get('corefile') ?? '/etc/Corefile',
    corefileNamed: conf !== undefined,
    template: flags.get('basecorefile') ?? '/etc/coredns/Corefile.base',
    kubeDns: flags.get('kubednscm') ?? '',
    upstreamService: flags.get('upstreamsvc') ?? 'kube-dns',
    pidfile: flags.get('pidfile') ?? '',
    port: flags.get('dns.port') ?? '53',
    healthPort: flags.get('health-port') ?? '8080',
  };
}
