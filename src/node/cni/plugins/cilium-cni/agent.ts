/** What the Cilium agent of a node has given to whom (cilium pkg/ipam): its state, which the plugin asks for through the agent's socket. */
import { pick } from '#kube/chance.ts';
import { addIp, baseOf, contains, parseCidr, sizeOf, type Cidr, type Ip } from '#net/ip.ts';
import type { Host } from '../../../host.ts';
import type { Machine } from '../../machine.ts';

/** Where this agent keeps its state; the real one has a directory an endpoint. */
export const statePath = '/run/cilium/state/agent.json';

export interface AgentState {
  readonly podCidr: Cidr;
  /** By owner: `router`, `health`, or `CONTAINER:INTERFACE`. */
  readonly addresses: Readonly<Record<string, Ip>>;
  /** Host routes to every endpoint, rather than one for all by way of cilium_host. */
  readonly endpointRoutes: boolean;
  /** The MTU of pods' interfaces. */
  readonly mtu: number;
}

export function readState(machine: Pick<Machine, 'read'>): AgentState | undefined {
  const text = machine.read(statePath);
  if (text === undefined) return undefined;
  const { podCidr, ...others } = JSON.parse(text) as AgentState;
  const range = parseCidr(podCidr);
  return range === undefined ? undefined : { ...others, podCidr: range };
}

export function writeState(machine: Machine, state: AgentState): void {
  const text = `${JSON.stringify(state)}\n`;
  if (machine.read(statePath) !== text) machine.write(statePath, text, 0o600);
}

export function agentRuns(host: Host): boolean {
  return [...host.sandboxes.values()].some((sandbox) =>
    sandbox.containers.some((one) => one.name === 'cilium-agent' && one.run !== undefined && one.run.finishedAt === undefined),
  );
}

/** All addresses of the range but the first and the last. */
export function capacityOf({ podCidr }: AgentState): number {
  return Number(sizeOf(podCidr)) - 2;
}

/** An address for an owner: a wished-for one that is free, or one by chance, as the agent's allocator takes them. */
export function allocate(
  state: AgentState,
  owner: string,
  wished: readonly Ip[] = [],
): { readonly state: AgentState; readonly ip: Ip } | undefined {
  const known = state.addresses[owner];
  if (known !== undefined) return { state, ip: known };
  const taken = new Set(Object.values(state.addresses));
  const capacity = capacityOf(state);
  const usable = (ip: Ip) =>
    contains(state.podCidr, ip) && ip !== baseOf(state.podCidr) && ip !== addIp(baseOf(state.podCidr), capacity + 1);
  let ip = wished.find((one) => !one.includes(':') && usable(one) && !taken.has(one));
  const start = pick(`cilium/${state.podCidr}/${owner}`, capacity);
  for (let i = 0; ip === undefined && i < capacity; i++) {
    const candidate = addIp(baseOf(state.podCidr), 1 + ((start + i) % capacity));
    if (!taken.has(candidate)) ip = candidate;
  }
  return ip === undefined ? undefined : { state: { ...state, addresses: { ...state.addresses, [owner]: ip } }, ip };
}

export function release(state: AgentState, owner: string): AgentState {
  const { [owner]: _, ...addresses } = state.addresses;
  return { ...state, addresses };
}
