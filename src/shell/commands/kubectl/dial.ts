/** Whether an API server can be reached, judged by who listens where on the cluster's machines. */
import { parseIp } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { Here } from '../../command.ts';
import type { Dial } from './connection.ts';

export const dialApiServer: Dial = (here, host, port) => {
  const hosts = [...here.lab.snapshot.hosts.values()];
  const address = parseIp(host) ?? resolve(here, hosts, host);
  const name = host.includes(':') ? `[${host}]` : host;
  if (address === undefined) return { connected: false, error: `dial tcp: lookup ${name}: no such host` };
  const shown = `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}`;
  if (!hosts.some(({ controlPlane }) => controlPlane)) return { connected: true };
  const target = isLoopback(address)
    ? here.lab.snapshot.hosts.get(here.place.node)
    : hosts.find(({ addresses }) => (addresses as readonly string[]).includes(address));
  if (target === undefined)
    return isServiceAddress(here, address) ? dialAny(hosts, shown) : { connected: false, error: `${shown}: i/o timeout` };
  return listens(target, port) ? { connected: true } : { connected: false, error: `${shown}: connect: connection refused` };
};

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** `/etc/hosts` first, then the machines' own names. */
function resolve(here: Here, hosts: readonly Host[], name: string): string | undefined {
  if (name === 'localhost') return '127.0.0.1';
  const file = here.lab.snapshot.hosts.get(here.place.node)?.files.get('/etc/hosts');
  const lines = file?.kind === 'file' ? file.content.split('\n') : [];
  const line = lines.map((one) => one.replace(/#.*/, '').trim().split(/\s+/)).find(([, ...names]) => names.includes(name));
  return line?.[0] ?? hosts.find((host) => host.name === name)?.addresses[0];
}

/** `kubernetes.default` is reached through kube-proxy; any API server will do. */
function isServiceAddress({ lab }: Here, address: string): boolean {
  const service = lab.snapshot.cluster.store.get('services')?.get('default')?.get('kubernetes') as
    { readonly spec?: { readonly clusterIPs?: readonly string[] } } | undefined;
  return service?.spec?.clusterIPs?.includes(address) === true;
}

function dialAny(hosts: readonly Host[], shown: string): ReturnType<Dial> {
  const up = hosts.some((host) => host.controlPlane && listens(host, 6443));
  return up ? { connected: true } : { connected: false, error: `${shown}: connect: connection refused` };
}

/** Reports whether a process in the machine's own network namespace has the port open. */
function listens(host: Host, port: number): boolean {
  for (const sandbox of host.sandboxes.values()) {
    if (sandbox.network.namespace !== '') continue;
    for (const { run, listeners } of sandbox.containers) {
      if (run !== undefined && run.finishedAt === undefined && listeners.some((one) => one.protocol === 'TCP' && one.port === port))
        return true;
    }
  }
  return false;
}
