/** `serviceaccounts/token`: tokens that say whose they are. (pkg/registry/core/serviceaccount/storage/token.go) */
import { hexOf } from '#kube/chance.ts';
import { TokenRequest } from '#kube/kinds/authentication.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { ServiceAccount } from '#kube/kinds/service-account.ts';
import { invalid, notFound, type FieldError } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { readObject } from './body.ts';
import { objectsOf, refuse, type Call } from './call.ts';
import { encode } from './encode.ts';
import type { ApiResponse } from './request.ts';
import { json } from './response.ts';
import { sign } from './token-signature.ts';

const issuer = 'https://kubernetes.default.svc.cluster.local';
const shortest = 600;
const longest = 2 ** 32;
const usual = 3600;

/** Issues a token for the service account that the route names. */
export function createToken(call: Call): ApiResponse {
  const { request, route, lab, moment } = call;
  const account = objectsOf(call).get(ServiceAccount, route.namespace, route.name);
  const body = readObject(request, TokenRequest, 'Warn');
  if (!body.ok) return refuse(call, body.error);
  if (account === undefined) {
    const hasNamespace = objectsOf(call).get(Namespace, '', route.namespace) !== undefined;
    return refuse(call, hasNamespace ? notFound(ServiceAccount, route.name) : notFound(Namespace, route.namespace));
  }
  const review = body.value.object as TokenRequest;
  const { expirationSeconds = usual, audiences } = review.spec;
  const problem =
    expirationSeconds < shortest
      ? 'may not specify a duration less than 10 minutes'
      : expirationSeconds > longest
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (problem !== undefined) {
    const error: FieldError = { type: 'Invalid value', field: 'spec.expirationSeconds', value: expirationSeconds, detail: problem };
    return refuse(call, invalid(TokenRequest, '', [error]));
  }
  const seconds = Math.floor(lab.now / 1000);
  const wanted = audiences.length > 0 ? audiences : [issuer];
  const claims = {
    aud: wanted,
    exp: seconds + expirationSeconds,
    iat: seconds,
    iss: issuer,
    jti: hexOf(`token/${account.metadata.uid ?? ''}/${seconds}`, 32),
    'kubernetes.io': { namespace: route.namespace, serviceaccount: { name: route.name, uid: account.metadata.uid ?? '' } },
    nbf: seconds,
    sub: `system:serviceaccount:${route.namespace}:${route.name}`,
  };
  const answered: TokenRequest = {
    ...review,
    metadata: { ...review.metadata, name: route.name, namespace: route.namespace, creationTimestamp: rfc3339(lab.now) },
    spec: { ...review.spec, audiences: wanted, expirationSeconds },
    status: { token: sign(claims, objectsOf(call).seed), expirationTimestamp: rfc3339((seconds + expirationSeconds) * 1000) },
  };
  return json(201, encode(TokenRequest, answered, moment.minorVersion), body.value.warnings);
}
