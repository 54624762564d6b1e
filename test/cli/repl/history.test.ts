import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entriesOf, expandHistory, History } from '#cli/repl/history.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('a history', () => {
  it('is kept for the next session, and is nobody else’s to read', () => {
    const path = join(home, 'state', 'shell_history');
    const first = new History(path);
    for (const line of ['kubectl get po', 'kubectl get po', ' secret', 'ssh node01']) first.add(line);
    expect(new History(path).entries).toEqual(['kubectl get po', 'ssh node01']);
    expect(new History(path).latestFirst).toEqual(['ssh node01', 'kubectl get po']);
    expect([statSync(path).mode & 0o777, statSync(join(home, 'state')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('closes a file that others can read', () => {
    const path = join(home, 'shell_history');
    writeFileSync(path, 'a\n', { mode: 0o644 });
    expect(new History(path).entries).toEqual(['a']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('keeps the last thousand, and does without a directory that cannot be made', () => {
    const path = join(home, 'shell_history');
    writeFileSync(path, Array.from({ length: 1500 }, (_, i) => `echo ${i}\n`).join(''), { mode: 0o600 });
    expect(new History(path).entries).toHaveLength(1000);
    const nowhere = new History(join(path, 'below', 'a', 'file'));
    nowhere.add('echo kept in memory');
    expect(nowhere.entries).toEqual(['echo kept in memory']);
    expect(readFileSync(path, 'utf8')).not.toContain('memory');
  });
});

it.each<[command: string, entries: readonly string[]]>([
  ['for i in 1 2\ndo echo $i\ndone', ['for i in 1 2; do echo $i; done']],
  ['if true\nthen\n  echo yes\nelse\n  echo no\nfi', ['if true; then echo yes; else echo no; fi']],
  ['echo a \\\n  b', ['echo a b']],
  ['true &&\nfalse', ['true && false']],
  ['f() {\n  echo 1\n}', ['f() { echo 1; }']],
  ['cat <<EOF\na\nEOF', ['cat <<EOF', 'a', 'EOF']],
  ["echo '{\n}'", ["echo '{", "}'"]],
  ['echo one', ['echo one']],
])('%j is kept as it can be typed again', (command, entries) => expect(entriesOf(command)).toEqual(entries));

const before = ['kubectl get po', 'ssh node01', 'kubectl describe svc web'];
it.each<[line: string, want: ReturnType<typeof expandHistory>]>([
  ['!!', { text: 'kubectl describe svc web' }],
  ['sudo !!', { text: 'sudo kubectl describe svc web' }],
  ['!2', { text: 'ssh node01' }],
  ['!-3', { text: 'kubectl get po' }],
  ['!ssh', { text: 'ssh node01' }],
  ['!kubectl -o wide', { text: 'kubectl describe svc web -o wide' }],
  ['ls !$', { text: 'ls web' }],
  ['!9', { missing: '!9' }],
  ['!nope', { missing: '!nope' }],
  ["echo 'hey!you'", undefined],
  ['[ 1 != 2 ]', undefined],
  ['! false', undefined],
  ['echo hi', undefined],
])('%s', (line, want) => expect(expandHistory(line, before)).toEqual(want));
