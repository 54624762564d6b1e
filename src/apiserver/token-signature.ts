/** The form of service account tokens, and what makes one of them ours. (pkg/serviceaccount/jwt.go) */
import { hexOf } from '#kube/chance.ts';

function base64url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** A JSON web token with these claims. */
export function sign(claims: object, seed: string): string {
  const header = base64url(JSON.stringify({ alg: 'RS256', kid: base64url(hexOf(`${seed}/kid`, 32)) }));
  const payload = base64url(JSON.stringify(claims));
  return `${header}.${payload}.${signatureOf(`${header}.${payload}`, seed)}`;
}

/** There is no key: a signature is what only this cluster's seed gives for the text. */
function signatureOf(text: string, seed: string): string {
  const hex = hexOf(`${seed}/service-account-key/${text}`, 512);
  return base64url(String.fromCharCode(...Array.from({ length: 256 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16))));
}

/** The user that a token of this cluster speaks for; undefined for one that is not ours or no longer valid. */
export function userOfToken(token: string, seed: string, now: number): string | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.');
  if (signature === '' || signatureOf(`${header}.${payload}`, seed) !== signature) return undefined;
  const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { readonly sub: string; readonly exp: number };
  return claims.exp * 1000 > now ? claims.sub : undefined;
}
