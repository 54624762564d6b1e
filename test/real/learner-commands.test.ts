/**
 * What learners type (test/recorded/learner-commands.txt), each shape as a line on a healthy cluster: it is answered as the real program would,
 * or refused honestly, and hardly ever the latter.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { startLesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';
import type { Output } from '#shell/command.ts';
import { recordedText } from '../support/recorded.ts';
import { failures, lineOf, refusals } from './learner-lines.ts';

interface Shape {
  readonly count: number;
  readonly text: string;
}

const shapes: readonly Shape[] = recordedText('learner-commands.txt')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [count = '0', , text = ''] = line.split('\t');
    return { count: Number(count), text };
  });

/** The words in which programs say that they cannot do it here. */
const honest =
  /command not found|no such host|Could not resolve host|unable to resolve host|is not simulated|Metrics API not available|not available/;

/** A person's files, and what else the lines expect to find. */
const files = `cat > file.yaml <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: from-file}
END
openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.crt -days 9 -subj /CN=x 2>/dev/null
mkdir -p old; echo text > text.txt; ip netns add red; ip netns add blue
ip link add veth-red type veth peer name veth-blue; ip link set veth-red netns red
kubectl create ns other; kubectl create deploy spare --image=nginx; kubectl create sa robot; kubectl create svc clusterip extra --tcp=80`;

let lesson: Lesson;
let start: Lesson['start'];

async function typed(line: string): Promise<Output> {
  lesson.lab.restore(start);
  const shell = lesson.open({
    tty: true,
    edit: (text) => Promise.resolve(text.replace('plum: "3"', 'plum: "4"').replace('port: 80\n', 'port: 81\n')),
  });
  let output = await shell.run(line);
  // A session that was entered is left again.
  while (shell.depth > 0) {
    const left = await shell.run('exit');
    output = { stdout: output.stdout + left.stdout, stderr: output.stderr + left.stderr, exitCode: left.exitCode };
  }
  return output;
}

beforeAll(async () => {
  const loaded = loadScenario([
    { name: 'learner-cluster.yaml', text: readFileSync(new URL('learner-cluster.yaml', import.meta.url), 'utf8') },
  ]);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  const started = await startLesson(loaded.scenario);
  if (!started.ok) throw new Error(started.error.map(({ message }) => message).join('\n'));
  lesson = started.value;
  const prepared = await lesson.run(files);
  if (prepared.exitCode !== 0) throw new Error(prepared.stderr);
  start = lesson.lab.snapshot;
});

describe('what learners type', () => {
  const answered = shapes.filter(({ text }) => refusals[text] === undefined);
  it.each(answered.filter(({ text }) => failures[text] === undefined).map(({ text }) => [text, lineOf(text)] as const))(
    '%s is answered: %s',
    async (_, line) => {
      const { stderr, exitCode } = await typed(line);
      expect(`${stderr}`).not.toMatch(honest);
      expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    },
  );

  it.each(Object.entries(failures).map(([text, [status, words]]) => [text, lineOf(text), status, words] as const))(
    '%s is answered: %s',
    async (_, line, status, words) => {
      const { stdout, stderr, exitCode } = await typed(line);
      expect([exitCode, stdout + stderr]).toEqual([status, expect.stringMatching(words)]);
    },
  );

  const refused = shapes.filter(({ text }) => refusals[text] !== undefined);
  it.each(refused.map(({ text }) => [text, lineOf(text)] as const))('%s is refused, and says so: %s', async (text, line) => {
    const { stdout, stderr, exitCode } = await typed(line);
    expect(stdout + stderr).toMatch(refusals[text]!);
    expect(exitCode).not.toBe(0);
  });

  it('at least 95 of 100 times there is an answer', () => {
    const weight = (of: readonly Shape[]) => of.reduce((sum, { count }) => sum + count, 0);
    expect(weight(answered) / weight(shapes)).toBeGreaterThanOrEqual(0.95);
  });
});
