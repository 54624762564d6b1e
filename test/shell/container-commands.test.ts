/** Commands of containers that nobody is attached to. What they print and how they end: test/sessions/container-commands.session. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { resumeLesson, saveLesson, type Lesson } from '#lesson/lesson.ts';
import { lessonFrom } from '../support/session.ts';

const scenario = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: commands, title: Commands, topic: dns, difficulty: easy}
spec:
  story: None.
  cluster: {nodes: [{name: controlplane, roles: [control-plane]}, {name: node01}]}
`;

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonFrom(scenario, 'commands.yaml');
});

const say = async (line: string) => (await lesson.run(line)).stdout.trim();
const podWith = (words: string, image = 'busybox:1.36') =>
  `kubectl run it --image=${image} --restart=Never --quiet -- ${words} >/dev/null; `;
const seen = "kubectl get pod it --no-headers | awk '{print $3}'; kubectl logs it";

describe('goes on without a word, whatever it is that would not end here', () => {
  it.each([
    ['ping 127.0.0.1', 'busybox:1.36'],
    ['nc -l -p 8080', 'busybox:1.36'],
    ['httpd -f -p 8080', 'busybox:1.36'],
    ['tail -f /etc/hosts', 'busybox:1.36'],
    ["sh -c 'echo one; ping 127.0.0.1'", 'busybox:1.36'],
    ["sh -c 'sleep 1 & wait'", 'busybox:1.36'],
    ["sh -c '$WHATEVER'", 'busybox:1.36'],
    ['sh -c \'trap "echo over" TERM; sleep 5\'', 'busybox:1.36'],
    ["sh -c 'no-such-program; echo no'", 'busybox:1.36'],
    ['python3 -m http.server', 'python:3.13'],
    ['/server --port=80', 'registry.example/server:1'],
  ])('%s', async (words, image) => {
    await lesson.cluster.asStarted(async () => {
      expect(await say(podWith(words, image) + seen)).toBe('Running');
    });
  });
});

describe('is done in no time by its words alone, or by a shell, with the same end', () => {
  it.each([
    ['true', 'Completed'],
    ['false', 'Error'],
    ['echo a b', 'Completed\na b'],
    ['echo -n a', 'Completed\na'],
    ["sh -c 'echo one; exit 3'", 'Error\none'],
    ["sh -c 'echo $((1 + 2))'", 'Completed\n3'],
    ["sh -c 'echo one > /tmp/one; cat /tmp/one /tmp/one'", 'Completed\none\none'],
    ['sh -c \'echo "a; b"; echo c\'', 'Completed\na; b\nc'],
    ["sh -c 'false && echo one; echo two'", 'Completed\ntwo'],
    ["sh -c 'echo $0 $1' name one", 'Completed\nname one'],
    ['sh -c \'echo $0; echo "${0}"\'', 'Completed\nsh\nsh'],
    ["sh -c 'if'", expect.stringMatching(/^Error\n(ba)?sh: syntax error: unexpected end of file/)],
    ["sh -c 'cd /tmp; pwd; exec echo over'", 'Completed\n/tmp\nover'],
    ["sh -c 'timeout 2 ping 127.0.0.1 >/dev/null; echo $?'", 'Completed\n143'],
    ["sh -c 'case $HOSTNAME in it) echo mine;; *) echo no;; esac'", 'Completed\nmine'],
    ["sh -c '! true; echo $?; (exit 5); echo $?'", 'Completed\n1\n5'],
    ["sh -c 'echo one >&2; echo two > /proc/1/fd/1'", 'Completed\none\ntwo'],
  ])('%s', async (words, end) => {
    await lesson.cluster.asStarted(async () => {
      expect(await say(podWith(words) + seen)).toEqual(end);
    });
  });
});

describe('a command that goes on', () => {
  const ticks = async () => (await say('kubectl logs it')).split('\n').length;

  it('goes on where it was when what followed is undone', async () => {
    await lesson.cluster.asStarted(async () => {
      await say(`${podWith("sh -c 'while true; do echo tick; sleep 10; done'")} sleep 25`);
      const { snapshot } = lesson.lab;
      expect(await ticks()).toBe(3);
      await say('sleep 20');
      expect(await ticks()).toBe(5);
      lesson.lab.restore(snapshot);
      expect(await ticks()).toBeGreaterThanOrEqual(3);
      expect(await ticks()).toBeLessThanOrEqual(4);
      await say('sleep 20');
      expect(await ticks()).toBeGreaterThan(4);
    });
  });

  it('goes on in a lesson that was saved', async () => {
    await lesson.cluster.asStarted(async () => {
      await say(
        `${podWith("sh -c 'until nslookup later.default.svc.cluster.local >/dev/null; do echo waiting; sleep 9; done; echo found'")} sleep 1`,
      );
      expect(await say(seen)).toBe('Running\nwaiting');
      const resumed = resumeLesson(lesson.scenario, saveLesson(lesson), lesson.start)!;
      expect((await resumed.run(`kubectl create service clusterip later --tcp=80 >/dev/null; ${seen}`)).stdout).toBe(
        'Completed\nwaiting\nwaiting\nfound\n',
      );
    });
  });

  it('has ended no more when its end is undone', async () => {
    await lesson.cluster.asStarted(async () => {
      await say(podWith("sh -c 'until nslookup later.default.svc.cluster.local >/dev/null; do sleep 2; done; echo found'"));
      const { snapshot } = lesson.lab;
      expect(await say('kubectl create service clusterip later --tcp=80 >/dev/null; kubectl logs it')).toBe('found');
      lesson.lab.restore(snapshot);
      expect(await say(seen)).toBe('Running');
      expect(await say('kubectl create service clusterip later --tcp=80 >/dev/null; kubectl logs it')).toBe('found');
    });
  });
});
