/** The controller's ConfigMap read (internal/ingress/controller/template/configmap.go): what is missing or cannot be understood has its default. */
import { risks, type GlobalSettings, type Risk } from './model.ts';

const list = (text: string | undefined) =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

export function globalSettingsOf(data: Readonly<Record<string, string>> = {}): GlobalSettings {
  const boolean = (key: string, otherwise: boolean) => {
    const text = data[key]?.toLowerCase();
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : otherwise;
  };
  const number = (key: string, otherwise: number) => (/^\d+$/.test(data[key] ?? '') ? Number(data[key]) : otherwise);
  const code = number('http-redirect-code', 308);
  const risk = data['annotations-risk-level'] as Risk | undefined;
  return {
    sslRedirect: boolean('ssl-redirect', true),
    forceSslRedirect: boolean('force-ssl-redirect', false),
    httpRedirectCode: [301, 302, 307, 308].includes(code) ? code : 308,
    hsts: boolean('hsts', true),
    hstsMaxAge: number('hsts-max-age', 31_536_000),
    hstsIncludeSubdomains: boolean('hsts-include-subdomains', true),
    hstsPreload: boolean('hsts-preload', false),
    allowSnippets: boolean('allow-snippet-annotations', false),
    strictPathType: boolean('strict-validate-path-type', true),
    riskLevel: risk !== undefined && risks.includes(risk) ? risk : 'High',
    wordBlocklist: list(data['annotation-value-word-blocklist']),
    useForwardedHeaders: boolean('use-forwarded-headers', false),
    bodySize: data['proxy-body-size'] ?? '1m',
    allow: list(data['whitelist-source-range']),
    deny: list(data['denylist-source-range']),
    disableAccessLog: boolean('disable-access-log', false),
    serverTokens: boolean('server-tokens', false),
    useHttp2: boolean('use-http2', true),
    noTlsRedirectLocations: list(data['no-tls-redirect-locations'] ?? '/.well-known/acme-challenge'),
    noAuthLocations: list(data['no-auth-locations'] ?? '/.well-known/acme-challenge'),
  };
}
