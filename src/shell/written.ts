/** The order in which both streams were written to. A terminal shows them as one. */
import type { Output, Written } from './command.ts';

/** Goes on with what was written; pieces of one stream that follow each other are one. */
export function write(written: Written[], to: Written['to'], text: string): void {
  const last = written.at(-1);
  if (last?.to === to) written[written.length - 1] = { to, text: last.text + text };
  else if (text !== '') written.push({ to, text });
}

/** What a program has written, in order; where that is not known, all of its output comes before its errors. */
export function inOrder({ stdout, stderr, written }: Output): readonly Written[] {
  if (written !== undefined) return written;
  const pieces: Written[] = [];
  write(pieces, 'stdout', stdout);
  write(pieces, 'stderr', stderr);
  return pieces;
}

/** Both streams as a terminal shows them. */
export function textOf(output: Output): string {
  return inOrder(output)
    .map(({ text }) => text)
    .join('');
}

/**
 * The streams of a shell line in order, from what the programs have written that it ran. What one of them wrote elsewhere, to a file or a
 * pipe, is not found in the line's streams and passed over; what came from the background is no part of them, and is put in; what nobody has told of, a builtin's output, comes with what follows it.
 */
export function ofLine({ stdout, stderr }: Output, programs: readonly Output[]): readonly Written[] {
  const whole = { stdout, stderr };
  const shown = { stdout: 0, stderr: 0 };
  const pieces: Written[] = [];
  const show = (to: Written['to'], end: number) => {
    write(pieces, to, whole[to].slice(shown[to], end));
    shown[to] = Math.max(shown[to], end);
  };
  for (const program of programs) {
    for (const { to, text } of inOrder(program)) {
      if (program.aside === true) write(pieces, to, text);
      else {
        const found = whole[to].indexOf(text, shown[to]);
        if (found >= 0) show(to, found + text.length);
      }
    }
  }
  show('stdout', stdout.length);
  show('stderr', stderr.length);
  return pieces;
}
