/** Images and their programs. The first whose pattern fits the repository's name is taken; an unknown image has a shell and every tool, and stays. */
import type { Program } from '#node/program.ts';
import { etcd } from './control-plane/etcd.ts';
import { kubeApiserver } from './control-plane/kube-apiserver.ts';
import { kubeControllerManager, kubeScheduler } from './control-plane/managers.ts';
import { coredns } from './coredns/coredns.ts';
import { nodeCache } from './coredns/node-cache.ts';
import { kubeProxy } from './kube-proxy/kube-proxy.ts';
import { kubeWebhookCertgen } from './ingress-nginx/certgen.ts';
import { ingressNginx } from './ingress-nginx/ingress-nginx.ts';
import { metallbController, metallbSpeaker } from './metallb/metallb.ts';
import { networks } from './networks/index.ts';
import { nginxGateway } from './nginx-gateway/control.ts';
import { nginxGatewayProxy } from './nginx-gateway/proxy.ts';
import { nginx, nginxUnprivileged } from './nginx/nginx.ts';
import { respond } from './listening.ts';
import { plain } from './plain.ts';
import { traefik } from './traefik/traefik.ts';

const shellTools = [
  'sh',
  'cat',
  'ls',
  'env',
  'printenv',
  'hostname',
  'echo',
  'sed',
  'grep',
  'awk',
  'head',
  'tail',
  'sort',
  'wc',
  'cut',
  'tr',
  'test',
  'sleep',
  'id',
  'date',
  'rm',
  'cp',
  'mv',
  'mkdir',
  'touch',
  'true',
  'false',
  'find',
  'ps',
  'vi',
  'xargs',
  'uniq',
  'tee',
  'which',
  'uname',
  'whoami',
  'seq',
  'timeout',
  'time',
  'tar',
  'gzip',
  'gunzip',
  'zcat',
  'chmod',
  'chroot',
  'nsenter',
  'ln',
  'rmdir',
  'readlink',
  'stat',
  'du',
  'basename',
  'dirname',
  'expr',
  'base64',
  'md5sum',
  'sha1sum',
  'sha256sum',
  'tac',
  'rev',
  'nl',
  'od',
  'fold',
  'comm',
  'paste',
  'split',
  'diff',
  'printf',
];
const busyboxNetwork = ['wget', 'nslookup', 'ping', 'nc', 'telnet', 'ip', 'ifconfig', 'route', 'netstat', 'arp', 'traceroute', 'httpd'];

const busybox = plain({
  process: 'sh',
  cmd: ['sh'],
  ends: 'without-terminal',
  tools: new Set([...shellTools, ...busyboxNetwork]),
  size: 2_223_685,
  pull: 900,
});
const alpine = plain({
  process: 'sh',
  cmd: ['/bin/sh'],
  ends: 'without-terminal',
  tools: new Set([...shellTools, ...busyboxNetwork, 'getent', 'apk']),
  size: 3_802_452,
  pull: 800,
});
const curl = plain({
  process: 'curl',
  prefixes: true,
  entrypoint: ['/entrypoint.sh'],
  cmd: ['curl'],
  ends: { code: 2, stderr: "curl: try 'curl --help' or 'curl --manual' for more information" },
  tools: new Set([...shellTools, ...busyboxNetwork, 'curl', 'getent']),
  size: 8_600_000,
  pull: 1100,
});
const httpd = plain({
  process: 'httpd',
  cmd: ['httpd-foreground'],
  usual: [{ port: 80, speaks: 'http' }],
  tools: new Set([...shellTools, 'bash', 'getent', 'httpd']),
  size: 45_200_000,
  pull: 2100,
  stopsAfter: 200,
  serve: (context, request) =>
    request.path === '/' && context.pod.metadata.annotations?.['cka-net/http'] === undefined
      ? {
          status: 200,
          headers: { server: 'Apache/2.4.65 (Unix)', 'content-type': 'text/html', 'content-length': '45' },
          body: '<html><body><h1>It works!</h1></body></html>\n',
        }
      : respond(context, request),
});

const table: readonly (readonly [RegExp, Program])[] = [
  [/(^|\/)kube-apiserver$/, kubeApiserver],
  [/(^|\/)kube-controller-manager$/, kubeControllerManager],
  [/(^|\/)kube-scheduler$/, kubeScheduler],
  [/(^|\/)etcd$/, etcd],
  [/(^|\/)coredns$/, coredns],
  [/(^|\/)k8s-dns-node-cache$/, nodeCache],
  [/(^|\/)kube-proxy$/, kubeProxy],
  ...networks,
  [/(^|\/)ingress-nginx\/controller$|(^|\/)nginx-ingress-controller$/, ingressNginx],
  [/(^|\/)traefik$/, traefik],
  [/(^|\/)kube-webhook-certgen$/, kubeWebhookCertgen],
  [/(^|\/)nginx-gateway-fabric$/, nginxGateway],
  [/(^|\/)nginx-gateway-fabric\/nginx$/, nginxGatewayProxy],
  [/(^|\/)metallb\/controller$/, metallbController],
  [/(^|\/)metallb\/speaker$/, metallbSpeaker],
  [/(^|\/)nginx$/, nginx],
  [/(^|\/)nginx-unprivileged$/, nginxUnprivileged],
  [/(^|\/)httpd$/, httpd],
  [/(^|\/)busybox$/, busybox],
  [/(^|\/)alpine$/, alpine],
  [/(^|\/)(curlimages\/curl|curl)$/, curl],
  [/(^|\/)(netshoot|network-multitool)$/, plain({ process: 'zsh', cmd: ['zsh'], ends: 'without-terminal', size: 208_000_000, pull: 6500 })],
  [
    /(^|\/)(dnsutils|jessie-dnsutils)$/,
    plain({
      process: 'sh',
      tools: new Set([...shellTools, 'bash', 'dig', 'nslookup', 'host', 'getent', 'ping', 'nc', 'curl']),
      size: 80_000_000,
      pull: 3000,
    }),
  ],
  [
    /(^|\/)redis$/,
    plain({
      process: 'redis-server',
      entrypoint: ['docker-entrypoint.sh'],
      cmd: ['redis-server'],
      usual: [{ port: 6379, speaks: 'silent' }],
      tools: new Set([...shellTools, 'bash', 'redis-cli', 'getent']),
      size: 52_000_000,
      pull: 2300,
    }),
  ],
  [
    /(^|\/)(postgres|postgresql)$/,
    plain({
      process: 'postgres',
      entrypoint: ['docker-entrypoint.sh'],
      cmd: ['postgres'],
      usual: [{ port: 5432, speaks: 'silent' }],
      tools: new Set([...shellTools, 'bash', 'psql', 'getent']),
      size: 160_000_000,
      pull: 5200,
    }),
  ],
  [
    /(^|\/)(mysql|mariadb)$/,
    plain({
      process: 'mysqld',
      entrypoint: ['docker-entrypoint.sh'],
      cmd: ['mysqld'],
      usual: [{ port: 3306, speaks: 'silent' }],
      tools: new Set([...shellTools, 'bash', 'mysql', 'getent']),
      size: 230_000_000,
      pull: 7100,
    }),
  ],
  [/(^|\/)pause$/, plain({ process: 'pause', cmd: ['/pause'], tools: new Set(), size: 320_368, pull: 300 })],
  [/distroless/, plain({ process: 'app', tools: new Set(), size: 20_000_000 })],
];

const unknown = plain({ process: 'app' });

/** By image: every look at a pod asks for the programs of its containers. */
const known = new Map<string, Program>();

/** The program of an image reference such as `registry.k8s.io/coredns/coredns:v1.13.1`. */
export function programOf(image: string): Program {
  let program = known.get(image);
  if (program === undefined) known.set(image, (program = findProgram(image)));
  return program;
}

function findProgram(image: string): Program {
  const [named = ''] = image.split('@');
  const untagged = named.lastIndexOf(':') > named.lastIndexOf('/') ? named.slice(0, named.lastIndexOf(':')) : named;
  return table.find(([pattern]) => pattern.test(untagged))?.[1] ?? unknown;
}
