/** Who a request is from, impersonation included. (staging:apiserver/pkg/endpoints/filters/impersonation.go) */
import type { Lab } from '#lab/lab.ts';
import { fail, ok, type Result, type Status } from '#kube/status.ts';
import { headerOf } from '../media-type.ts';
import type { ApiRequest } from '../request.ts';
import { internalError } from '../response.ts';
import { userOfToken } from '../token-signature.ts';
import type { Attributes, User } from './attributes.ts';
import { authorize, forbiddenBy } from './authorize.ts';

/** Requests of the server's own parts carry no user: they may do everything (the loopback client). */
const loopback: User = { name: 'system:apiserver', groups: ['system:authenticated', 'system:masters'] };
const extraPrefix = 'impersonate-extra-';
const accountPattern = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The user whose permissions count, or why the one who asks may not be that user. */
export function authenticate(lab: Lab, request: ApiRequest): Result<User, Status> {
  const objects = lab.snapshot.cluster;
  const token = /^Bearer\s+(\S+)$/i.exec(headerOf(request, 'authorization') ?? '')?.[1];
  const account = token === undefined ? undefined : userOfToken(token, objects.seed, lab.now);
  if (token !== undefined && account === undefined) return fail({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  const user: User = account !== undefined ? accountUser(account) : request.user === undefined ? loopback : request.user;
  const name = headerOf(request, 'impersonate-user');
  const groups = listHeader(request, 'impersonate-group');
  const uid = headerOf(request, 'impersonate-uid');
  const extra = Object.entries(request.headers).filter(([key]) => key.toLowerCase().startsWith(extraPrefix));
  if (name === undefined) {
    if (groups.length === 0 && uid === undefined && extra.length === 0) return ok(user);
    return fail(internalError('requested to impersonate groups, uid or extra without impersonating a user'));
  }
  const impersonated = accountPattern.exec(name);
  const asked: Attributes[] = [
    impersonated === null ? may(user, 'users', '', '', name) : may(user, 'serviceaccounts', '', impersonated[1]!, impersonated[2]!),
    ...groups.map((group) => may(user, 'groups', '', '', group)),
    ...(uid === undefined ? [] : [may(user, 'uids', 'authentication.k8s.io', '', uid)]),
    ...extra.map(([key, value]) => ({
      ...may(user, 'userextras', 'authentication.k8s.io', '', value),
      subresource: key.slice(extraPrefix.length).toLowerCase(),
    })),
  ];
  for (const attributes of asked) {
    const { allowed, reason } = authorize(objects, attributes);
    if (!allowed) return fail(forbiddenBy(attributes, reason));
  }
  return ok({
    name,
    groups: groupsOf(name, impersonated?.[1], groups),
    ...(uid !== undefined && { uid }),
    ...(extra.length > 0 && {
      extra: Object.fromEntries(
        extra.map(([key, value]) => [decodeURIComponent(key.slice(extraPrefix.length).toLowerCase()), value.split(',')]),
      ),
    }),
  });
}

function accountUser(name: string): User {
  return { name, groups: groupsOf(name, accountPattern.exec(name)?.[1], []) };
}

function may(user: User, resource: string, group: string, namespace: string, name: string) {
  return { kind: 'resource', user, verb: 'impersonate', group, resource, subresource: '', namespace, name } as const;
}

/** A header that may be given several times: its values stand apart by commas. */
function listHeader(request: ApiRequest, name: string): readonly string[] {
  const value = headerOf(request, name);
  return value === undefined ? [] : value.split(',').map((one) => one.trim());
}

function groupsOf(name: string, accountNamespace: string | undefined, groups: readonly string[]): readonly string[] {
  const given =
    groups.length > 0 || accountNamespace === undefined ? groups : ['system:serviceaccounts', `system:serviceaccounts:${accountNamespace}`];
  const general = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return given.includes(general) || given.includes('system:unauthenticated') ? given : [...given, general];
}
