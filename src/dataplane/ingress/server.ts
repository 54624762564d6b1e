/** Which server of nginx a host belongs to, and which certificate it shows. (nginx: server_name; ingress-nginx: rootfs/etc/nginx/lua/certificate.lua) */
import { defaultServerName, type Configuration, type Server, type ServerCertificate } from './model.ts';

/** nginx's name of a host: a wildcard becomes a regular expression, for nginx's own would cover any number of labels. (template.go, buildServerName) */
export function serverNameOf(hostname: string): string {
  return hostname.startsWith('*.') ? `~^(?<subdomain>[\\w-]+)\\.${hostname.slice(2).split('.').join('\\.')}$` : hostname;
}

function regexOf(name: string): RegExp | undefined {
  if (!name.startsWith('~')) return undefined;
  try {
    return new RegExp(name.slice(1), 'i');
  } catch {
    return undefined;
  }
}

/** A server's redirect partner counts as a server of its own. */
export function serverFor({ servers, hostRedirects }: Configuration, host: string): Server | { readonly redirect: string } {
  const partner = hostRedirects.find(({ from }) => from === host);
  if (partner !== undefined) return { redirect: partner.to };
  const fallback = servers.find(({ hostname }) => hostname === defaultServerName)!;
  const exact = servers.find(({ hostname, aliases }) => hostname === host || aliases.includes(host));
  if (exact !== undefined) return exact;
  // nginx's own wildcards, which only aliases use: the longest goes first.
  const wild = servers
    .flatMap((server) => server.aliases.filter((alias) => alias.startsWith('*.')).map((alias) => ({ server, end: alias.slice(1) })))
    .filter(({ end }) => host.endsWith(end) && host.length > end.length)
    .sort((a, b) => b.end.length - a.end.length)[0];
  if (wild !== undefined) return wild.server;
  const named = servers.flatMap((server) =>
    [serverNameOf(server.hostname), ...server.aliases].map((name) => ({ server, regex: regexOf(name) })),
  );
  return named.find(({ regex }) => regex?.test(host) === true)?.server ?? fallback;
}

/** What Lua knows of the certificate of a host: its server's, or that of the wildcard above it; undefined: none was configured for it. */
export function certificateConfigured({ servers }: Configuration, host: string): ServerCertificate | undefined {
  const known = (name: string) => servers.find(({ hostname, aliases }) => hostname === name || aliases.includes(name));
  const own = known(host.replace(/\.$/, ''));
  return (own ?? known(host.replace(/^[^.]+\./, '*.')))?.certificate;
}

/** The certificate that a client is shown who asks for this host (SNI), or for none. */
export function certificateShown(configuration: Configuration, host: string | undefined): ServerCertificate {
  const configured = host === undefined ? undefined : certificateConfigured(configuration, host.toLowerCase());
  return configured ?? configuration.servers.find(({ hostname }) => hostname === defaultServerName)!.certificate!;
}
