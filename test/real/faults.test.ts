/** Every fault of the catalogue, applied to its healthy cluster: what it shows is not there before, is there then, and is gone when it is mended. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Check, describeCheck, evaluate } from '#learn/check.ts';
import { faults } from '#learn/faults/index.ts';
import type { Fault } from '#learn/faults/fault.ts';
import { grounds, type GroundName } from '#learn/faults/grounds.ts';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

async function start(name: GroundName): Promise<Lesson> {
  const { spec, objects } = grounds[name];
  const text = `apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: ground}\nspec:\n${spec.replace(/^(?=.)/gm, '  ')}---\n${objects}`;
  const loaded = loadScenario([{ name: `${name}.yaml`, text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario);
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  return started.value;
}

const works = (fault: Fault) => (fault.mended({}) ?? []).map((sign) => Check.parse(sign));
const signs = (fault: Fault) => fault.shows({}).map((sign) => Check.parse(sign));

describe.each(Object.keys(grounds) as GroundName[])('on the ground %s', (name) => {
  let lesson: Lesson;
  beforeAll(async () => {
    lesson = await start(name);
  });
  const seen = async (fault: Fault) => {
    const found: string[] = [];
    for (const sign of signs(fault)) if ((await evaluate(sign, lesson.cluster)).met) found.push(describeCheck(sign));
    return found;
  };

  /** What should work once the fault is mended, and does not. */
  const amiss = async (fault: Fault) => {
    const found: string[] = [];
    for (const sign of works(fault)) if (!(await evaluate(sign, lesson.cluster)).met) found.push(describeCheck(sign));
    return found;
  };

  it.each(faults.filter((fault) => fault.ground === name))('$row $name', async (fault) => {
    lesson.reset();
    const all = signs(fault).map(describeCheck);
    expect(all.length).toBeGreaterThan(0);
    expect({ before: await seen(fault) }).toEqual({ before: [] });
    const broken = await lesson.run(`set -e\n${fault.breakLines({})}`);
    expect({ exitCode: broken.exitCode, stderr: broken.exitCode === 0 ? '' : broken.stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect({ broken: await seen(fault) }).toEqual({ broken: all });
    if (works(fault).length > 0) expect(await amiss(fault)).not.toEqual([]);
    const evidence = await lesson.run(fault.evidence({}));
    expect(evidence.stdout + evidence.stderr).not.toBe('');
    const mended = await lesson.run(`set -e\n${fault.mendLines({})}`);
    expect({ exitCode: mended.exitCode, stderr: mended.exitCode === 0 ? '' : mended.stderr }).toEqual({ exitCode: 0, stderr: '' });
    lesson.lab.advance(360_000);
    expect({ mended: await seen(fault) }).toEqual({ mended: [] });
    expect(await amiss(fault)).toEqual([]);
  });
});
