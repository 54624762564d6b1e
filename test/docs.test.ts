import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lintSources } from '#scenario/lint/lint.ts';
import { loadScenario } from '#scenario/load.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((page) => `docs/${page}`),
].filter((page) => page.endsWith('.md'));
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

describe('the documentation', () => {
  it.each(pages)('%s links to what there is', (page) => {
    const targets = [...textOf(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => match[1]!);
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  it.each(pages)('%s has lines that fit', (page) => {
    const long = textOf(page)
      .split('\n')
      .filter((line) => line.length > 160 && !line.startsWith('|') && !/^\s{4}|https?:\/\//.test(line));
    expect(long).toEqual([]);
  });

  it('names only commands that there are', () => {
    const commands = readFileSync(join(root, 'src/cli/program.ts'), 'utf8').matchAll(/\badd\(\s*'(\w+)/g);
    const known = new Set([...[...commands].map((match) => match[1]!), 'help']);
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/(?:`|^\s{4}|npx )cka-net ([a-z]+)\b/gm)].map((match) => `${page}: ${match[1]}`),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((one) => !known.has(one.split(': ')[1]!))).toEqual([]);
  });

  it('has patterns that are sound', () => {
    const blocks = [...textOf('docs/scenario-patterns.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
    expect(blocks.length).toBe(10);
    for (const text of blocks) {
      const name = `${/metadata: \{name: ([\w-]+)/.exec(text)![1]}.yaml`;
      expect(lintSources([{ name, text }]).findings).toEqual([]);
    }
  });

  it('has a tutorial whose scenario is sound', () => {
    const blocks = [...textOf('docs/writing-scenarios.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
    const [objects, lesson] = blocks;
    expect(loadScenario([{ name: 'shop.yaml', text: `${lesson}${objects}` }])).toMatchObject({
      ok: true,
      scenario: { name: 'shop', questions: [{ id: 'whom' }, { id: 'mend' }] },
    });
  });
});
