/**
 * The annotations that ingress-nginx v1.12 knows: how each is checked, how risky it is, and what becomes of one that does not pass.
 * (internal/ingress/annotations; parser/validators.go)
 */
import type { Ingress } from '#kube/kinds/ingress.ts';
import { parseCidr, parseIp } from '#net/ip.ts';
import { risks, type GlobalSettings, type Risk } from './model.ts';

export const annotationPrefix = 'nginx.ingress.kubernetes.io';

type Check = (value: string) => boolean;

/** What a value that does not pass comes to: the Ingress is refused, its locations are closed, or the annotation is as if it were not there. */
type Failure = 'refuse' | 'deny' | 'ignore';

interface Known {
  /** As refusals name it. */
  readonly group: string;
  readonly risk: Risk;
  readonly check: Check;
  readonly failure: Failure;
}

const plainChars = '\\-._~a-zA-Z0-9/:';
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    pattern.test(value);
const oneOf =
  (...options: readonly string[]): Check =>
  (value) =>
    options.includes(value.trim().toLowerCase());

const any: Check = () => true;
const boolean = matches(/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/);
const integer = matches(/^[+-]?\d+$/);
const size = matches(/^\d+[bkmg]?$/i);
const basic = matches(new RegExp(`^[${plainChars}]*$`));
const spaced = matches(new RegExp(`^[${plainChars} ]*$`));
const url = matches(new RegExp(`^[${plainChars}?&=]*$`));
const capture = matches(new RegExp(`^/?[${plainChars}$]*$`));
const regex = matches(new RegExp(`^[${plainChars}^$[\\](){}*+?|&=\\\\]*$`));
const ranges: Check = (value) => value.split(',').every((one) => parseIp(one.trim()) !== undefined || parseCidr(one.trim()) !== undefined);

const known = (group: string, risk: Risk, check: Check, failure: Failure): Known => ({ group, risk, check, failure });

const table: Readonly<Record<string, Known>> = {
  affinity: known('SessionAffinity', 'Low', oneOf('cookie'), 'ignore'),
  'affinity-mode': known('SessionAffinity', 'Medium', oneOf('balanced', 'persistent'), 'ignore'),
  'allowlist-source-range': known('Allowlist', 'Medium', ranges, 'deny'),
  'app-root': known('Rewrite', 'Medium', capture, 'ignore'),
  'auth-realm': known('BasicDigestAuth', 'Medium', spaced, 'ignore'),
  'auth-secret': known('BasicDigestAuth', 'Medium', basic, 'refuse'),
  'auth-secret-type': known('BasicDigestAuth', 'Low', oneOf('auth-file', 'auth-map'), 'refuse'),
  'auth-snippet': known('ExternalAuth', 'Critical', any, 'ignore'),
  'auth-type': known('BasicDigestAuth', 'Low', oneOf('basic', 'digest'), 'refuse'),
  'auth-url': known('ExternalAuth', 'High', any, 'ignore'),
  'backend-protocol': known('BackendProtocol', 'Low', oneOf('auto_http', 'http', 'https', 'grpc', 'grpcs', 'fcgi'), 'ignore'),
  canary: known('Canary', 'Low', boolean, 'ignore'),
  'canary-by-cookie': known('Canary', 'Medium', basic, 'ignore'),
  'canary-by-header': known('Canary', 'Medium', basic, 'ignore'),
  'canary-by-header-pattern': known('Canary', 'Medium', regex, 'ignore'),
  'canary-by-header-value': known('Canary', 'Medium', basic, 'ignore'),
  'canary-weight': known('Canary', 'Low', integer, 'ignore'),
  'canary-weight-total': known('Canary', 'Low', integer, 'ignore'),
  'client-body-buffer-size': known('ClientBodyBufferSize', 'Low', size, 'refuse'),
  'configuration-snippet': known('ConfigurationSnippet', 'Critical', any, 'ignore'),
  'custom-http-errors': known('CustomHTTPErrors', 'Low', matches(/^[0-9, ]*$/), 'refuse'),
  'default-backend': known('DefaultBackend', 'Low', matches(/^[a-z]([-a-z0-9]*[a-z0-9])?$/), 'refuse'),
  'denylist-source-range': known('Denylist', 'Medium', ranges, 'deny'),
  'enable-access-log': known('Logs', 'Low', boolean, 'ignore'),
  'enable-cors': known('CorsConfig', 'Low', boolean, 'ignore'),
  'force-ssl-redirect': known('Rewrite', 'Medium', boolean, 'ignore'),
  'from-to-www-redirect': known('Redirect', 'Low', boolean, 'refuse'),
  'limit-rps': known('RateLimit', 'Low', integer, 'ignore'),
  'modsecurity-snippet': known('ModSecurity', 'Critical', any, 'ignore'),
  'permanent-redirect': known('Redirect', 'Medium', url, 'refuse'),
  'permanent-redirect-code': known('Redirect', 'Low', integer, 'refuse'),
  'preserve-trailing-slash': known('Rewrite', 'Medium', boolean, 'ignore'),
  'proxy-body-size': known('Proxy', 'Medium', size, 'ignore'),
  'proxy-connect-timeout': known('Proxy', 'Low', integer, 'ignore'),
  'proxy-read-timeout': known('Proxy', 'Low', integer, 'ignore'),
  'proxy-send-timeout': known('Proxy', 'Low', integer, 'ignore'),
  'rewrite-target': known('Rewrite', 'Medium', capture, 'ignore'),
  satisfy: known('Satisfy', 'Low', oneOf('any', 'all'), 'ignore'),
  'server-alias': known('Alias', 'High', (value) => value.split(',').every((one) => regex(one.trim())), 'refuse'),
  'server-snippet': known('ServerSnippet', 'Critical', any, 'ignore'),
  'service-upstream': known('ServiceUpstream', 'Low', boolean, 'ignore'),
  'ssl-passthrough': known('SSLPassthrough', 'Low', boolean, 'ignore'),
  'ssl-redirect': known('Rewrite', 'Medium', boolean, 'ignore'),
  'stream-snippet': known('StreamSnippet', 'Critical', any, 'ignore'),
  'temporal-redirect': known('Redirect', 'Medium', url, 'refuse'),
  'temporal-redirect-code': known('Redirect', 'Low', integer, 'refuse'),
  'upstream-vhost': known('UpstreamVhost', 'Low', matches(/^[-._~a-zA-Z0-9/:${}]*$/), 'refuse'),
  'use-regex': known('Rewrite', 'Low', boolean, 'ignore'),
  'whitelist-source-range': known('Allowlist', 'Medium', ranges, 'deny'),
  'x-forwarded-prefix': known('XForwardedPrefix', 'Medium', spaced, 'refuse'),
};

/** The annotations of one Ingress that passed their checks. */
export class Annotations {
  readonly #values = new Map<string, string>();
  /** Why the Ingress is not taken at all. */
  readonly refusal: string | undefined;
  /** Why its locations are closed. */
  readonly denied: string | undefined;

  constructor({ metadata }: Pick<Ingress, 'metadata'>, { riskLevel }: Pick<GlobalSettings, 'riskLevel'>) {
    const own = Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) => {
      const name = key.startsWith(`${annotationPrefix}/`) ? key.slice(annotationPrefix.length + 1) : undefined;
      const entry = name === undefined || !Object.hasOwn(table, name) ? undefined : table[name]!;
      return entry === undefined ? [] : [{ key, name: name!, value, ...entry }];
    });
    own.sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : a.name < b.name ? -1 : 1));
    let refusal: string | undefined;
    let denied: string | undefined;
    for (const { key, name, value, group, risk, check, failure } of own) {
      if (risks.indexOf(risk) > risks.indexOf(riskLevel)) {
        refusal ??= `annotation group ${group} contains risky annotation based on ingress configuration`;
        continue;
      }
      // An empty value is not checked.
      if (value === '' || check(value)) this.#values.set(name, value);
      else if (failure === 'refuse') refusal ??= `annotation ${key} contains invalid value`;
      else if (failure === 'deny') denied ??= `annotation ${key} contains invalid value`;
    }
    this.refusal = refusal;
    this.denied = denied;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string {
    return this.#values.get(name) ?? '';
  }

  boolean(name: string, otherwise = false): boolean {
    const value = this.#values.get(name);
    return value === undefined || value === '' ? otherwise : /^[1tT]/.test(value);
  }

  number(name: string, otherwise = 0): number {
    const value = this.#values.get(name);
    return value === undefined || value === '' ? otherwise : Number(value);
  }

  list(name: string): readonly string[] {
    return this.text(name)
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  }
}
