/** Records come in no fixed order: what tools print of them is compared with neighbours of a kind in order. */

/** Units that stand for one record each, by tool. */
const units: { readonly [tool: string]: RegExp } = {
  dig: /^[^;\s].*\n/my,
  nslookup: /Name:\t.*\nAddress: .*\n|^\S+\t(?:name|service|mail exchanger|nameserver|text) = .*\n/my,
  host: /^\S+ (?:has (?:IPv6 )?address|has SRV record|mail is handled by|domain name pointer) .*\n/my,
  getent: /^.*\n/my,
};

/** The text with every run of records sorted. busybox prints whole answers in the order in which they came. */
export function inOrder(command: string, text: string): string {
  const tool = command.split(' ')[0]!;
  const shown = text.replace(/ (STREAM|DGRAM |RAW   ) .*/g, ' $1');
  if (tool === 'busybox') {
    const blocks = shown.split(/(?<=\n)\n/).map((block) => block.split('\n').sort().join('\n'));
    return blocks.sort().join('\n');
  }
  const unit = units[tool]!;
  let out = '';
  for (let at = 0; at < shown.length;) {
    const run: string[] = [];
    for (;;) {
      unit.lastIndex = at;
      const found = unit.exec(shown);
      if (found === null) break;
      run.push(found[0]);
      at += found[0].length;
    }
    out += run.sort().join('');
    if (run.length === 0) {
      const end = shown.indexOf('\n', at);
      const line = shown.slice(at, end < 0 ? undefined : end + 1);
      out += line;
      at += line.length;
    }
  }
  return out;
}
