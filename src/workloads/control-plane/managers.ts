/** kube-controller-manager and kube-scheduler: they start when their flags and kubeconfig are in order. */
import type { Program } from '#node/program.ts';
import type { Port } from '#net/ip.ts';
import { pidOf } from '../listening.ts';
import { parseFlags, unknownFlag } from './flags.ts';

function manager(name: string, port: number, known: ReadonlySet<string>, needed: readonly string[]): Program {
  return {
    tools: new Set([name]),
    entrypoint: [],
    cmd: [name],
    image: { pull: 1900, size: 22_000_000 },
    start(context) {
      const flags = parseFlags(context.argv.slice(1));
      const unknown = unknownFlag(flags, known);
      if (unknown !== undefined)
        return { listeners: [], logs: [{ stderr: `Error: unknown flag: --${unknown}` }], exit: { after: 300, code: 1 } };
      const missing = needed.map((flag) => flags.get(flag)).find((path) => path !== undefined && context.file(path) === undefined);
      if (missing !== undefined)
        return {
          listeners: [],
          logs: [{ stderr: `E run.go:72] "command failed" err="stat ${missing}: no such file or directory"` }],
          exit: { after: 300, code: 1 },
        };
      return {
        listeners: [
          {
            protocol: 'TCP',
            address: flags.get('bind-address') ?? '::',
            port: Number(flags.get('secure-port') ?? port) as Port,
            process: name,
            pid: pidOf(context),
            speaks: 'https',
          },
        ],
        logs: [{ stderr: `I leaderelection.go:271] successfully acquired lease kube-system/${name}` }],
        stopsAfter: 200,
      };
    },
    serve: (_context, request) =>
      ['/livez', '/readyz', '/healthz'].includes(request.path.split('?')[0]!)
        ? { status: 200, headers: {}, body: 'ok' }
        : { status: 403, headers: {}, body: '' },
  };
}

const common =
  'authentication-kubeconfig authorization-kubeconfig bind-address config feature-gates kubeconfig leader-elect profiling requestheader-client-ca-file secure-port tls-cert-file tls-private-key-file client-ca-file v leader-elect-lease-duration leader-elect-renew-deadline master'.split(
    ' ',
  );

export const kubeControllerManager = manager(
  'kube-controller-manager',
  10257,
  new Set([
    ...common,
    ...'allocate-node-cidrs cidr-allocator-type cloud-provider cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-key-file configure-cloud-routes controllers node-cidr-mask-size node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6 node-monitor-grace-period node-monitor-period pod-eviction-timeout root-ca-file service-account-private-key-file service-cluster-ip-range terminated-pod-gc-threshold use-service-account-credentials enable-hostpath-provisioner'.split(
      ' ',
    ),
  ]),
  ['kubeconfig', 'root-ca-file', 'service-account-private-key-file', 'client-ca-file'],
);

export const kubeScheduler = manager('kube-scheduler', 10259, new Set(common), ['kubeconfig']);
