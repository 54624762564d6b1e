/** What an Ingress's annotations say of its locations, with the controller's defaults for the rest. (internal/ingress/annotations: each Parse) */
import type { Objects } from '#kube/cluster.ts';
import { quote } from '#kube/json.ts';
import type { Ingress } from '#kube/kinds/ingress.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import { decodeBase64 } from '#node/kubelet/volumes.ts';
import type { Annotations } from './annotations.ts';
import type { BasicAuth, GlobalSettings, LocationSettings, TrafficShaping } from './model.ts';

/** Of a location that no Ingress has asked for. */
export function defaultSettings(global: GlobalSettings): LocationSettings {
  return {
    rewriteTarget: '',
    useRegex: false,
    sslRedirect: false,
    forceSslRedirect: false,
    preserveTrailingSlash: false,
    appRoot: '',
    allow: [],
    deny: [],
    satisfy: '',
    upstreamVhost: '',
    forwardedPrefix: '',
    backendProtocol: 'HTTP',
    bodySize: global.bodySize,
    connectTimeout: 5,
    sendTimeout: 60,
    readTimeout: 60,
    serviceUpstream: false,
    defaultBackend: '',
    accessLog: false,
    snippet: '',
  };
}

const satisfies = ['any', 'all'] as const;

export function settingsOf(objects: Objects, ingress: Ingress, annotations: Annotations, global: GlobalSettings): LocationSettings {
  const redirect = redirectOf(annotations);
  const auth = basicAuthOf(objects, ingress, annotations);
  const denied = annotations.denied ?? (typeof auth === 'string' ? auth : undefined);
  const lists = (names: readonly string[], otherwise: readonly string[]) => {
    const found = names.find((name) => annotations.text(name) !== '');
    return found === undefined ? otherwise : annotations.list(found);
  };
  const defaultBackend = annotations.text('default-backend');
  const namespace = ingress.metadata.namespace!;
  const serves = defaultBackend !== '' && objects.get(Service, namespace, defaultBackend) !== undefined;
  return {
    rewriteTarget: annotations.text('rewrite-target'),
    useRegex: annotations.boolean('use-regex'),
    sslRedirect: annotations.boolean('ssl-redirect', global.sslRedirect),
    forceSslRedirect: annotations.boolean('force-ssl-redirect', global.forceSslRedirect),
    preserveTrailingSlash: annotations.boolean('preserve-trailing-slash'),
    appRoot: annotations.text('app-root').startsWith('/') ? annotations.text('app-root') : '',
    ...(redirect !== undefined && { redirect }),
    allow: lists(['allowlist-source-range', 'whitelist-source-range'], global.allow),
    deny: lists(['denylist-source-range'], global.deny),
    satisfy: satisfies.find((one) => one === annotations.text('satisfy')) ?? '',
    ...(typeof auth === 'object' && { basicAuth: auth }),
    upstreamVhost: annotations.text('upstream-vhost'),
    forwardedPrefix: annotations.text('x-forwarded-prefix'),
    backendProtocol: annotations.text('backend-protocol').toUpperCase() || 'HTTP',
    bodySize: annotations.text('proxy-body-size') || global.bodySize,
    connectTimeout: annotations.number('proxy-connect-timeout', 5),
    sendTimeout: annotations.number('proxy-send-timeout', 60),
    readTimeout: annotations.number('proxy-read-timeout', 60),
    serviceUpstream: annotations.boolean('service-upstream'),
    defaultBackend: serves ? `${namespace}/${defaultBackend}` : '',
    accessLog: annotations.boolean('enable-access-log', true),
    snippet: global.allowSnippets ? annotations.text('configuration-snippet') : '',
    ...(denied !== undefined && { denied }),
  };
}

/** A temporary redirect goes before a permanent one. (annotations/redirect) */
function redirectOf(annotations: Annotations): LocationSettings['redirect'] {
  const isUrl = (text: string) => /^https?:\/\/[^/]/.test(text);
  const code = (name: string, otherwise: number) => {
    const found = annotations.number(name, otherwise);
    return found < 300 || found > 308 ? otherwise : found;
  };
  const temporal = annotations.text('temporal-redirect');
  if (temporal !== '') return isUrl(temporal) ? { url: temporal, code: code('temporal-redirect-code', 302) } : undefined;
  const permanent = annotations.text('permanent-redirect');
  return isUrl(permanent) ? { url: permanent, code: code('permanent-redirect-code', 301) } : undefined;
}

/** Users from a Secret: a text says why they cannot be had. (annotations/auth) */
function basicAuthOf(objects: Objects, { metadata }: Ingress, annotations: Annotations): BasicAuth | string | undefined {
  if (annotations.text('auth-type') !== 'basic') return undefined;
  const named = annotations.text('auth-secret');
  if (named === '') return 'error reading secret name from annotation: ingress rule without annotations';
  const [namespace, name] = named.includes('/') ? (named.split('/') as [string, string]) : [metadata.namespace!, named];
  const key = `${namespace}/${name}`;
  const secret = objects.get(Secret, namespace, name);
  if (secret === undefined) return `unexpected error reading secret ${key}: no object matching key ${quote(key)} in local store`;
  const data = secret.data ?? {};
  const map = annotations.text('auth-secret-type') === 'auth-map';
  if (!map && data['auth'] === undefined) return `the secret ${key} does not contain a key with value auth`;
  const users = map
    ? Object.entries(data)
        .map(([user, hash]) => `${user}:${decodeBase64(hash)}\n`)
        .join('')
    : decodeBase64(data['auth']!);
  return {
    realm: annotations.text('auth-realm'),
    file: `/etc/ingress-controller/auth/${metadata.namespace!}-${metadata.name}-${secret.metadata.uid ?? ''}.passwd`,
    users,
  };
}

/** What a canary takes; undefined of an Ingress that is none. (annotations/canary) */
export function shapingOf(annotations: Annotations): TrafficShaping | undefined {
  if (!annotations.boolean('canary')) return undefined;
  return {
    weight: annotations.number('canary-weight'),
    weightTotal: annotations.number('canary-weight-total', 100),
    header: annotations.text('canary-by-header'),
    headerValue: annotations.text('canary-by-header-value'),
    headerPattern: annotations.text('canary-by-header-pattern'),
    cookie: annotations.text('canary-by-cookie'),
  };
}
