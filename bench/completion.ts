/** How long Tab takes in a lesson's terminal, in milliseconds of the processor: the median and the slowest once all is loaded. */
import { readFileSync } from 'node:fs';
import { startLesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';
import { complete } from '#shell/completion/complete.ts';
import { prepareCompletion } from '#shell/completion/kubectl.ts';

const name = 'service-selector-mismatch.yaml';
const loaded = loadScenario([{ name, text: readFileSync(`scenarios/services/${name}`, 'utf8') }]);
if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
const started = await startLesson(loaded.scenario);
if (!started.ok) throw new Error(started.error.map(({ message }) => message).join('\n'));
const { lab } = started.value;
const shell = started.value.open({ tty: true });

const typed = [
  'kub',
  'kubectl ',
  'kubectl get ',
  'kubectl get po',
  'kubectl get pods -n ',
  'kubectl describe pod -n kube-system core',
  'kubectl logs -n kube-system ',
  'kubectl get pods --',
  'ssh no',
  'cat /etc/kubernetes/man',
  'ls /etc/cni/net.d/',
];

await prepareCompletion();
const times: number[] = [];
for (let round = 0; round < 20; round++) {
  for (const text of typed) {
    const begun = process.cpuUsage();
    const { words } = await complete(shell, lab, text);
    if (words.length === 0) throw new Error(`${text}: nothing`);
    const { user, system } = process.cpuUsage(begun);
    // The first times, code is compiled.
    if (round > 1) times.push((user + system) / 1000);
  }
}
times.sort((a, b) => a - b);
process.stdout.write(JSON.stringify({ median: times[times.length >> 1], slowest: times.at(-1) }));
