/** Weave Net's manifest, weave-daemonset-k8s-1.11.yaml. */
import {
  access,
  clusterAccess,
  fieldEnv,
  hostVolume,
  mount,
  policyRule,
  serviceAccount,
  valueEnv,
  type Manifest,
} from '../manifest-parts.ts';
import { weaveVersion } from './weave.ts';

export const namespace = 'kube-system';
export const images = {
  weave: `ghcr.io/weaveworks/launcher/weave-kube:${weaveVersion}`,
  npc: `ghcr.io/weaveworks/launcher/weave-npc:${weaveVersion}`,
} as const;

const labels = { name: 'weave-net' };

const rules = [
  policyRule('', 'pods namespaces nodes', 'get list watch'),
  policyRule('extensions', 'networkpolicies', 'get list watch'),
  policyRule('networking.k8s.io', 'networkpolicies', 'get list watch'),
  policyRule('', 'nodes/status', 'patch update'),
];

const ownRules = [{ ...policyRule('', 'configmaps', 'get update'), resourceNames: ['weave-net'] }, policyRule('', 'configmaps', 'create')];

/** `range`: IPALLOC_RANGE, where the pods' addresses shall not be of 10.32.0.0/12. */
export function weaveManifests({ range = '' }: { readonly range?: string }): readonly Manifest[] {
  const account = { namespace, name: 'weave-net' };
  return [
    serviceAccount(namespace, 'weave-net', labels),
    ...clusterAccess(account, 'weave-net', rules, labels),
    ...access(account, 'weave-net', ownRules, labels),
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'weave-net', namespace, labels },
      spec: {
        minReadySeconds: 5,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(range) },
        updateStrategy: { type: 'RollingUpdate' },
      },
    },
  ];
}

function podSpec(range: string) {
  const privileged = { securityContext: { privileged: true } };
  const lock = mount('xtables-lock', '/run/xtables.lock');
  const hostname = fieldEnv('HOSTNAME', 'spec.nodeName');
  const requests = { resources: { requests: { cpu: '50m', memory: '100Mi' } } };
  return {
    initContainers: [
      {
        name: 'weave-init',
        image: images.weave,
        command: ['/home/weave/init.sh'],
        ...privileged,
        volumeMounts: [
          mount('cni-bin', '/host/opt'),
          mount('cni-bin2', '/host/home'),
          mount('cni-conf', '/host/etc'),
          mount('lib-modules', '/lib/modules'),
          lock,
        ],
      },
    ],
    containers: [
      {
        name: 'weave',
        image: images.weave,
        command: ['/home/weave/launch.sh'],
        env: [...valueEnv({ INIT_CONTAINER: 'true', ...(range !== '' && { IPALLOC_RANGE: range }) }), hostname],
        readinessProbe: { httpGet: { host: '127.0.0.1', path: '/status', port: 6784 } },
        ...requests,
        ...privileged,
        volumeMounts: [
          mount('weavedb', '/weavedb'),
          mount('dbus', '/host/var/lib/dbus', { readOnly: true }),
          mount('cni-machine-id', '/host/etc/machine-id', { readOnly: true }),
          lock,
        ],
      },
      { name: 'weave-npc', image: images.npc, env: [hostname], ...requests, ...privileged, volumeMounts: [lock] },
    ],
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    restartPolicy: 'Always',
    securityContext: { seLinuxOptions: {} },
    serviceAccountName: 'weave-net',
    priorityClassName: 'system-node-critical',
    tolerations: [
      { effect: 'NoSchedule', operator: 'Exists' },
      { effect: 'NoExecute', operator: 'Exists' },
    ],
    volumes: [
      hostVolume('weavedb', '/var/lib/weave'),
      hostVolume('cni-bin', '/opt'),
      hostVolume('cni-bin2', '/home'),
      hostVolume('cni-conf', '/etc'),
      hostVolume('cni-machine-id', '/etc/machine-id'),
      hostVolume('dbus', '/var/lib/dbus'),
      hostVolume('lib-modules', '/lib/modules'),
      hostVolume('xtables-lock', '/run/xtables.lock', 'FileOrCreate'),
    ],
  };
}
