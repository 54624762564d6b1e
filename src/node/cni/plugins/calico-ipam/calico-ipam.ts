/** calico-ipam: addresses out of Calico's pools (calico cni-plugin pkg/ipamplugin). */
import { fail, ok, type Result } from '#kube/status.ts';
import { bitsOf, familyOf, ip, type Family, type Ip } from '#net/ip.ts';
import { internal, type Call, type CniError, type Environment, type Plugin } from '../../plugin.ts';
import { emptyResult, type IpConfig } from '../../result.ts';
import { upTo100 } from '../../versions.ts';
import { argsOf, loadConf, nodenameOf, type CalicoConf } from '../calico/config.ts';
import { assignIp, autoAssign, releaseByHandle, type AssignRequest, type CalicoDatastore } from './datastore.ts';

/** utils.GetHandleID */
const handleOf = (config: CalicoConf, { containerId }: Call) => `${config.name ?? ''}.${containerId}`;

interface Prepared {
  readonly config: CalicoConf;
  readonly args: ReadonlyMap<string, string>;
  readonly datastore: CalicoDatastore;
}

function prepare(call: Call, { machine, version }: Environment): Result<Prepared, CniError> {
  const loaded = loadConf(call.stdin, version);
  if (!loaded.ok) return fail(internal(loaded.error));
  const args = argsOf(call.args);
  if (!args.ok) return fail(internal(args.error));
  const datastore = machine.calico ?? { pools: [], blocks: [] };
  return ok({ config: loaded.value, args: args.value, datastore });
}

/** A pod has one address of each family that is asked for: IPv4 unless told otherwise. */
function familiesOf({ ipam }: CalicoConf): readonly Family[] {
  const v4: readonly Family[] = ipam?.assign_ipv4 === 'false' ? [] : ['IPv4'];
  return ipam?.assign_ipv6 === 'true' ? [...v4, 'IPv6'] : v4;
}

const configOf = (address: Ip): IpConfig => ({ address: { ip: address, length: bitsOf(familyOf(address)) } });

export const calicoIpam: Plugin = {
  name: 'calico-ipam',
  versions: () => upTo100,

  add(call, environment) {
    const prepared = prepare(call, environment);
    if (!prepared.ok) return prepared;
    const { config, args, datastore } = prepared.value;
    const { machine } = environment;
    const host = nodenameOf(machine, config);
    const request = (family: Family): AssignRequest => ({
      host,
      family,
      allocation: {
        handle: handleOf(config, call),
        attributes: {
          namespace: args.get('K8S_POD_NAMESPACE') ?? '',
          node: host,
          pod: args.get('K8S_POD_NAME') ?? '',
          timestamp: timestamp(machine.now),
        },
      },
      pools: (family === 'IPv4' ? config.ipam?.ipv4_pools : config.ipam?.ipv6_pools) ?? [],
      wished: machine.keep,
    });
    const asked = args.get('IP');
    const answer = (ips: readonly IpConfig[]) => ok({ cniVersion: config.cniVersion ?? '', result: { ...emptyResult, ips } });
    if (asked !== undefined) {
      const assigned = assignIp(datastore, request(familyOf(ip(asked))), ip(asked));
      if ('problem' in assigned) return fail(internal(assigned.problem));
      machine.calico = assigned.datastore;
      return answer([configOf(assigned.ip)]);
    }
    let next = datastore;
    const ips: IpConfig[] = [];
    for (const family of familiesOf(config)) {
      const assigned = autoAssign(next, request(family));
      if ('problem' in assigned) {
        const partial = assigned.problem.startsWith('Assigned ');
        return fail(internal(partial ? `failed to request ${family} addresses: ${assigned.problem}` : assigned.problem));
      }
      next = assigned.datastore;
      ips.push(configOf(assigned.ip));
    }
    machine.calico = next;
    return answer(ips);
  },

  del(call, environment) {
    const prepared = prepare(call, environment);
    if (!prepared.ok) return prepared;
    const { config, datastore } = prepared.value;
    if (environment.machine.calico !== undefined) environment.machine.calico = releaseByHandle(datastore, handleOf(config, call));
    return ok(undefined);
  },
};

/** Go's `time.Time.String` of a moment in UTC. */
function timestamp(now: number): string {
  return new Date(now)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' +0000 UTC');
}
