import { describe, expect, it } from '@jest/globals';
import { IPAddress } from '#kube/kinds/ip-address.ts';
import { Service } from '#kube/kinds/service.ts';
import { Client, recordedCluster } from '../../support/write.ts';

const market = recordedCluster('market/cluster.json');

/** One Service through several patches: what is allocated to it after each. */
function life(name: string, ...patches: readonly string[]): string[] {
  const client = new Client(market);
  return patches.map((patch) => {
    const { stderr } = client.patch('svc', 'market', name, patch, 'merge');
    if (stderr !== '') return stderr.trimEnd();
    const {
      type,
      clusterIP = '-',
      ports = [],
      healthCheckNodePort,
      externalTrafficPolicy,
    } = client.objects.get(Service, 'market', name)!.spec;
    const nodePorts = ports.map((port) => (port.nodePort === undefined ? '-' : 'given')).join();
    const health = healthCheckNodePort === undefined ? '' : ', health check';
    return `${type} ${clusterIP === '-' ? '-' : 'ip'} ${nodePorts} ${externalTrafficPolicy ?? '-'}${health}`;
  });
}

describe('a Service that changes its type', () => {
  it('gets node ports, and gives them back', () => {
    expect(
      life('solo-inside', '{"spec":{"type":"NodePort"}}', '{"spec":{"type":"LoadBalancer"}}', '{"spec":{"type":"ClusterIP"}}'),
    ).toEqual(['NodePort ip given Cluster', 'LoadBalancer ip given Cluster', 'ClusterIP ip - -']);
  });

  it('keeps its node port from one exposed type to the other', () => {
    const client = new Client(market);
    const portOf = () => client.objects.get(Service, 'market', 'stall-np')!.spec.ports![0]!.nodePort;
    const before = portOf();
    client.patch('svc', 'market', 'stall-np', '{"spec":{"type":"LoadBalancer"}}', 'merge');
    expect(portOf()).toBe(before);
  });

  it('gets a health check node port for local traffic only', () => {
    expect(life('stall-lb', '{"spec":{"externalTrafficPolicy":"Local"}}', '{"spec":{"externalTrafficPolicy":"Cluster"}}')).toEqual([
      'LoadBalancer ip given Local, health check',
      'LoadBalancer ip given Cluster',
    ]);
  });

  it('loses its address as an ExternalName, and gets a new one after', () => {
    const client = new Client(market);
    const { clusterIP } = client.objects.get(Service, 'market', 'stall')!.spec;
    client.patch('svc', 'market', 'stall', '{"spec":{"type":"ExternalName","externalName":"a.example"}}', 'merge');
    expect(client.objects.get(IPAddress, '', clusterIP!)).toBeUndefined();
    client.patch('svc', 'market', 'stall', '{"spec":{"type":"ClusterIP","externalName":null}}', 'merge');
    const after = client.objects.get(Service, 'market', 'stall')!.spec.clusterIP!;
    expect(client.objects.get(IPAddress, '', after)!.spec!.parentRef).toEqual({ resource: 'services', namespace: 'market', name: 'stall' });
  });
});
