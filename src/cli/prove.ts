/** Proves a scenario: everything that it promises is tried out. */
import type { Cluster } from '#kube/cluster.ts';
import { isEqual } from '#kube/equal.ts';
import { Grounds } from '#lab/bring-up/grounds.ts';
import { proveQuestion, proveVaried, type Claim } from '#learn/proof.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { problemPlace } from '#scenario/problem.ts';
import { worldOf, type Scenario } from '#scenario/scenario.ts';
import { BadScenario } from './failure.ts';
import { withSeed } from './quiz/visit.ts';
import { startFresh } from './open-lesson.ts';

/** A scenario that was tried out, with what can be kept of that when a part of it is written anew. */
export interface Proof {
  readonly scenario: string;
  readonly claims: readonly Claim[];
  readonly kept: Kept;
}

/** A cluster, and what was claimed on it. */
interface Tried {
  /** Everything the cluster follows from. */
  readonly world: string;
  readonly lesson: Lesson;
  /** By the question as it is written. */
  readonly questions: ReadonlyMap<string, readonly Claim[]>;
}

interface Kept extends Tried {
  /** Undefined as long as that was not tried. */
  readonly same: Claim | undefined;
  /** With other words. */
  readonly varied: Tried | undefined;
}

/** Two of each ground: what is brought up twice has nothing in common. */
const [grounds, others] = [new Grounds(), new Grounds()];

/** The seed that changes every word that varies. */
const changesAll = '1';

/**
 * All claims about a scenario, held or not; about one that varies, also those that must hold with other words. Throws a BadScenario when
 * it does not come up. What has not changed since an earlier proof with the same seed is not tried again.
 */
export async function prove(scenario: Scenario, seed: string, earlier?: Proof): Promise<Proof> {
  const proof = await proveOnce(scenario, seed, earlier);
  return proof.kept.same === undefined ? await withSame(proof, scenario, seed) : proof;
}

/** The same proof with one claim more, for which the cluster comes up a second time. */
export async function withSame(proof: Proof, scenario: Scenario, seed: string): Promise<Proof> {
  const same = await sameAgain(proof.kept.lesson, scenario, seed);
  const [first, ...others] = proof.claims;
  return { ...proof, claims: [first!, same, ...others], kept: { ...proof.kept, same } };
}

/** As {@link prove}, without the claim that a second cluster is the same; unless that was seen before. */
export async function proveOnce(scenario: Scenario, seed: string, earlier?: Proof): Promise<Proof> {
  const tried = await tryQuestions(scenario, seed, proveQuestion, earlier?.kept);
  const same = earlier?.kept.lesson === tried.lesson ? earlier.kept.same : undefined;
  const varied = scenario.varies && seed !== changesAll ? await tryVaried(scenario, earlier?.kept.varied) : undefined;
  const claims = [tried, varied].flatMap((one) =>
    [...(one?.questions.values() ?? [])].flatMap((found, index) => placed(found, scenario, index)),
  );
  return {
    scenario: scenario.name,
    claims: [{ claim: 'it comes up', holds: true }, ...(same === undefined ? [] : [same]), ...claims],
    kept: { ...tried, same, varied },
  };
}

async function tryQuestions(scenario: Scenario, seed: string, proof: typeof proveQuestion, earlier: Tried | undefined): Promise<Tried> {
  const world = worldOf(scenario);
  const kept = earlier?.world === world ? earlier : undefined;
  const lesson = kept?.lesson ?? (await startFresh(scenario, seed, grounds));
  const questions = new Map<string, readonly Claim[]>();
  for (const question of scenario.questions) {
    const written = JSON.stringify(question);
    questions.set(written, kept?.questions.get(written) ?? (await proof(question, { cluster: lesson.cluster, seed })));
  }
  return { world, lesson, questions };
}

async function tryVaried(scenario: Scenario, earlier: Tried | undefined): Promise<Tried> {
  try {
    return await tryQuestions(withSeed(scenario, changesAll), changesAll, proveVaried, earlier);
  } catch (error) {
    if (!(error instanceof BadScenario)) throw error;
    throw new BadScenario(error.problems.map((problem) => ({ ...problem, message: `with seed ${changesAll}: ${problem.message}` })));
  }
}

/** The claims with the places of those that do not hold, as the file is now. */
function placed(claims: readonly Claim[], scenario: Scenario, index: number): readonly Claim[] {
  return claims.map((claim) => {
    if (claim.path === undefined) return claim;
    return { ...claim, place: problemPlace(scenario.problem(['spec', 'questions', index, ...claim.path], '', undefined, claim.within)) };
  });
}

async function sameAgain(lesson: Lesson, scenario: Scenario, seed: string): Promise<Claim> {
  const claim = 'the same seed gives the same cluster';
  const again = await startFresh(scenario, seed, others);
  const differing = firstDifference(objectsOf(lesson), objectsOf(again)) ?? firstDifference(filesOf(lesson), filesOf(again));
  return differing === undefined ? { claim, holds: true } : { claim, holds: false, seen: `${differing} differs` };
}

/** The first name under which two maps have different values, or one of them none. */
function firstDifference(some: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>): string | undefined {
  return [...new Set([...some.keys(), ...others.keys()])].find((key) => !isEqual(some.get(key), others.get(key)));
}

/** The objects as the learner first meets them, in the order of their fields too. */
function objectsOf({ start }: Lesson): ReadonlyMap<string, string> {
  const { cluster }: { readonly cluster: Cluster } = start;
  const found = new Map<string, string>();
  for (const [resource, namespaces] of cluster.store) {
    for (const [namespace, objects] of namespaces)
      for (const [name, object] of objects) found.set([resource, namespace, name].join('/'), JSON.stringify(object));
  }
  return found;
}

/** The files as the learner first meets them. */
function filesOf({ start }: Lesson): ReadonlyMap<string, unknown> {
  const { hosts }: { readonly hosts: ReadonlyMap<string, { readonly files: ReadonlyMap<string, unknown> }> } = start;
  return new Map([...hosts].flatMap(([node, { files }]) => [...files].map(([path, file]) => [`${node}:${path}`, file] as const)));
}
