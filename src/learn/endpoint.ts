/** The two ends of a flow, as scenarios and command lines write them. */
import { parseIp, type Ip } from '#net/ip.ts';

export type Source =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'ip'; readonly ip: Ip }
  | { readonly kind: 'external' };

export type Target =
  | {
      readonly kind: 'url';
      readonly scheme: 'http' | 'https' | 'tcp' | 'udp' | 'sctp' | 'icmp';
      readonly host: string;
      readonly port: number | undefined;
      readonly path: string;
    }
  | { readonly kind: 'pod' | 'svc'; readonly namespace: string; readonly name: string; readonly port: string | undefined }
  | { readonly kind: 'node'; readonly name: string; readonly port: number | undefined };

export const sourceForms = 'pod:NS/NAME, node:NAME, ip:ADDRESS or external';
export const targetForms =
  'http://HOST[:PORT]/PATH, https://…, tcp://HOST:PORT, udp://HOST:PORT, sctp://HOST:PORT, icmp://HOST, pod:NS/NAME[:PORT], svc:NS/NAME[:PORT] or node:NAME[:PORT]';

/** Parses where a flow begins; undefined when the text has none of the {@link sourceForms}. */
export function parseSource(text: string): Source | undefined {
  if (text === 'external') return { kind: 'external' };
  const [kind, rest] = split(text, ':');
  if (rest === undefined) return undefined;
  if (kind === 'node' && isName(rest)) return { kind, name: rest };
  if (kind === 'ip') {
    const ip = parseIp(rest);
    return ip && { kind, ip };
  }
  const [namespace, name] = split(rest, '/');
  return kind === 'pod' && isName(namespace) && name !== undefined && isName(name) ? { kind, namespace, name } : undefined;
}

const defaultPorts = { http: 80, https: 443 } as const;

/** Parses where a flow goes to; undefined when the text has none of the {@link targetForms}. */
export function parseTarget(text: string): Target | undefined {
  const url = /^(https?|tcp|udp|sctp|icmp):\/\/(\[[^\]/]+\]|[^:/[\]]+)(?::(\d+))?(\/.*)?$/.exec(text);
  if (url !== null) {
    const [, scheme, bracketed, digits, path = ''] = url as unknown as [
      string,
      Extract<Target, { kind: 'url' }>['scheme'],
      string,
      string?,
      string?,
    ];
    const web = scheme === 'http' || scheme === 'https';
    const port = digits === undefined ? (web ? defaultPorts[scheme] : undefined) : portOf(digits);
    const host = bracketed.replace(/^\[|\]$/g, '');
    if (digits !== undefined && port === undefined) return undefined;
    if (scheme === 'icmp' ? digits !== undefined : port === undefined) return undefined;
    if (!web && path !== '' && path !== '/') return undefined;
    if (bracketed.startsWith('[') && parseIp(host) === undefined) return undefined;
    return { kind: 'url', scheme, host, port, path: web ? path || '/' : '' };
  }
  const [kind, rest] = split(text, ':');
  if (rest === undefined) return undefined;
  if (kind === 'node') {
    const [name, digits] = split(rest, ':');
    const port = digits === undefined ? undefined : portOf(digits);
    return isName(name) && (digits === undefined || port !== undefined) ? { kind, name, port } : undefined;
  }
  if (kind !== 'pod' && kind !== 'svc') return undefined;
  const [namespace, tail] = split(rest, '/');
  if (tail === undefined) return undefined;
  const [name, port] = split(tail, ':');
  return isName(namespace) && isName(name) && port !== '' ? { kind, namespace, name, port } : undefined;
}

/** The node that a source or target names, if it names one. */
export function nodeNamedBy(end: Source | Target | undefined): string | undefined {
  return end?.kind === 'node' ? end.name : undefined;
}

/** `pod shop/client`, `node node01`, `outside the cluster`: an end in a sentence. */
export function sourceText(text: string): string {
  const source = parseSource(text);
  switch (source?.kind) {
    case 'pod':
      return `pod ${source.namespace}/${source.name}`;
    case 'node':
      return `node ${source.name}`;
    case 'ip':
      return `${source.ip}, outside the cluster`;
    case 'external':
      return 'outside the cluster';
    case undefined:
      return text;
  }
}

function split(text: string, at: string): [string, string | undefined] {
  const index = text.indexOf(at);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function isName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}

function portOf(digits: string): number | undefined {
  const port = Number(digits);
  return /^\d+$/.test(digits) && port >= 1 && port <= 65535 ? port : undefined;
}
