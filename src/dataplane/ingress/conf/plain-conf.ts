/**
 * The same servers and locations for an nginx without Lua: what ingress-nginx leaves to Lua (which backend, the way to HTTPS, 503 where
 * nobody answers) stands in plain directives. With it a real nginx can say whether it routes as the model does.
 */
import { certificateConfigured, serverNameOf } from '../server.ts';
import { defaultServerName, type Configuration, type Location, type Server } from '../model.ts';
import { block, d, print, type Directive, type Line } from './directive.ts';
import { locationBlock } from './location.ts';

export interface PlainOptions {
  /** Where nginx listens: `127.0.0.1:8080`. */
  readonly listen: string;
  /** Where a backend that has endpoints answers: `127.0.0.1:9000`. */
  address(backend: string): string;
  /** A directory that it may write in. */
  readonly directory: string;
}

export function plainConf(configuration: Configuration, options: PlainOptions): string {
  const { directory, listen } = options;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => d(`${name}_temp_path`, `${directory}/${name}`));
  return print([
    d('pid', `${directory}/nginx.pid`),
    d('daemon', 'off'),
    d('worker_processes', 1),
    d('error_log', `${directory}/error.log`, 'notice'),
    block('events', [], [d('worker_connections', 512)]),
    block(
      'http',
      [],
      [
        ...temporary,
        d('access_log', 'off'),
        d('server_tokens', 'off'),
        d('default_type', 'text/html'),
        d('server_names_hash_bucket_size', 128),
        d('server_name_in_redirect', 'off'),
        d('port_in_redirect', 'off'),
        // The last slash of a way to HTTPS or to another host is left out.
        block('map', ['$request_uri', '$unslashed'], [d('"~^(?<kept>.*)/$"', '$kept'), d('default', '$request_uri')]),
        block('map', ['$http_host', '$portless'], [d('"~^(?<bare>.*?)(:[0-9]*)?$"', '$bare'), d('default', '$host')]),
        ...configuration.hostRedirects.map(({ from, to }) =>
          block(
            'server',
            [],
            [d('listen', listen), d('server_name', from), d('return', configuration.global.httpRedirectCode, `$scheme://${to}$unslashed`)],
          ),
        ),
        ...configuration.servers.map((server) => serverBlock(server, configuration, options)),
      ],
    ),
  ]);
}

function serverBlock(server: Server, configuration: Configuration, { listen, address }: PlainOptions): Directive {
  const appRoot = server.locations.find(({ settings }) => settings.appRoot !== '')?.settings.appRoot;
  return block(
    'server',
    [],
    [
      d('listen', listen, ...(server.hostname === defaultServerName ? ['default_server'] : [])),
      d('server_name', serverNameOf(server.hostname), ...server.aliases),
      ...(appRoot === undefined ? [] : [block('if', ['($uri', '=', '/)'], [d('return', 302, `$scheme://$http_host${appRoot}`)])]),
      ...server.locations.map((location) => {
        const endpoints = configuration.backends.get(location.backend)?.endpoints ?? [];
        const opening = [d('set', '$best_http_host', '$http_host'), ...decisions(location, configuration, server, endpoints.length > 0)];
        return locationBlock({ server, location, opening, headers: [], proxyPass: `http://${address(location.backend)}` });
      }),
    ],
  );
}

/** What Lua decides in the rewrite phase, after a redirect of the Ingress's own. */
function decisions(location: Location, configuration: Configuration, { hostname }: Server, served: boolean): readonly Line[] {
  const { settings } = location;
  if (settings.denied !== undefined || settings.redirect !== undefined) return [];
  const { httpRedirectCode, noTlsRedirectLocations } = configuration.global;
  const known = hostname === defaultServerName ? undefined : certificateConfigured(configuration, hostname.replace(/^\*/, 'any'));
  const certified = settings.sslRedirect && known !== undefined;
  const secure = (settings.forceSslRedirect || certified) && !noTlsRedirectLocations.some((prefix) => location.path.startsWith(prefix));
  if (secure) return [d('return', httpRedirectCode, `https://$portless${settings.preserveTrailingSlash ? '$request_uri' : '$unslashed'}`)];
  return served ? [] : [d('return', 503)];
}
