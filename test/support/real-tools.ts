/** Real programs, run in a network namespace of their own. */
import { spawnSync } from 'node:child_process';

/** Why such programs cannot be run here; undefined when they can. */
export function cannotRun(...programs: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  for (const program of ['unshare', 'bash', ...programs]) {
    if (spawnSync('which', [program]).status !== 0) return `no ${program}`;
  }
  return spawnSync('unshare', ['-n', 'true']).status === 0 ? undefined : 'no network namespaces';
}

export interface RealOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs shell lines one after the other in one fresh network namespace. Files of the directory `files` can be read by name. */
export function inNamespace(lines: readonly string[], input = ''): readonly RealOutput[] {
  const mark = '=-=-=';
  const script = lines
    .map(
      (line) =>
        `err=$(mktemp); out=$(mktemp); { ${line}\n} >$out 2>$err; code=$?; cat $out; echo "${mark}"; cat $err; echo "${mark}$code"; rm $out $err`,
    )
    .join('\n');
  const { stdout } = spawnSync('unshare', ['-n', 'bash', '-c', script], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  const outputs: RealOutput[] = [];
  let rest = stdout;
  for (let i = 0; i < lines.length; i++) {
    const first = rest.indexOf(`${mark}\n`);
    const second = rest.indexOf(mark, first + mark.length);
    const end = rest.indexOf('\n', second);
    outputs.push({
      stdout: rest.slice(0, first),
      stderr: rest.slice(first + mark.length + 1, second),
      exitCode: Number(rest.slice(second + mark.length, end)),
    });
    rest = rest.slice(end + 1);
  }
  return outputs;
}

/**
 * The lines, with time for the kernel where links have changed or got an IPv6 address: a link's operational state follows its carrier
 * within a second (linkwatch), and an address is looked for first (RFC 4862), ours are there at once.
 */
export function settled(lines: readonly string[]): readonly string[] {
  const changes = (line: string | undefined) => /^ip (link (set|add|del)|addr add [\da-f]*:)/.test(line ?? '');
  return lines.map((line, i) => (changes(lines[i - 1]) && !changes(line) ? `sleep 1.2; ${line}` : line));
}

/** The words of a line as a shell splits it; quotes are all it knows. */
export function shellWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [part, single, double, space] of line.matchAll(/'([^']*)'|"([^"]*)"|(\s+)|[^\s'"]+/g)) {
    if (space === undefined) word = (word ?? '') + (single ?? double ?? part);
    else {
      if (word !== undefined) words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
