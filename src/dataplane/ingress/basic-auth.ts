/** Basic authentication against lines of htpasswd. (nginx: ngx_http_auth_basic_module.c, ngx_crypt.c) */
import { decodeBase64 } from '#node/kubelet/volumes.ts';
import { aprMd5 } from './apr-md5.ts';
import { sha1 } from '#net/digest.ts';

/** Reports whether an Authorization header shows one of the users with the right password. */
export function authenticate(users: string, authorization: string | undefined): boolean {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)\s*$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return false;
  const [user = '', ...rest] = decoded(encoded).split(':');
  const password = rest.join(':');
  for (const line of users.split('\n')) {
    const [name, hash] = line.replace(/\r$/, '').split(':');
    if (name === user && hash !== undefined) return isPassword(password, hash);
  }
  return false;
}

function decoded(text: string): string {
  try {
    return decodeBase64(text);
  } catch {
    return '';
  }
}

/** `$apr1$salt$…`, `{SHA}…`, `{PLAIN}…`; what crypt(3) alone knows (bcrypt, DES) is nobody's password here. */
function isPassword(password: string, hash: string): boolean {
  if (hash.startsWith('$apr1$')) return aprMd5(password, hash.split('$')[2] ?? '') === hash;
  if (hash.startsWith('{PLAIN}')) return hash.slice(7) === password;
  if (hash.startsWith('{SHA}')) return btoa(bytesOfHex(sha1(password))) === hash.slice(5);
  return false;
}

function bytesOfHex(hex: string): string {
  return hex.replaceAll(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
}
