/** Who reaches whom under which policies, drawn by hand: rows send, columns are sent to; `.` passes, `X` does not. */
import { describe, expect, it } from '@jest/globals';
import { dialects, type Dialect } from '#dataplane/policy/dialect.ts';
import { matrixOf, picture } from './town.ts';

type Case = readonly [what: string, traffic: string, policies: string, drawn: string, dialect?: Dialect];

const denyIngress = '- {name: x/deny, policyTypes: [Ingress]}';

const isolation: readonly Case[] = [
  [
    'no policy: everything passes',
    'TCP 80',
    '',
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'default deny of ingress closes a namespace from outside and inside, but nobody to himself',
    'TCP 80',
    denyIngress,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  X  .  .  .  .  .
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'default deny of egress lets nobody out',
    'TCP 80',
    '- {name: x/deny, policyTypes: [Egress]}',
    `     xa xb ya yb za out
     xa  .  X  X  X  X  X
     xb  X  .  X  X  X  X
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'default deny of both, of one pod',
    'TCP 80',
    '- {name: y/deny, podSelector: {matchLabels: {app: a}}, policyTypes: [Ingress, Egress]}',
    `     xa xb ya yb za out
     xa  .  .  X  .  .  .
     xb  .  .  X  .  .  .
     ya  X  X  .  X  X  X
     yb  .  .  X  .  .  .
     za  .  .  X  .  .  .
     out .  .  X  .  .  -`,
  ],
  [
    'a rule without anything allows everything again',
    'TCP 80',
    `${denyIngress}
- {name: x/open, policyTypes: [Ingress], ingress: [{}]}`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'policyTypes without Ingress: rules of ingress mean nothing, and isolate nobody',
    'TCP 80',
    `- name: x/odd
  policyTypes: [Egress]
  ingress: [{from: [{podSelector: {matchLabels: {app: a}}}]}]
  egress: [{to: [{podSelector: {}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  X  X  X  X
     xb  .  .  X  X  X  X
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'no policyTypes, but rules of egress: isolated in both directions',
    'TCP 80',
    `- name: x/both
  egress: [{to: [{podSelector: {}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  X  X  X  X
     xb  X  .  X  X  X  X
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'no policyTypes and no rules: isolated for ingress alone',
    'TCP 80',
    '- {name: z/quiet}',
    `     xa xb ya yb za out
     xa  .  .  .  .  X  .
     xb  .  .  .  .  X  .
     ya  .  .  .  .  X  .
     yb  .  .  .  .  X  .
     za  .  .  .  .  .  .
     out .  .  .  .  X  -`,
  ],
  [
    'a policy of another namespace isolates nobody here',
    'TCP 80',
    '- {name: nowhere/deny, policyTypes: [Ingress, Egress]}',
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
];

const peers: readonly Case[] = [
  [
    'a podSelector alone means pods of the own namespace: y has an `a` too, and stays out',
    'TCP 80',
    `- name: x/from-a
  podSelector: {matchLabels: {app: b}}
  ingress: [{from: [{podSelector: {matchLabels: {app: a}}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  X  .  .  .  .
     yb  .  X  .  .  .  .
     za  .  X  .  .  .  .
     out .  X  .  .  .  -`,
  ],
  [
    'a namespaceSelector alone means all pods there, and not those of the own namespace',
    'TCP 80',
    `- name: x/from-blue
  ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  X  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'one peer with both selectors: AND',
    'TCP 80',
    `- name: x/and
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {team: blue}}
          podSelector: {matchLabels: {app: a}}`,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  X  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  X  X  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'the same selectors as two peers: OR, and the podSelector now means the own namespace',
    'TCP 80',
    `- name: x/or
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {team: blue}}
        - podSelector: {matchLabels: {app: a}}`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  X  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'an empty namespaceSelector: all pods of the cluster, and nobody else',
    'TCP 80',
    `- name: x/pods
  ingress: [{from: [{namespaceSelector: {}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'an empty podSelector: all pods of the own namespace',
    'TCP 80',
    `- name: x/neighbours
  ingress: [{from: [{podSelector: {}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'an empty namespaceSelector with a podSelector: such pods everywhere',
    'TCP 80',
    `- name: x/from-all-a
  ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: a}}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  X  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  X  X  .  .  .  .
     za  .  .  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'an empty list of peers is as none: everybody',
    'TCP 80',
    '- {name: x/anybody, ingress: [{from: []}]}',
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'an empty list of rules: nobody',
    'TCP 80',
    '- {name: x/nobody, ingress: []}',
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  X  .  .  .  .  .
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'a namespace by its own name',
    'TCP 80',
    `- name: y/from-z
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  X  X  .  .
     xb  .  .  X  X  .  .
     ya  .  .  .  X  .  .
     yb  .  .  X  .  .  .
     za  .  .  .  .  .  .
     out .  .  X  X  .  -`,
  ],
  [
    'NotIn selects also what has no such label',
    'TCP 80',
    `- name: x/not-red
  ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [red]}]}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  X  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'DoesNotExist selects only what has no such label; a subject by Exists',
    'TCP 80',
    `- name: x/teamless
  podSelector: {matchExpressions: [{key: tier, operator: Exists}]}
  ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  X  .  .  .  .  .
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  .  .  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'a subject by labels and expressions: both must hold',
    'TCP 80',
    `- name: x/web
  podSelector: {matchLabels: {app: a}, matchExpressions: [{key: tier, operator: In, values: [web, db]}]}`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  X  .  .  .  .  .
     ya  X  .  .  .  .  .
     yb  X  .  .  .  .  .
     za  X  .  .  .  .  .
     out X  .  .  .  .  -`,
  ],
  [
    'egress to a namespace',
    'TCP 80',
    `- name: x/to-y
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {matchLabels: {team: blue}}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  .  .  X  X
     xb  X  .  .  .  X  X
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
];

const blocks: readonly Case[] = [
  [
    'ipBlock means pods too; what is excepted is left out',
    'TCP 80',
    `- name: y/block
  ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/28, except: [10.1.0.2/32]}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  X  X  .  .
     ya  .  .  .  X  .  .
     yb  .  .  X  .  .  .
     za  .  .  X  X  .  .
     out .  .  X  X  .  -`,
  ],
  [
    'what one peer excepts, another may allow',
    'TCP 80',
    `- name: y/block
  ingress:
    - from: [{ipBlock: {cidr: 10.1.0.0/24, except: [10.1.0.0/28]}}]
    - from: [{ipBlock: {cidr: 10.1.0.2/32}}]`,
    `     xa xb ya yb za out
     xa  .  .  X  X  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  X  X  .  -`,
  ],
  [
    'from outside alone',
    'TCP 80',
    `- name: z/visitors
  ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  X  .
     xb  .  .  .  .  X  .
     ya  .  .  .  .  X  .
     yb  .  .  .  .  X  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'to the world, and not to the cluster',
    'TCP 443',
    `- name: x/world
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  X  X  X  .
     xb  X  .  X  X  X  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'host bits in a range, which earlier versions let in, are cut off',
    'TCP 80',
    `- name: y/sloppy
  ingress: [{from: [{ipBlock: {cidr: 10.1.0.2/30}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  X  .  .
     yb  .  .  X  .  .  .
     za  .  .  X  X  .  .
     out .  .  X  X  .  -`,
  ],
  [
    'Cilium: a block never means a pod',
    'TCP 80',
    `- name: y/block
  ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]`,
    `     xa xb ya yb za out
     xa  .  .  X  X  .  .
     xb  .  .  X  X  .  .
     ya  .  .  .  X  .  .
     yb  .  .  X  .  .  .
     za  .  .  X  X  .  .
     out .  .  .  .  .  -`,
    dialects.cilium,
  ],
];

const webPorts = `- name: x/web
  ingress: [{ports: [{port: web}]}]`;
const webEgress = `- name: y/web
  policyTypes: [Egress]
  egress: [{ports: [{port: web}]}]`;
const range = `- name: x/range
  podSelector: {matchLabels: {app: b}}
  ingress: [{ports: [{port: 8000, endPort: 8080}]}]`;

const ports: readonly Case[] = [
  [
    'a name is that of the pod: `web` of a is 80',
    'TCP 80',
    webPorts,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  X  .  .  .  .
     yb  .  X  .  .  .  .
     za  .  X  .  .  .  .
     out .  X  .  .  .  -`,
  ],
  [
    '… and `web` of b is 8080',
    'TCP 8080',
    webPorts,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  X  .  .  .  .  .
     ya  X  .  .  .  .  .
     yb  X  .  .  .  .  .
     za  X  .  .  .  .  .
     out X  .  .  .  .  -`,
  ],
  [
    'of egress, the destination names its ports; who names none, and who is no pod, is not meant',
    'TCP 80',
    webEgress,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  X  .  X  X  X
     yb  .  X  .  .  X  X
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'a name belongs to its protocol',
    'UDP 80',
    webPorts,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  X  .  .  .  .  .
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'Weave Net: `http` is what /etc/services says',
    'TCP 80',
    `- name: x/web
  ingress: [{ports: [{port: http}]}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
    dialects.weave,
  ],
  [
    'Weave Net: what is not in /etc/services opens nothing; not even to oneself, by a Service',
    'TCP 80',
    webPorts,
    `     xa xb ya yb za out
     xa  X  X  .  .  .  .
     xb  X  X  .  .  .  .
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
    dialects.weave,
  ],
  [
    'a range of ports, its last one',
    'TCP 8080',
    range,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    '… and the one after',
    'TCP 8081',
    range,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  .  .  .  .  .  .
     ya  .  X  .  .  .  .
     yb  .  X  .  .  .  .
     za  .  X  .  .  .  .
     out .  X  .  .  .  -`,
  ],
  [
    'Weave Net knows no ranges: the first port alone',
    'TCP 8080',
    range,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  .  X  .  .  .  .
     ya  .  X  .  .  .  .
     yb  .  X  .  .  .  .
     za  .  X  .  .  .  .
     out .  X  .  .  .  -`,
    dialects.weave,
  ],
  [
    'a protocol without a port: all its ports, and no other protocol',
    'TCP 53',
    `- name: x/udp
  policyTypes: [Egress]
  egress: [{ports: [{protocol: UDP}]}]`,
    `     xa xb ya yb za out
     xa  .  X  X  X  X  X
     xb  X  .  X  X  X  X
     ya  .  .  .  .  .  .
     yb  .  .  .  .  .  .
     za  .  .  .  .  .  .
     out .  .  .  .  .  -`,
  ],
  [
    'ping passes no rule that names ports',
    'ICMP',
    `- name: x/ports
  ingress: [{ports: [{protocol: TCP}, {protocol: UDP}, {protocol: SCTP}]}]
- name: y/no-ports
  ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  X  .  .  .  .  .
     ya  X  X  .  X  .  .
     yb  X  X  X  .  .  .
     za  X  X  X  X  .  .
     out X  X  X  X  .  -`,
  ],
  [
    'peer and port of one rule belong together',
    'TCP 80',
    `- name: x/two
  podSelector: {matchLabels: {app: a}}
  ingress:
    - from: [{namespaceSelector: {matchLabels: {team: blue}}}]
      ports: [{port: 443}]
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]
      ports: [{port: 80}]`,
    `     xa xb ya yb za out
     xa  .  .  .  .  .  .
     xb  X  .  .  .  .  .
     ya  X  .  .  .  .  .
     yb  X  .  .  .  .  .
     za  .  .  .  .  .  .
     out X  .  .  .  .  -`,
  ],
];

const together: readonly Case[] = [
  [
    'two policies of one pod: what either allows',
    'TCP 80',
    `- name: x/from-z
  podSelector: {matchLabels: {app: a}}
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]
- name: x/from-b
  ingress: [{from: [{podSelector: {matchLabels: {app: b}}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  .  .  .  .
     xb  .  .  .  .  .  .
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  .  X  .  .  .  .
     out X  X  .  .  .  -`,
  ],
  [
    'both ends must agree: x may go to y, and y takes in only what is called a',
    'TCP 80',
    `- name: x/to-y
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {matchLabels: {team: blue}}}]}]
- name: y/from-a
  ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: a}}}]}]`,
    `     xa xb ya yb za out
     xa  .  X  .  .  X  X
     xb  X  .  X  X  X  X
     ya  .  .  .  .  .  .
     yb  .  .  X  .  .  .
     za  .  .  .  .  .  .
     out .  .  X  X  .  -`,
  ],
  [
    'deny everywhere, and DNS to z alone',
    'UDP 53',
    `- {name: x/deny, policyTypes: [Ingress, Egress]}
- {name: y/deny, policyTypes: [Ingress, Egress]}
- name: x/dns
  policyTypes: [Egress]
  egress:
    - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]
      ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]`,
    `     xa xb ya yb za out
     xa  .  X  X  X  .  X
     xb  X  .  X  X  .  X
     ya  X  X  .  X  X  X
     yb  X  X  X  .  X  X
     za  X  X  X  X  .  .
     out X  X  X  X  .  -`,
  ],
  [
    'Calico: who comes back to himself by a Service needs a rule',
    'TCP 80',
    denyIngress,
    `     xa xb ya yb za out
     xa  X  X  .  .  .  .
     xb  X  X  .  .  .  .
     ya  X  X  .  .  .  .
     yb  X  X  .  .  .  .
     za  X  X  .  .  .  .
     out X  X  .  .  .  -`,
    dialects.calico,
  ],
];

describe.each([
  ['isolation', isolation],
  ['peers', peers],
  ['ipBlock', blocks],
  ['ports', ports],
  ['several policies', together],
] as const)('%s', (_, cases) => {
  it.each(cases.map((one) => [one[0], one[1], one] as const))('%s (%s)', (_what, traffic, [, , policies, drawn, dialect]) =>
    expect(matrixOf(policies, traffic, dialect)).toBe(picture(drawn)),
  );
});
