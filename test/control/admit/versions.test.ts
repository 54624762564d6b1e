import { describe, expect, it } from '@jest/globals';
import { Client, recordedCluster } from '../../support/write.ts';

const market = recordedCluster('market/cluster.json');

const service = (name: string, spec: string) =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: market}, spec: {${spec}}}`;
const dns1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character " +
  "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

describe('what has changed from version to version', () => {
  const rows: [minorVersion: number, manifest: string, stderr: string][] = [
    [36, service('"123"', 'ports: [{port: 80}]'), ''],
    [35, service('"123"', 'ports: [{port: 80}]'), `The Service "123" is invalid: metadata.name: Invalid value: "123": ${dns1035}\n`],
    [
      36,
      service('web', 'clusterIP: 10.9.9.9, ports: [{port: 80}]'),
      'The Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.9.9.9"]: failed to allocate IP 10.9.9.9: the provided network does not match the current range\n',
    ],
    [
      32,
      service('web', 'clusterIP: 10.9.9.9, ports: [{port: 80}]'),
      'The Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.9.9.9"]: failed to allocate IP 10.9.9.9: ' +
        'the provided IP (10.9.9.9) is not in the valid range. The range of valid IPs is 10.112.0.0/16\n',
    ],
    [
      36,
      service('web', 'externalIPs: [203.0.113.9], ports: [{port: 80}]'),
      'Warning: spec.externalIPs is deprecated and may no longer be implemented in some clusters\n',
    ],
    [35, service('web', 'externalIPs: [203.0.113.9], ports: [{port: 80}]'), ''],
    [
      33,
      service('web', 'trafficDistribution: PreferSameNode, ports: [{port: 80}]'),
      'The Service "web" is invalid: spec.trafficDistribution: Unsupported value: "PreferSameNode": supported values: "PreferClose"\n',
    ],
  ];
  it.each(rows)('1.%d: %s', (minorVersion, manifest, stderr) => {
    expect(new Client(market, { minorVersion }).create(manifest).stderr).toBe(stderr);
  });
});

describe('names that make strange host names', () => {
  it('are remarked on', () => {
    const pod = '{apiVersion: v1, kind: Pod, metadata: {name: a.b, namespace: edge}, spec: {containers: [{name: c, image: x}]}}';
    expect(new Client(market).create(pod).stderr).toBe(
      "Warning: metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]\n",
    );
  });
});
