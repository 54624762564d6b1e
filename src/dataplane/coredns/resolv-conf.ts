/** resolv.conf as CoreDNS's own resolver reads it. (miekg/dns clientconfig.go) */

function lines(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => !/^[#;]/.test(line))
    .map((line) => line.trim().split(/\s+/));
}

/** The servers, in order. */
export function resolvConfServers(text: string): string[] {
  return lines(text).flatMap(([keyword, server]) => (keyword === 'nameserver' && server !== undefined ? [server] : []));
}

/** The search path; the last `search` or `domain` line counts. */
export function resolvConfSearch(text: string): string[] {
  let search: string[] = [];
  for (const [keyword, ...words] of lines(text)) {
    if (keyword === 'search') search = words;
    else if (keyword === 'domain') search = words.slice(0, 1);
  }
  return search;
}
