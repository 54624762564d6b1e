/** Which of its addresses a node tells the others (calico node pkg/lifecycle/startup/autodetection). */
import { contains, familyOf, networkOf, parseCidr, parseIp, type Ip, type Prefixed } from '#net/ip.ts';
import type { Node } from '#kube/kinds/node.ts';
import type { Link } from '../../../kernel.ts';
import type { Machine } from '../../machine.ts';
import type { CalicoLog } from './log.ts';

/** Links that are never those of the machine itself. */
const excluded =
  /^(docker.*|cbr.*|dummy.*|virbr.*|lxcbr.*|veth.*|lo|cali.*|tunl.*|flannel.*|kube-ipvs.*|cni.*|vxlan\.calico.*|vxlan-v6\.calico.*|wireguard\.cali.*|wg-v6\.cali.*|nodelocaldns.*)$/;

const source = (line: number) => `startup/autodetection_methods.go ${line}`;

interface Found {
  readonly link: Link;
  readonly address: Prefixed;
}

function v4Of(link: Link): Prefixed | undefined {
  return link.addresses.find((one) => familyOf(one.ip) === 'IPv4' && one.scope === 'global');
}

function candidates({ kernel }: Machine, matches: (link: Link) => boolean): readonly Found[] {
  return kernel.namespace('').links.flatMap((link) => {
    const address = v4Of(link);
    return link.up && address !== undefined && matches(link) ? [{ link, address }] : [];
  });
}

/** Regular expressions of a method's argument, each for a whole name or a part of it, as Go's MatchString has it. */
function patterns(list: string): readonly RegExp[] {
  return list.split(',').flatMap((text) => {
    try {
      return [new RegExp(text)];
    } catch {
      return [];
    }
  });
}

/** `IP_AUTODETECTION_METHOD`: `first-found`, `interface=`, `skip-interface=`, `can-reach=`, `cidr=`, `kubernetes-internal-ip`. */
export function autodetect(machine: Machine, method: string, node: Node | undefined, log: CalicoLog): Prefixed | undefined {
  const [, name = '', argument = ''] = /^([a-z-]+)=?(.*)$/.exec(method === '' ? 'first-found' : method) ?? [];
  const found = (one: Found, how: string, line: number) => {
    log.info(source(line), `Using autodetected IPv4 address ${how}`);
    return { ip: one.address.ip, length: one.address.length };
  };
  const text = ({ address }: Found) => `${address.ip}/${address.length}`;
  const none = (line: number, what: string) => {
    log.write('WARNING', source(line), what);
    return undefined;
  };
  if (name === 'interface') {
    const [one] = patterns(argument).flatMap((pattern) => candidates(machine, (link) => pattern.test(link.name)));
    if (one !== undefined) return found(one, `${text(one)} on matching interface ${one.link.name}`, 117);
    return none(
      113,
      `Unable to auto-detect an IPv4 address using interface regexes [${argument.split(',').join(' ')}]: no valid host interfaces found`,
    );
  }
  if (name === 'can-reach') {
    const destination = parseIp(argument);
    const one = destination === undefined ? undefined : reaching(machine, destination);
    if (one !== undefined) return found(one, `on interface ${one.link.name}: ${text(one)} (reachable via ${argument})`, 140);
    return none(134, `Unable to auto-detect IPv4 address by connecting to ${argument}: dial udp4: lookup ${argument}: no such host`);
  }
  if (name === 'cidr') {
    const ranges = argument.split(',').map((range) => parseCidr(range));
    const [one] = candidates(machine, (link) => ranges.some((range) => range !== undefined && contains(range, v4Of(link)!.ip)));
    if (one !== undefined) return found(one, `${text(one)} on interface ${one.link.name} matching cidrs ${argument}`, 154);
    return none(148, `Unable to auto-detect IPv4 address by matching cidrs ${argument}: no valid host interfaces found`);
  }
  if (name === 'kubernetes-internal-ip') {
    const internal = (node?.status?.addresses ?? []).filter((one) => one.type === 'InternalIP').map((one) => one.address);
    const [one] = candidates(machine, (link) => internal.includes(v4Of(link)!.ip));
    if (one !== undefined) return found(one, `${text(one)}, detected by kubernetes-internal-ip`, 162);
    return none(158, 'Unable to auto-detect IPv4 address by kubernetes internal ip: no matching address');
  }
  const skipped = name === 'skip-interface' ? patterns(argument) : [];
  const [one] = candidates(machine, (link) => !excluded.test(link.name) && !skipped.some((pattern) => pattern.test(link.name)));
  if (one !== undefined) return found(one, `on interface ${one.link.name}: ${text(one)}`, 103);
  return none(98, 'Unable to auto-detect an IPv4 address: no valid IPv4 addresses found on the host interfaces');
}

/** The link whose network a packet to the destination would leave by, and its address there. */
function reaching(machine: Machine, destination: Ip): Found | undefined {
  const { routes, links } = machine.kernel.namespace('');
  const route = [...routes]
    .filter((one) => familyOf(one.dst) === 'IPv4' && contains(one.dst, destination) && one.dev !== undefined)
    .sort((a, b) => Number(b.dst.split('/')[1]) - Number(a.dst.split('/')[1]))[0];
  const link = links.find((one) => one.name === route?.dev);
  const address = link === undefined ? undefined : v4Of(link);
  return link === undefined || address === undefined ? undefined : { link, address };
}

/** Reports whether an address is on the same network as a node's own. */
export function sameSubnet(own: Prefixed, other: Ip): boolean {
  return contains(networkOf(own), other);
}
