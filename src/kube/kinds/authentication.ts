/** Who somebody is: created, answered in their status, and never stored. */
import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int64, list, map, nullable, pointer, required, string, struct, time } from '../schema.ts';

const group = 'authentication.k8s.io';
const asked = { group, namespaced: false, verbs: ['create'] } as const;

export const UserInfo = struct('UserInfo', 'a user', {
  username: string('name of the user'),
  uid: string('UID of the user'),
  groups: list(string(), 'groups of the user'),
  extra: map(list(string()), 'what else is known of the user'),
});

export const SelfSubjectReview = defineKind(
  'SelfSubjectReview',
  'asks who the asker is',
  { status: always(struct('SelfSubjectReviewStatus', 'the answer', { userInfo: always(UserInfo) })) },
  asked,
);
export type SelfSubjectReview = ObjectOf<typeof SelfSubjectReview>;

export const TokenReview = defineKind(
  'TokenReview',
  'asks whose a token is',
  {
    spec: required(
      struct('TokenReviewSpec', 'the token', { token: required(string('the token')), audiences: list(string(), 'for whom it should be') }),
    ),
    status: always(
      struct('TokenReviewStatus', 'the answer', {
        authenticated: boolean('the token is good'),
        user: always(UserInfo),
        audiences: list(string(), 'for whom it is'),
        error: string('what went wrong'),
      }),
    ),
  },
  asked,
);
export type TokenReview = ObjectOf<typeof TokenReview>;

/** Not listed by discovery as a resource of its own: the body of `serviceaccounts/token`. */
export const TokenRequest = defineKind(
  'TokenRequest',
  'asks for a token of a service account',
  {
    spec: required(
      struct('TokenRequestSpec', 'the token that is wanted', {
        audiences: required(list(string(), 'for whom it is')),
        expirationSeconds: pointer(int64('how long it lives')),
        boundObjectRef: struct('BoundObjectReference', 'the object it ends with', {
          kind: string('Pod, Secret or Node'),
          apiVersion: string('version of the object'),
          name: string('name of the object'),
          uid: string('UID of the object'),
        }),
      }),
    ),
    status: always(
      struct('TokenRequestStatus', 'the token', {
        token: required(string('the token')),
        expirationTimestamp: required(nullable(time('when it ends'))),
      }),
    ),
  },
  asked,
);
export type TokenRequest = ObjectOf<typeof TokenRequest>;
