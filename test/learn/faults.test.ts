/** The catalogue as it is written; test/real/faults.test.ts applies each fault to its cluster. */
import { describe, expect, it } from '@jest/globals';
import { Check, describeCheck } from '#learn/check.ts';
import { faultOf, faults } from '#learn/faults/index.ts';
import { grounds } from '#learn/faults/grounds.ts';
import { loadScenario } from '#scenario/load.ts';

it('names each fault once', () => {
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  expect(faultOf('service-selector')?.row).toBe(27);
  expect(faultOf('nope')).toBeUndefined();
});

it('has its rows in order', () => expect(faults.map(({ row }) => row)).toEqual(faults.map(({ row }) => row).toSorted((a, b) => a - b)));

describe.each(faults)('$row $name', (fault) => {
  it('breaks, mends, shows and proves something, where it is told to', () => {
    const moved = Object.fromEntries(Object.entries(fault.parameters).map(([name]) => [name, `moved/${name}`]));
    for (const parameters of [{}, moved]) {
      expect(fault.breakLines(parameters)).not.toMatch(/undefined|\[object/);
      expect(fault.mendLines(parameters)).not.toMatch(/undefined|\[object/);
      expect(fault.evidence(parameters)).not.toMatch(/undefined|\[object/);
    }
    const conditions = JSON.stringify([fault.shows(moved), fault.mended(moved)]);
    const written = [fault.breakLines(moved), fault.mendLines(moved), conditions, fault.evidence(moved)].join('\n');
    for (const name of Object.keys(moved)) expect(written).toMatch(new RegExp(`moved/${name}|(?:exec|pod) ${name} `));
    const signs = [...fault.shows({}), ...(fault.mended({}) ?? [])].map((sign) => describeCheck(Check.parse(sign)));
    expect(signs.length).toBeGreaterThan(0);
  });
});

it.each(Object.entries(grounds))('the ground %s is a sound scenario', (_, { spec, objects }) => {
  const text = `apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: ground}\nspec:\n${spec.replace(/^(?=.)/gm, '  ')}---\n${objects}`;
  expect(loadScenario([{ name: 'ground.yaml', text }])).toMatchObject({ ok: true });
});
