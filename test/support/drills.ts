import { drillText } from '#learn/drills/drill.ts';
import type { DrillKind } from '#learn/drills/kind.ts';
import { proveQuestion, type Claim } from '#learn/proof.ts';
import { startLesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';
import { sharedGrounds } from './session.ts';

/** Brings an exercise to life and tries its question out; returns what does not hold, with the prompt to find it by. */
export async function faultsOf(kind: DrillKind, seed: string): Promise<readonly (Claim & { readonly prompt: string })[]> {
  const loaded = loadScenario([{ name: 'drill.yaml', text: drillText(kind, seed) }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario, { seed: '0', grounds: sharedGrounds });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const question = loaded.scenario.questions[0]!;
  const claims = await proveQuestion(question, { cluster: started.value.cluster, seed: '0' });
  return claims.filter((claim) => !claim.holds).map((claim) => ({ ...claim, prompt: question.prompt }));
}
