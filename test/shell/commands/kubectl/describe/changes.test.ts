import { describe, expect, it } from '@jest/globals';
import { answer } from './support/objects.ts';

/**
 * What later kubectls print, from their sources and release notes: the minor version since when a text is printed (`+`) or no longer
 * (`-`), the command, and the text.
 */
const rows: readonly (readonly [minor: number, sign: '+' | '-', command: string, text: string])[] = [
  [34, '+', 'describe svc everything -n quay', '\nTraffic Distribution:        PreferClose\nEvents: '],
  [
    34,
    '+',
    'describe pod everything -n quay',
    '    Ports:               8080/TCP (web), 53/UDP\n    Host Ports:          80/TCP (web), 0/UDP\n',
  ],
  [34, '-', 'describe pod everything -n quay', '    Ports:               8080/TCP, 53/UDP\n    Host Ports:          80/TCP, 0/UDP\n'],
  [35, '+', 'describe pod everything -n quay', '  kubelet  spec.containers{main}: Container image pulled\n'],
  [35, '-', 'describe sa docker -n quay', '\nTokens:              docker-token\n'],
  [35, '-', 'describe sa docker -n quay', '\nMountable secrets:   hidden\n                     gone (not found)\n'],
  [35, '+', 'describe sa docker -n quay', '\nImage pull secrets:  registry\n                     hidden\nEvents: '],
  [36, '+', 'describe svc everything -n quay', '\nTargetPort:                  8080/TCP\nAppProtocol:                 http\nNodePort: '],
  [36, '+', 'describe cronjob nightly -n quay', '\nSuspend:                       True\nTime Zone:                     Europe/Vienna\n'],
  [36, '+', 'describe cronjob bare -n quay', '\nTime Zone:                     <unset>\n'],
  [36, '-', 'describe node pier-1', '\n  Kube-Proxy Version:         v1.33.1\n'],
  [
    36,
    '+',
    'describe node pier-1',
    '\nNode-Local ResourceSlices:\n  Driver               Pool  Slices  Devices\n  ------               ----  ------  -------\n',
  ],
  [36, '+', 'describe node pier-1', '\n  cranes.example.org   a     2       3\n  winches.example.org  a     1       0\nSystem Info:\n'],
  [
    36,
    '+',
    'describe node pier-1',
    '\n  quay                        resized          300m (7%)     400m (10%)   300Mi (3%)       0 (0%)          5y',
  ],
  [36, '+', 'describe pod everything -n quay', '\nSchedulingGroup:\n  PodGroupName:  crew\nEvents:\n'],
  [36, '-', 'describe crd gateways.gateway.networking.k8s.io', '\n          Pod CID Rs:\n'],
  [36, '+', 'describe crd gateways.gateway.networking.k8s.io', '\n          Pod CIDRs:\n'],
  // Events are looked for when one object is described; of several, or of a prefix, when they are asked for.
  [36, '-', 'describe pods left nothing -n quay', '\nEvents: '],
  [36, '-', 'describe pods lef -n quay', '\nEvents: '],
  [36, '-', 'describe pods -n quay -l pod-template-hash=old', '\nEvents: '],
  [20, '+', 'describe pods left nothing -n quay --show-events', '\nEvents: '],
  [20, '+', 'describe pods lef -n quay --show-events=true', '\nEvents: '],
  [20, '+', 'describe pods left -n quay', '\nEvents: '],
  // kubectl until 1.33 asks for another version of it.
  [20, '+', 'describe vac gold', 'Annotations:  a=b\nDriverName:   csi.example.org\nParameters:   iops=1000,throughput=50\nEvents: '],
];

describe('what kubectl 1.34 and later print', () => {
  it.each(rows)('1.%d %s %s: %j', async (minor, sign, command, text) => {
    const before = (await answer(`kubectl ${command}`, `v1.${minor - 1}.0`)).stdout;
    const since = (await answer(`kubectl ${command}`, `v1.${minor}.0`)).stdout;
    expect(since.includes(text)).toBe(sign === '+');
    if (minor > 20) expect(before.includes(text)).toBe(sign === '-');
  });
});
