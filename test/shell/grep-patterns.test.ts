/** grep with several patterns, and with a pattern in its option's word, as GNU grep takes them. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

let lesson: Lesson;
beforeAll(async () => {
  const text = 'apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: grep}\nspec: {}\n';
  const loaded = loadScenario([{ name: 'grep.yaml', text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario);
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  lesson = started.value;
  await lesson.run(`printf 'alpha\\nbeta\\ngamma a+b\\nx(y\\n-e dash\\n' > /tmp/f; printf 'x(y\\n' > /tmp/p`);
});

/** What GNU grep 3.8 prints. */
const rows: readonly (readonly [line: string, stdout: string, exitCode: number])[] = [
  ['grep -e alpha -e beta /tmp/f', 'alpha\nbeta\n', 0],
  [`grep -e '\\(al\\)pha' -e 'be*ta' /tmp/f`, 'alpha\nbeta\n', 0],
  [`grep -E -e 'a(l|x)p' -e 'bet.' /tmp/f`, 'alpha\nbeta\n', 0],
  [`grep -F -e 'a+b' -e 'x(y' /tmp/f`, 'gamma a+b\nx(y\n', 0],
  [`fgrep -e 'a+b' -e 'x(y' /tmp/f`, 'gamma a+b\nx(y\n', 0],
  [`egrep -e '^(al|ga)' -e 'ta$' /tmp/f`, 'alpha\nbeta\ngamma a+b\n', 0],
  ['grep --regexp=alpha --regexp beta /tmp/f', 'alpha\nbeta\n', 0],
  ['grep -ealpha -ebeta /tmp/f', 'alpha\nbeta\n', 0],
  ['grep -ie ALPHA -e BETA /tmp/f', 'alpha\nbeta\n', 0],
  ['grep /tmp/f -e alpha -c', '1\n', 0],
  ['grep -vc -e alpha -e beta /tmp/f', '3\n', 0],
  ['grep -x -e alph -e beta /tmp/f', 'beta\n', 0],
  ['grep -o -e al -e ta /tmp/f', 'al\nta\n', 0],
  ['grep -f /tmp/p -e beta /tmp/f', 'beta\nx(y\n', 0],
  ['grep -e -e /tmp/f', '-e dash\n', 0],
  ['grep -- -e /tmp/f', '-e dash\n', 0],
  ['grep -m 1 -e alpha -e beta /tmp/f', 'alpha\n', 0],
  ['grep -e nothing -e nobody /tmp/f', '', 1],
  ['cat /tmp/f | grep -e alpha -e beta | grep beta', 'beta\n', 0],
  [`p=beta; printf '%s\\n' alpha beta | xargs -I {} grep -e {} -e "$p" /tmp/f`, 'alpha\nbeta\nbeta\n', 0],
  [`printf 'alpha\\nbeta\\n' | while read -r word; do grep -e "$word" -e gamma /tmp/f; done`, 'alpha\ngamma a+b\nbeta\ngamma a+b\n', 0],
  [`printf 'grün\\nrot\\n' | grep -e ü -e blau`, 'grün\n', 0],
  ['cd /tmp && grep -l -e alpha -e beta f', 'f\n', 0],
];

describe('grep', () => {
  it.each(rows)('%s', async (line, stdout, exitCode) => {
    expect(await lesson.run(line)).toMatchObject({ stdout, stderr: '', exitCode });
  });
});
