/** Questions about permissions, asked by creating an object that is answered and never stored. (pkg/registry/authorization, authentication) */
import type { Objects } from '#kube/cluster.ts';
import type { SelfSubjectReview, TokenReview } from '#kube/kinds/authentication.ts';
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '#kube/kinds/authorization.ts';
import type { KubeObject } from '#kube/object.ts';
import { badRequest, fail, ok, type Result, type Status } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { userOfToken } from '../token-signature.ts';
import type { Attributes, User } from './attributes.ts';
import { authorize, grantsOf } from './authorize.ts';

/** Who asks, where the question is asked, and when. */
export interface Asked {
  readonly user: User;
  readonly namespace: string;
  readonly now: number;
}

type Answer = (objects: Objects, review: KubeObject, asked: Asked) => Result<KubeObject, Status>;

/** How each kind of review is answered, by resource. */
export const reviews: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['selfsubjectreviews.authentication.k8s.io', (_, review, { user, now }) => ok(selfSubject(review as SelfSubjectReview, user, now))],
  ['tokenreviews.authentication.k8s.io', (objects, review, { now }) => ok(token(objects, review as TokenReview, now))],
  [
    'selfsubjectaccessreviews.authorization.k8s.io',
    (objects, review, { user }) => ok(access(objects, review as SelfSubjectAccessReview, user)),
  ],
  [
    'subjectaccessreviews.authorization.k8s.io',
    (objects, review) => ok(access(objects, review as SubjectAccessReview, subjectOf(review as SubjectAccessReview))),
  ],
  [
    'localsubjectaccessreviews.authorization.k8s.io',
    (objects, review, { namespace }) => {
      const local = review as LocalSubjectAccessReview;
      const about = local.spec.resourceAttributes?.namespace ?? '';
      if (about !== namespace) {
        return fail(badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`));
      }
      return ok(access(objects, local, subjectOf(local)));
    },
  ],
  ['selfsubjectrulesreviews.authorization.k8s.io', (objects, review, { user }) => rulesOf(objects, review as SelfSubjectRulesReview, user)],
]);

function subjectOf({ spec }: SubjectAccessReview | LocalSubjectAccessReview): User {
  return { name: spec.user ?? '', groups: spec.groups ?? [] };
}

function access<T extends SelfSubjectAccessReview | SubjectAccessReview | LocalSubjectAccessReview>(
  objects: Objects,
  review: T,
  user: User,
): T {
  const { resourceAttributes: resource, nonResourceAttributes: path } = review.spec;
  const attributes: Attributes =
    resource !== undefined
      ? {
          kind: 'resource',
          user,
          verb: resource.verb ?? '',
          group: resource.group ?? '',
          resource: resource.resource ?? '',
          subresource: resource.subresource ?? '',
          namespace: resource.namespace ?? '',
          name: resource.name ?? '',
        }
      : { kind: 'path', user, verb: path?.verb ?? '', path: path?.path ?? '' };
  const { allowed, reason } = authorize(objects, attributes);
  return { ...review, status: { allowed, ...(reason !== '' && { reason }) } };
}

/** Every rule that holds for the asker in a namespace. */
function rulesOf(objects: Objects, review: SelfSubjectRulesReview, user: User): Result<SelfSubjectRulesReview, Status> {
  const namespace = review.spec.namespace ?? '';
  if (namespace === '') return fail(badRequest('no namespace on request'));
  const errors: string[] = [];
  const rules = [...grantsOf(objects, user, namespace, (error) => errors.push(error))].map(({ rule }) => rule);
  const resourceRules = rules
    .filter(({ resources }) => (resources ?? []).length > 0)
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({
      verbs,
      ...(apiGroups !== undefined && { apiGroups }),
      ...(resources !== undefined && { resources }),
      ...(resourceNames !== undefined && { resourceNames }),
    }));
  const nonResourceRules = rules
    .filter(({ nonResourceURLs }) => (nonResourceURLs ?? []).length > 0)
    .map(({ verbs, nonResourceURLs }) => ({ verbs, ...(nonResourceURLs !== undefined && { nonResourceURLs }) }));
  return ok({
    ...review,
    status: {
      resourceRules,
      nonResourceRules,
      incomplete: errors.length > 0,
      ...(errors.length > 0 && { evaluationError: errors.join(', ') }),
    },
  });
}

function selfSubject(review: SelfSubjectReview, user: User, now: number): SelfSubjectReview {
  return {
    ...review,
    metadata: { ...review.metadata, creationTimestamp: rfc3339(now) },
    status: {
      userInfo: {
        username: user.name,
        ...(user.uid !== undefined && { uid: user.uid }),
        groups: user.groups,
        ...(user.extra !== undefined && { extra: user.extra }),
      },
    },
  };
}

/** Whose a token is that this server issued; it knows no others. */
function token(objects: Objects, review: TokenReview, now: number): TokenReview {
  const name = userOfToken(review.spec.token ?? '', objects.seed, now);
  if (name === undefined) return { ...review, status: { user: {}, error: '[invalid bearer token, unknown]' } };
  const namespace = name.split(':')[2] ?? '';
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { ...review, status: { authenticated: true, user: { username: name, groups } } };
}
