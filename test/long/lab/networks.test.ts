/** Every pod network of a scenario comes up by itself, and carries packets. */
import { describe, expect, it } from '@jest/globals';
import { DaemonSet } from '#kube/kinds/daemon-set.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { nodeName } from '#kube/names.ts';
import type { KubeObject } from '#kube/object.ts';
import { breaches, dualStack, labOf, onlyIPv6, pods, settings } from '../../support/pod-network.ts';
import { startCluster } from '#lab/bring-up/start.ts';
import type { ClusterSettings } from '#lab/bring-up/settings.ts';
import { traceFlow } from '#lab/flows.ts';
import type { Lab } from '#lab/lab.ts';
import { contains, ip, parseCidr, toNumber } from '#net/ip.ts';
import { calicoManifests } from '#node/cni/networks/calico/manifests.ts';
import { readDatastore } from '#node/cni/networks/calico/stored.ts';
import { rangesOf } from '#node/cni/networks/cilium/cilium-nodes.ts';
import { ciliumManifests } from '#node/cni/networks/cilium/manifests.ts';
import type { NetworkName } from '#node/cni/networks/manifests.ts';
import { flannelManifests } from '#node/cni/networks/flannel/manifests.ts';
import { weaveManifests } from '#node/cni/networks/weave/manifests.ts';
import { readDatabase, stretchesOf } from '#node/cni/plugins/weave-net/space.ts';
import { listDirectory, readFile } from '#node/files.ts';

const objectsOf = (lab: Lab) => lab.snapshot.cluster;
const addressOf = (lab: Lab, name: string) => objectsOf(lab).get(Pod, 'default', name)?.status?.podIP ?? '';
const filesOf = (lab: Lab, node: string) => lab.snapshot.hosts.get(nodeName(node))!.files;
const reach = (lab: Lab, from: string, to: string) =>
  traceFlow(lab, { from: `pod:default/${from}`, to: `http://${addressOf(lab, to)}/` }).outcome;

/** Whether an address is one that the node had to give, by each network's own books. */
type Books = (lab: Lab, node: string, address: string) => boolean;

const within = (range: string | undefined, address: string) => contains(parseCidr(range ?? '')!, ip(address));
const podCidr: Books = (lab, node, address) => within(objectsOf(lab).get(Node, '', node)?.spec?.podCIDR, address);
const calicoBlock: Books = (lab, node, address) =>
  readDatastore(objectsOf(lab))!.blocks.some((block) => block.host === node && within(block.cidr, address));
const ciliumRange: Books = (lab, node, address) => within(rangesOf(objectsOf(lab)).get(node), address);
const weaveRing: Books = (lab, node, address) => {
  const database = readDatabase({ read: (path) => readFile(filesOf(lab, node), path) })!;
  return stretchesOf(database, database.peer).some(({ start, end }) => toNumber(ip(address)) >= start && toNumber(ip(address)) < end);
};

interface Row {
  readonly books: Books;
  /** What lies in /etc/cni/net.d. */
  readonly configuration: readonly string[];
  /** What is in /opt/cni/bin beside the reference plugins. */
  readonly plugins: readonly string[];
  /** Its DaemonSets. */
  readonly daemons: readonly string[];
}

const networks: Readonly<Record<Exclude<NetworkName, 'none' | 'routed'>, Row>> = {
  bridge: { books: podCidr, configuration: ['10-bridge.conflist'], plugins: [], daemons: [] },
  flannel: { books: podCidr, configuration: ['10-flannel.conflist'], plugins: ['flannel'], daemons: ['kube-flannel-ds'] },
  calico: {
    books: calicoBlock,
    configuration: ['10-calico.conflist', 'calico-kubeconfig'],
    plugins: ['calico', 'calico-ipam', 'flannel'],
    daemons: ['calico-node'],
  },
  weave: { books: weaveRing, configuration: ['10-weave.conflist'], plugins: ['weave-ipam', 'weave-net'], daemons: ['weave-net'] },
  cilium: { books: ciliumRange, configuration: ['05-cilium.conflist'], plugins: ['cilium-cni'], daemons: ['cilium'] },
};

const reference =
  'bandwidth bridge dhcp dummy firewall host-device host-local ipvlan loopback macvlan portmap ptp sbr static tap tuning vlan vrf'.split(
    ' ',
  );

describe.each(Object.entries(networks))('%s', (name, { books, configuration, plugins, daemons }) => {
  let lab: Lab;
  const started = () => (lab ??= labOf(settings(name as NetworkName)));

  it('comes up: nodes are ready, pods run, its daemons are everywhere', () => {
    const objects = objectsOf(started());
    const conditions = objects.list(Node).map((node) => node.status?.conditions?.find((one) => one.type === 'Ready')?.status);
    expect(conditions).toEqual(['True', 'True', 'True']);
    const idle = objects
      .list(Pod)
      .filter((one) => one.status?.phase !== 'Running' || !one.status.containerStatuses!.every((container) => container.ready));
    expect(idle.map((one) => one.metadata.name)).toEqual([]);
    const sets = objects.list(DaemonSet).filter((set) => set.metadata.name !== 'kube-proxy');
    expect(sets.map((set) => [set.metadata.name, set.status?.numberReady])).toEqual(daemons.map((daemon) => [daemon, 3]));
  });

  it('gives pods addresses that their nodes have to give', () => {
    const addresses = [
      ['a', 'node01'],
      ['b', 'node01'],
      ['c', 'node02'],
    ] as const;
    for (const [of, node] of addresses) expect([of, books(started(), node, addressOf(lab, of))]).toEqual([of, true]);
    expect(books(lab, 'node02', addressOf(lab, 'a'))).toBe(false);
  });

  it('puts its files where it does', () => {
    for (const node of ['controlplane', 'node01', 'node02']) {
      const files = filesOf(started(), node);
      expect(listDirectory(files, '/etc/cni/net.d')).toEqual(configuration);
      expect(listDirectory(files, '/opt/cni/bin')!.filter((one) => !reference.includes(one))).toEqual(plugins);
    }
  });

  it('lets every pod reach every pod, as itself, and machines their own', () => {
    expect(breaches(started())).toEqual([]);
  });

  it('carries packets that look up a name', () => {
    started();
    const kubernetes = traceFlow(lab, { from: 'pod:default/c', to: 'https://kubernetes.default/' });
    expect([kubernetes.outcome, kubernetes.destination?.address]).toEqual(['connected', '172.30.1.2']);
  });

  it('takes an address back, and gives it again', () => {
    const start = started().snapshot;
    const remove = (one: string) =>
      lab.change(({ objects, now }) => {
        const old = objects.get(Pod, 'default', one)!;
        const deletionTimestamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
        objects.put(Pod, { ...old, metadata: { ...old.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 } });
      });
    remove('c');
    expect(objectsOf(lab).get(Pod, 'default', 'c')).toBeUndefined();
    const links = lab.snapshot.hosts.get(nodeName('node02'))!.kernel.namespaces;
    expect(links.size).toBe(start.hosts.get(nodeName('node02'))!.kernel.namespaces.size - 1);
    lab.restore(start);
  });
});

describe('without a network', () => {
  it('nodes are not ready, and what needs an address waits', () => {
    const objects = objectsOf(labOf(settings('none')));
    const ready = objects.list(Node).map((node) => node.status?.conditions?.find((one) => one.type === 'Ready'));
    expect(ready.map((one) => one?.status)).toEqual(['False', 'False', 'False']);
    expect(ready[0]!.message).toMatch(/cni plugin not initialized$/);
    const coredns = objects.list(Pod).filter((one) => one.metadata.labels?.['k8s-app'] === 'kube-dns');
    expect(coredns.map((one) => one.status?.phase)).toEqual(['Pending', 'Pending']);
  });

  const podSubnet = '10.244.0.0/16';
  const rows: readonly (readonly [what: string, manifests: readonly object[], more?: Partial<ClusterSettings>])[] = [
    ['flannel without tunnels', flannelManifests({ podSubnet, backend: 'host-gw' })],
    ['Calico over VXLAN', calicoManifests({ podSubnet, encapsulation: 'vxlan' })],
    ['Calico without tunnels', calicoManifests({ podSubnet, encapsulation: 'none' })],
    ['Cilium with a pool of its own', ciliumManifests({})],
    ['Weave with a range of its own', weaveManifests({ range: podSubnet })],
  ];
  it.each(rows)('%s is applied like any manifest, and every pod reaches every pod', (_what, manifests) => {
    const lab = labOf(settings('none'), [...(manifests as readonly KubeObject[]), ...pods]);
    const idle = objectsOf(lab)
      .list(Pod)
      .filter((one) => one.status?.phase !== 'Running');
    expect(idle.map((one) => one.metadata.name)).toEqual([]);
    expect(breaches(lab)).toEqual([]);
  });
});

describe('what goes wrong, and is mended', () => {
  const readyOf = (lab: Lab, daemon: string) => objectsOf(lab).get(DaemonSet, 'kube-system', daemon)?.status?.numberReady;

  it('agents of Cilium crash for want of ranges until the operator runs', () => {
    const manifests = ciliumManifests({}).map((one) =>
      one.kind === 'Deployment' ? { ...one, spec: { ...(one['spec'] as object), replicas: 0 } } : one,
    );
    const lab = labOf(settings('none'), [...(manifests as unknown as readonly KubeObject[])]);
    expect(readyOf(lab, 'cilium')).toBe(0);
    lab.change(({ objects }) => {
      const operator = objects.get(Deployment, 'kube-system', 'cilium-operator')!;
      objects.put(Deployment, { ...operator, spec: { ...operator.spec, replicas: 1 } });
    });
    expect(readyOf(lab, 'cilium')).toBe(3);
    expect(rangesOf(objectsOf(lab)).size).toBe(3);
  });

  it('an update that makes calico-node fail stops at the first node, and goes on once it is mended', () => {
    const lab = labOf(settings('calico'));
    const setMethod = (method: string) =>
      lab.change(({ objects }) => {
        const set = objects.get(DaemonSet, 'kube-system', 'calico-node')!;
        const { spec } = set.spec.template;
        const containers = spec!.containers.map((one) => ({
          ...one,
          env: [
            ...(one.env ?? []).filter(({ name }) => name !== 'IP_AUTODETECTION_METHOD'),
            { name: 'IP_AUTODETECTION_METHOD', value: method },
          ],
        }));
        objects.put(DaemonSet, { ...set, spec: { ...set.spec, template: { ...set.spec.template, spec: { ...spec!, containers } } } });
      });
    setMethod('interface=eth7');
    expect(readyOf(lab, 'calico-node')).toBe(2);
    expect(reach(lab, 'a', 'c')).toBe('connected');
    setMethod('interface=eth.*');
    expect(readyOf(lab, 'calico-node')).toBe(3);
  });
});

describe('in clusters of other kinds', () => {
  const rows: readonly (readonly [cni: NetworkName, what: string, more: Partial<ClusterSettings>])[] = [
    ['bridge', 'Kubernetes 1.20', { kubernetesVersion: 'v1.20.0' }],
    ['calico', 'Kubernetes 1.21', { kubernetesVersion: 'v1.21.4' }],
    ['bridge', 'two families', dualStack],
    ['flannel', 'two families', dualStack],
    ['bridge', 'IPv6 alone', onlyIPv6],
    ['flannel', 'IPv6 alone', onlyIPv6],
    ['calico', 'kube-proxy with nftables', { kubeProxy: { mode: 'nftables' } }],
    ['cilium', 'kube-proxy with IPVS', { kubeProxy: { mode: 'ipvs' } }],
  ];
  it.each(rows)('%s: %s', (cni, _what, more) => {
    const lab = labOf(settings(cni, more));
    const addresses = objectsOf(lab).get(Pod, 'default', 'c')!.status!.podIPs!;
    expect(addresses).toHaveLength((more.podSubnet ?? '').split(',').length);
    expect(breaches(lab)).toEqual([]);
    expect(traceFlow(lab, { from: 'pod:default/a', to: 'https://kubernetes.default/' }).outcome).toBe('connected');
  });
});

describe('files of a scenario', () => {
  it('hold, whatever a network has written there', () => {
    const path = '/etc/cni/net.d/10-flannel.conflist';
    const { lab } = startCluster({
      settings: settings('flannel'),
      objects: [],
      files: [{ node: 'node01', path, content: '{' }],
      seed: '0',
    });
    expect(readFile(filesOf(lab, 'node01'), path)).toBe('{');
    const ready = objectsOf(lab)
      .list(Node)
      .map((node) => node.status?.conditions?.find((one) => one.type === 'Ready')?.status);
    expect(ready).toEqual(['True', 'False', 'True']);
  });
});

describe('a cluster that has been dumped', () => {
  // What belongs to which of Weave's peers is written on their machines alone, and no dump has it.
  it.each(Object.keys(networks).filter((name) => name !== 'weave'))('%s: pods keep their addresses', (name) => {
    const { store } = objectsOf(labOf(settings(name as NetworkName)));
    const all = [...store.values()].flatMap((namespaces) => [...namespaces.values()].flatMap((objects) => [...objects.values()]));
    // Without the first one the others would get its address, had they none of their own.
    const dump = all.filter((one) => one.kind !== 'Pod' || one.metadata.name !== 'a');
    const lab = labOf(settings(name as NetworkName), dump);
    const addresses = (objects: readonly KubeObject[]) =>
      objects
        .filter((one) => one.kind === 'Pod')
        .map((one) => `${one.metadata.name} ${(one as Pod).status?.podIP}`)
        .sort();
    expect(addresses(objectsOf(lab).list(Pod))).toEqual(addresses(dump));
  });
});
