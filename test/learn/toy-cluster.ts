import type { FlowReport, FlowRequest, LiveCluster, Lookup, LookupReport, Output } from '#learn/live-cluster.ts';

/**
 * A cluster of a few facts, for tests of what is asked of a cluster: `get K` prints a fact, `set K V` changes it, `echo` echoes, `both`
 * prints two lines, and kubectl's read commands are spelled out in `facts` by their whole line.
 */
export class ToyCluster implements LiveCluster {
  facts: Map<string, string>;
  readonly #start: ReadonlyMap<string, string>;
  readonly ran: string[] = [];
  readonly #trace: (flow: FlowRequest, facts: ReadonlyMap<string, string>) => FlowReport;
  readonly #lookup: (question: Lookup, facts: ReadonlyMap<string, string>) => LookupReport;

  constructor(
    facts: Readonly<Record<string, string>>,
    trace: (flow: FlowRequest, facts: ReadonlyMap<string, string>) => FlowReport = () => report('connected'),
    lookup: (question: Lookup, facts: ReadonlyMap<string, string>) => LookupReport = () => ({
      rcode: 'NXDOMAIN',
      answeredName: null,
      data: [],
      because: 'nobody',
    }),
  ) {
    this.facts = new Map(Object.entries(facts));
    this.#start = new Map(this.facts);
    this.#trace = trace;
    this.#lookup = lookup;
  }

  async run(line: string, options: { readonly node?: string | undefined; readonly stdin?: string | undefined } = {}): Promise<Output> {
    this.ran.push(options.node === undefined ? line : `${options.node}: ${line}`);
    let output = { stdout: '', stderr: '', exitCode: 0 };
    for (const one of line.split('\n').filter((part) => part.trim() !== '')) output = this.#one(one.trim(), options.stdin ?? '');
    return output;
  }

  #one(line: string, stdin: string): Output {
    const known = this.facts.get(line);
    if (known !== undefined) return out(known === '' ? '' : `${known}\n`);
    const [verb, key = '', ...rest] = line.split(' ');
    if (verb === ':') return out('');
    if (verb === 'echo') return out(`${[key, ...rest].join(' ')}\n`);
    if (verb === 'set') {
      this.facts.set(key, rest.join(' '));
      return out(`${key} is set\n`);
    }
    if (line.startsWith('kubectl apply')) {
      if (!stdin.includes(':')) return err('error: error parsing STDIN: not YAML');
      for (const pair of stdin.trim().split('\n'))
        this.facts.set(pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1).trim());
      return out('applied\n');
    }
    if (verb === 'get' || verb === 'cat') {
      const value = this.facts.get(key);
      return value === undefined ? err(`${verb}: ${key}: No such file or directory`) : out(`${value}\n`);
    }
    if (line.startsWith('kubectl get')) return err('Error from server (NotFound): services "x" not found');
    return { stdout: '', stderr: `bash: ${verb}: command not found\n`, exitCode: 127 };
  }

  async trace(flow: FlowRequest): Promise<FlowReport> {
    return this.#trace(flow, this.facts);
  }

  async lookup(question: Lookup): Promise<LookupReport> {
    return this.#lookup(question, this.facts);
  }

  async aside<T>(act: () => Promise<T>): Promise<T> {
    return await this.#on(new Map(this.facts), act);
  }

  async asStarted<T>(act: () => Promise<T>): Promise<T> {
    return await this.#on(new Map(this.#start), act);
  }

  async #on<T>(facts: Map<string, string>, act: () => Promise<T>): Promise<T> {
    const kept = this.facts;
    this.facts = facts;
    try {
      return await act();
    } finally {
      this.facts = kept;
    }
  }
}

function out(stdout: string): Output {
  return { stdout, stderr: '', exitCode: 0 };
}

function err(message: string): Output {
  return { stdout: '', stderr: `${message}\n`, exitCode: 1 };
}

/** A packet's walk with an outcome, and what else is said of it. */
export function report(outcome: FlowReport['outcome'], rest: Partial<FlowReport> = {}): FlowReport {
  return {
    outcome,
    resolved: null,
    destination: null,
    candidates: [],
    sourceSeenByDestination: null,
    http: null,
    hops: [{ node: 'node01', at: 'iptables filter/KUBE-SERVICES', action: outcome, because: `because it is ${outcome}` }],
    ...rest,
  };
}
