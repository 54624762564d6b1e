/** An editor for who has none: good enough to mend a manifest. Lines have numbers, and commands say what happens to them. */

export type Ask = (prompt: string, text?: string) => Promise<string | undefined>;

const help = `  p            all lines         p 3,9        some of them
  7            edit line 7       s/old/new/   replace everywhere; 7s/old/new/ in line 7
  a 7          add lines below 7 (a single . ends them); a adds at the end, i 7 above 7
  d 7          delete line 7     d 3,9        some of them
  u            undo              w            save and leave
  q            leave, nothing saved`;

/** Lets somebody edit a text by commands; undefined when they leave without saving. */
export async function editByLine(text: string, name: string, ask: Ask, tell: (text: string) => void): Promise<string | undefined> {
  let lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const before: (readonly string[])[] = [];
  const show = (from = 1, to = lines.length) =>
    tell(
      lines
        .slice(from - 1, to)
        .map((line, i) => `${String(from + i).padStart(4)}  ${line}\n`)
        .join(''),
    );
  tell(
    `${name}: ${lines.length} lines. There is no editor here ($EDITOR names none), so this is one of ours; h lists what it understands.\n`,
  );
  show();
  for (;;) {
    const typed = await ask(`${name}> `);
    if (typed === undefined || typed.trim() === 'q') return undefined;
    const command = typed.trim();
    if (command === 'w' || command === 'wq' || command === 'x') return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
    if (command === '') continue;
    const [, verb = '', first, second] = /^([paid]?) *(?:(\d+)(?: *[,-] *(\d+|\$))?)?$/.exec(command) ?? [];
    const isRange = /^[paid]? *(\d+( *[,-] *(\d+|\$))?)?$/.test(command);
    const from = first === undefined ? undefined : Number(first);
    const to = second === '$' ? lines.length : second === undefined ? from : Number(second);
    const change = (next: string[]) => {
      before.push(lines);
      lines = next;
    };
    const isThere = (at: number | undefined): at is number => at !== undefined && at >= 1 && at <= lines.length;
    if (command === 'h' || command === '?') tell(`${help}\n`);
    else if (command === 'u') {
      const last = before.pop();
      if (last === undefined) tell('nothing has been changed yet\n');
      else lines = [...last];
    } else if (/^\d*s(.)/.test(command)) {
      const replaced = substitute(lines, command);
      if (typeof replaced === 'string') tell(`${replaced}\n`);
      else change(replaced);
    } else if (!isRange) tell(`what is "${command}"? h lists what there is\n`);
    else if (verb === 'p') show(from ?? 1, to ?? lines.length);
    else if (verb === '' || verb === 'd') {
      if (!isThere(from) || !isThere(to) || to < from) tell(`there are lines 1 to ${lines.length}\n`);
      else if (verb === 'd') change([...lines.slice(0, from - 1), ...lines.slice(to)]);
      else {
        const edited = await ask(`${String(from).padStart(4)}  `, lines[from - 1]);
        if (edited !== undefined) change(lines.with(from - 1, edited));
      }
    } else {
      const at = from ?? lines.length + (verb === 'i' ? 1 : 0);
      const above = verb === 'i' ? at - 1 : at;
      if (above < 0 || above > lines.length) {
        tell(`there are lines 1 to ${lines.length}\n`);
        continue;
      }
      const added: string[] = [];
      for (;;) {
        const line = await ask(`${String(above + added.length + 1).padStart(4)}  `);
        if (line === undefined || line === '.') break;
        added.push(line);
      }
      if (added.length > 0) change([...lines.slice(0, above), ...added, ...lines.slice(above)]);
    }
  }
}

/** `s/old/new/`, of one line or all; a sentence when it changes nothing. */
function substitute(lines: readonly string[], command: string): string[] | string {
  const [, line = '', sign = '/'] = /^(\d*)s(.)/.exec(command)!;
  const [old = '', replacement] = command.slice(line.length + 2).split(sign);
  if (old === '' || replacement === undefined) return `write it as s${sign}old${sign}new${sign}`;
  const changed = lines.map((one, i) => (line === '' || Number(line) === i + 1 ? one.replaceAll(old, replacement) : one));
  return changed.every((one, i) => one === lines[i]) ? `"${old}" is nowhere there` : changed;
}
