/** A location's block, as far as ingress-nginx's own file and the plain one of the proof have it in common. (rootfs/etc/nginx/template/nginx.tmpl) */
import { locationText } from '../location.ts';
import { needsRewrite, type Location, type Server } from '../model.ts';
import { block, d, quoted, type Directive, type Line } from './directive.ts';

export interface Surroundings {
  readonly server: Server;
  readonly location: Location;
  /** Before everything else in a location that is open. */
  readonly opening: readonly Line[];
  /** What closes one that is not. */
  readonly proxyPass: string;
  /** Additional headers for the backend. */
  readonly headers: readonly Line[];
}

export function locationBlock({ server, location, opening, headers, proxyPass }: Surroundings): Directive {
  const { settings } = location;
  const closed: readonly Line[] = [{ comment: `Location denied. Reason: ${quoted(settings.denied ?? '')}` }, d('return', 503)];
  const open: readonly Line[] = [
    ...settings.deny.map((range) => d('deny', range)),
    ...settings.allow.map((range) => d('allow', range)),
    ...(settings.allow.length > 0 ? [d('deny', 'all')] : []),
    'blank',
    ...(settings.basicAuth === undefined
      ? []
      : [
          d('auth_basic', quoted(settings.basicAuth.realm)),
          d('auth_basic_user_file', settings.basicAuth.file),
          d('proxy_set_header', 'Authorization', '""'),
          'blank' as const,
        ]),
    d('client_max_body_size', settings.bodySize),
    'blank',
    d('proxy_set_header', 'Host', ' '.repeat(18) + (settings.upstreamVhost === '' ? '$best_http_host' : quoted(settings.upstreamVhost))),
    'blank',
    ...headers,
    'blank',
    d('proxy_connect_timeout', `${settings.connectTimeout}s`),
    d('proxy_send_timeout', `${settings.sendTimeout}s`),
    d('proxy_read_timeout', `${settings.readTimeout}s`),
    'blank',
    ...(settings.satisfy === '' ? [] : [d('satisfy', settings.satisfy), 'blank' as const]),
    ...snippet(settings.snippet),
    ...(settings.redirect === undefined ? [] : [d('return', settings.redirect.code, settings.redirect.url), 'blank' as const]),
    ...(needsRewrite(location) ? [d('rewrite', quoted(`(?i)${location.path}`), settings.rewriteTarget, 'break')] : []),
    ...(needsRewrite(location) && settings.forwardedPrefix !== ''
      ? [d('proxy_set_header', 'X-Forwarded-Prefix', quoted(settings.forwardedPrefix))]
      : []),
    d('proxy_pass', proxyPass),
    'blank',
    d('proxy_redirect', 'off'),
  ];
  return block('location', [locationText(server, location)], [...opening, 'blank', ...(settings.denied === undefined ? open : closed)]);
}

/** Somebody's own lines, as they stand. */
function snippet(text: string): readonly Line[] {
  if (text.trim() === '') return [];
  return [
    ...text
      .trim()
      .split('\n')
      .map((line): Line => ({ name: line.trim().replace(/;$/, ''), args: [] })),
    'blank',
  ];
}

/** Headers that tell a backend of the client. */
export const clientHeaders: readonly Line[] = [
  { comment: 'Allow websocket connections' },
  d('proxy_set_header', '                       Upgrade', '          $http_upgrade'),
  'blank',
  d('proxy_set_header', '                       Connection', '       $connection_upgrade'),
  'blank',
  d('proxy_set_header', 'X-Request-ID', '          $req_id'),
  d('proxy_set_header', 'X-Real-IP', '             $remote_addr'),
  'blank',
  d('proxy_set_header', 'X-Forwarded-For', '       $remote_addr'),
  'blank',
  d('proxy_set_header', 'X-Forwarded-Host', '      $best_http_host'),
  d('proxy_set_header', 'X-Forwarded-Port', '      $pass_port'),
  d('proxy_set_header', 'X-Forwarded-Proto', '     $pass_access_scheme'),
  d('proxy_set_header', 'X-Forwarded-Scheme', '    $pass_access_scheme'),
  'blank',
  d('proxy_set_header', 'X-Scheme', '              $pass_access_scheme'),
  'blank',
  { comment: 'Pass the original X-Forwarded-For' },
  d('proxy_set_header', 'X-Original-Forwarded-For', '$http_x_forwarded_for'),
];
