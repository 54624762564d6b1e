import { describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { listScenarios, packageRoot, scenarioName } from '#cli/library.ts';
import { prove } from '#cli/prove.ts';
import { readScenario } from '#cli/read-scenario.ts';
import { topicKeys } from '#learn/curriculum.ts';

const listed = listScenarios({});

describe('the library', () => {
  it('has nothing in it but scenarios, each in the directory of its topic', async () => {
    const directory = join(packageRoot(), 'scenarios');
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map((file) => file.name).filter((name) => !name.endsWith('.yaml'))).toEqual([]);
    for (const { path, name } of listed) {
      const scenario = await readScenario(path);
      expect(scenario.name).toBe(scenarioName(path));
      expect(path).toBe(join(directory, scenario.topic ?? 'none', `${name}.yaml`));
      expect(topicKeys).toContain(scenario.topic);
    }
  });

  it('has every name once', () => {
    const all = readdirSync(join(packageRoot(), 'scenarios'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.yaml'),
    );
    expect(listed).toHaveLength(all.length);
  });
});

describe('every scenario keeps what it promises', () => {
  it.each(listed.map(({ name, path }) => [name, path]))(
    '%s',
    async (_, path) => {
      const scenario = await readScenario(path);
      const claims = await prove(scenario, '0');
      expect(claims.filter((claim) => !claim.holds)).toEqual([]);
      for (const question of scenario.questions) {
        expect({ question: question.id, explained: question.explain !== undefined }).toEqual({ question: question.id, explained: true });
      }
    },
    60_000,
  );
});
