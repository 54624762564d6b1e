/**
 * Why nginx does not take a configuration that its controller has written: its words, and the line they are about. (nginx: src/http/ngx_http.c,
 * ngx_http_core_module.c, src/core/ngx_regex.c, ngx_conf_file.c)
 */
import { caselessRegex, locationRegex, locationText } from './location.ts';
import { usesRegex, type Configuration, type Server } from './model.ts';
import { isDirective } from './conf/known-directives.ts';

export interface ConfigurationProblem {
  /** `duplicate location "/shop/"`. */
  readonly message: string;
  /** Of the file, counted from 1; undefined where nginx names none. */
  readonly line?: number;
}

export function problemOf(configuration: Configuration, text: string): ConfigurationProblem | undefined {
  const lines = text.split('\n');
  for (const server of configuration.servers) {
    const start = lines.findIndex((line) => line.trim() === `## start server ${server.hostname}`);
    const found = serverProblem(server, lines, start);
    if (found !== undefined) return found;
  }
  const wild = configuration.hostRedirects.find(({ from }) => from.includes('*'));
  return wild === undefined ? undefined : { message: `invalid server name or wildcard ${JSON.stringify(wild.from)} on 0.0.0.0:80` };
}

function serverProblem(server: Server, lines: readonly string[], start: number): ConfigurationProblem | undefined {
  const regex = usesRegex(server);
  const seen = new Set<string>();
  let at = start;
  for (const location of server.locations) {
    const head = `location ${locationText(server, location)} {`;
    at = lines.findIndex((line, i) => i > at && line.trim() === head);
    const where = { line: at + 1 };
    const key = `${location.exact ? '=' : ''}${location.path}`;
    if (regex && caselessRegex(locationRegex(location.path)) === undefined)
      return { message: `pcre2_compile() failed: ${regexProblem(locationRegex(location.path))}`, ...where };
    if (!regex && seen.has(key)) return { message: `duplicate location ${JSON.stringify(location.path)}`, ...where };
    seen.add(key);
    const snippet = snippetProblem(location.settings.snippet);
    if (snippet !== undefined) {
      const own = lines.findIndex((line, i) => i > at && line.trim().startsWith(snippet.text));
      return { message: snippet.message, line: own + 1 };
    }
  }
  return undefined;
}

/** PCRE's words for what JavaScript does not take either. */
function regexProblem(pattern: string): string {
  const within = `in ${JSON.stringify(pattern)}`;
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '\\') i++;
    else if (char === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end < 0) return `missing terminating ] for character class ${within} at offset ${pattern.length}`;
      i = end;
    } else if (char === '(') depth++;
    else if (char === ')' && --depth < 0) return `unmatched closing parenthesis ${within} at offset ${i}`;
    else if (/[*+?]/.test(char) && (i === 0 || /[(|^]/.test(pattern[i - 1]!)) && !(char === '?' && pattern[i - 1] === '('))
      return `quantifier does not follow a repeatable item ${within} at offset ${i + 1}`;
  }
  return `missing closing parenthesis ${within} at offset ${pattern.length}`;
}

/** The first thing in somebody's own lines that nginx would not take. */
function snippetProblem(snippet: string): { readonly message: string; readonly text: string } | undefined {
  for (const line of snippet.split('\n')) {
    const text = line.trim();
    if (text === '' || text.startsWith('#') || text === '}') continue;
    const [name = ''] = text
      .replace(/[;{}].*$/, '')
      .trim()
      .split(/\s+/);
    if (!isDirective(name)) return { message: `unknown directive ${JSON.stringify(name)}`, text };
    if (!/[;{}]\s*(#.*)?$/.test(text)) return { message: `directive ${JSON.stringify(name)} is not terminated by ";"`, text };
  }
  return undefined;
}
