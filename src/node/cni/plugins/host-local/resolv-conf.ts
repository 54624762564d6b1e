/** `resolvConf`: a resolv.conf of the host as a result's `dns` (plugins/ipam/host-local/dns.go). */
import { fail, ok, type Result } from '#kube/status.ts';
import type { Machine } from '../../machine.ts';
import type { Dns } from '../../result.ts';

export function readResolvConf(machine: Machine, path: string): Result<Dns, string> {
  const problem = machine.openProblem(path);
  if (problem !== undefined) return fail(problem);
  const dns: { nameservers?: string[]; domain?: string; search?: string[]; options?: string[] } = {};
  for (const line of (machine.read(path) ?? '').split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (values.length === 0 || /^[#;]/.test(keyword!)) continue;
    if (keyword === 'nameserver') (dns.nameservers ??= []).push(values[0]!);
    if (keyword === 'domain') dns.domain = values[0]!;
    if (keyword === 'search') (dns.search ??= []).push(...values);
    if (keyword === 'options') (dns.options ??= []).push(...values);
  }
  return ok(dns);
}
