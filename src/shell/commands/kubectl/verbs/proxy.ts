/** `kubectl proxy` (staging:kubectl/pkg/cmd/proxy/proxy.go, pkg/proxy/proxy_server.go). */
import type { Port } from '#net/ip.ts';
import { bindProblem, freePort } from '../../../network/binding.ts';
import { identityOf } from '../credentials.ts';
import { ExitError, KubectlError } from '../errors.ts';
import { bool, duration, int, string } from '../flags.ts';
import { defineVerb } from '../verb.ts';

export const proxy = defineVerb({
  name: 'proxy',
  use: 'proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  short: 'Run a proxy to the Kubernetes API server',
  flags: {
    'accept-hosts': string('Hosts that are let in.', '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$'),
    'accept-paths': string('Paths that are let in.', '^.*'),
    address: string('The address to listen on.', '127.0.0.1'),
    'api-prefix': string('The path in front of the API.', '/'),
    'append-server-path': bool("Put the server's path in front."),
    'disable-filter': bool('Let every request in.'),
    keepalive: duration('How often to ask whether a connection lives.'),
    port: int('The port to listen on; 0 is any.', 8001, { shorthand: 'p' }),
    'reject-methods': string('Methods that are refused.', '^$'),
    'reject-paths': string('Paths that are refused.', '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach'),
    'unix-socket': string('The socket to listen on instead.', '', { shorthand: 'u' }),
    www: string('A directory of files to serve too.', '', { shorthand: 'w' }),
    'www-prefix': string('The path in front of those files.', '/static/', { shorthand: 'P' }),
  },
  run: (kubectl, { flags, changed }) => {
    const strange = (
      ['accept-paths', 'api-prefix', 'append-server-path', 'reject-methods', 'unix-socket', 'www', 'www-prefix'] as const
    ).find(changed);
    if (strange !== undefined) {
      kubectl.err(`error: kubectl proxy --${strange} is not simulated\n`);
      throw new ExitError(1);
    }
    const identity = identityOf(kubectl);
    const { address } = flags;
    const problem = bindProblem(kubectl.here, address, flags.port);
    if (problem !== undefined) throw new KubectlError(`listen tcp ${address}:${flags.port}: bind: ${problem}`);
    const port = flags.port === 0 ? freePort(kubectl.here, 'proxy') : flags.port;
    kubectl.out(`Starting to serve on ${address}:${port}\n`);
    if (flags['disable-filter'])
      kubectl.log('W', 'proxy.go:179', 'Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious');
    const lists = flags['disable-filter'] ? ['', ''] : [flags['accept-hosts'], flags['reject-paths']];
    const [accepts, rejects] = lists.map((list) => list.split(',').filter((one) => one !== ''));
    const user = identity.kind === 'user' ? identity.user : { name: 'system:anonymous', groups: ['system:unauthenticated'] };
    kubectl.io.background?.goOn((pid) => [
      {
        ...{ protocol: 'TCP', address, port: port as Port, process: 'kubectl', pid, speaks: 'http' },
        tunnel: { to: 'api', user, accepts: accepts!, rejects: rejects! },
      },
    ]);
  },
});
