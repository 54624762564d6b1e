/** Programs that fill a screen, on one of a few rows whose keys are pressed here. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import type { Screen } from '#shell/command.ts';
import { lessonOf } from '../../../support/session.ts';

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonOf('scenarios/services/service-selector-mismatch.yaml');
}, 30_000);

interface Shown {
  /** Every picture: its first line, its last, and the bar below. */
  readonly pictures: readonly string[];
  readonly stdout: string;
  readonly status: number;
}

/** Runs a line on a screen of 5 rows; when the keys are used up, time passes. */
async function look(line: string, keys: readonly string[]): Promise<Shown> {
  const left = [...keys];
  const pictures: string[] = [];
  const screen: Screen = {
    rows: 5,
    columns: 60,
    show: (lines, status) => void pictures.push(`${lines[0]}…${lines.at(-1)}|${status ?? ''}`),
    key: async (milliseconds) => {
      const key = left.shift();
      if (key === undefined && milliseconds === undefined) return 'q';
      return key === 'wait' ? undefined : (key ?? 'interrupt');
    },
  };
  const shell = lesson.open({ tty: true, screen: (act) => act(screen) });
  const { stdout, exitCode } = await shell.run(line);
  return { pictures, stdout, status: exitCode };
}

describe('less', () => {
  it.each<[keys: string, last: string]>([
    ['', '1…4|:'],
    ['space', '5…8|:'],
    ['space space b', '5…8|:'],
    ['j j k', '2…5|:'],
    ['G', '17…20|(END)'],
    ['G g', '1…4|:'],
    ['d d u', '3…6|:'],
    ['/ 1 2 return', '12…15|:'],
    ['/ 1 return n n', '11…14|:'],
    ['/ 1 return n N', '1…4|:'],
    ['/ x return', '1…4|Pattern not found  (press RETURN)'],
    ['/ x escape', '1…4|:'],
    ['/ 1 2 backspace return', '1…4|:'],
    ['pagedown pageup up', '1…4|:'],
  ])('%s', async (keys, last) => {
    const { pictures, stdout } = await look(
      'seq 20 | less',
      keys.split(' ').filter((key) => key !== ''),
    );
    expect(pictures.at(-1)).toBe(last);
    expect(stdout).toBe('');
  });
  it('numbers lines, names a file, and is not in the way of a pipe', async () => {
    await lesson.run('seq 20 > /root/twenty');
    expect((await look('less -N twenty', [])).pictures).toEqual(['      1 1…      4 4|twenty']);
    expect(await look('less twenty | head -1', [])).toEqual({ pictures: [], stdout: '1\n', status: 0 });
    expect((await look('less -F /etc/hostname', [])).stdout).toBe('controlplane\n');
  });
});

describe('more', () => {
  it('ends with the text', async () => {
    const { pictures } = await look('seq 20 | more', ['space', 'space', 'space', 'space', 'space']);
    expect(pictures).toEqual(['1…4|--More--(20%)', '5…8|--More--(40%)', '9…12|--More--(60%)', '13…16|--More--(80%)', '17…20|(END)']);
  });
});

describe('watch', () => {
  it('lets time pass in the cluster between two looks', async () => {
    const { pictures, status } = await look('watch -n 5 date +%S', ['wait', 'wait']);
    const seconds = pictures.map((one) => Number(/…(\d\d)\|/.exec(one)![1]));
    expect(seconds.map((one) => (one - seconds[0]! + 60) % 60)).toEqual([0, 5, 10]);
    expect(pictures[0]).toMatch(/^Every 5\.0s: date \+%S +controlplane: Mon Nov 23 /);
    expect(status).toBe(130);
  });
  it('ends at a change when that is asked for, and shows a failure', async () => {
    expect((await look('watch -g -t date +%S', ['wait', 'wait', 'wait'])).pictures).toHaveLength(2);
    const failed = await look('watch -e -t false', ['x']);
    expect([failed.status, failed.pictures.at(-1)]).toEqual([8, expect.stringContaining('non-zero status')]);
  });
  it('gives the screen to nobody else', async () => {
    const { pictures } = await look('watch -t "ls /etc/cni/net.d | less"', ['q']);
    expect(pictures).toEqual(['10-flannel.conflist…10-flannel.conflist|']);
  });
});

describe('ls', () => {
  it('fills the columns of a terminal, and quotes what a shell would take apart', async () => {
    await lesson.run("mkdir -p /tmp/c; cd /tmp/c; touch a b c d e f g h i j k l m n o p q r s t u v w x y z 'one two'");
    const { stdout } = await look('ls /tmp/c', []);
    expect(stdout.split('\n')[0]).toMatch(/^ ?a +/);
    expect(stdout).toContain("'one two'");
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(60);
    expect((await look('ls /tmp/c | wc -l', [])).stdout.trim()).toBe('27');
  });
});
