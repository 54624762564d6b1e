/** nginx's `rewrite "(?i)PATH" TARGET break`. (src/http/modules/ngx_http_rewrite_module.c) */
import { caselessRegex } from './location.ts';

export type Rewritten =
  | { readonly kind: 'path'; readonly path: string; readonly args: string | undefined }
  | { readonly kind: 'redirect'; readonly location: string }
  /** The expression is found nowhere in the path. */
  | { readonly kind: 'unchanged' };

/**
 * Replaces a path in which the expression is found, anywhere, by the target with its captures. The target's own question mark begins the
 * arguments, a captured one stays in the path. `quoted`: the client has sent something in hex, or a plus.
 */
export function rewrite(path: string, args: string | undefined, pattern: string, target: string, quoted = false): Rewritten {
  const found = caselessRegex(pattern)?.exec(path);
  if (found == null) return { kind: 'unchanged' };
  const filled = (text: string, escape: (capture: string) => string) =>
    text.replaceAll(/\$(\d)|\$\{(\d)\}/g, (_, plain: string | undefined, braced: string | undefined) =>
      escape(found[Number(plain ?? braced)] ?? ''),
    );
  const mark = target.indexOf('?');
  const next = filled(mark < 0 ? target : target.slice(0, mark), (capture) => capture);
  const own = mark < 0 ? undefined : filled(target.slice(mark + 1), quoted ? escapeArgs : (capture) => capture);
  // A question mark at the end keeps the client's arguments out.
  const joined = target.endsWith('?') ? (own ?? '') : [own, args].filter((one) => one !== undefined && one !== '').join('&');
  const newArgs = joined === '' ? undefined : joined;
  if (/^https?:\/\//.test(target)) return { kind: 'redirect', location: newArgs === undefined ? next : `${next}?${newArgs}` };
  return { kind: 'path', path: next, args: newArgs };
}

/** (src/core/ngx_string.c, ngx_escape_uri, NGX_ESCAPE_ARGS) */
function escapeArgs(text: string): string {
  return text.replaceAll(
    /[^!$'()*,\-./0-9:=@A-Z[\]_a-z~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
