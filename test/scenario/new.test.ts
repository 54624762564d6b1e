import { describe, expect, it } from '@jest/globals';
import { faultOf, faults } from '#learn/faults/index.ts';
import { lintSources } from '#scenario/lint/lint.ts';
import { scenarioOfDump, scenarioOfFault } from '#scenario/new.ts';

const sound = (text: string) => lintSources([{ name: 'mine.yaml', text }]).findings.filter(({ severity }) => severity === 'error');

describe.each(faults)('$name', (fault) => {
  it.each([0, 1, 2, 3])('gives a sound scenario, attempt %d', (attempt) => {
    const text = scenarioOfFault(fault, 'mine', attempt);
    expect(sound(text)).toEqual([]);
    const { scenario } = lintSources([{ name: 'mine.yaml', text }]);
    expect(scenario).toMatchObject({ name: 'mine', topic: fault.topic, faults: [fault.name] });
    expect(scenario!.questions.map(({ id }) => id)).toEqual(attempt < 3 ? ['what', 'mend'] : ['mend']);
    expect(scenario!.break).toBe(fault.breakLines({}));
  });
});

it('gives a sound scenario of a dump', () => {
  const text = scenarioOfDump('---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n', 'ours');
  expect(sound(text)).toEqual([]);
});

it('knows its faults', () => expect(faultOf('service-selector')?.ground).toBe('shop'));
