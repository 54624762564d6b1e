/**
 * A mock exam: which tasks it is made of, how it is scored. The weights are those of the CKA curriculum of v1.35 (cncf/curriculum,
 * CKA_Curriculum_v1.35.pdf): a domain's share is split evenly over its competencies, of which those that touch networking are here.
 */
import type { Difficulty, Topic } from './curriculum.ts';
import type { Question } from './question.ts';
import { shuffled } from './shuffle.ts';

/** The share of points with which one passes. */
export const passPercent = 66;
export const usualMinutes = 120;
export const usualTasks = 16;

export const competencies = [
  { key: 'pods', domain: 'Services & Networking', title: 'Connectivity between Pods', weight: 20 / 6 },
  { key: 'policies', domain: 'Services & Networking', title: 'Define and enforce Network Policies', weight: 20 / 6 },
  { key: 'services', domain: 'Services & Networking', title: 'Service types and endpoints', weight: 20 / 6 },
  { key: 'gateway', domain: 'Services & Networking', title: 'The Gateway API', weight: 20 / 6 },
  { key: 'ingress', domain: 'Services & Networking', title: 'Ingress controllers and resources', weight: 20 / 6 },
  { key: 'dns', domain: 'Services & Networking', title: 'CoreDNS', weight: 20 / 6 },
  { key: 'nodes', domain: 'Troubleshooting', title: 'Troubleshoot clusters and nodes', weight: 30 / 5 },
  { key: 'components', domain: 'Troubleshooting', title: 'Troubleshoot cluster components', weight: 30 / 5 },
  { key: 'networking', domain: 'Troubleshooting', title: 'Troubleshoot services and networking', weight: 30 / 5 },
  { key: 'extensions', domain: 'Cluster Architecture', title: 'Extension interfaces: CNI', weight: 25 / 7 },
] as const;
export type Competency = (typeof competencies)[number]['key'];

export function competencyTitle(key: string): string {
  return competencies.find((one) => one.key === key)?.title ?? key;
}

/** What is built belongs to its topic; what is repaired, to the layer that is troubleshot. */
const built: Readonly<Record<Topic, Competency>> = {
  'pod-networking': 'pods',
  cni: 'extensions',
  ipam: 'extensions',
  services: 'services',
  'kube-proxy': 'services',
  dns: 'dns',
  ingress: 'ingress',
  'gateway-api': 'gateway',
  'network-policy': 'policies',
  'node-networking': 'pods',
  troubleshooting: 'networking',
};
const repaired: Readonly<Record<Topic, Competency>> = {
  ...built,
  'pod-networking': 'networking',
  cni: 'nodes',
  ipam: 'nodes',
  'node-networking': 'nodes',
  'kube-proxy': 'components',
  dns: 'components',
  services: 'networking',
};

export function competencyOf(topic: Topic | undefined, question: Question): Competency {
  return (question.type === 'fix' ? repaired : built)[topic ?? 'troubleshooting'];
}

/** How a task is handed in: by the state of the cluster, or as a file with the answer. */
export function handIn(question: Question): 'state' | 'file' | undefined {
  if (question.type === 'fix' || question.type === 'manifest') return 'state';
  if (question.type === 'command') return question.checks === undefined ? 'file' : 'state';
  return question.type === 'input' ? 'file' : undefined;
}

/** The question as it is graded by what was done on the cluster, without anything being handed in. */
export function byState(question: Question): Question {
  if (question.type === 'manifest') {
    const { template: _template, namespace: _namespace, ...rest } = question;
    return { ...rest, type: 'fix' };
  }
  if (question.type === 'command' && question.checks !== undefined) {
    const { answer, shows: _shows, checks, ...rest } = question;
    return { ...rest, type: 'fix', checks, solution: answer.run, alternatives: [] };
  }
  return question;
}

/** Minutes that somebody who is prepared takes. */
export function minutesFor(question: Question, difficulty: Difficulty = 'medium'): number {
  const band = { easy: 4, medium: 8, hard: 12 }[difficulty];
  return handIn(question) === 'state' ? band : band / 2;
}

export interface Candidate {
  readonly scenario: { readonly name: string; readonly topic?: Topic; readonly difficulty?: Difficulty };
  readonly question: Question;
}

/**
 * Draws the tasks: competencies by their weights, within them those whose time fits what is left for a task, nothing twice, and no cluster
 * a second time while the competency has another. Fewer tasks when there are not enough. The same seed draws the same.
 */
export function drawTasks<T extends Candidate>(
  candidates: readonly T[],
  { tasks, minutes, seed }: { readonly tasks: number; readonly minutes: number; readonly seed: string },
): readonly T[] {
  const open = new Map<Competency, T[]>();
  for (const candidate of shuffled(candidates, `${seed}/candidates`)) {
    if (handIn(candidate.question) === undefined) continue;
    const key = competencyOf(candidate.scenario.topic, candidate.question);
    open.set(key, [...(open.get(key) ?? []), candidate]);
  }
  const quotas = quotasOf(new Map([...open].map(([key, list]) => [key, list.length])), tasks);
  const drawn: T[] = [];
  let left = minutes;
  for (const [key, quota] of quotas) {
    for (let i = 0; i < quota; i++) {
      const wanted = Math.max(1, left / Math.max(1, Math.min(tasks, total(quotas)) - drawn.length));
      const cost = ({ scenario, question }: T) =>
        Math.abs(minutesFor(question, scenario.difficulty) - wanted) +
        (drawn.some((one) => one.scenario.name === scenario.name) ? 100 : 0) +
        (handIn(question) === 'file' ? 10 : 0);
      const list = open.get(key)!;
      const best = list.reduce((a, b) => (cost(b) < cost(a) ? b : a));
      open.set(
        key,
        list.filter((one) => one !== best),
      );
      drawn.push(best);
      left -= minutesFor(best.question, best.scenario.difficulty);
    }
  }
  return shuffled(drawn, `${seed}/order`);
}

/** Tasks for each competency, by weight (largest remainders), never more than there are. */
function quotasOf(available: ReadonlyMap<Competency, number>, tasks: number): ReadonlyMap<Competency, number> {
  const quotas = new Map<Competency, number>(competencies.filter(({ key }) => available.has(key)).map(({ key }) => [key, 0]));
  const most = Math.min(tasks, total(available));
  while (total(quotas) < most) {
    const open = competencies.filter(({ key }) => quotas.has(key) && quotas.get(key)! < available.get(key)!);
    // Whoever is furthest below their share (Webster's method).
    const next = open.reduce((a, b) => (b.weight / (2 * quotas.get(b.key)! + 1) > a.weight / (2 * quotas.get(a.key)! + 1) ? b : a));
    quotas.set(next.key, quotas.get(next.key)! + 1);
  }
  return quotas;
}

function total(numbers: ReadonlyMap<unknown, number>): number {
  return [...numbers.values()].reduce((sum, one) => sum + one, 0);
}

/** What a task brought. */
export interface Scored {
  readonly competency: string;
  readonly of: number;
  readonly score: number;
}

/** Of 100; a whole number, rounded down, so that nobody passes by rounding. */
export function percentOf(results: readonly Scored[]): number {
  const of = results.reduce((sum, one) => sum + one.of, 0);
  const points = results.reduce((sum, one) => sum + one.of * one.score, 0);
  return of === 0 ? 0 : Math.floor((points / of) * 100 + 1e-9);
}

/** The score of each competency, in the order of the curriculum. */
export function byCompetency(
  results: readonly Scored[],
): readonly { readonly competency: string; readonly percent: number; readonly tasks: number }[] {
  return competencies.flatMap(({ key }) => {
    const those = results.filter((one) => one.competency === key);
    return those.length === 0 ? [] : [{ competency: key, percent: percentOf(those), tasks: those.length }];
  });
}
