import { describe, expect, it } from '@jest/globals';
import { editByLine } from '#cli/repl/line-editor.ts';

/** Edits by what is typed; `=` keeps the line that is offered, with everything after it put in its place. */
async function edit(text: string, typed: readonly string[]): Promise<{ readonly saved: string | undefined; readonly said: string }> {
  const left = [...typed];
  let said = '';
  const saved = await editByLine(
    text,
    'web.yaml',
    async (prompt, given) => {
      said += prompt;
      const next = left.shift();
      return next === '=' ? given : next;
    },
    (more) => (said += more),
  );
  return { saved, said };
}

const manifest = 'kind: Service\nspec:\n  selector: {app: wbe}\n  ports: []\n';

describe('the editor of lines', () => {
  it.each<[what: string, typed: readonly string[], saved: string | undefined]>([
    ['saves what it was given', ['w'], manifest],
    ['leaves without saving', ['d 1', 'q'], undefined],
    ['leaves at Ctrl-D', ['d 1'], undefined],
    ['edits a line', ['3', '  selector: {app: web}', 'w'], manifest.replace('wbe', 'web')],
    ['keeps a line that is not changed', ['3', '=', 'w'], manifest],
    ['replaces everywhere', ['s/wbe/web/', 'w'], manifest.replace('wbe', 'web')],
    ['replaces in one line, with another sign', ['2s|spec|data|', 'w'], manifest.replace('spec', 'data')],
    ['replaces text, not patterns', ['s/./!/', 'w'], manifest],
    ['deletes lines', ['d 2,3', 'w'], 'kind: Service\n  ports: []\n'],
    ['deletes to the end', ['d 2-$', 'w'], 'kind: Service\n'],
    ['adds below', ['a 1', 'metadata:', '  name: web', '.', 'w'], manifest.replace('spec', 'metadata:\n  name: web\nspec')],
    ['adds at the end', ['a', '# end', '.', 'w'], `${manifest}# end\n`],
    ['adds above', ['i 1', '# top', '.', 'w'], `# top\n${manifest}`],
    ['undoes', ['d 1', 'd 1', 'u', 'u', 'u', 'w'], manifest],
    ['knows no such line', ['99', 'd 0', 'd 3,2', 'a 77', 'frobnicate', 's/x', 'w'], manifest],
  ])('%s', async (_, typed, saved) => expect((await edit(manifest, typed)).saved).toBe(saved));

  it('begins an empty file', async () => expect((await edit('', ['a', 'one', '.', 'wq'])).saved).toBe('one\n'));
  it('can empty one', async () => expect((await edit('one\n', ['d 1', 'w'])).saved).toBe(''));
  it('numbers lines, and explains itself', async () => {
    const { said } = await edit(manifest, ['p 2', 'h', 'q']);
    expect(said).toMatch(/^web\.yaml: 4 lines\./);
    expect(said).toContain('   3    selector: {app: wbe}\n');
    expect(said).toContain('save and leave');
  });
});
