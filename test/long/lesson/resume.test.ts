/** A lesson that another process goes on with is the same lesson: whatever is asked of both, and whatever is done to both, they say the same. */
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { resumeLesson, saveLesson, startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const header = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: cluster}
spec:
  cluster:
`;

const worlds: Readonly<Record<string, string>> = {
  'a wrong selector': readFileSync('scenarios/services/service-selector-mismatch.yaml', 'utf8'),
  'a Corefile that does not parse': readFileSync('scenarios/dns/corefile-does-not-parse.yaml', 'utf8'),
  'Weave, IPVS': `${header}    cni: weave\n    kubeProxy: {mode: ipvs}\n`,
};

const questions = `
kubectl get all,endpointslices,events,nodes -A -o wide
kubectl logs -n kube-system -l k8s-app=kube-dns --tail 50
for tool in iptables-save "ipvsadm -Ln" "ipset list" "ip -d addr" "ip route" "crictl ps -a" "ss -tlnp"; do echo "== $tool"; $tool; done
dig kubernetes.default.svc.cluster.local @10.96.0.10
dig -x 10.96.0.1 @10.96.0.10 SOA cluster.local
curl -sk https://10.96.0.1/version
`;

const deeds = `
kubectl create deployment late --image=nginx --replicas=3
kubectl expose deployment late --port=80
kubectl -n kube-system get configmap coredns -o yaml | sed 's/ttl 30/ttl 17/' | kubectl apply -f -
sleep 60
kubectl delete pod -n kube-system -l k8s-app=kube-dns
`;

/** The time that an answer out of CoreDNS's cache has left is not told: the cache is empty again when somebody goes on. */
async function say(lesson: Lesson, lines: string): Promise<string> {
  const { stdout, stderr } = await lesson.run(lines);
  return (stdout + stderr).replace(/\t\d+\tIN\tSOA\t/g, '\tIN\tSOA\t');
}

it.each(Object.keys(worlds))('%s', async (world) => {
  const loaded = loadScenario([{ name: 'scenario.yaml', text: worlds[world]! }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario, { seed: '7' });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const first = started.value;
  const bytes = serialize(saveLesson(first));
  const again = resumeLesson(loaded.scenario, deserialize(bytes));
  if (again === undefined) throw new Error('it has to start anew');
  for (const lines of [questions, deeds, questions]) expect(await say(again, lines)).toBe(await say(first, lines));
  // And once more, after all that was done: from there on it is the same, and it still knows how it started.
  const later = resumeLesson(loaded.scenario, deserialize(serialize(saveLesson(first))), again.start);
  if (later === undefined) throw new Error('it has to start anew');
  const doneBefore = 'kubectl get events -A | tail -n 5; conntrack -L 2>&1; kubectl -n default scale deployment late --replicas=1';
  for (const lines of [doneBefore, questions]) expect(await say(later, lines)).toBe(await say(first, lines));
  later.reset();
  again.reset();
  expect(await say(later, questions)).toBe(await say(again, questions));
});
