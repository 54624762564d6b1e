/** The kinds of exercises, in the order in which they build on each other. */
export const drillNames = [
  'subnet',
  'pod-cidr',
  'service-address',
  'rules',
  'outcome',
  'dns-names',
  'resolv-conf',
  'policy',
  'ingress',
  'gateway',
] as const;
export type DrillName = (typeof drillNames)[number];
