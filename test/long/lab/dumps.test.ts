/** What was read from a cluster comes up as it was: `kubectl get all -A -o yaml | cka-net inspect -`, with the nodes and without. */
import { describe, expect, it } from '@jest/globals';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const shop = `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

async function start(text: string, seed: string): Promise<Lesson> {
  const loaded = loadScenario([{ name: 'x.yaml', text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario, { seed });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  return started.value;
}

const query = (fields: string) => `kubectl -n shop get pods,svc -o jsonpath='{range .items[*]}${fields}{"\\n"}{end}'`;
const placed = query('{.metadata.name} {.spec.clusterIP}{.spec.nodeName}');
const addressed = query('{.metadata.name} {.status.podIP}{.spec.clusterIP}{.spec.nodeName}');

describe.each([
  ['all', addressed],
  ['all,nodes', placed],
  ['all,nodes,clusterroles,clusterrolebindings', placed],
])('a dump of %s', (what, line) => {
  it('keeps pods and Services', async () => {
    const original = await start(shop, '0');
    const dump = await original.run(`kubectl get ${what} -A -o yaml`);
    const again = await start(dump.stdout, '7');
    const [before, after] = [await original.run(line), await again.run(line)];
    expect(before.stdout.split('\n').length).toBe(5);
    expect(after).toEqual(before);
  });
});

it('a cluster whose control plane is elsewhere lets its administrator in', async () => {
  const original = await start(shop, '0');
  const nodes = await original.run('kubectl get nodes -o yaml');
  const again = await start(nodes.stdout, '0');
  expect(await again.run('kubectl auth can-i delete nodes')).toMatchObject({ stdout: 'yes\n', exitCode: 0 });
});
