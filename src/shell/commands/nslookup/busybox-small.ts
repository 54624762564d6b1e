/** nslookup of busybox up to 1.28, which asks the C library. (busybox 1.28: networking/nslookup.c) */
import { parseIp } from '#net/ip.ts';
import { withFile, type DnsClient } from '#dataplane/resolver/client.ts';
import { Resolver, type Libc } from '#dataplane/resolver/libc.ts';
import { output, type Output } from '../../command.ts';

const usage = `Usage: nslookup [HOST] [SERVER]

Query the nameserver for the IP address of the given HOST
optionally using a specified DNS server
`;

/** Runs a command line; `banner` is the first line of the usage. Waits on the client's clock. */
export function smallNslookup(args: readonly string[], client: DnsClient, banner: string, libc: Libc): Output {
  const [name, server] = args;
  if (name === undefined || name.startsWith('-') || args.length > 2) return output('', `${banner}\n\n${usage}`, 1);
  let asked = client;
  if (server !== undefined) {
    const ip = new Resolver(client, libc).addresses(server).addresses[0];
    if (ip === undefined) return output('', `nslookup: bad address '${server}'\n`, 1);
    asked = withServer(client, ip);
  }
  const resolver = new Resolver(asked, libc);
  const first = resolver.conf.nameservers[0]!;
  const head = hostText(resolver, first, 'Server:').text ?? '';
  const found = hostText(resolver, name, 'Name:');
  return found.text === undefined ? output(`${head}\n`, `nslookup: can't resolve '${name}'\n`, 1) : output(`${head}\n${found.text}`, '', 0);
}

/** The same place, with one server instead of those of resolv.conf. */
function withServer(client: DnsClient, ip: string): DnsClient {
  const text = client.readFile('/etc/resolv.conf') ?? '';
  return withFile(client, '/etc/resolv.conf', `${text.replace(/^nameserver.*\n?/gm, '')}\nnameserver ${ip}\n`);
}

/** The addresses of a name or address, each with the name it leads back to. */
function hostText(resolver: Resolver, name: string, header: string): { readonly text: string | undefined } {
  const literal = parseIp(name);
  const addresses = literal !== undefined ? [literal] : resolver.addresses(name).addresses;
  if (addresses.length === 0) return { text: undefined };
  const lines = addresses.map((ip, index) => {
    const entry = resolver.hostByAddress(ip);
    return `Address ${index + 1}: ${ip}${typeof entry === 'string' ? '' : ` ${entry.name}`}\n`;
  });
  return { text: `${header.padEnd(10)} ${name}\n${lines.join('')}` };
}
