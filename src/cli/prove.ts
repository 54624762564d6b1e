/** Proves a scenario: everything that it promises is tried out. */
import type { Cluster } from '#kube/cluster.ts';
import { proveQuestion, type Claim } from '#learn/proof.ts';
import type { Lesson } from '#lesson/lesson.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { openLesson } from './open-lesson.ts';

/** All claims about a scenario, held or not. Throws a BadScenario when it does not come up. */
export async function prove(scenario: Scenario, seed: string): Promise<readonly Claim[]> {
  const lesson = await openLesson(scenario, seed);
  const claims: Claim[] = [{ claim: 'it comes up', holds: true }, await sameAgain(lesson, scenario, seed)];
  for (const question of scenario.questions) claims.push(...(await proveQuestion(question, { cluster: lesson.cluster, seed })));
  return claims;
}

async function sameAgain(lesson: Lesson, scenario: Scenario, seed: string): Promise<Claim> {
  const claim = 'the same seed gives the same cluster';
  const [first, second] = [objectsOf(lesson), objectsOf(await openLesson(scenario, seed))];
  const differing = [...first.keys(), ...second.keys()].find((key) => first.get(key) !== second.get(key));
  return differing === undefined ? { claim, holds: true } : { claim, holds: false, seen: `${differing} differs` };
}

function objectsOf({ lab }: Lesson): ReadonlyMap<string, string> {
  const {
    cluster,
    hosts,
  }: { readonly cluster: Cluster; readonly hosts: ReadonlyMap<string, { readonly files: ReadonlyMap<string, unknown> }> } = lab.snapshot;
  const found = new Map<string, string>();
  for (const [resource, namespaces] of cluster.store) {
    for (const [namespace, objects] of namespaces)
      for (const [name, object] of objects) found.set([resource, namespace, name].join('/'), JSON.stringify(object));
  }
  for (const [node, { files }] of hosts) for (const [path, file] of files) found.set(`${node}:${path}`, JSON.stringify(file));
  return found;
}
