/**
 * How long kubectl's commands take in a lesson's terminal, each of them several times: the median and the 99th percentile, in milliseconds of
 * the processor, which other programs on the machine do not lengthen.
 */
import { readFileSync } from 'node:fs';
import { startLesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const name = 'service-selector-mismatch.yaml';
const loaded = loadScenario([{ name, text: readFileSync(`scenarios/services/${name}`, 'utf8') }]);
if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
const started = await startLesson(loaded.scenario);
if (!started.ok) throw new Error(started.error.map(({ message }) => message).join('\n'));
const lesson = started.value;

const lines = [
  'kubectl get pods -A',
  'kubectl get pods -n shop -o wide',
  'kubectl get svc web -n shop -o yaml',
  'kubectl get svc -n shop',
  'kubectl get nodes',
  'kubectl get all -n shop',
  'kubectl get endpointslices -n shop',
  "kubectl get pods -n shop -o jsonpath='{.items[*].status.podIP}'",
  'kubectl describe pod till -n shop',
  'kubectl describe svc web -n shop',
  'kubectl describe node node01',
  'kubectl exec -n shop till -- cat /etc/resolv.conf',
  'kubectl logs -n kube-system -l k8s-app=kube-dns',
  'kubectl get events -A',
  'kubectl explain pod.spec',
  'kubectl api-resources',
  'kubectl label pod till -n shop a=b --overwrite',
  'kubectl scale deploy web -n shop --replicas=2',
];

const shell = lesson.open();
const times = new Map<string, number[]>(lines.map((line) => [line, []]));
for (let round = 0; round < 20; round++) {
  for (const line of lines) {
    const begun = process.cpuUsage();
    const { exitCode, stderr } = await shell.run(line);
    if (exitCode !== 0) throw new Error(`${line}: ${stderr}`);
    const { user, system } = process.cpuUsage(begun);
    // The first times, code is compiled.
    if (round > 1) times.get(line)!.push((user + system) / 1000);
  }
}
const all = [...times.values()].flat().sort((a, b) => a - b);
process.stdout.write(JSON.stringify({ median: all[all.length >> 1], slow: all[Math.floor(all.length * 0.99)] }));
