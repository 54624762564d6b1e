/** What an image holds of files that somebody might look at: the usual directories, who it is, and a few well-known configurations. */
import { emptyTree, withFiles, type FileNode, type FileTree } from '#node/files.ts';

const epoch = '1970-01-01T00:00:00Z';
const directories = [
  'bin',
  'dev',
  'etc',
  'home',
  'lib',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'sbin',
  'srv',
  'sys',
  'tmp',
  'usr/bin',
  'usr/lib',
  'usr/local/bin',
  'usr/sbin',
  'usr/share',
  'var/cache',
  'var/lib',
  'var/log',
  'var/run',
  'var/tmp',
];

const releases: readonly (readonly [RegExp, string])[] = [
  [/alpine|curl|netshoot/, 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME="Alpine Linux v3.22"\n'],
  [
    /nginx|httpd|redis|postgres|dnsutils/,
    'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION="13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\n',
  ],
];

const nginxConf = `
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    sendfile        on;
    keepalive_timeout  65;
    include /etc/nginx/conf.d/*.conf;
}
`;
const nginxDefault = `server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

const made = new Map<string, FileTree>();

/** The tree of an image, made once. */
export function imageTree(image: string): FileTree {
  let tree = made.get(image);
  if (tree === undefined) made.set(image, (tree = build(image)));
  return tree;
}

function build(image: string): FileTree {
  const files: (readonly [string, FileNode | string])[] = directories.map((path) => [
    `/${path}`,
    { kind: 'directory', mode: 0o755, modified: epoch },
  ]);
  const release = releases.find(([pattern]) => pattern.test(image))?.[1];
  if (release !== undefined) files.push(['/etc/os-release', release]);
  if (!/busybox|distroless|pause|coredns|kube-/.test(image)) files.push(['/etc/nsswitch.conf', 'hosts:          files dns\n']);
  files.push(['/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'], ['/etc/group', 'root:x:0:\n']);
  if (/(^|\/)nginx(:|@|$)/.test(image)) {
    files.push(
      ['/etc/nginx/nginx.conf', nginxConf],
      ['/etc/nginx/conf.d/default.conf', nginxDefault],
      ['/usr/share/nginx/html', { kind: 'directory', mode: 0o755, modified: epoch }],
      ['/docker-entrypoint.d', { kind: 'directory', mode: 0o755, modified: epoch }],
    );
  }
  if (/(^|\/)weave-kube(:|@|$)/.test(image))
    for (const name of ['weave', 'weaver', 'weaveutil', 'sigproxy', 'init.sh', 'launch.sh', 'kube-utils'])
      files.push([`/home/weave/${name}`, { kind: 'file', content: '\x7fELF\x02\x01\x01\x00', mode: 0o755, modified: epoch }]);
  return withFiles(emptyTree, files, epoch);
}
