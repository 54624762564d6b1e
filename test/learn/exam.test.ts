import { describe, expect, it } from '@jest/globals';
import type { Difficulty, Topic } from '#learn/curriculum.ts';
import {
  byCompetency,
  byState,
  competencies,
  competencyOf,
  drawTasks,
  handIn,
  minutesFor,
  percentOf,
  type Candidate,
} from '#learn/exam.ts';
import { Question } from '#learn/question.ts';

const checks = [{ connect: { from: 'pod:a/b', to: 'http://c/' } }];
const fix = Question.parse({ type: 'fix', id: 'f', prompt: '?', checks, solution: 'x', points: 3 });
const manifest = Question.parse({ type: 'manifest', id: 'm', prompt: '?', checks, solution: 'x', template: 't', points: 3 });
const achieve = Question.parse({ type: 'command', id: 'a', prompt: '?', checks, answer: { run: 'kubectl scale' } });
const reveal = Question.parse({ type: 'command', id: 'r', prompt: '?', answer: { run: 'kubectl get' } });
const input = Question.parse({ type: 'input', id: 'i', prompt: '?', as: 'ip', answer: { run: 'get ip' } });
const choice = Question.parse({ type: 'choice', id: 'c', prompt: '?', choices: ['a', 'b'], answer: { run: 'x' } });

const candidate = (name: string, topic: Topic, difficulty: Difficulty, question: Question): Candidate => ({
  scenario: { name, topic, difficulty },
  question,
});
const topics: readonly Topic[] = [
  'services',
  'dns',
  'cni',
  'network-policy',
  'ingress',
  'gateway-api',
  'pod-networking',
  'kube-proxy',
  'troubleshooting',
];
const pool = topics.flatMap((topic) =>
  (['easy', 'medium', 'hard'] as const).flatMap((difficulty) => [
    candidate(`${topic}-${difficulty}`, topic, difficulty, fix),
    candidate(`${topic}-${difficulty}`, topic, difficulty, manifest),
    candidate(`${topic}-${difficulty}`, topic, difficulty, input),
    candidate(`${topic}-${difficulty}`, topic, difficulty, choice),
  ]),
);
const draw = (seed: string, tasks = 16, minutes = 120, from: readonly Candidate[] = pool) => drawTasks(from, { tasks, minutes, seed });

describe('what a task is', () => {
  it.each([
    [fix, 'state'],
    [manifest, 'state'],
    [achieve, 'state'],
    [reveal, 'file'],
    [input, 'file'],
    [choice, undefined],
  ])('$type $id', (question, want) => expect(handIn(question)).toBe(want));

  it('is graded by its state, without anything being handed in', () => {
    expect(byState(manifest)).toMatchObject({ type: 'fix', solution: 'x', checks: [{}] });
    expect(byState(achieve)).toMatchObject({ type: 'fix', solution: 'kubectl scale' });
    for (const question of [fix, manifest, achieve]) expect(Question.safeParse(byState(question)).success).toBe(true);
    expect(byState(input)).toBe(input);
  });

  it.each([
    ['dns', fix, 'components'],
    ['dns', manifest, 'dns'],
    ['services', fix, 'networking'],
    ['services', achieve, 'services'],
    ['cni', fix, 'nodes'],
    ['network-policy', manifest, 'policies'],
    ['gateway-api', manifest, 'gateway'],
    [undefined, fix, 'networking'],
  ] as const)('%s, $type, tries %s', (topic, question, want) => expect(competencyOf(topic, question)).toBe(want));
});

describe('drawing', () => {
  it('follows the seed, and repeats nothing', () => {
    expect(draw('1')).toEqual(draw('1'));
    expect(draw('1')).not.toEqual(draw('2'));
    for (let seed = 0; seed < 20; seed++) {
      const drawn = draw(String(seed));
      expect(drawn).toHaveLength(16);
      expect(new Set(drawn).size).toBe(16);
      expect(drawn.every((one) => handIn(one.question) === 'state')).toBe(true);
      // A competency takes a cluster again only when it has no other.
      expect(new Set(drawn.map((one) => one.scenario.name)).size).toBeGreaterThanOrEqual(14);
    }
  });

  it('follows the weights of the curriculum', () => {
    const drawn = draw('1', 40);
    const domain = (name: string) =>
      drawn.filter((one) => competencies.find(({ key }) => key === competencyOf(one.scenario.topic, one.question))!.domain === name).length;
    // The weights of what there is: 6 × 3.33 of services and networking, 3 × 6 of troubleshooting, 3.57 of architecture.
    expect(domain('Services & Networking')).toBeGreaterThanOrEqual(17);
    expect(domain('Troubleshooting')).toBeGreaterThanOrEqual(15);
    expect(domain('Cluster Architecture')).toBeGreaterThanOrEqual(2);
  });

  it.each([
    [120, 16],
    [60, 8],
    [100, 16],
    [180, 16],
  ])('fits %d minutes with %d tasks', (minutes, tasks) => {
    const needed = draw('3', tasks, minutes).reduce((sum, one) => sum + minutesFor(one.question, one.scenario.difficulty), 0);
    expect(Math.abs(needed - minutes)).toBeLessThanOrEqual(minutes * 0.15);
  });

  it('is content with what there is', () => {
    expect(draw('1', 16, 120, pool.slice(0, 4))).toHaveLength(3);
    expect(draw('1', 16, 120, [])).toEqual([]);
  });
});

describe('the score', () => {
  const of = (competency: string, points: number, score: number) => ({ competency, of: points, score });
  it.each([
    [[], 0],
    [[of('dns', 3, 1)], 100],
    [[of('dns', 3, 0.66), of('pods', 3, 0.66)], 66],
    [[of('dns', 1, 1), of('dns', 2, 0.5)], 66],
    [[of('dns', 3, 0.659)], 65],
  ])('%j is %d %%', (results, want) => expect(percentOf(results)).toBe(want));

  it('is told by competency, in the order of the curriculum', () => {
    expect(byCompetency([of('networking', 3, 0.5), of('dns', 1, 1), of('dns', 1, 0)])).toEqual([
      { competency: 'dns', percent: 50, tasks: 2 },
      { competency: 'networking', percent: 50, tasks: 1 },
    ]);
  });
});
