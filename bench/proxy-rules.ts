/** Rules of kube-proxy for a large cluster: made and written once, in a process of its own. Prints the milliseconds on stderr, and then the rules. */
import { iptablesRules } from '#dataplane/proxy/iptables/rules.ts';
import { syncTables } from '#dataplane/proxy/iptables/sync.ts';
import { saveTables } from '#dataplane/netfilter/iptables/save.ts';
import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import type { Service } from '#kube/kinds/service.ts';
import type { ProxyInput } from '#dataplane/proxy/input.ts';
import { ip } from '#net/ip.ts';
import { defaults } from '#node/kube-proxy/configuration.ts';

const services: object[] = [];
const slices: object[] = [];
for (let i = 0; i < 10_000; i++) {
  const metadata = { name: `service-${i}`, namespace: 'load' };
  const clusterIP = `10.96.${i >> 8}.${i & 255}`;
  services.push({ metadata, spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80, protocol: 'TCP' }] } });
  slices.push({
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: Array.from({ length: 10 }, (_, j) => ({
      addresses: [`10.${128 + j}.${i >> 8}.${i & 255}`],
      nodeName: `node-${j}`,
      conditions: { ready: true, serving: true, terminating: false },
    })),
  });
}
const input: ProxyInput = {
  services: services as readonly Service[],
  endpointSlices: slices as readonly EndpointSlice[],
  node: undefined,
  nodeName: 'node-0',
  config: { ...defaults, clusterCIDR: '10.128.0.0/9' },
  minorVersion: 36,
  nodeIps: [ip('192.168.0.1')],
  addresses: [ip('127.0.0.1'), ip('192.168.0.1')],
  serviceCidrs: [],
  nfacct: false,
};
const begun = performance.now();
const tables = syncTables(new Map(), iptablesRules(input, 'IPv4'), 'IPv4');
const text = saveTables(tables, { family: 'IPv4', program: 'bench', date: 'now' });
process.stderr.write(`${performance.now() - begun}\n`);
process.stdout.write(text);
