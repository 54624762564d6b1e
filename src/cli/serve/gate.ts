/** Who gets in: whoever knows the token of this run's kubeconfig, or a service account of the cluster; nobody whom a browser was lured into being. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ApiRequest, ApiResponse } from '#apiserver/request.ts';
import { refusal } from '#apiserver/response.ts';
import { fail, ok, type Result } from '#kube/status.ts';

/** Whom kubeadm's admin.conf stands for. */
const admin = { name: 'kubernetes-admin', groups: ['kubeadm:cluster-admins', 'system:authenticated'] };

export interface Gate {
  readonly token: string;
  /** The names under which the server is asked for, port included: `127.0.0.1:41234`. */
  readonly hosts: ReadonlySet<string>;
}

const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

function refuse(code: number, reason: string, message: string): { readonly ok: false; readonly error: ApiResponse } {
  return fail(refusal({ code, reason, message }));
}

/** The request as the API server takes it, or why it is not let in. */
export function admitRequest({ token, hosts }: Gate, incoming: IncomingMessage): Result<ApiRequest, ApiResponse> {
  const { host = '', origin, authorization } = incoming.headers;
  // A page in a browser may reach loopback under a name of its own (DNS rebinding), or from a place of its own.
  if (!hosts.has(host.toLowerCase())) return refuse(403, 'Forbidden', `the host ${JSON.stringify(host)} is not served here`);
  if (origin !== undefined && !hosts.has(origin.replace(/^https:\/\//, ''))) {
    return refuse(403, 'Forbidden', `requests from the origin ${JSON.stringify(origin)} are not served here`);
  }
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (bearer === undefined) return refuse(401, 'Unauthorized', 'Unauthorized');
  const target = targetOf(incoming.url ?? '/');
  if (target === undefined) return refuse(400, 'BadRequest', `the path ${JSON.stringify(incoming.url)} is malformed`);
  if (!methods.has(incoming.method ?? ''))
    return refuse(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
  );
  // Of any other token the API server says itself whose it is.
  if (isSame(bearer, token)) delete headers['authorization'];
  return ok({ method: incoming.method as ApiRequest['method'], ...target, headers, user: admin });
}

function targetOf(url: string): Pick<ApiRequest, 'path' | 'query'> | undefined {
  if (!url.startsWith('/')) return undefined;
  try {
    const { pathname, searchParams } = new URL(`https://api${url}`);
    return { path: decodeURIComponent(pathname), query: searchParams };
  } catch {
    return undefined;
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
