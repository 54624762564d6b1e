/**
 * What `kubectl describe` came to print over the versions of kubectl: the first minor version of 1.x that does. Found by running
 * kubectl 1.28 to 1.33 side by side, and in the release notes of later versions.
 */
import type { Version } from '../version.ts';

const since = {
  'phase of ended pods': 0,
  'event field path': 34,
  'time zone of cron jobs': 36,
  'endpoint slices': 31,
  'internal traffic policy': 31,
  'node selectors of templates': 31,
  'namespace of daemon sets': 33,
  'optional projections': 33,
  'ready addresses': 32,
  resizes: 32,
  'image volumes': 32,
  'resources of pods': 32,
  'traffic distribution': 34,
  'app protocols': 36,
  'port names': 34,

  'no secrets of service accounts': 35,
  'acronyms in one piece': 36,
  'events of one object': 36,
  'no kube-proxy version': 36,
  'resource slices of nodes': 36,
  'resources of pods on nodes': 36,
} as const;

export type Change = keyof typeof since;

export function hasChange({ minor }: Version, change: Change): boolean {
  return minor >= since[change];
}
