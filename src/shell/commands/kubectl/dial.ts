/** Whether an API server can be reached, as a packet meets the network, and whether it shows a certificate that is believed. In Go's words. */
import type { LookupError } from '#dataplane/resolver/libc.ts';
import type { Errno } from '#dataplane/trace/refusal.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import { parseIp, type Ip } from '#net/ip.ts';
import { readFile } from '#node/files.ts';
import type { Here } from '../../command.ts';
import { attempt, resolve } from '../../network/dial.ts';
import { listenerOf } from '../../network/http.ts';
import { tlsServerOf } from '../../network/tls.ts';
import { alternativeNames, commonNameOf, isFor, isIssuedBy, type Certificate } from '#net/x509.ts';

export interface DialRequest {
  readonly host: string;
  readonly port: number;
  /** What to believe of a server that speaks TLS; undefined for plain HTTP. */
  readonly tls?: { readonly authorities: readonly Certificate[]; readonly insecure: boolean; readonly serverName: string };
}

/** Connected: to a server that speaks TLS, or does not. Or why not: `dial tcp 10.0.0.1:6443: connect: connection refused`. */
export type Dialed = { readonly connected: true; readonly speaksTls: boolean } | { readonly connected: false; readonly error: string };

export type Dial = (here: Here, request: DialRequest) => Dialed;

export const dialApiServer: Dial = (here, { host, port, tls }) => {
  const hosts = [...here.lab.snapshot.hosts.values()];
  // The control plane of a managed cluster is none of our machines: nothing is known that could keep it from answering.
  if (!hosts.some(({ controlPlane }) => controlPlane)) return { connected: true, speaksTls: true };
  const { addresses, error, asked } = resolve(here, host);
  if (addresses.length === 0) return failed(`dial tcp: lookup ${host}${lookupError(error, asked.at(-1)?.server ?? firstNameserver(here))}`);
  let last = '';
  for (const address of addresses) {
    const { errno, trace } = attempt(here, address, port);
    const shown = `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}`;
    if (errno === undefined) return tls === undefined ? plain(trace) : handshake(here, trace, tls);
    last = `${shown}: ${connectError(errno)}`;
  }
  return failed(last);
};

function failed(error: string): Dialed {
  return { connected: false, error };
}

const connectErrors: Readonly<Record<Errno, string>> = {
  ECONNREFUSED: 'connection refused',
  ENETUNREACH: 'network is unreachable',
  EHOSTUNREACH: 'no route to host',
  ENOPROTOOPT: 'protocol not available',
  EMSGSIZE: 'message too long',
  ETIMEDOUT: 'connection timed out',
  EINVAL: 'invalid argument',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EADDRNOTAVAIL: 'cannot assign requested address',
};

/** The dialer gives up after 30 seconds, long before the kernel does. */
function connectError(errno: Errno): string {
  return errno === 'ETIMEDOUT' ? 'i/o timeout' : `connect: ${connectErrors[errno]}`;
}

/** (net/dnsclient_unix.go: goLookupIP) */
function lookupError(error: LookupError | undefined, server: string): string {
  const on = ` on ${server.includes(':') ? `[${server}]` : server}:53`;
  switch (error) {
    case 'EAI_AGAIN':
      return `${on}: server misbehaving`;
    case 'EAI_FAIL':
      return `${on}: server misbehaving`;
    default:
      return `${on}: no such host`;
  }
}

function firstNameserver({ lab, place }: Here): Ip | string {
  const host = lab.snapshot.hosts.get(place.node);
  const conf = host === undefined ? undefined : readFile(host.files, '/etc/resolv.conf');
  return /^nameserver\s+(\S+)/m.exec(conf ?? '')?.[1] ?? '127.0.0.1';
}

function plain(trace: Trace): Dialed {
  return { connected: true, speaksTls: listenerOf(trace)?.speaks === 'https' };
}

type Tls = NonNullable<DialRequest['tls']>;

/** (crypto/tls: Conn.verifyServerCertificate, crypto/x509: Certificate.Verify) */
function handshake(here: Here, trace: Trace, { authorities, insecure, serverName }: Tls): Dialed {
  const listener = listenerOf(trace);
  if (listener?.speaks === 'http') return failed('http: server gave HTTP response to HTTPS client');
  const server = tlsServerOf(here, trace);
  if (listener?.process !== 'kube-apiserver' || server === undefined) return failed('EOF');
  const doubt = insecure ? undefined : doubtOf(server.chain, authorities, serverName, here.lab.now);
  return doubt === undefined ? { connected: true, speaksTls: true } : failed(`tls: failed to verify certificate: x509: ${doubt}`);
}

function doubtOf([own]: readonly Certificate[], authorities: readonly Certificate[], host: string, now: number): string | undefined {
  if (own === undefined) return 'certificate signed by unknown authority';
  const late = lateness(own, now);
  if (late !== undefined) return late;
  if (!isFor(own, host)) return otherName(own, host);
  if (authorities.some((one) => isIssuedBy(own, one))) return undefined;
  const namesake = authorities.find(({ subject }) => JSON.stringify(subject) === JSON.stringify(own.issuer));
  const because =
    namesake === undefined
      ? ''
      : ` (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate ${JSON.stringify(commonNameOf(namesake))})`;
  return `certificate signed by unknown authority${because}`;
}

function lateness({ notBefore, notAfter }: Certificate, now: number): string | undefined {
  const text = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;
  const head = `certificate has expired or is not yet valid: current time ${text(now)} is`;
  if (now < notBefore) return `${head} before ${text(notBefore)}`;
  return now > notAfter ? `${head} after ${text(notAfter)}` : undefined;
}

/** (x509.HostnameError) */
function otherName(certificate: Certificate, host: string): string {
  const { dns = [], ips = [] } = alternativeNames(certificate) ?? {};
  const isAddress = parseIp(host) !== undefined;
  const names = isAddress ? ips : dns;
  if (isAddress && names.length === 0) return `cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  return names.length === 0
    ? `certificate is not valid for any names, but wanted to match ${host}`
    : `certificate is valid for ${names.join(', ')}, not ${host}`;
}
