/** The scenario file, version 1: every field with what it means. `cka-net schema` prints it as JSON Schema. */
import * as z from 'zod';
import { difficulties, subjectKeys, topicKeys } from '#learn/curriculum.ts';
import { faultNames, faultOf } from '#learn/faults/index.ts';
import { Question } from '#learn/question.ts';
import { outsideProblem } from '#lab/outside.ts';
import { parseCidr, parseIp } from '#net/ip.ts';
import { didYouMean } from './nearest.ts';

export const scenarioApiVersion = 'cka-net/v1';

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: 'must be lower-case letters, digits and dashes' });
const cidr = z.string().refine((text) => parseCidr(text) !== undefined, { error: 'must be a CIDR, like 10.244.1.0/24' });
const cidrs = z.string().refine(isOneCidrPerFamily, { error: 'must be a CIDR, or an IPv4 and an IPv6 one with a comma between them' });
const ip = z.string().refine((text) => parseIp(text) !== undefined, { error: 'must be an IP address' });

export const NodeSpec = z.strictObject({
  name: name.describe("The node's name."),
  roles: z
    .array(z.enum(['control-plane']))
    .default([])
    .describe('`control-plane`, or nothing for a worker.'),
  addresses: z.array(ip).min(1).optional().describe('Its addresses on the node network, one a family; handed out when absent.'),
  podCIDRs: z.array(cidr).min(1).max(2).optional().describe('Its pod ranges; normally allocated by the controller manager.'),
  labels: z.record(z.string(), z.string()).optional().describe('Labels beside those every node has, such as its zone.'),
});
export type NodeSpec = z.infer<typeof NodeSpec>;

/** The cluster of a stream that does not describe one. */
export const defaultNodes: readonly NodeSpec[] = [
  { name: 'controlplane', roles: ['control-plane'], addresses: ['172.30.1.2'] },
  { name: 'node01', roles: [], addresses: ['172.30.2.2'] },
  { name: 'node02', roles: [], addresses: ['172.30.3.2'] },
];

export const ClusterSpec = z.strictObject({
  kubernetesVersion: z
    .string()
    .regex(/^v1\.(2\d|3[0-6])\.\d+$/, { error: 'must be a version from v1.20.0 to v1.36.x, like v1.36.2' })
    .default('v1.36.2')
    .describe('The version of Kubernetes; output follows it.'),
  networking: z
    .strictObject({
      podSubnet: cidrs.default('10.244.0.0/16').describe('The range of all pods; two, one a family, for dual stack.'),
      serviceSubnet: cidrs.default('10.96.0.0/12').describe('The range of all ClusterIPs.'),
      dnsDomain: z
        .string()
        .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: 'must be a DNS domain, like cluster.local' })
        .default('cluster.local')
        .describe('The DNS domain of the cluster.'),
    })
    .prefault({})
    .describe("The fields of kubeadm's ClusterConfiguration.networking."),
  nodeCIDRMaskSize: z.int().min(8).max(30).default(24).describe("The length of each node's IPv4 pod range."),
  nodeCIDRMaskSizeIPv6: z.int().min(48).max(124).default(64).describe("The length of each node's IPv6 pod range."),
  serviceNodePortRange: z
    .string()
    .refine(isPortRange, { error: 'must be two ports with a dash between them, like 30000-32767' })
    .default('30000-32767')
    .describe('The range of node ports.'),
  kubeProxy: z
    .looseObject({
      mode: z.enum(['iptables', 'ipvs', 'nftables', 'userspace']).default('iptables').describe('How kube-proxy writes its rules.'),
    })
    .prefault({})
    .describe('The fields of KubeProxyConfiguration.'),
  cni: z.enum(['bridge', 'flannel', 'weave', 'calico', 'cilium', 'none']).default('flannel').describe('The network add-on.'),
  nodes: z
    .array(NodeSpec)
    .min(1)
    .optional()
    .describe('The nodes; one control plane and two workers when absent. Node objects in the stream are nodes too.'),
  addons: z
    .array(
      z.enum(['ingress-nginx', 'gateway-api', 'metallb', 'nodelocaldns', 'metrics-server']).refine((name) => name !== 'metrics-server', {
        error: ({ input }) => `asks for the add-on ${String(input)}, which is not simulated (docs/fidelity.md): leave it out`,
      }),
    )
    .default([])
    .describe('Add-ons to install.'),
  missingImages: z.array(z.string().min(1)).default([]).describe('Images that cannot be pulled.'),
  outsideNames: z
    .string()
    .refine((text) => outsideProblem(text) === undefined, {
      error: ({ input }) => `must be records as in a zone file, like "example.com. A 192.0.2.10": ${outsideProblem(String(input)) ?? ''}`,
    })
    .optional()
    .describe('What the resolvers outside the cluster know, as in a zone file; without it none of them answers, as without internet.'),
});
export type ClusterSpec = z.infer<typeof ClusterSpec>;

export const NodeFile = z.strictObject({
  node: z.string().optional().describe('The node; every node when absent.'),
  path: z.string().regex(/^\/./, { error: 'must be an absolute path' }).describe('The file, by its absolute path.'),
  content: z.string().describe('What it holds; `content: |` keeps the lines that follow.'),
});
export type NodeFile = z.infer<typeof NodeFile>;

const faultName = z.string().refine((name) => faultOf(name) !== undefined, {
  error: ({ input }) =>
    `must be a fault of the catalogue, not "${String(input)}"${didYouMean(String(input), faultNames) || '; docs/coverage.md lists them'}`,
});

export const BreakStep = z
  .union([
    z.string().min(1),
    z.strictObject({
      fault: faultName.describe('A fault of the catalogue (docs/coverage.md lists them), by its name.'),
      with: z
        .record(z.string(), z.string())
        .default({})
        .describe('Where it strikes: its parameters by name; each has a value that it takes when absent.'),
    }),
  ])
  .describe('Shell lines, or a fault of the catalogue.');
export type BreakStep = z.infer<typeof BreakStep>;

const word = z.union([
  z.string().regex(/^\S{1,63}$/, { error: 'must be one word of at most 63 characters, without blanks' }),
  z.int().nonnegative(),
]);
const words = z.union([word, z.array(word).min(1)]);

export const Varied = z
  .union([
    z.array(words).min(2).max(32),
    z.strictObject({ swap: z.array(words).min(2).max(32).describe('Words that are all in the file and change places.') }),
  ])
  .describe('Words, of which the seed puts another one in the place of the first; or words that change places.');

export const ScenarioDocument = z
  .strictObject({
    apiVersion: z.literal(scenarioApiVersion).describe('The version of this format.'),
    kind: z.literal('Scenario').describe('Tells the lesson from the objects.'),
    metadata: z
      .strictObject({
        name: name.describe("The scenario's name: the file's name without .yaml."),
        title: z.string().min(1).optional().describe('A title for people.'),
        topic: z.enum(topicKeys).optional().describe('The topic of the curriculum it belongs to.'),
        difficulty: z.enum(difficulties).optional().describe('How hard it is.'),
        tags: z.array(z.string().min(1)).default([]).describe('Words to find it by.'),
        faults: z
          .array(faultName)
          .default([])
          .describe(
            'The faults of the catalogue that its shell lines, files or objects make; those that `break` names are counted anyway.',
          ),
        subjects: z
          .array(z.enum(subjectKeys))
          .default([])
          .describe('What of the curriculum it is about, in all topics; docs/coverage.md lists them.'),
        after: z.array(name).default([]).describe('The scenarios that should be known before this one.'),
        licence: z.string().min(1).optional().describe('The licence of the scenario, as an SPDX expression.'),
      })
      .describe('What it is called and where it belongs.'),
    spec: z
      .strictObject({
        clock: z.iso
          .datetime({ offset: true, error: 'must be a time like 2026-11-23T10:00:00Z' })
          .optional()
          .describe('The simulated now; a fixed moment after the youngest timestamp when absent.'),
        story: z.string().default('').describe('What the learner is told first; Markdown.'),
        cluster: ClusterSpec.prefault({}).describe('The cluster; every field has a default.'),
        files: z.array(NodeFile).default([]).describe('Files that are laid over what the bring-up writes on a node.'),
        break: z
          .union([z.string(), z.array(BreakStep)])
          .default('')
          .describe(
            'Shell lines, run on the control plane after the healthy cluster is up; or a list of such lines and of faults by name.',
          ),
        questions: z.array(Question).default([]).describe('What is asked, in this order.'),
        vary: z
          .array(Varied)
          .max(32)
          .default([])
          .describe('What differs on a second visit: lists of words, the first as the file says it, such as [shop, market, bakery].'),
      })
      .prefault({})
      .describe('The lesson.'),
  })
  .describe('A lesson of cka-net. All other documents of the stream are plain Kubernetes objects.');
export type ScenarioDocument = z.infer<typeof ScenarioDocument>;

function isOneCidrPerFamily(text: string): boolean {
  const parts = text.split(',').map(parseCidr);
  return parts.length <= 2 && !parts.includes(undefined) && new Set(parts.map((one) => one!.includes(':'))).size === parts.length;
}

function isPortRange(text: string): boolean {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  return from !== undefined && to !== undefined && Number(from) >= 1 && Number(to) <= 65535 && Number(from) <= Number(to);
}
