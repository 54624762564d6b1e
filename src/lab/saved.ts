/**
 * A lab as plain data that another process of the same build can go on with: maps, arrays and values, whose shared parts may stay shared
 * (structured clone). Tokens become numbers, and rules that wait to be made are made.
 */
import { Cluster } from '#kube/cluster.ts';
import type { NodeName } from '#kube/names.ts';
import { giveToken, knownToken, newToken, type Token } from '#kube/token.ts';
import { machineParts, type Attempt, type ContainerRun, type Host } from '#node/host.ts';
import type { Kernel } from '#node/kernel.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { ipsetsOf, ipvsOf, nftablesOf, tablesOf, type Chain, type Netfilter, type Tables } from '#node/netfilter.ts';
import { engineOf } from './bring-up/engine.ts';
import type { StartInput } from './bring-up/start.ts';
import { Lab } from './lab.ts';
import { resumePrograms, withRuns } from './runs.ts';
import { createSettle } from './settle.ts';

/** What stands in a saved run's `startedFrom` and `synced`. */
type Numbered = { readonly token: number } | { readonly value: unknown };

interface SavedHost {
  readonly host: Host;
  /** Of its {@link machineParts}, those that somebody has asked for. */
  readonly tokens: readonly (number | undefined)[];
  /** By pod UID. */
  readonly attempts: ReadonlyMap<string, Omit<Attempt, 'machine'> & { readonly machine: readonly number[] }>;
}

export interface SavedLab {
  readonly seed: string;
  readonly counter: number;
  readonly store: Cluster['store'];
  readonly revisions: ReadonlyMap<string, number>;
  readonly draws: Cluster['draws'];
  readonly hosts: readonly SavedHost[];
  readonly now: number;
  /** When something will happen next by itself, as far as that is known. */
  readonly due?: number | undefined;
  readonly connections: number;
  /** What kernels remember of connections. */
  readonly tracked?: Snapshot['connections'];
  readonly remembered?: Snapshot['remembered'];
}

export function saveLab({ snapshot, connections, due }: Lab): SavedLab {
  const { cluster, hosts, now, connections: tracked, remembered } = snapshot;
  const numbers = new Map<Token, number>();
  const numberOf = (token: Token) => {
    const known = numbers.get(token);
    if (known === undefined) numbers.set(token, numbers.size);
    return known ?? numbers.size - 1;
  };
  const numbered = (value: unknown): Numbered => (typeof value === 'symbol' ? { token: numberOf(value) } : { value });
  const saveRun = (run: ContainerRun): ContainerRun => ({
    ...run,
    startedFrom: run.startedFrom.map(numbered),
    ...(run.synced !== undefined && { synced: run.synced.map(numbered) }),
  });
  const tokenNumber = (value: object) => {
    const token = knownToken(value);
    return token === undefined ? undefined : numberOf(token);
  };
  return {
    seed: cluster.seed,
    counter: cluster.counter,
    store: cluster.store,
    revisions: new Map([...cluster.revisions].map(([resource, token]) => [resource, numberOf(token as Token)])),
    draws: cluster.draws,
    hosts: [...hosts.values()].map((host) => ({
      host: withRuns({ ...host, kernel: made(host.kernel), attempts: new Map() }, saveRun),
      tokens: machineParts.map((part) => tokenNumber(host[part])),
      attempts: new Map([...host.attempts].map(([uid, { machine, ...rest }]) => [uid, { ...rest, machine: machine.map(numberOf) }])),
    })),
    now,
    due,
    connections,
    ...(tracked !== undefined && { tracked }),
    ...(remembered !== undefined && { remembered }),
  };
}

/** The lab that was saved; undefined when one of its programs knew something that cannot be found again. `input` is what it was started from. */
export function resumeLab(saved: SavedLab, input: Pick<StartInput, 'settings' | 'objects'>): Lab | undefined {
  const tokens: Token[] = [];
  const tokenAt = (number: number) => (tokens[number] ??= newToken('saved'));
  const plain = (one: unknown) => {
    const numbered = one as Numbered;
    return 'token' in numbered ? tokenAt(numbered.token) : numbered.value;
  };
  const resumeRun = (run: ContainerRun): ContainerRun => ({
    ...run,
    startedFrom: run.startedFrom.map(plain),
    ...(run.synced !== undefined && { synced: run.synced.map(plain) }),
  });
  const revisions = new Map([...saved.revisions].map(([resource, number]) => [resource, tokenAt(number)]));
  const hosts = new Map<NodeName, Host>();
  for (const { host, tokens: known, attempts } of saved.hosts) {
    const tried = new Map([...attempts].map(([uid, { machine, ...rest }]) => [uid, { ...rest, machine: machine.map(tokenAt) }]));
    const resumed = withRuns({ ...host, attempts: tried }, resumeRun);
    machineParts.forEach((part, i) => known[i] !== undefined && giveToken(resumed[part], tokenAt(known[i])));
    hosts.set(host.name, resumed);
  }
  const cluster = new Cluster(saved.seed, saved.store, saved.counter, revisions, saved.draws);
  const { now, due, tracked, remembered } = saved;
  const kernels = { ...(tracked !== undefined && { connections: tracked }), ...(remembered !== undefined && { remembered }) };
  const lab = new Lab({ cluster, hosts, now, ...kernels }, createSettle(engineOf(input)), {
    connections: saved.connections,
    ...(due !== undefined && { due }),
  });
  return resumePrograms(lab.snapshot, lab.programs) ? lab : undefined;
}

/** With all of its rules made. */
function made(kernel: Kernel): Kernel {
  const filter = (netfilter: Netfilter): Netfilter => ({
    ...netfilter,
    ipv4: plainTables(tablesOf(netfilter, 'ipv4')),
    ipv6: plainTables(tablesOf(netfilter, 'ipv6')),
    ...(netfilter.nftables !== undefined && { nftables: nftablesOf(netfilter) }),
    ...(netfilter.ipvs !== undefined && { ipvs: ipvsOf(netfilter) }),
    ...(netfilter.ipsets !== undefined && { ipsets: ipsetsOf(netfilter) }),
  });
  const namespaces = [...kernel.namespaces].map(([name, one]) => [name, { ...one, netfilter: filter(one.netfilter) }] as const);
  return { ...kernel, namespaces: new Map(namespaces) };
}

/** Of a chain whose rules are made whenever somebody looks, nothing but its name would be saved. */
function plainTables(tables: Tables): Tables {
  const plain = ({ name, policy, rules }: Chain): Chain => ({ name, ...(policy !== undefined && { policy }), rules });
  return new Map(
    [...tables].map(([key, { name, chains }]) => [key, { name, chains: new Map([...chains].map(([of, chain]) => [of, plain(chain)])) }]),
  );
}
