/** What the daemons of pod networks have in common: they read the API's objects and their host, and leave both changed. */
import type { Node } from '#kube/kinds/node.ts';
import type { Host } from '../../host.ts';
import { klogLine, type Severity } from '../../kube-proxy/klog.ts';
import type { MachineOptions } from '../machine.ts';

/** The surroundings of a daemon. */
export interface DaemonInput extends MachineOptions {
  readonly host: Host;
  /** All Node objects. */
  readonly nodes: readonly Node[];
}

/** What starting a daemon comes to. */
export interface DaemonStart {
  readonly host: Host;
  /** What it writes to stderr. */
  readonly logs: readonly string[];
  /** It gives up at once. */
  readonly exit?: { readonly code: number };
  /** Its own Node object, where it changes that: annotations and conditions. */
  readonly node?: Node;
}

/** What a running daemon has changed: the same host when there was nothing to do. */
export interface DaemonAct {
  readonly host: Host;
  readonly logs: readonly string[];
}

/** A klog log whose lines follow each other by fractions of a second. */
export class KlogLog {
  readonly lines: string[] = [];
  #microseconds: number;

  /** `at`: Unix milliseconds of the start. */
  constructor(at: number) {
    this.#microseconds = at * 1000;
  }

  write(severity: Severity, source: string, message: string): void {
    this.lines.push(klogLine({ severity, source, message }, this.#microseconds, 1));
    this.#microseconds += 137;
  }

  wait(milliseconds: number): void {
    this.#microseconds += milliseconds * 1000;
  }
}

export function nodeNamed(nodes: readonly Node[], name: string): Node | undefined {
  return nodes.find((node) => node.metadata.name === name);
}

/** The pod ranges of a node; `podCIDR` alone counts as a list of one. */
export function podCidrsOf(node: Node): readonly string[] {
  const { podCIDRs = [], podCIDR } = node.spec ?? {};
  return podCIDRs.length > 0 || podCIDR === undefined || podCIDR === '' ? podCIDRs : [podCIDR];
}

/** The node with a condition set; its times change only with its status. */
export function withCondition(
  node: Node,
  condition: { readonly type: string; readonly status: string; readonly reason: string; readonly message: string },
  now: number,
): Node {
  const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  const others = (node.status?.conditions ?? []).filter((other) => other.type !== condition.type);
  const old = node.status?.conditions?.find((other) => other.type === condition.type);
  if (old?.status === condition.status && old.reason === condition.reason) return node;
  return {
    ...node,
    status: { ...node.status, conditions: [{ ...condition, lastHeartbeatTime: time, lastTransitionTime: time }, ...others] },
  };
}
