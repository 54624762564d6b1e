import { addIp, baseOf, cidr, ip, networkOf } from '#net/ip.ts';
import type { Draw } from '../draw.ts';
import type { DrillKind, Exercise } from '../kind.ts';

/** Ranges of nodes: how the controller manager cuts the pod subnet. */
export const podCidr: DrillKind = {
  kind: 'pod-cidr',
  title: 'Pod ranges of nodes',
  trains: 'how the pod subnet is cut up among the nodes',
  topic: 'ipam',
  make: (draw) => draw.of([ofNode, howMany, whichNode])(draw),
};

const docs = 'https://kubernetes.io/docs/concepts/cluster-administration/networking/';

interface Plan {
  readonly podSubnet: string;
  readonly mask: number;
  readonly cluster: Exercise['cluster'] & object;
  readonly nodes: readonly string[];
  readonly told: string;
}

function plan(draw: Draw): Plan {
  const length = draw.int(16, 20);
  const mask = draw.int(length + 3, 26);
  const podSubnet = networkOf({ ip: addIp(ip(draw.of(['10.0.0.0', '172.16.0.0'])), draw.int(1, 240) * 4096), length });
  const count = draw.int(3, 5);
  const nodes = Array.from({ length: count }, (_, i) => (i === 0 ? 'controlplane' : `node0${i}`));
  return {
    podSubnet,
    mask,
    nodes,
    cluster: {
      networking: { podSubnet, serviceSubnet: '192.168.128.0/18' },
      nodeCIDRMaskSize: mask,
      nodes: nodes.map((name, i) => ({ name, roles: i === 0 ? ['control-plane'] : [], addresses: [`192.168.${i + 1}.2`] })),
    },
    told: `kubeadm was told \`podSubnet: ${podSubnet}\`, the controller manager \`--node-cidr-mask-size=${mask}\`; ${nodes.slice(0, -1).join(', ')} and ${nodes.at(-1)} joined in this order.`,
  };
}

function ofNode(draw: Draw): Exercise {
  const { cluster, nodes, told } = plan(draw);
  const node = draw.of(nodes);
  return {
    cluster,
    question: {
      type: 'input',
      as: 'cidr',
      prompt: `${told}\n\nWhich range do the pods of \`${node}\` get their addresses from?`,
      answer: { object: { ref: `node/${node}`, jsonpath: '{.spec.podCIDR}' } },
      explain: 'The controller manager hands out the pieces of the pod subnet in order, one to each Node as it appears.',
      docs,
    },
  };
}

function howMany(draw: Draw): Exercise {
  const { cluster, podSubnet, mask, told } = plan(draw);
  return {
    cluster,
    question: {
      type: 'input',
      as: 'number',
      prompt: `${told}\n\nHow many nodes can get a range before the pod subnet is used up?`,
      answer: { range: { of: podSubnet, cut: mask } },
      explain: 'A node beyond that number stays without `spec.podCIDR`, with the event CIDRNotAvailable, and its pods get no address.',
      docs,
    },
  };
}

function whichNode(draw: Draw): Exercise {
  const { cluster, podSubnet, mask, nodes, told } = plan(draw);
  const index = draw.int(0, nodes.length - 1);
  const size = 2 ** (32 - mask);
  const address = addIp(baseOf(cidr(podSubnet)), index * size + draw.int(2, size - 2));
  const range = networkOf({ ip: address, length: mask });
  return {
    cluster,
    question: {
      type: 'choice',
      prompt: `${told}\n\nOn which node does the pod with the address \`${address}\` run?`,
      choices: nodes.map((node) => ({
        text: node,
        if: { object: { ref: `node/${node}`, jsonpath: '{.spec.podCIDR}', equals: range } },
      })),
      explain: 'The ranges follow each other: divide the distance from the start of the subnet by the size of one range.',
      docs,
    },
  };
}
