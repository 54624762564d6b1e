/** journalctl(1) over the host's journal. */
import { unitName } from '#node/systemd/systemd.ts';
import { failure, output, type Command } from '../../command.ts';
import { hostAt } from '../../place.ts';
import { journalText } from './text.ts';

interface Wanted {
  readonly units: string[];
  lines: number | undefined;
  since: number;
  until: number;
  reverse: boolean;
  grep: RegExp | undefined;
  messageOnly: boolean;
}

export const journalctl: Command = {
  name: 'journalctl',
  run(args, _io, { lab, place }) {
    const host = hostAt(lab, place);
    const wanted: Wanted = {
      units: [],
      lines: undefined,
      since: -Infinity,
      until: Infinity,
      reverse: false,
      grep: undefined,
      messageOnly: false,
    };
    const words = [...args];
    while (words.length > 0) {
      const word = words.shift()!;
      const [name, joined] =
        word.startsWith('--') && word.includes('=')
          ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
          : [word, undefined];
      const value = () => joined ?? words.shift() ?? '';
      if (/^-\w{2,}$/.test(word) && !/^-[nup]\w/.test(word)) {
        words.unshift(...[...word.slice(1)].map((letter) => `-${letter}`));
        continue;
      }
      if (name === '-u' || name === '--unit') wanted.units.push(unitName(value()));
      else if (word.startsWith('-u')) wanted.units.push(unitName(word.slice(2)));
      else if (/^-n\d+$/.test(word)) wanted.lines = Number(word.slice(2));
      else if (name === '-n' || name === '--lines')
        wanted.lines = joined !== undefined || /^\d+$|^all$/.test(words[0] ?? '') ? Number(value()) : 10;
      else if (name === '--since' || name === '-S') wanted.since = timeOf(value(), lab.now);
      else if (name === '--until' || name === '-U') wanted.until = timeOf(value(), lab.now);
      else if (name === '-r' || name === '--reverse') wanted.reverse = true;
      else if (name === '-g' || name === '--grep') wanted.grep = safePattern(value());
      else if (name === '-o' || name === '--output') wanted.messageOnly = value() === 'cat';
      else if (name === '-p' || name === '--priority') value();
      else if (name === '-e' || name === '--pager-end') wanted.lines ??= 1000;
      else if (['-f', '--follow'].includes(name)) wanted.lines ??= 10;
      else if (
        [
          '-x',
          '--catalog',
          '--no-pager',
          '-q',
          '--quiet',
          '-b',
          '--boot',
          '-a',
          '--all',
          '-l',
          '--full',
          '--no-hostname',
          '-k',
          '--dmesg',
          '--system',
        ].includes(name)
      )
        continue;
      else if (name.startsWith('-'))
        return failure(`journalctl: ${name.startsWith('--') ? `unrecognized option '${name}'` : `invalid option -- '${name[1]}'`}\n`);
      else return failure(`Failed to add match '${word}': Invalid argument\n`);
    }
    let lines = host.journal.filter(
      (line) =>
        (wanted.units.length === 0 || wanted.units.includes(line.unit)) &&
        line.at >= wanted.since &&
        line.at <= wanted.until &&
        (wanted.grep === undefined || wanted.grep.test(line.message)),
    );
    if (wanted.lines !== undefined && !Number.isNaN(wanted.lines)) lines = wanted.lines === 0 ? [] : lines.slice(-wanted.lines);
    if (wanted.reverse) lines = [...lines].reverse();
    if (lines.length === 0) return output('-- No entries --\n');
    return output(wanted.messageOnly ? lines.map((line) => `${line.message}\n`).join('') : journalText(host, lines));
  },
};

function timeOf(text: string, now: number): number {
  const relative = /^-?\s*(\d+)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)(?:\s+ago)?$/.exec(text.trim());
  if (relative) return now - Number(relative[1]) * { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[relative[2]![0]!]!;
  if (text === 'now') return now;
  if (text === 'today') return Math.floor(now / 86_400_000) * 86_400_000;
  if (text === 'yesterday') return (Math.floor(now / 86_400_000) - 1) * 86_400_000;
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

function safePattern(text: string): RegExp {
  try {
    return new RegExp(text, text === text.toLowerCase() ? 'i' : '');
  } catch {
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  }
}
