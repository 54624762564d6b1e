/**
 * /etc/nginx/nginx.conf of ingress-nginx v1.12, as `kubectl exec` shows it: Lua chooses certificates and backends, so that no endpoint
 * stands in it. (rootfs/etc/nginx/template/nginx.tmpl; internal/ingress/controller/config/config.go for the defaults)
 */
import { serverNameOf } from '../server.ts';
import { defaultServerName, type Configuration, type Location, type Server } from '../model.ts';
import { block, d, print, quoted, type Directive, type Line } from './directive.ts';
import { clientHeaders, locationBlock } from './location.ts';

const lua = (name: string) => `/etc/nginx/lua/nginx/${name}.lua`;

export interface NginxConfOptions {
  /** Addresses of /etc/resolv.conf. */
  readonly nameservers: readonly string[];
  /** IPv6 is there. */
  readonly ipv6: boolean;
  readonly workerProcesses: number;
}

export function nginxConf(configuration: Configuration, options: NginxConfOptions): string {
  return print([
    { comment: 'setup custom paths that do not require root access' },
    d('pid', '/tmp/nginx/nginx.pid'),
    'blank',
    d('daemon', 'off'),
    'blank',
    d('worker_processes', options.workerProcesses),
    'blank',
    d('worker_rlimit_nofile', 1_047_552),
    'blank',
    d('worker_shutdown_timeout', '240s'),
    'blank',
    block('events', [], [d('multi_accept', 'on'), d('worker_connections', 16_384), d('use', 'epoll')]),
    'blank',
    block('http', [], httpBlock(configuration, options)),
    'blank',
    block('stream', [], streamBlock()),
  ]);
}

const map = (source: string, target: string, entries: readonly (readonly [string, string])[]): Directive =>
  block(
    'map',
    [source, target],
    entries.map(([key, value]) => d(key, value)),
  );

function httpBlock(configuration: Configuration, { nameservers, ipv6 }: NginxConfOptions): readonly Line[] {
  const { global, servers, hostRedirects } = configuration;
  const resolver = nameservers.map((one) => (one.includes(':') ? `[${one}]` : one));
  return [
    d('lua_package_path', '"/etc/nginx/lua/?.lua;;"'),
    'blank',
    d('lua_shared_dict', 'balancer_ewma', '10M'),
    d('lua_shared_dict', 'balancer_ewma_last_touched_at', '10M'),
    d('lua_shared_dict', 'balancer_ewma_locks', '1M'),
    d('lua_shared_dict', 'certificate_data', '20480K'),
    d('lua_shared_dict', 'certificate_servers', '5M'),
    d('lua_shared_dict', 'configuration_data', '20M'),
    d('lua_shared_dict', 'ocsp_response_cache', '5M'),
    'blank',
    d('init_by_lua_file', '/etc/nginx/lua/ngx_conf_init.lua'),
    d('init_worker_by_lua_file', '/etc/nginx/lua/ngx_conf_init_worker.lua'),
    'blank',
    d('aio', 'threads'),
    d('aio_write', 'on'),
    'blank',
    d('tcp_nopush', 'on'),
    d('tcp_nodelay', 'on'),
    'blank',
    d('log_subrequest', 'on'),
    'blank',
    d('reset_timedout_connection', 'on'),
    'blank',
    d('keepalive_timeout', '75s'),
    d('keepalive_requests', 1000),
    'blank',
    d('client_body_temp_path', '/tmp/nginx/client-body'),
    d('fastcgi_temp_path', '/tmp/nginx/fastcgi-temp'),
    d('proxy_temp_path', '/tmp/nginx/proxy-temp'),
    'blank',
    d('client_header_buffer_size', '1k'),
    d('client_header_timeout', '60s'),
    d('large_client_header_buffers', '4 8k'),
    d('client_body_buffer_size', '8k'),
    d('client_body_timeout', '60s'),
    'blank',
    d('http2_max_concurrent_streams', 128),
    'blank',
    d('types_hash_max_size', 2048),
    d('server_names_hash_max_size', 1024),
    d('server_names_hash_bucket_size', 64),
    d('map_hash_bucket_size', 64),
    'blank',
    d('proxy_headers_hash_max_size', 512),
    d('proxy_headers_hash_bucket_size', 64),
    'blank',
    d('variables_hash_bucket_size', 256),
    d('variables_hash_max_size', 2048),
    'blank',
    d('underscores_in_headers', 'off'),
    d('ignore_invalid_headers', 'on'),
    'blank',
    d('limit_req_status', 503),
    d('limit_conn_status', 503),
    'blank',
    d('include', '/etc/nginx/mime.types'),
    d('default_type', 'text/html'),
    'blank',
    d('server_tokens', global.serverTokens ? 'on' : 'off'),
    ...(global.serverTokens ? [] : [d('more_clear_headers', 'Server')]),
    'blank',
    { comment: 'disable warnings' },
    d('uninitialized_variable_warn', 'off'),
    'blank',
    d(
      'log_format',
      'upstreaminfo',
      `'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id'`,
    ),
    'blank',
    map('$request_uri', '$loggable', [['default', '1']]),
    'blank',
    global.disableAccessLog ? d('access_log', 'off') : d('access_log', '/var/log/nginx/access.log', 'upstreaminfo', 'if=$loggable'),
    d('error_log', '/var/log/nginx/error.log', 'notice'),
    'blank',
    d('resolver', [...resolver, 'valid=30s'].join(' ')),
    'blank',
    { comment: 'See https://www.nginx.com/blog/websocket-nginx' },
    map('$http_upgrade', '$connection_upgrade', [
      ['default', 'upgrade'],
      ["''", "''"],
    ]),
    'blank',
    map('$http_x_request_id', '$req_id', [
      ['default', '$http_x_request_id'],
      ['""', '$request_id'],
    ]),
    'blank',
    { comment: 'Create a variable that contains the literal $ character.' },
    block('geo', ['$literal_dollar'], [d('default', '"$"')]),
    'blank',
    d('server_name_in_redirect', 'off'),
    d('port_in_redirect', 'off'),
    'blank',
    d('ssl_protocols', 'TLSv1.2 TLSv1.3'),
    d('ssl_early_data', 'off'),
    d('ssl_session_tickets', 'off'),
    d('ssl_buffer_size', '4k'),
    d('ssl_ecdh_curve', 'auto'),
    d('ssl_certificate', '/etc/ingress-controller/ssl/default-fake-certificate.pem'),
    d('ssl_certificate_key', '/etc/ingress-controller/ssl/default-fake-certificate.pem'),
    'blank',
    d('proxy_ssl_session_reuse', 'on'),
    'blank',
    block(
      'upstream',
      ['upstream_balancer'],
      [
        d('server', '0.0.0.1'),
        'blank',
        d('balancer_by_lua_file', lua('ngx_conf_balancer')),
        'blank',
        d('keepalive', 320),
        d('keepalive_time', '1h'),
        d('keepalive_timeout', '60s'),
        d('keepalive_requests', 10_000),
      ],
    ),
    'blank',
    { comment: 'Cache for internal auth checks' },
    d('proxy_cache_path', '/tmp/nginx/nginx-cache-auth levels=1:2 keys_zone=auth_cache:10m max_size=128m inactive=30m use_temp_path=off'),
    'blank',
    { comment: 'Global filters' },
    'blank',
    ...hostRedirects.flatMap(({ from, to }) => [
      { comment: `# start server ${from}` },
      block(
        'server',
        [],
        [
          d('server_name', from),
          'blank',
          ...listens(false, ipv6),
          'blank',
          d('ssl_certificate_by_lua_file', lua('ngx_conf_certificate')),
          'blank',
          d('set_by_lua_file', '$redirect_to', lua('ngx_srv_redirect'), to),
          'blank',
          d('return', global.httpRedirectCode, '$redirect_to'),
        ],
      ),
      { comment: `# end server ${from}` },
      'blank' as const,
    ]),
    ...servers.flatMap((server) => [
      { comment: `# start server ${server.hostname}` },
      serverBlock(server, configuration, ipv6),
      { comment: `# end server ${server.hostname}` },
      'blank' as const,
    ]),
    { comment: 'backend for when default-backend-service is not configured or it does not have endpoints' },
    block(
      'server',
      [],
      [
        d('listen', '8181', 'default_server', 'reuseport', 'backlog=4096'),
        ...(ipv6 ? [d('listen', '[::]:8181', 'default_server', 'reuseport', 'backlog=4096')] : []),
        d('set', '$proxy_upstream_name', '"internal"'),
        'blank',
        d('access_log', 'off'),
        'blank',
        block('location', ['/'], [d('return', 404)]),
      ],
    ),
    'blank',
    { comment: 'default server, used for NGINX healthcheck and access to nginx stats' },
    block(
      'server',
      [],
      [
        d('listen', '127.0.0.1:10246'),
        d('set', '$proxy_upstream_name', '"internal"'),
        'blank',
        d('keepalive_timeout', 0),
        d('gzip', 'off'),
        'blank',
        d('access_log', 'off'),
        'blank',
        block('location', ['/healthz'], [d('return', 200)]),
        'blank',
        block('location', ['/is-dynamic-lb-initialized'], [d('content_by_lua_file', lua('ngx_conf_is_dynamic_lb_initialized'))]),
        'blank',
        block('location', ['/nginx_status'], [d('stub_status', 'on')]),
        'blank',
        block(
          'location',
          ['/configuration'],
          [
            d('client_max_body_size', '21M'),
            d('client_body_buffer_size', '21M'),
            d('proxy_buffering', 'off'),
            'blank',
            d('content_by_lua_file', lua('ngx_conf_configuration')),
          ],
        ),
        'blank',
        block('location', ['/'], [d('content_by_lua_file', lua('ngx_not_found'))]),
      ],
    ),
  ];
}

function listens(first: boolean, ipv6: boolean): readonly Line[] {
  const options = first ? ['default_server', 'reuseport', 'backlog=4096'] : [];
  return [
    d('listen', '80', ...options, ''),
    ...(ipv6 ? [d('listen', '[::]:80', ...options, '')] : []),
    d('listen', '443', ...options, 'ssl'),
    ...(ipv6 ? [d('listen', '[::]:443', ...options, 'ssl')] : []),
  ];
}

function serverBlock(server: Server, configuration: Configuration, ipv6: boolean): Directive {
  const { global } = configuration;
  const isDefault = server.hostname === defaultServerName;
  const appRoot = server.locations.find(({ settings }) => settings.appRoot !== '')?.settings.appRoot;
  return block(
    'server',
    [],
    [
      d('server_name', serverNameOf(server.hostname), ...server.aliases, ''),
      'blank',
      ...(global.useHttp2 ? [d('http2', 'on')] : []),
      'blank',
      ...listens(isDefault, ipv6),
      'blank',
      d('set', '$proxy_upstream_name', '"-"'),
      'blank',
      ...(isDefault ? [d('ssl_reject_handshake', 'off'), 'blank' as const] : []),
      d('ssl_certificate_by_lua_file', lua('ngx_conf_certificate')),
      'blank',
      ...(server.snippet === ''
        ? []
        : [
            ...server.snippet
              .trim()
              .split('\n')
              .map((line) => d(line.trim().replace(/;$/, ''))),
            'blank' as const,
          ]),
      ...(appRoot === undefined
        ? []
        : [block('if', ['($uri', '=', '/)'], [d('return', 302, `$scheme://$http_host${appRoot}`)]), 'blank' as const]),
      ...server.locations.flatMap((location) => [
        locationBlock({
          server,
          location,
          opening: opening(location, configuration),
          headers: clientHeaders,
          proxyPass: `${scheme(location)}upstream_balancer`,
        }),
        'blank' as const,
      ]),
      ...(isDefault
        ? [
            { comment: 'health checks in cloud providers require the use of port 80' },
            block('location', ['/healthz'], [d('access_log', 'off'), d('return', 200)]),
            'blank' as const,
            { comment: 'this is required to avoid error if nginx is being monitored' },
            { comment: 'with an external software (like sysdig)' },
            block(
              'location',
              ['/nginx_status'],
              [
                d('allow', '127.0.0.1'),
                ...(ipv6 ? [d('allow', '::1')] : []),
                d('deny', 'all'),
                'blank',
                d('access_log', 'off'),
                d('stub_status', 'on'),
              ],
            ),
          ]
        : []),
    ],
  );
}

const schemes: Readonly<Record<string, string>> = { HTTPS: 'https://', GRPC: 'grpc://', GRPCS: 'grpcs://' };

function scheme({ settings }: Location): string {
  return schemes[settings.backendProtocol] ?? 'http://';
}

function opening(location: Location, { global, backends }: Configuration): readonly Line[] {
  const { ingress, settings, backend } = location;
  const { service, port } = backends.get(backend) ?? { port: '' };
  const column = (name: string) => name.padEnd(15);
  const onOff = (value: boolean) => `"${String(value)}"`;
  return [
    d('set', column('$namespace'), quoted(ingress?.namespace ?? '')),
    d('set', column('$ingress_name'), quoted(ingress?.name ?? '')),
    d('set', column('$service_name'), quoted(service?.name ?? '')),
    d('set', column('$service_port'), quoted(service === undefined ? '' : port)),
    d('set', column('$location_path'), quoted(location.ingressPath.replaceAll('$', '${literal_dollar}'))),
    'blank',
    d('set', column('$force_ssl_redirect'), onOff(settings.forceSslRedirect)),
    d('set', column('$ssl_redirect'), onOff(settings.sslRedirect)),
    d('set', column('$force_no_ssl_redirect'), onOff(global.noTlsRedirectLocations.some((prefix) => location.path.startsWith(prefix)))),
    d('set', column('$preserve_trailing_slash'), onOff(settings.preserveTrailingSlash)),
    d('set', column('$use_port_in_redirects'), onOff(false)),
    'blank',
    d('rewrite_by_lua_file', lua('ngx_rewrite')),
    d('header_filter_by_lua_file', lua('ngx_conf_srv_hdr_filter')),
    d('log_by_lua_file', lua('ngx_conf_log_block')),
    'blank',
    ...(settings.accessLog ? [] : [d('access_log', 'off'), 'blank' as const]),
    d('port_in_redirect', 'off'),
    'blank',
    d('set', '$balancer_ewma_score', '-1'),
    d('set', '$proxy_upstream_name', quoted(backend)),
    d('set', '$proxy_host         ', '$proxy_upstream_name'),
    d('set', '$pass_access_scheme ', '$scheme'),
    'blank',
    d('set', '$pass_server_port   ', '$server_port'),
    'blank',
    d('set', '$best_http_host     ', '$http_host'),
    d('set', '$pass_port          ', '$pass_server_port'),
    'blank',
    d('set', '$proxy_alternative_upstream_name', '""'),
  ];
}

function streamBlock(): readonly Line[] {
  return [
    d('lua_package_path', '"/etc/nginx/lua/?.lua;/etc/nginx/lua/vendor/?.lua;;"'),
    'blank',
    d('lua_shared_dict', 'tcp_udp_configuration_data', '5M'),
    'blank',
    d('init_by_lua_file', '/etc/nginx/lua/ngx_conf_init_stream.lua'),
    d('init_worker_by_lua_file', lua('ngx_conf_init_tcp_udp')),
    'blank',
    d('lua_add_variable', '$proxy_upstream_name'),
    'blank',
    d('log_format', 'log_stream', `'[$remote_addr] [$time_local] $protocol $status $bytes_sent $bytes_received $session_time'`),
    'blank',
    d('access_log', '/var/log/nginx/access.log', 'log_stream'),
    d('error_log', '/var/log/nginx/error.log', 'notice'),
    'blank',
    { comment: 'TCP services' },
    'blank',
    { comment: 'UDP services' },
  ];
}
