/** nginx's `rewrite "(?i)PATH" TARGET break`. (src/http/modules/ngx_http_rewrite_module.c) */
import { caselessRegex } from './location.ts';

export type Rewritten =
  | { readonly kind: 'path'; readonly path: string; readonly args: string | undefined }
  | { readonly kind: 'redirect'; readonly location: string }
  /** The expression is found nowhere in the path. */
  | { readonly kind: 'unchanged' };

/** Replaces a path in which the expression is found, anywhere, by the target with its captures. */
export function rewrite(path: string, args: string | undefined, pattern: string, target: string): Rewritten {
  const found = caselessRegex(pattern)?.exec(path);
  if (found == null) return { kind: 'unchanged' };
  const whole = target.replaceAll(/\$(\d)|\$\{(\d)\}/g, (_, plain: string | undefined, braced: string | undefined) => {
    return found[Number(plain ?? braced)] ?? '';
  });
  const mark = whole.indexOf('?');
  const [next, own] = mark < 0 ? [whole, undefined] : [whole.slice(0, mark), whole.slice(mark + 1)];
  // A question mark at the end keeps the client's arguments out.
  const joined = target.endsWith('?') ? (own ?? '') : [own, args].filter((one) => one !== undefined && one !== '').join('&');
  const newArgs = joined === '' ? undefined : joined;
  if (/^https?:\/\//.test(target)) return { kind: 'redirect', location: newArgs === undefined ? next : `${next}?${newArgs}` };
  return { kind: 'path', path: next, args: newArgs };
}
