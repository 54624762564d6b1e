/** What curl says of itself with `-v`, and how that has changed from release to release. */

/** Reports whether a release is `wanted` or later. */
export function isAtLeast(release: string, wanted: string): boolean {
  const [a, b] = [release, wanted].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a![i] ?? 0) - (b![i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

export interface Words {
  /** How the error of a connection that failed ends. */
  couldNotConnect(reason: string): string;
  connectFailed(ip: string, port: number, local: { readonly ip: string; readonly port: number }, reason: string): string;
  /** Lines about a name that was looked up. */
  resolved(host: string, port: number, addresses: readonly string[]): readonly string[];
  connected(host: string, ip: string, port: number, local: { readonly ip: string; readonly port: number }, number: number): string;
  reused(host: string, number: number, pointer: string): readonly string[];
  /** Before the request. */
  readonly using: readonly string[];
  /** After a request without a body, or with one of so many bytes. */
  sentOff(bytes: number | undefined): readonly string[];
  /** After the status line of HTTP/1.1. */
  readonly multiuse: readonly string[];
  closing(number: number): string;
  leftIntact(host: string, port: number, number: number): string;
  tlsError(openssl: string): string;
}

export function wordsOf(release: string): Words {
  const since = (wanted: string) => isAtLeast(release, wanted);
  return {
    couldNotConnect: (reason) =>
      since('8.10.0') ? 'Could not connect to server' : since('7.84.0') ? "Couldn't connect to server" : reason,
    connectFailed: (ip, port, local, reason) =>
      since('8.5.0')
        ? `connect to ${ip} port ${port} from ${local.ip} port ${local.port} failed: ${reason}`
        : `connect to ${ip} port ${port} failed: ${reason}`,
    resolved: (host, port, addresses) => {
      if (!since('8.5.0')) return [];
      const family = (six: boolean) => addresses.filter((one) => one.includes(':') === six).join(', ') || '(none)';
      return [`Host ${host}:${port} was resolved.`, `IPv6: ${family(true)}`, `IPv4: ${family(false)}`];
    },
    connected: (host, ip, port, local, number) =>
      since('8.16.0')
        ? `Established connection to ${host} (${ip} port ${port}) from ${local.ip} port ${local.port} `
        : `Connected to ${host} (${ip}) port ${port}${since('8.0.0') ? '' : ` (#${number})`}`,
    reused: (host, number, pointer) =>
      since('8.11.0')
        ? [`Re-using existing http: connection with host ${host}`]
        : [
            `Found bundle for host: ${pointer} [serially]`,
            'Can not multiplex, even if we wanted to',
            since('8.0.0') ? `Re-using existing connection with host ${host}` : `Re-using existing connection #${number} with host ${host}`,
          ],
    using: since('8.10.0') ? ['using HTTP/1.x'] : [],
    sentOff: (bytes) => {
      if (!since('8.7.0')) return [];
      return [bytes === undefined ? 'Request completely sent off' : `upload completely sent off: ${bytes} bytes`];
    },
    multiuse: since('7.88.0') ? [] : ['Mark bundle as not supporting multiuse'],
    closing: (number) =>
      since('8.12.0') ? `shutting down connection #${number}` : since('8.0.0') ? 'Closing connection' : `Closing connection ${number}`,
    leftIntact: (host, port, number) => `Connection #${number} to host ${host}${since('8.17.0') ? `:${port}` : ''} left intact`,
    tlsError: (openssl) => {
      const reason = 'error:0A00010B:SSL routines::wrong version number';
      return since('8.9.0') ? `TLS connect error: ${reason}` : since('7.86.0') ? `${openssl}: ${reason}` : reason;
    },
  };
}
