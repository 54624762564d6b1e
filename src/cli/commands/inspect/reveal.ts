/** What the author knows: the right answers with what they are read from, and for repairs what is broken and how to mend it. */
import { ComputeError } from '#learn/computed.ts';
import { grade, solve } from '#learn/question.ts';
import type { Sitting } from '#learn/questions/kind.ts';
import type { Scenario } from '#scenario/scenario.ts';
import type { Revelation } from '#ui/revelation-view.ts';

export async function revealed(scenario: Scenario, sitting: Sitting): Promise<Revelation> {
  const questions: Revelation['questions'][number][] = [];
  for (const question of scenario.questions) {
    const { id, prompt, explain } = question;
    const common = { id, prompt: prompt.trim(), ...(explain !== undefined && { explain: explain.trim() }) };
    try {
      const answer = (await solve(question, sitting)).trimEnd();
      const isTask = question.type === 'fix' || question.type === 'manifest';
      const { findings, evidence } = await grade(question, isTask ? '' : answer, sitting);
      const broken = isTask ? findings.filter((one) => !one.met).map(({ wanted, observed }) => ({ wanted, observed })) : [];
      questions.push({ ...common, answer, broken, evidence });
    } catch (error) {
      if (!(error instanceof ComputeError)) throw error;
      questions.push({ ...common, answer: null, broken: [], evidence: [], fault: error.message });
    }
  }
  return { break: scenario.break.trim(), questions };
}
