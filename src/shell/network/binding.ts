/** A program that wants to listen (bind(2)). */
import { listeningIn } from '#dataplane/links/listeners.ts';
import { localLink } from '#dataplane/links/routing.ts';
import { pick } from '#kube/chance.ts';
import { familyOf, parseIp } from '#net/ip.ts';
import type { Here } from '../command.ts';
import { hostAt } from '../place.ts';
import { networkAt } from './entered.ts';

/** Why nobody can listen for TCP on this address and port here, in the C library's words; undefined where one can, and on port 0 always. */
export function bindProblem(here: Here, address: string, port: number): string | undefined {
  const { name, namespace } = networkAt(here);
  const ip = parseIp(address);
  const isAny = address === '0.0.0.0' || address === '::';
  if (ip !== undefined && !isAny && localLink(namespace, ip) === undefined) return 'cannot assign requested address';
  if (port === 0) return undefined;
  const meets = (other: string) => {
    if (other === address || other === '::' || address === '::') return true;
    const sameFamily = ip !== undefined && other.includes(':') === (familyOf(ip) === 'IPv6');
    return sameFamily && (isAny || other === '0.0.0.0');
  };
  const taken = listeningIn(hostAt(here.lab, here.place), name).some(
    ({ listener }) => listener.protocol === 'TCP' && listener.port === port && meets(listener.address),
  );
  return taken ? 'address already in use' : undefined;
}

/** A port that the kernel chooses (`net.ipv4.ip_local_port_range`). */
export function freePort(here: Here, purpose: string): number {
  const { lab, place } = here;
  const taken = new Set(listeningIn(hostAt(lab, place), networkAt(here).name).map(({ listener }) => Number(listener.port)));
  const first = pick(`${lab.snapshot.cluster.seed}/port/${place.node}/${lab.now}/${purpose}`, 28_232);
  for (let i = 0; i < 28_232; i++) {
    const port = 32_768 + ((first + i) % 28_232);
    if (!taken.has(port)) return port;
  }
  return 0;
}
