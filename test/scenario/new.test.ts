import { describe, expect, it } from '@jest/globals';
import { faultOf, faults } from '#learn/faults/index.ts';
import { lintSources } from '#scenario/lint/lint.ts';
import { likeFaults, scenarioOfDump, scenarioOfFault } from '#scenario/new.ts';

function linted(text: string) {
  const { findings, scenario } = lintSources([{ name: 'mine.yaml', text }]);
  return { errors: findings.filter(({ severity }) => severity === 'error'), scenario };
}

describe.each(faults)('$name', (fault) => {
  const others = likeFaults(fault);

  it('is one of several that could be meant', () => {
    expect(others.length).toBeGreaterThanOrEqual(3);
    expect(others.map(({ row }) => row)).not.toContain(fault.row);
    expect(new Set(others.map(({ ground }) => ground))).toEqual(new Set([fault.ground]));
  });

  it.each([0, 3])('gives a sound scenario beside %d others', (count) => {
    const { errors, scenario } = linted(scenarioOfFault(fault, 'mine', others.slice(0, count)));
    expect(errors).toEqual([]);
    expect(scenario).toMatchObject({ name: 'mine', topic: fault.topic, faults: [fault.name] });
    expect(scenario!.questions.map(({ id }) => id)).toEqual(count > 0 ? ['what', 'mend'] : ['mend']);
    expect(scenario!.break).toBe(fault.breakLines({}));
  });
});

it('gives a sound scenario of a dump', () => {
  const text = scenarioOfDump('---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n', 'ours');
  expect(linted(text).errors).toEqual([]);
});

it('knows its faults', () => expect(faultOf('service-selector')?.ground).toBe('shop'));
