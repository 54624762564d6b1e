/** The path of a request as nginx reads it. Paths are texts of bytes: one character a byte. (nginx: src/http/ngx_http_parse.c, ngx_http_parse_complex_uri) */

export interface RequestUri {
  /** Decoded, without empty and dot segments: what locations are compared with (`$uri`). */
  readonly path: string;
  /** What stands behind the question mark; undefined where there is none (`$args`). */
  readonly args: string | undefined;
  /** As it was sent (`$request_uri`). */
  readonly sent: string;
}

const hexDigit = /^[0-9a-f]$/i;

/** A text's UTF-8 bytes, one a character. */
export function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** Bytes as a text again, where they are UTF-8. */
export function textOf(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

/** Reads the target of a request line; undefined where nginx answers 400. */
export function parseUri(target: string): RequestUri | undefined {
  const sent = bytesOf(target);
  // Blanks and controls end the request line early or make it none.
  if (!sent.startsWith('/') || [...sent].some((char) => char <= ' ' || char === '\x7f')) return undefined;
  const segments: string[] = [];
  let segment = '';
  let args: string | undefined;
  /** Ends a segment at a slash, or the path at its end. */
  const close = (last: boolean): boolean => {
    if (segment === '..') {
      if (segments.length === 0) return false;
      segments.pop();
    } else if (segment !== '' && segment !== '.') segments.push(segment);
    // After the last slash, what is empty or a dot still leaves the slash.
    if (last) segments.push(segment === '' || segment === '.' || segment === '..' ? '' : segments.pop()!);
    segment = '';
    return true;
  };
  for (let at = 1; at < sent.length; at++) {
    let char = sent[at]!;
    if (char === '?') {
      args = sent.slice(at + 1).split('#')[0]!;
      break;
    }
    if (char === '#') break;
    if (char === '%') {
      const [high, low] = [sent[at + 1] ?? '', sent[at + 2] ?? ''];
      if (!hexDigit.test(high) || !hexDigit.test(low)) return undefined;
      at += 2;
      char = String.fromCharCode(parseInt(high + low, 16));
      if (char === '\0') return undefined;
      if (char === '%' || char === '#' || char === '?') {
        segment += char;
        continue;
      }
    }
    if (char !== '/') segment += char;
    else if (!close(false)) return undefined;
  }
  return close(true) ? { path: `/${segments.join('/')}`, args, sent } : undefined;
}

/** A path as nginx sends it on when it is no longer the client's own (ngx_escape_uri, NGX_ESCAPE_URI). */
export function escapePath(path: string): string {
  return path.replaceAll(/[^!$&'()*+,\-./0-9:;=@A-Z[\]_a-z~]/g, (char) => {
    return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** The host of a Host header: lower case, without its port and an ending dot; undefined where nginx answers 400 (ngx_http_validate_host). */
export function hostOf(header: string): string | undefined {
  const lower = header.toLowerCase();
  const literal = /^(\[[^\]]*\])(?::\d*)?$/.exec(lower);
  if (literal !== null) return literal[1]!;
  const [name = '', ...port] = lower.split(':');
  if (port.length > 1 || !/^\d*$/.test(port[0] ?? '') || /[/\\\s]|\.\./.test(name)) return undefined;
  const host = name.replace(/\.$/, '');
  return host === '' || [...host].some((char) => char <= ' ' || char === '\x7f') ? undefined : host;
}
