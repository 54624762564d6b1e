/**
 * bandwidth: limits a pod's rate (containernetworking/plugins plugins/meta/bandwidth). No simulated packet takes time, so that the queueing
 * disciplines themselves are not kept; the device that shapes what a pod sends is.
 */
import { fail, ok, type Result } from '#kube/status.ts';
import { sha512 } from '#net/digest.ts';
import { goStruct, goUint64, unmarshal, type GoInfer } from '../../go-json.ts';
import { namespaceOf } from '../../machine.ts';
import { internal, type Plugin } from '../../plugin.ts';
import type { CniResult } from '../../result.ts';
import { hasFullPaths, versionsFrom } from '../../versions.ts';
import { netConf } from '../net-conf.ts';
import { prevResultOf } from '../prev-result.ts';

const rates = { ingressRate: goUint64, ingressBurst: goUint64, egressRate: goUint64, egressBurst: goUint64 } as const;
const goBandwidthEntry = goStruct('main.BandwidthEntry', rates);
const goPluginConf = netConf(
  {
    ...rates,
    runtimeConfig: goStruct('struct { Bandwidth *main.BandwidthEntry "json:\\"bandwidth,omitempty\\"" }', { bandwidth: goBandwidthEntry }),
  },
  'main.PluginConf',
);

type Entry = GoInfer<typeof goBandwidthEntry>;

interface Loaded {
  readonly name: string;
  readonly cniVersion: string;
  readonly entry: Entry;
  readonly result: CniResult | undefined;
}

function rateProblem(rate = 0, burst = 0): string | undefined {
  if (burst === 0 && rate !== 0) return 'if rate is set, burst must also be set';
  if (rate === 0 && burst !== 0) return 'if burst is set, rate must also be set';
  return burst / 8 >= 0xffff_ffff ? 'burst cannot be more than 4GB' : undefined;
}

function load(stdin: string, version: string): Result<Loaded, string> {
  const decoded = unmarshal(stdin, goPluginConf, hasFullPaths(version));
  if (!decoded.ok) return fail(`failed to parse network configuration: ${decoded.error}`);
  const config = decoded.value ?? {};
  const own = Object.keys(rates).some((field) => field in config);
  const entry: Entry = own ? config : (config.runtimeConfig?.bandwidth ?? {});
  const problem = rateProblem(entry.ingressRate, entry.ingressBurst) ?? rateProblem(entry.egressRate, entry.egressBurst);
  if (problem !== undefined) return fail(problem);
  const result = prevResultOf(config.prevResult);
  return result.ok ? ok({ name: config.name ?? '', cniVersion: config.cniVersion ?? '', entry, result: result.value }) : result;
}

const shaperName = (network: string, id: string) => `bwp${sha512(network + id).slice(0, 12)}`;

export const bandwidth: Plugin = {
  name: 'bandwidth',
  versions: (release) => versionsFrom('0.3.0', release),

  add(call, { machine, version }) {
    const loaded = load(call.stdin, version);
    if (!loaded.ok) return fail(internal(loaded.error));
    const { name, cniVersion, entry, result } = loaded.value;
    if (result === undefined) return fail(internal('must be called as chained plugin'));
    if ((entry.egressRate ?? 0) === 0) return ok({ cniVersion, result });
    const inside = machine.kernel.link(namespaceOf(call.netns), call.ifName);
    const outside = machine.kernel.namespace('').links.find((link) => link.index === inside?.peer?.index);
    if (outside === undefined) return fail(internal(`container interface ${call.ifName} has no veth peer: <nil>`));
    const shaper = shaperName(name, call.containerId);
    machine.kernel.addLink('', { name: shaper, kind: 'dummy', mtu: outside.mtu });
    machine.kernel.setUp('', shaper);
    const { mac } = machine.kernel.link('', shaper)!;
    return ok({ cniVersion, result: { ...result, interfaces: [...result.interfaces, { name: shaper, mac }] } });
  },

  del(call, { machine, version }) {
    const loaded = load(call.stdin, version);
    if (!loaded.ok) return fail(internal(loaded.error));
    machine.kernel.removeLink('', shaperName(loaded.value.name, call.containerId));
    return ok(undefined);
  },
};
