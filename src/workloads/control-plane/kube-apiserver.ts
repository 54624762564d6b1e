/** kube-apiserver: it refuses what it cannot start with, and needs its etcd (cmd/kube-apiserver/app). */
import { parseCidr, sizeOf, familyOf, type Port } from '#net/ip.ts';
import type { ContainerContext, Program, Started } from '#node/program.ts';
import { pidOf } from '../listening.ts';
import { parseFlags, unknownFlag, type Flags } from './flags.ts';

const known = new Set(
  'advertise-address allow-privileged anonymous-auth api-audiences apiserver-count audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-path audit-policy-file authentication-token-webhook-config-file authorization-mode bind-address cert-dir client-ca-file cloud-provider default-not-ready-toleration-seconds default-unreachable-toleration-seconds disable-admission-plugins egress-selector-config-file enable-admission-plugins enable-aggregator-routing enable-bootstrap-token-auth enable-priority-and-fairness encryption-provider-config endpoint-reconciler-type etcd-cafile etcd-certfile etcd-keyfile etcd-prefix etcd-servers event-ttl external-hostname feature-gates kubelet-certificate-authority kubelet-client-certificate kubelet-client-key kubelet-preferred-address-types max-requests-inflight min-request-timeout oidc-issuer-url profiling proxy-client-cert-file proxy-client-key-file requestheader-allowed-names requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers requestheader-username-headers runtime-config secure-port service-account-extend-token-expiration service-account-issuer service-account-jwks-uri service-account-key-file service-account-lookup service-account-signing-key-file service-cluster-ip-range service-node-port-range shutdown-delay-duration storage-backend storage-media-type tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file token-auth-file v watch-cache watch-cache-sizes authorization-webhook-config-file authentication-config authorization-config'.split(
    ' ',
  ),
);

/** Flags that name files which must be there, with how the failure is worded. */
const files: readonly (readonly [flag: string, words: (path: string) => string])[] = [
  ['client-ca-file', (path) => `unable to load client CA provider: open ${path}: no such file or directory`],
  ['etcd-cafile', (path) => `open ${path}: no such file or directory`],
  ['etcd-certfile', (path) => `open ${path}: no such file or directory`],
  ['etcd-keyfile', (path) => `open ${path}: no such file or directory`],
  ['service-account-key-file', (path) => `open ${path}: no such file or directory`],
  [
    'service-account-signing-key-file',
    (path) => `failed to parse service-account-issuer-key-file: open ${path}: no such file or directory`,
  ],
  ['tls-cert-file', (path) => `open ${path}: no such file or directory`],
  ['tls-private-key-file', (path) => `open ${path}: no such file or directory`],
  ['proxy-client-cert-file', (path) => `open ${path}: no such file or directory`],
  ['requestheader-client-ca-file', (path) => `open ${path}: no such file or directory`],
  ['audit-policy-file', (path) => `loading audit policy file: failed to read file path "${path}": open ${path}: no such file or directory`],
];

function refusal(context: ContainerContext, flags: Flags): string | undefined {
  const unknown = unknownFlag(flags, known);
  if (unknown !== undefined) return `Error: unknown flag: --${unknown}`;
  const ranges = (flags.get('service-cluster-ip-range') ?? '10.0.0.0/24').split(',');
  for (const range of ranges) {
    const parsed = parseCidr(range);
    if (parsed === undefined) return `E ] "command failed" err="service-cluster-ip-range is not a valid cidr: ${range}"`;
    if (familyOf(parsed) === 'IPv4' && sizeOf(parsed) < 8n)
      return `E ] "command failed" err="the service cluster IP range must be at least 8 IP addresses"`;
  }
  if (!/^\d+-\d+$/.test(flags.get('service-node-port-range') ?? '30000-32767'))
    return `Error: invalid argument "${flags.get('service-node-port-range')}" for "--service-node-port-range" flag: unable to parse port range: ${flags.get('service-node-port-range')}`;
  for (const [flag, words] of files) {
    const path = flags.get(flag);
    if (path !== undefined && context.file(path) === undefined) return `E ] "command failed" err="${words(path)}"`;
  }
  return undefined;
}

/** Reports whether an etcd answers at one of the addresses of `--etcd-servers`, on any host. */
function reachesEtcd(context: ContainerContext, flags: Flags): boolean {
  const urls = (flags.get('etcd-servers') ?? '').split(',');
  return urls.some((url) => {
    const found = /^https?:\/\/(.*):(\d+)$/.exec(url.trim());
    if (found === null) return false;
    const [address, port] = [found[1]!.replace(/^\[|\]$/g, ''), found[2]];
    for (const host of context.change.hosts.values()) {
      const here = ['127.0.0.1', '::1', 'localhost'].includes(address)
        ? host.name === context.host.name
        : host.addresses.some((one) => one === address);
      if (!here) continue;
      for (const sandbox of host.sandboxes.values()) {
        for (const container of sandbox.containers) {
          if (
            container.listeners.some(
              (one) =>
                one.process === 'etcd' &&
                one.port === Number(port) &&
                (one.address === address || one.address === '0.0.0.0' || (address === 'localhost' && one.address === '127.0.0.1')),
            )
          )
            return true;
        }
      }
    }
    return false;
  });
}

export const kubeApiserver: Program = {
  tools: new Set(['kube-apiserver']),
  entrypoint: [],
  cmd: ['kube-apiserver'],
  image: { pull: 2600, size: 30_100_000 },
  start(context): Started {
    const flags = parseFlags(context.argv.slice(1));
    const refused = refusal(context, flags);
    if (refused !== undefined) return { listeners: [], logs: [{ stderr: refused }], exit: { after: 400, code: 1 } };
    if (!reachesEtcd(context, flags)) {
      const server = (flags.get('etcd-servers') ?? '').split(',')[0]!.replace(/^https?:\/\//, '');
      const logs = [
        `W logging.go:55] [core] [Channel #1 SubChannel #3]grpc: addrConn.createTransport failed to connect to {Addr: "${server}", ServerName: "${server}", }. Err: connection error: desc = "transport: Error while dialing: dial tcp ${server}: connect: connection refused"`,
      ];
      return {
        listeners: [],
        logs: [],
        exit: {
          after: 20_000,
          code: 1,
          logs: [...logs, 'F instance.go:233] Error creating leases: error creating storage factory: context deadline exceeded'],
        },
      };
    }
    const port = Number(flags.get('secure-port') ?? 6443) as Port;
    return {
      listeners: [{ protocol: 'TCP', address: '::', port, process: 'kube-apiserver', pid: pidOf(context), speaks: 'https' }],
      logs: [{ stderr: `I secure_serving.go:211] Serving securely on [::]:${port}` }],
      stopsAfter: 500,
    };
  },
  serve: (_context, request) =>
    ['/livez', '/readyz', '/healthz'].includes(request.path.split('?')[0]!)
      ? { status: 200, headers: {}, body: 'ok' }
      : { status: 403, headers: {}, body: '' },
};
