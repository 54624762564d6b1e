/** nginx's configuration language: directives, blocks and comments, and how ingress-nginx lays them out. (nginx: src/core/ngx_conf_file.c) */

export interface Directive {
  readonly name: string;
  /** As they stand in the file, quotes included. */
  readonly args: readonly string[];
  readonly block?: readonly Line[];
}

export type Line = Directive | { readonly comment: string } | 'blank';

/** `d('listen', '80', 'default_server')` */
export function d(name: string, ...args: readonly (string | number)[]): Directive {
  return { name, args: args.map(String) };
}

export function block(name: string, args: readonly string[], lines: readonly Line[]): Directive {
  return { name, args, block: lines };
}

/** An argument in double quotes. */
export function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Tabs for levels, names of `set` and `proxy_…` in columns, never two empty lines. */
export function print(lines: readonly Line[], level = 0): string {
  const indent = '\t'.repeat(level);
  let out = '';
  let empty = true;
  for (const line of lines) {
    if (line === 'blank') {
      if (!empty) out += `${indent}\n`;
      empty = true;
      continue;
    }
    empty = false;
    // A comment that sets something off has two signs.
    if ('comment' in line) out += `${indent}#${line.comment.startsWith('#') ? '' : ' '}${line.comment}\n`;
    else if (line.block === undefined) out += `${indent}${[padded(line), ...line.args.slice(1)].join(' ')};\n`;
    else out += `${indent}${[line.name, ...line.args].join(' ')} {\n${print(line.block, level + 1)}${indent}}\n`;
  }
  return out;
}

/** The name and the first argument, in ingress-nginx's columns. */
function padded({ name, args: [first] }: Directive): string {
  if (first === undefined) return name;
  if (name === 'set') return `set ${first}`;
  return /^(proxy|client|grpc)_/.test(name) && !['proxy_pass', 'proxy_set_header', 'proxy_cache_path'].includes(name)
    ? `${name.padEnd(39)} ${first}`
    : `${name} ${first}`;
}
