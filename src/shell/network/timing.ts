/** What time packets take: a little on every machine, more on the wires between machines, and never twice the same. */
import { pick } from '#kube/chance.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import type { NetworkNamespace } from '#node/kernel.ts';

/** Milliseconds. */
const ownWork = 0.024;
const perLink = 0.009;
const perWire = 0.17;

/** Milliseconds until something came back. `purpose` tells packets apart. */
export function roundTrip({ crossed }: Trace, purpose: string): number {
  const plain = ownWork + crossed.links * perLink + crossed.wires * perWire;
  return plain * (0.75 + pick(`time/${purpose}`, 1000) / 1800);
}

/** Timers of the kernel fire late, by a hundredth or two of what they wait for. */
function late(milliseconds: number, purpose: string): number {
  return milliseconds * (1.01 + pick(`late/${purpose}`, 1000) / 90_000);
}

/** How long an unanswered question for a neighbour takes to be given up. */
export function neighbourWait(milliseconds: number, purpose: string): number {
  return milliseconds === 0 ? 0 : late(milliseconds, purpose);
}

/** The kernel's patience with an unanswered SYN (Linux Documentation/networking/ip-sysctl: tcp_syn_retries, tcp_syn_linear_timeouts). */
export function synPatience({ sysctls }: NetworkNamespace, purpose: string): number {
  const retries = Number(sysctls.get('net.ipv4.tcp_syn_retries') ?? 6);
  const linear = Number(sysctls.get('net.ipv4.tcp_syn_linear_timeouts') ?? 4);
  return late((linear + 2 ** (retries + 1) - 1) * 1000, purpose);
}
