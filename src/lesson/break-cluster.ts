/** What is done to a healthy cluster before the learner comes. */
import type { Problem } from '#scenario/problem.ts';
import type { Lesson } from './lesson.ts';

const mark = 'cka-net-line';
/** As `set -x` prints it before each command: the line it stands in. */
const tracePrompt = `+${mark}:\${LINENO}: `;

/** Runs the lines of `break` as one script that ends at the first failure; undefined when all went well. */
export async function breakCluster(lesson: Lesson): Promise<Problem | undefined> {
  const { scenario } = lesson;
  const text = scenario.break;
  if (text.trim() === '') return undefined;
  const { exitCode } = await lesson.run(`set -e\n${text}`);
  if (exitCode === 0) return undefined;
  const { line, says } = await failureOf(lesson, text);
  return scenario.problemOfBreak(
    line,
    `this line of break ends with status ${exitCode}: ${says}`,
    'break runs on the control plane once the healthy cluster is up, and each of its lines must succeed',
  );
}

/** The line that fails, from 1, and what it says: found by running the script once more, from the beginning and traced. */
async function failureOf(lesson: Lesson, text: string): Promise<{ readonly line: number; readonly says: string }> {
  lesson.reset();
  const { stderr } = await lesson.run(`PS4='${tracePrompt}'\nset -ex\n: \n${text}`);
  const traced = [...stderr.matchAll(new RegExp(`^\\+${mark}:(\\d+): .*\\n?`, 'gm'))];
  const [first, last] = [traced[0], traced.at(-1)];
  // A script that cannot be read says so before its first line is traced.
  if (first === undefined || last === undefined)
    return {
      line: text.trimEnd().split('\n').length,
      says: (stderr.trim().split('\n')[0] ?? '').replace(/Parse error at \d+:\d+: /, ''),
    };
  const says = stderr.slice(last.index + last[0].length).trim();
  return { line: Number(last[1]) - Number(first[1]), says: says.split('\n')[0] ?? '' };
}
