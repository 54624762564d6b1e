/** /etc/hosts and /etc/nsswitch.conf. (glibc: nss/nss_files/files-hosts.c; hosts(5), nsswitch.conf(5)) */
import { familyOf, parseIp, type Family, type Ip } from '#net/ip.ts';

export interface HostsLine {
  readonly ip: Ip;
  /** The canonical name first. */
  readonly names: readonly string[];
}

export function parseHosts(text: string | undefined): readonly HostsLine[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const ip = parseIp(address.replace(/%.*/, ''));
    return ip === undefined || names.length === 0 ? [] : [{ ip, names }];
  });
}

export interface HostEntry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly addresses: readonly Ip[];
}

/** The entry for a name in a family. Several lines of a name are put together: their addresses, and the other names as aliases. */
export function hostByName(lines: readonly HostsLine[], name: string, family: Family): HostEntry | undefined {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const found = lines.filter((line) => familyOf(line.ip) === family && line.names.some((one) => one.toLowerCase() === wanted));
  if (found.length === 0) return undefined;
  const [first, ...names] = found.flatMap((line) => line.names);
  return { name: first!, aliases: [...new Set(names)].filter((one) => one !== first), addresses: [...new Set(found.map(({ ip }) => ip))] };
}

export function hostByAddress(lines: readonly HostsLine[], ip: Ip): HostEntry | undefined {
  const found = lines.find((line) => line.ip === ip);
  return found && { name: found.names[0]!, aliases: found.names.slice(1), addresses: [ip] };
}

/** The sources of host names, in order; `files dns` where the file does not say. Sources other than these two find nothing here. */
export function hostSources(nsswitch: string | undefined): readonly string[] {
  const line = (nsswitch ?? '').split('\n').find((one) => /^\s*hosts\s*:/.test(one));
  if (line === undefined) return ['files', 'dns'];
  return line
    .replace(/#.*/, '')
    .replace(/^\s*hosts\s*:/, '')
    .replace(/\[[^\]]*\]/g, ' ')
    .trim()
    .split(/\s+/);
}
