/** etcd, as kubeadm runs it: it needs its data directory and certificates, and listens on 2379 and 2380. */
import type { Listener } from '#node/host.ts';
import type { Program } from '#node/program.ts';
import type { Port } from '#net/ip.ts';
import { pidOf } from '../listening.ts';
import { parseFlags, unknownFlag } from './flags.ts';

const known = new Set(
  'advertise-client-urls cert-file client-cert-auth data-dir experimental-initial-corrupt-check experimental-watch-progress-notify-interval feature-gates initial-advertise-peer-urls initial-cluster initial-cluster-state initial-cluster-token key-file listen-client-urls listen-metrics-urls listen-peer-urls name peer-cert-file peer-client-cert-auth peer-key-file peer-trusted-ca-file snapshot-count trusted-ca-file watch-progress-notify-interval quota-backend-bytes auto-compaction-retention log-level heartbeat-interval election-timeout'.split(
    ' ',
  ),
);

export const etcd: Program = {
  tools: new Set(['etcdctl', 'etcdutl']),
  entrypoint: [],
  cmd: ['etcd'],
  image: { pull: 2800, size: 22_870_000 },
  start(context) {
    const flags = parseFlags(context.argv.slice(1));
    const bad = unknownFlag(flags, known);
    if (bad !== undefined)
      return { listeners: [], logs: [{ stderr: `flag provided but not defined: -${bad}` }], exit: { after: 200, code: 2 } };
    for (const flag of ['cert-file', 'key-file', 'trusted-ca-file', 'peer-cert-file', 'peer-key-file', 'peer-trusted-ca-file']) {
      const path = flags.get(flag);
      if (path !== undefined && context.file(path) === undefined) {
        return {
          listeners: [],
          logs: [{ stderr: JSON.stringify({ level: 'fatal', msg: 'discovery failed', error: `open ${path}: no such file or directory` }) }],
          exit: { after: 300, code: 1 },
        };
      }
    }
    const pid = pidOf(context);
    const listen = (url: string, speaks: Listener['speaks']): Listener[] => {
      const found = /^https?:\/\/(.*):(\d+)$/.exec(url.trim());
      return found === null
        ? []
        : [{ protocol: 'TCP', address: found[1]!.replace(/^\[|\]$/g, ''), port: Number(found[2]) as Port, process: 'etcd', pid, speaks }];
    };
    const urls = (flag: string) => (flags.get(flag) ?? '').split(',').filter((one) => one !== '');
    return {
      listeners: [
        ...urls('listen-client-urls').flatMap((url) => listen(url, 'https')),
        ...urls('listen-peer-urls').flatMap((url) => listen(url, 'https')),
        ...urls('listen-metrics-urls').flatMap((url) => listen(url, 'http')),
      ],
      logs: [{ stderr: JSON.stringify({ level: 'info', msg: 'ready to serve client requests' }) }],
      stopsAfter: 300,
    };
  },
  serve: (_context, request) =>
    request.path === '/health' || request.path === '/livez' || request.path === '/readyz'
      ? { status: 200, headers: {}, body: '{"health":"true","reason":""}' }
      : { status: 404, headers: {}, body: '404 page not found\n' },
};
