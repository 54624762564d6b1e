/** The patterns of docs/scenario-patterns.md: each is well written, and keeps what it promises. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain } from '../../support/run-main.ts';

const text = readFileSync('docs/scenario-patterns.md', 'utf8');
const patterns = [...text.matchAll(/^## (.+)\n[\s\S]*?^```yaml\n([\s\S]*?)^```$/gm)].map(([, title, yaml]) => ({
  title: title!,
  name: /metadata: \{name: ([\w-]+)/.exec(yaml!)![1]!,
  yaml: yaml!,
}));

const home = mkdtempSync(join(tmpdir(), 'cka-net-'));
beforeAll(() => {
  process.env['CKA_NET_HOME'] = join(home, 'data');
  for (const { name, yaml } of patterns) writeFileSync(join(home, `${name}.yaml`), yaml);
});
afterAll(() => {
  delete process.env['CKA_NET_HOME'];
  rmSync(home, { recursive: true });
});

it('there are ten', () => expect(patterns.length).toBe(10));

describe.each(patterns)('$title', ({ name }) => {
  const path = join(home, `${name}.yaml`);

  it('is well written', async () => {
    const { stdout, status } = await runMain('lint', path);
    expect([stdout, status]).toEqual(['', 0]);
  });

  it('keeps what it promises', async () => {
    const { stdout, status } = await runMain('test', path);
    expect([stdout.split('\n').length, status]).toEqual([2, 0]);
  });
});
