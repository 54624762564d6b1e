/** Lessons that are laid on one ground are the lessons that come up by themselves, and know nothing of each other. */
import { expect, it } from '@jest/globals';
import { Grounds } from '#lab/bring-up/grounds.ts';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const text = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: cluster}
spec: {}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}
`;

const questions = `
kubectl get all,endpointslices,events,leases,nodes -A -o yaml
kubectl logs -n kube-system -l k8s-app=kube-dns --tail 50
for tool in iptables-save "ip -d addr" "ip route" "crictl ps -a" "ss -tlnp"; do echo "== $tool"; $tool; done
dig web.default.svc.cluster.local SOA cluster.local @10.96.0.10
`;

const deeds = `
dig web.default.svc.cluster.local @10.96.0.10
kubectl delete service web
kubectl -n kube-system get configmap coredns -o yaml | sed 's/ttl 30/ttl 17/' | kubectl apply -f -
sleep 60
`;

async function start(grounds?: Grounds): Promise<Lesson> {
  const loaded = loadScenario([{ name: 'scenario.yaml', text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario, { seed: '7', ...(grounds !== undefined && { grounds }) });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  return started.value;
}

async function say(lesson: Lesson, lines: string): Promise<string> {
  const { stdout, stderr } = await lesson.run(lines);
  return stdout + stderr;
}

it('is the same as one of its own', async () => {
  const grounds = new Grounds();
  const [alone, first, second] = [await start(), await start(grounds), await start(grounds)];
  expect(second.lab.snapshot.cluster.counter).toBe(alone.lab.snapshot.cluster.counter);
  const done = await say(first, deeds);
  const asked = await say(alone, questions);
  expect(await say(second, questions)).toBe(asked);
  expect(await say(first, questions)).not.toBe(asked);
  expect(await say(second, deeds)).toBe(await say(alone, deeds));
  expect(done).toContain('service "web" deleted');
  expect(await say(second, questions)).toBe(await say(alone, questions));
});
