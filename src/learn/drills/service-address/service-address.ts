import { addIp, baseOf, cidr, ip, lastOf, networkOf, sizeOf, type Cidr } from '#net/ip.ts';
import type { Draw } from '../draw.ts';
import type { DrillKind, Exercise } from '../kind.ts';

/** What the API server hands out, and what it accepts. */
export const serviceAddress: DrillKind = {
  kind: 'service-address',
  title: 'Addresses and ports of Services',
  trains: 'which ClusterIP, which node port is given or refused',
  topic: 'services',
  make: (draw) => draw.of([firstAddress, dnsAddress, acceptedAddresses, acceptedNodePorts])(draw),
};

const docs = 'https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/';

function serviceSubnet(draw: Draw): Cidr {
  return networkOf({ ip: addIp(ip(draw.of(['10.0.0.0', '172.16.0.0'])), draw.int(300, 900_000)), length: draw.int(18, 26) });
}

function clusterWith(subnet: Cidr): { readonly networking: { readonly podSubnet: string; readonly serviceSubnet: string } } {
  return { networking: { podSubnet: '192.168.0.0/17', serviceSubnet: subnet } };
}

function firstAddress(draw: Draw): Exercise {
  const subnet = serviceSubnet(draw);
  return {
    cluster: clusterWith(subnet),
    question: {
      type: 'input',
      as: 'ip',
      prompt: `The API server runs with \`--service-cluster-ip-range=${subnet}\`. Which ClusterIP has the Service \`kubernetes\` in \`default\`?`,
      answer: { object: { ref: 'service/kubernetes', jsonpath: '{.spec.clusterIP}' } },
      explain: 'The API server takes the first address of the range for itself, before anybody else can.',
      docs,
    },
  };
}

function dnsAddress(draw: Draw): Exercise {
  const subnet = serviceSubnet(draw);
  return {
    cluster: clusterWith(subnet),
    question: {
      type: 'input',
      as: 'ip',
      prompt: `kubeadm has set up a cluster with \`serviceSubnet: ${subnet}\`. Which address stands behind \`nameserver\` in the pods' \`/etc/resolv.conf\`?`,
      answer: { object: { ref: 'service/kube-dns', namespace: 'kube-system', jsonpath: '{.spec.clusterIP}' } },
      explain: 'kubeadm gives kube-dns the tenth address of the range, so that kubelets can be told before the Service exists.',
      docs,
    },
  };
}

/** Whether the API server takes a Service, without keeping it. */
function tried(spec: object): object {
  const manifest = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'tried' }, spec };
  return { run: { line: `echo '${JSON.stringify(manifest)}' | kubectl create --dry-run=server -f -`, exitCode: 0 } };
}

function acceptedAddresses(draw: Draw): Exercise {
  const subnet = serviceSubnet(draw);
  const [base, last] = [baseOf(subnet), lastOf(subnet)];
  const inside = draw.int(20, Number(sizeOf(subnet)) - 20);
  const candidates = [
    base,
    addIp(base, 1),
    addIp(base, 10),
    addIp(base, inside),
    last,
    addIp(last, 1),
    addIp(base, -1),
    addIp(last, -1),
    addIp(base, 2),
  ];
  return {
    cluster: clusterWith(cidr(subnet)),
    question: {
      type: 'multi',
      prompt: `A kubeadm cluster, freshly set up, has \`serviceSubnet: ${subnet}\`. Which of these does the API server accept as \`spec.clusterIP\` of a new Service?`,
      choices: draw.some(candidates, 5).map((address) => ({ text: address, if: tried({ clusterIP: address, ports: [{ port: 80 }] }) })),
      explain:
        'Every address of the range but its first and its last can be asked for, unless somebody has it: `kubernetes` has the second, `kube-dns` the eleventh, counted from the network address.',
      docs,
    },
  };
}

function acceptedNodePorts(draw: Draw): Exercise {
  const from = draw.of([20000, 30000, 31000, 40000]);
  const to = from + draw.of([99, 999, 2767]);
  const candidates = [from, to, from - 1, to + 1, from + draw.int(1, 98), draw.int(1, 1024), 65536];
  return {
    cluster: { serviceNodePortRange: `${from}-${to}` },
    question: {
      type: 'multi',
      prompt: `The API server runs with \`--service-node-port-range=${from}-${to}\`. Which of these does it accept as \`nodePort\`?`,
      choices: draw.some(candidates, 4).map((nodePort) => ({
        text: String(nodePort),
        if: tried({ type: 'NodePort', ports: [{ port: 80, nodePort }] }),
      })),
      explain: 'Both ends of the range belong to it; nothing outside of it can be had.',
      docs: 'https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport',
    },
  };
}
