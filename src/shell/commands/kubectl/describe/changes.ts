/**
 * What `kubectl describe` came to print over the versions of kubectl: the first minor version of 1.x that does. Found by running
 * kubectl 1.28 to 1.33 side by side, and in the release notes and the sources of later versions (staging:kubectl/pkg/describe/describe.go).
 */
import type { Version } from '../version.ts';

const since = {
  /** Init containers that go on running count beside the others. */
  sidecars: 29,
  /** A claim is used by the pods that own it too. */
  'owners of claims': 29,
  /** Suspend, backoff limit and time to live of a Job. */
  'limits of jobs': 30,
  /** Node selectors and tolerations of pod templates. */
  'node selectors of templates': 30,
  /** Addresses of a Service come from its EndpointSlices. */
  'endpoint slices': 31,
  /** Internal traffic policy, and the mode of load balancer addresses, of a Service. */
  'internal traffic policy': 31,
  /** `endPort` of a NetworkPolicy. */
  'port ranges': 31,
  /** A pod that has ended is not said to be terminating. */
  'phase of ended pods': 31,
  /** A blank line behind every value of a ConfigMap. */
  'blank lines in config maps': 31,
  /** Of EndpointSlices only addresses that are ready. */
  'ready addresses': 32,
  /** What a container has been given while it is resized counts on nodes. */
  resizes: 32,
  'image volumes': 32,
  /** Requests and limits of a pod as a whole. */
  'resources of pods': 32,
  'namespace of daemon sets': 33,
  /** Whether a source of a projected volume is optional, rather than the pointer to that. */
  'optional projections': 33,
  /** `80/TCP (http)` of containers. */
  'port names': 34,
  'traffic distribution': 34,
  /** `spec.containers{web}: ` before an event's message. */
  'event field path': 35,
  /** ServiceAccounts show neither mountable secrets nor tokens. */
  'no secrets of service accounts': 35,
  /** Application protocols of a Service's ports. */
  'app protocols': 36,
  'time zone of cron jobs': 36,
  'no kube-proxy version': 36,
  'scheduling groups': 36,
  'resource slices of nodes': 36,
  /** Requests and limits of pods as a whole count on nodes. */
  'resources of pods on nodes': 36,
  /** Capitals in a row of a field's name stay together. */
  'acronyms in one piece': 36,
  /** Events are shown when one object is described, and of several when they are asked for. */
  'events of one object': 36,
} as const;

export type Change = keyof typeof since;

/** Reports whether this kubectl prints what came with a later version. */
export function hasChange({ minor }: Version, change: Change): boolean {
  return minor >= since[change];
}
