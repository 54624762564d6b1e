/**
 * What grading needs of a running cluster: `learn/` asks, a lesson answers. Everything a grade rests on passes through here, so a
 * verdict can always show the command or the walk that it was read from.
 */

/** What a program printed and how it ended. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface RunOptions {
  /** The node to run on, as root; the control plane when absent. */
  readonly node?: string | undefined;
  readonly stdin?: string | undefined;
}

/** A packet to follow: the words of `cka-net trace` (docs: endpoints of a flow). */
export interface FlowRequest {
  /** `pod:NS/NAME`, `node:NAME`, `ip:ADDRESS`, `external`. */
  readonly from: string;
  /** `http://HOST[:PORT]/PATH`, `tcp://HOST:PORT`, `svc:NS/NAME[:PORT]`, … */
  readonly to: string;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly host?: string | undefined;
  /** `ADDRESS[:PORT]`, like curl's `--connect-to`. */
  readonly connectTo?: string | undefined;
}

export const flowOutcomes = ['connected', 'refused', 'timeout', 'unreachable', 'dns-failure'] as const;
export type FlowOutcome = (typeof flowOutcomes)[number];

export interface FlowHop {
  readonly node: string | null;
  readonly at: string;
  readonly action: string;
  readonly because: string;
}

/** What became of the packet: one object of `cka-net trace -o json`. */
export interface FlowReport {
  readonly outcome: FlowOutcome;
  readonly resolved: { readonly name: string; readonly address: string } | null;
  readonly destination: {
    readonly kind: string;
    readonly namespace: string | null;
    readonly name: string;
    readonly address: string;
    readonly port: number | null;
  } | null;
  /** Every backend the load balancing may choose, `ADDRESS:PORT`, sorted. */
  readonly candidates: readonly string[];
  readonly sourceSeenByDestination: string | null;
  readonly http: {
    readonly status: number;
    readonly backend: string | null;
    readonly path: string;
    readonly location: string | null;
  } | null;
  readonly hops: readonly FlowHop[];
  /** The hop that decided, by its index; the last when nothing is said. */
  readonly decisive?: number | null;
  /** One sentence: what decided. */
  readonly why?: string;
}

/** A DNS question, asked as the resolver of a pod or node would ask it: search path and ndots included. */
export interface Lookup {
  /** `pod:NS/NAME` or `node:NAME`. */
  readonly from: string;
  readonly name: string;
  readonly type: string;
}

export interface LookupReport {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`; `TIMEOUT` when nobody answered. */
  readonly rcode: string;
  /** The name that was answered, with its trailing dot; null when none was. */
  readonly answeredName: string | null;
  /** The data of the answers of the asked type: addresses for A and AAAA; sorted. */
  readonly data: readonly string[];
  /** One sentence: which server, zone or plugin decided. */
  readonly because: string;
}

export interface LiveCluster {
  /**
   * Runs a shell line in a fresh root shell: nothing of the learner's own session (directory, aliases, variables) shows in it.
   * Changes it makes are real.
   */
  run(line: string, options?: RunOptions): Promise<Output>;
  trace(flow: FlowRequest): Promise<FlowReport>;
  lookup(question: Lookup): Promise<LookupReport>;
  /** Does something and undoes it: afterwards the cluster is as it was before, also when `act` throws. */
  aside<T>(act: () => Promise<T>): Promise<T>;
  /** Like {@link aside}, on the cluster as the learner first met it: broken, and nothing done yet. */
  asStarted<T>(act: () => Promise<T>): Promise<T>;
  /** The same cluster; what was looked at there when it was just as it is now is not looked at again, and comes to the same. */
  readonly remembered?: LiveCluster;
}
