import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMainIn } from './support/run-main.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = join(root, 'README.md');
const begin = '<!-- first five minutes: written by `UPDATE=1 npm run unit -- test/readme` -->\n';
const end = '<!-- end -->';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
});
afterAll(() => rmSync(home, { recursive: true }));

/** A line of the README and what it prints, as somebody at a terminal of 100 columns sees it. */
async function shown(line: string, input = ''): Promise<string> {
  const [, ...args] = line.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'(.*)'$/, '$1'));
  const env = { CKA_NET_HOME: home, CKA_NET_SCENARIOS: '', COLUMNS: '100', NO_COLOR: '1' };
  const { stdout, stderr, status } = await runMainIn({ input, env }, ...args);
  if (status === 2 || status === 70) throw new Error(`${line} exited ${status}: ${stderr}`);
  return `${stdout}${stderr}`.trim();
}

const name = 'service-selector-mismatch';

async function session(
  ...steps: readonly { readonly line: string; readonly input?: string; readonly keep?: (text: string) => string }[]
): Promise<string> {
  const texts: string[] = [];
  for (const { line, input, keep = (text: string) => text } of steps) {
    const typed = input === undefined ? line : `echo ${input.trim()} | ${line}`;
    texts.push(`    $ ${typed}\n${keep(await shown(line, input)).replace(/^(?=.)/gm, '    ')}\n`);
  }
  return texts.join('\n');
}

async function firstFiveMinutes(): Promise<string> {
  return `
What is there to learn? The course begins so, and goes on to the Gateway API and whole clusters that are ill:

${await session({ line: 'cka-net list', keep: (text) => text.slice(0, text.indexOf('\n\nkube-proxy')).trimEnd() })}
One of them, at a glance. Something is wrong in here:

${await session({ line: `cka-net inspect ${name}` })}
Look around, with the commands that you know:

${await session({ line: `cka-net inspect ${name} -- kubectl -n shop exec till -- curl -sS -m 2 http://web.shop/` }, { line: `cka-net inspect ${name} -- 'kubectl -n shop get pods --show-labels | grep web'` })}
And now be asked. At a terminal you choose with the arrow keys, \`$\` opens the simulated terminal and \`?\` shows a hint; here the answers
come through a pipe, and this is the first question:

${await session({ line: `cka-net quiz ${name}`, input: 'timeout\n', keep: (text) => text.slice(0, text.lastIndexOf('\n', text.indexOf(' 2 of'))).trimEnd() })}`;
}

it('the first five minutes in the README are as they are', async () => {
  const text = readFileSync(path, 'utf8');
  const [before, rest] = text.split(begin) as [string, string];
  const wanted = `${before}${begin}${await firstFiveMinutes()}\n${rest.slice(rest.indexOf(end))}`;
  if (process.env['UPDATE'] === '1') writeFileSync(path, wanted);
  expect(readFileSync(path, 'utf8')).toBe(wanted);
}, 60_000);
