/** `host:port` as Go takes it apart. (Go: net.SplitHostPort) */
import { fail, ok, type Result } from '#kube/status.ts';

export function splitAddress(text: string): Result<{ readonly host: string; readonly port: string }, string> {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return fail(`address ${text}: missing port in address`);
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0) return fail(`address ${text}: missing ']' in address`);
    if (end + 1 === text.length) return fail(`address ${text}: missing port in address`);
    if (end + 1 !== colon) return fail(`address ${text}: ${text[end + 1] === ':' ? 'too many colons' : 'missing port'} in address`);
    return ok({ host: text.slice(1, end), port: text.slice(colon + 1) });
  }
  const host = text.slice(0, colon);
  if (host.includes(':')) return fail(`address ${text}: too many colons in address`);
  return ok({ host, port: text.slice(colon + 1) });
}
