/** The simulated terminal in a real one: keys, Tab, Ctrl-R, editors, pagers, a narrow window, a paste. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tmux } from './tmux.ts';

const program = fileURLToPath(new URL('../../bin/cka-net', import.meta.url));
const reason = Tmux.isThere ? undefined : 'no tmux';
if (reason !== undefined) process.stderr.write(`test/real/shell: skipped, ${reason}\n`);

let home: string;
let terminal: Tmux | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
});
afterEach(async () => {
  terminal?.close();
  terminal = undefined;
  // What ran there still writes while it ends: the directory is looked through again until nothing new is in it.
  for (let left = 50; ; left--) {
    try {
      rmSync(home, { recursive: true, force: true });
      return;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}, 30_000);

const prompt = /controlplane:~\$ $/;

async function open(env: Readonly<Record<string, string>> = {}, columns = 100, rows = 40): Promise<Tmux> {
  const line = `stty -g > ${home}/before; node ${program} shell service-selector-mismatch; echo "status $?"; stty -g > ${home}/after; echo over`;
  terminal = new Tmux(line, columns, rows, {
    CKA_NET_HOME: join(home, 'data'),
    TERM: 'xterm-256color',
    TMPDIR: home,
    EDITOR: '',
    VISUAL: '',
    ...env,
  });
  await terminal.waitFor(prompt, 40);
  return terminal;
}

async function type(at: Tmux, line: string, want: RegExp): Promise<void> {
  at.type(line);
  at.press('Enter');
  await at.waitFor(want);
  await at.waitFor(/\$ $|# $/);
}

async function expectUntouched(at: Tmux): Promise<void> {
  await at.waitFor(/^over$/);
  expect(readFileSync(join(home, 'after'), 'utf8')).toBe(readFileSync(join(home, 'before'), 'utf8'));
  expect(at.cursorShows).toBe(true);
  at.type('echo still $((40 + 2))');
  at.press('Enter');
  await at.waitFor(/^still 42$/);
}

(reason === undefined ? describe : describe.skip)('the simulated terminal', () => {
  it('completes, searches, interrupts, and leaves the terminal as it was', async () => {
    const at = await open();
    expect(at.screen()).toContain('The Service that answers nobody');
    at.type('kubectl -n sho');
    at.press('Tab');
    await at.waitFor(/-n shop $/);
    at.type('get svc w');
    at.press('Tab');
    await at.waitFor(/web $/);
    at.press('Enter');
    await at.waitFor(/web +ClusterIP/);
    // What a command leaves unended stays, and the prompt follows it: in its last row when there are several.
    const unended = async (line: string, row: string) => {
      at.type(line);
      at.press('Enter');
      await at.waitFor(new RegExp(`${row}controlplane:~\\$ $`));
      expect(at.rows().map((one) => one.trimEnd())).toContain(`${row}controlplane:~$`);
    };
    await unended('kubectl get -n shop svc web -o jsonpath={.spec.ports[0].port}', '80');
    // A warning comes before what it is about.
    await type(at, 'kubectl -n shop get endpoints', /^web +/);
    const shown = at.rows().map((row) => row.split(/\s/)[0]);
    expect(shown.slice(shown.lastIndexOf('Warning:'), -1)).toContain('NAME');
    await unended("printf '%130s' end", `${' '.repeat(27)}end`);
    at.type('echo ab');
    at.press('C-a');
    at.type('x=1 ');
    await at.waitFor(/x=1 echo ab/);
    expect(at.rows().map((one) => one.trimEnd())).toContain(`${' '.repeat(27)}endcontrolplane:~$ x=1 echo ab`);
    at.press('C-c');
    await at.waitFor(/\^C/);
    at.type('wrong words');
    at.press('C-c');
    await at.waitFor(/\^C/);
    at.press('C-r');
    at.type('get s');
    await at.waitFor(/reverse-i-search\)`get s': kubectl -n shop get svc web/);
    at.press('Enter');
    await at.waitFor(/web +ClusterIP/);
    at.press('Up', 'Up', 'Down');
    at.press('C-u');
    await type(at, 'echo $((6 * 7))', /^42$/);
    at.press('F5', 'M-x');
    at.press('C-c');
    await type(at, 'cat <<EOF\nfirst\nEOF', /^first$/);
    at.type('cd /tmp; while true; do date; sleep 1; done');
    at.press('Enter');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    at.press('C-c');
    await at.waitFor(/\^C/);
    await at.waitFor(/\$ $/);
    await type(at, 'echo $?', /^130$/);
    at.press('C-d');
    await at.waitFor(/status 0/);
    await expectUntouched(at);
    expect(statSync(join(home, 'data', 'shell_history')).mode & 0o777).toBe(0o600);
  }, 120_000);

  it('remembers from one session to the next', async () => {
    const first = await open();
    await type(first, 'ssh node01', /Welcome/);
    first.press('C-d');
    await first.waitFor(/logout/);
    await type(first, 'echo unforgettable', /^unforgettable$/);
    first.type('exit 3');
    first.press('Enter');
    await first.waitFor(/status 3/);
    first.close();
    const second = await open();
    second.press('C-r');
    second.type('forg');
    await second.waitFor(/echo unforgettable/);
    second.press('Enter');
    await second.waitFor(/^unforgettable$/);
    await type(second, '!ssh', /Welcome/);
  }, 120_000);

  it('checks, hints, undoes and resets', async () => {
    const at = await open();
    await type(at, 'check', /Not yet/);
    await type(at, 'hint 5', /Hint 1 of/);
    await type(at, `kubectl -n shop patch svc web -p '{"spec":{"selector":{"app":"web"}}}'`, /service\/web patched/);
    await type(at, 'check', /Done/);
    await type(at, 'undo', /as it was before/);
    await type(at, 'check', /Not yet/);
    await type(at, 'kubectl delete ns shop', /deleted/);
    await type(at, 'reset', /first met it/);
    await type(at, 'kubectl get ns shop', /shop +Active/);
    await type(at, 'undo', /as it was before/);
    await type(at, 'kubectl get ns shop', /NotFound/);
    await type(at, 'solution', /kubectl -n shop patch/);
    await type(at, 'helm list', /command not found\n?.*\n?.*helm is not simulated/);
  }, 120_000);

  it("opens the learner's editor on a private copy", async () => {
    const editor = join(home, 'my-editor');
    writeFileSync(
      editor,
      `#!/bin/sh\nstat -c '%a %n' "$1" >> ${home}/seen\nsed -i 's/type: ClusterIP/type: NodePort/; s/first/second/' "$1"\n`,
    );
    chmodSync(editor, 0o755);
    const at = await open({ EDITOR: editor });
    await type(at, 'kubectl -n shop edit svc web', /service\/web edited/);
    await type(at, 'kubectl -n shop get svc web', /NodePort/);
    await type(at, 'echo first > note; vi note; cat note', /^second$/);
    const seen = readFileSync(join(home, 'seen'), 'utf8');
    expect(seen).toMatch(/^600 .*\.yaml\n600 .*note\n$/);
    expect(readdirSync(home).filter((name) => name.startsWith('cka-net-'))).toEqual([]);
  }, 120_000);

  it('edits without any editor, line by line', async () => {
    const at = await open();
    // This one has an editor; one whose PATH is empty has none.
    at.type('exit');
    at.press('Enter');
    await at.waitFor(/status 0/);
    at.type(`node=$(command -v node); PATH=/nowhere $node ${program} shell service-selector-mismatch`);
    at.press('Enter');
    await at.waitFor(prompt, 40);
    at.type('printf "a: 1\\nb: 2\\n" > x.yaml; nano x.yaml');
    at.press('Enter');
    await at.waitFor(/x\.yaml> $/);
    at.type('2');
    at.press('Enter');
    await at.waitFor(/b: 2$/);
    at.press('BSpace');
    at.type('3');
    at.press('Enter');
    await at.waitFor(/x\.yaml> $/);
    at.type('w');
    at.press('Enter');
    await at.waitFor(prompt);
    await type(at, 'cat x.yaml', /^b: 3$/);
  }, 120_000);

  it('pages, watches, and has the screen back', async () => {
    const at = await open({}, 80, 12);
    at.type('seq 1 100 | less');
    at.press('Enter');
    await at.waitFor(/^10$/);
    at.type('/50');
    at.press('Enter');
    await at.waitFor(/^60/);
    at.type('G');
    await at.waitFor(/\(END\)/);
    at.type('q');
    await at.waitFor(prompt);
    at.type('watch -n 1 date');
    at.press('Enter');
    await at.waitFor(/Every 1\.0s: date/);
    await at.waitFor(/10:00:02 2026/);
    at.press('C-c');
    await at.waitFor(prompt);
    await type(at, 'time sleep 5', /real\t0m5\.000s|real +0m5\.000s/);
  }, 120_000);

  it('lets a paste that is marked as one wait for Enter, as bash does, however long it is', async () => {
    const at = await open();
    at.type('AB');
    at.press('Left');
    at.paste('; echo one\ntouch /root/ran\n\techo t"h"ree; echo ', { bracketed: true });
    await new Promise((resolve) => setTimeout(resolve, 500));
    at.press('C-c');
    await type(at, 'ls /root/ran', /No such file/);
    at.paste('echo o"n"e\necho tw"o"\n\techo t"h"ree', { bracketed: true });
    await at.waitFor(/t"h"ree/);
    at.press('Enter');
    await at.waitFor(/^one$/);
    await at.waitFor(/^two$/);
    await at.waitFor(/^three$/);
    const begun = performance.now();
    at.paste(`${'x'.repeat(10_000)}=1; echo $((40 + 2)) `, { bracketed: true });
    at.press('Enter');
    await at.waitFor(/^42$/);
    expect(performance.now() - begun).toBeLessThan(5000);
  }, 60_000);

  it('takes a paste of several lines, in a narrow window', async () => {
    const at = await open({}, 30, 20);
    at.paste('kubectl create -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: tabbed\nEOF\necho $?\n');
    await at.waitFor(/^1$/);
    at.paste('kubectl apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pasted\nEOF\nkubectl get cm pasted -o name\n');
    await at.waitFor(/^configmap\/pasted$/);
    at.paste('x'.repeat(5000));
    at.press('C-c');
    await at.resize(100, 30);
    await type(at, 'echo fine', /^fine$/);
    at.press('C-d');
    await expectUntouched(at);
  }, 120_000);
});

const noKubectl = reason ?? (spawnSync('kubectl', ['version', '--client']).status === 0 ? undefined : 'no kubectl');
if (noKubectl !== undefined) process.stderr.write(`test/real/shell: the part with one's own kubectl skipped, ${noKubectl}\n`);

(noKubectl === undefined ? describe : describe.skip)("the simulated terminal with the learner's own kubectl", () => {
  it('has it with its aliases, the terminal and the files', async () => {
    writeFileSync(join(home, '.bashrc'), "alias kgp='kubectl get pods'\nalias kgpw='kgp -o wide'\nalias rm='rm -i'\n");
    const line = `node ${program} shell service-selector-mismatch --kubectl host; echo "status $?"`;
    terminal = new Tmux(line, 120, 40, {
      CKA_NET_HOME: join(home, 'data'),
      TERM: 'xterm-256color',
      TMPDIR: home,
      HOME: home,
      SHELL: '/bin/bash',
    });
    await terminal.waitFor(prompt, 60);
    const at = terminal;
    await type(at, 'kgpw -n shop', /NODE[^]*till +1\/1 +Running/);
    await type(
      at,
      'kubectl -n shop get svc web -o yaml > web.yaml; kubectl delete -f web.yaml; kubectl apply -f /root/web.yaml; ls',
      /service "web" deleted[^]*service\/web created/,
    );
    at.type('kubectl -n shop exec -it till -- sh');
    at.press('Enter');
    await at.waitFor(/root@till:\/# $/);
    at.type('hostname');
    at.press('Enter');
    await at.waitFor(/^till$/);
    at.type('exit 5');
    at.press('Enter');
    await at.waitFor(/exit code 5/);
    await at.waitFor(prompt);
    await type(at, 'echo $?', /^5$/);
    await type(at, 'alias', /alias kgpw=/);
    at.press('C-d');
    await at.waitFor(/status 0/);
    expect(readdirSync(home).filter((name) => name.startsWith('cka-net-'))).toEqual([]);
  }, 120_000);
});
