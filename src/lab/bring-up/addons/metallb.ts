/** MetalLB in layer 2 mode: our own small manifests of its controller and speakers. Its pools are the scenario's. */
import { access, clusterAccess, fieldEnv, onLinux, policyRule, serviceAccount, type Labels } from '#node/cni/networks/manifest-parts.ts';
import type { Manifest } from '../objects.ts';

const namespace = 'metallb-system';
const group = 'metallb.io';
const version = 'v0.15.2';
const app: Labels = { app: 'metallb' };

const kinds = [
  [
    'ipaddresspools',
    'IPAddressPool',
    { autoAssign: { type: 'boolean', default: true }, avoidBuggyIPs: { type: 'boolean', default: false } },
    [
      ['Auto Assign', 'boolean', '.spec.autoAssign'],
      ['Avoid Buggy IPs', 'boolean', '.spec.avoidBuggyIPs'],
      ['Addresses', 'string', '.spec.addresses'],
    ],
  ],
  [
    'l2advertisements',
    'L2Advertisement',
    {},
    [
      ['IPAddressPools', 'string', '.spec.ipAddressPools'],
      ['IPAddressPool Selectors', 'string', '.spec.ipAddressPoolSelectors'],
      ['Interfaces', 'string', '.spec.interfaces'],
    ],
  ],
] as const;

export function metallbManifests(): readonly Manifest[] {
  const account = (name: string) => ({ namespace, name });
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    },
    ...kinds.map(definition),
    serviceAccount(namespace, 'controller', app),
    serviceAccount(namespace, 'speaker', app),
    ...clusterAccess(
      account('controller'),
      'metallb-system:controller',
      [
        policyRule('', 'services namespaces', 'get list watch'),
        policyRule('', 'nodes', 'list'),
        policyRule('', 'services/status', 'update'),
        policyRule('', 'events', 'create patch'),
      ],
      app,
    ),
    ...clusterAccess(
      account('speaker'),
      'metallb-system:speaker',
      [
        policyRule('', 'services endpoints nodes namespaces', 'get list watch'),
        policyRule('discovery.k8s.io', 'endpointslices', 'get list watch'),
        policyRule('', 'events', 'create patch'),
      ],
      app,
    ),
    ...access(account('controller'), 'controller', [policyRule(group, 'ipaddresspools l2advertisements', 'get list watch')], app),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'controller', namespace, labels: { ...app, component: 'controller' } },
      spec: {
        revisionHistoryLimit: 3,
        selector: { matchLabels: { ...app, component: 'controller' } },
        template: podTemplate('controller', { args: ['--port=7472', '--log-level=info'] }),
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'speaker', namespace, labels: { ...app, component: 'speaker' } },
      spec: {
        selector: { matchLabels: { ...app, component: 'speaker' } },
        template: podTemplate(
          'speaker',
          {
            args: ['--port=7472', '--log-level=info'],
            env: [fieldEnv('METALLB_NODE_NAME', 'spec.nodeName'), fieldEnv('METALLB_HOST', 'status.hostIP')],
          },
          { hostNetwork: true, tolerations: [{ effect: 'NoSchedule', key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] },
        ),
      },
    },
  ];
}

function podTemplate(component: string, container: object, spec: object = {}): object {
  return {
    metadata: { labels: { ...app, component } },
    spec: {
      ...spec,
      nodeSelector: onLinux,
      serviceAccountName: component,
      terminationGracePeriodSeconds: component === 'speaker' ? 2 : 0,
      containers: [{ name: component, image: `quay.io/metallb/${component}:${version}`, ...container }],
    },
  };
}

function definition([plural, kind, defaults, columns]: (typeof kinds)[number]): Manifest {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const openAPIV3Schema = { ...open, properties: { spec: { ...open, properties: defaults } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1beta1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
          additionalPrinterColumns: columns.map(([name, type, jsonPath]) => ({ name, type, jsonPath })),
        },
      ],
    },
  };
}
