/** cilium-cni: a veth pair whose host end belongs to the agent's programs, and an address that the agent gives (cilium plugins/cilium-cni/cmd). */
import { fail, ok, type Result } from '#kube/status.ts';
import { sha256 } from '#net/digest.ts';
import { quote } from '#kube/json.ts';
import { goBool, goString, unmarshal } from '../../go-json.ts';
import { defaultCidr, hostCidr } from '../../kernel-draft.ts';
import { namespaceOf, type Machine } from '../../machine.ts';
import { internal, type Answer, type Call, type CniError, type Environment, type Plugin } from '../../plugin.ts';
import { hasFullPaths, upTo100 } from '../../versions.ts';
import { namespaceProblem, removeInterface } from '../interface-setup.ts';
import { netConf } from '../net-conf.ts';
import { agentRuns, allocate, readState, release, statePath, writeState, type AgentState } from './agent.ts';

const goNetConf = netConf({ 'enable-debug': goBool, 'log-file': goString, 'chaining-mode': goString, mtu: goString }, 'types.NetConf');

/** connector.Endpoint2IfName */
export function vethName(owner: string): string {
  return `lxc${sha256(owner).slice(0, 12)}`;
}

const ownerOf = ({ containerId, ifName }: Call) => `${containerId}:${ifName}`;

/** The agent's answer to `/v1/config`: its socket is there since it first ran, but listens only while it runs. */
function askAgent(machine: Machine): Result<AgentState, string> {
  const state = readState(machine);
  if (state !== undefined && agentRuns(machine.host)) return ok(state);
  const why = machine.exists(statePath) ? 'connection refused' : 'no such file or directory';
  return fail(
    `unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: ${why}\nIs the agent running?`,
  );
}

function add(call: Call, { machine, version }: Environment): Result<Answer, CniError> {
  const decoded = unmarshal(call.stdin, goNetConf, hasFullPaths(version));
  if (!decoded.ok)
    return fail(internal(`unable to parse CNI configuration ${quote(call.stdin)}: failed to load netconf: ${decoded.error}`));
  const agent = askAgent(machine);
  if (!agent.ok) return fail(internal(agent.error));
  const closed = namespaceProblem(machine, call.netns);
  if (closed !== undefined) return fail(internal(`opening netns pinned at ${call.netns}: ${closed}`));
  const given = allocate(agent.value, ownerOf(call), machine.keep);
  if (given === undefined)
    return fail(internal('unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure  range is full'));
  const router = agent.value.addresses['router'];
  if (router === undefined) return fail(internal('IP allocation addressing is insufficient: no IPv4 or IPv6 address'));
  writeState(machine, given.state);
  const { kernel } = machine;
  const [pod, host] = [namespaceOf(call.netns), vethName(ownerOf(call))];
  kernel.removeLink(pod, call.ifName);
  kernel.addVethPair(pod, { name: call.ifName }, { name: host }, agent.value.mtu);
  kernel.setSysctl('', `net.ipv4.conf.${host}.rp_filter`, '0');
  kernel.setUp('', host);
  kernel.setUp(pod, call.ifName);
  kernel.addAddress(pod, call.ifName, { ip: given.ip, length: 32 });
  kernel.addRoute(pod, { dst: hostCidr(router), dev: call.ifName, scope: 'link' });
  kernel.addRoute(pod, { dst: defaultCidr(router), dev: call.ifName, via: router });
  if (agent.value.endpointRoutes) kernel.replaceRoute('', { dst: hostCidr(given.ip), dev: host, proto: 'kernel', scope: 'link' });
  const mac = (namespace: string, name: string) => kernel.link(namespace, name)!.mac;
  return ok({
    cniVersion: decoded.value?.cniVersion ?? '',
    result: {
      interfaces: [
        { name: host, mac: mac('', host) },
        { name: call.ifName, mac: mac(pod, call.ifName), sandbox: call.netns },
      ],
      ips: [{ address: { ip: given.ip, length: 32 }, gateway: router, interface: 1 }],
      routes: [{ dst: { ip: router, length: 32 } }, { dst: { ip: '0.0.0.0' as typeof router, length: 0 }, gw: router }],
      dns: {},
    },
  });
}

/** Without the agent a deletion is put off for it (lib/deletion_queue.go), and succeeds. */
function del(call: Call, { machine, version }: Environment): Result<undefined, CniError> {
  const decoded = unmarshal(call.stdin, goNetConf, hasFullPaths(version));
  if (!decoded.ok)
    return fail(internal(`unable to parse CNI configuration ${quote(call.stdin)}: failed to load netconf: ${decoded.error}`));
  const state = readState(machine);
  if (state !== undefined) writeState(machine, release(state, ownerOf(call)));
  removeInterface(machine, call);
  return ok(undefined);
}

export const ciliumCni: Plugin = { name: 'cilium-cni', versions: () => upTo100, add, del };
