/** Ranges of Services that come and go, and when there is no address left in any. */
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonFrom } from '../../support/session.ts';

const service = (name: string) => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {ports: [{port: 80}]}
`;

let lesson: Lesson;
let first: Lesson['start'];
beforeAll(async () => {
  lesson = await lessonFrom(`
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: ranges}
spec: {cluster: {networking: {serviceSubnet: 10.96.0.0/28}}}
---
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: {name: more}
spec: {cidrs: [10.200.0.0/30]}
${Array.from({ length: 12 }, (_, i) => service(`s${i + 1}`)).join('')}`);
  first = lesson.start;
});
beforeEach(() => lesson.lab.restore(first));

async function say(line: string): Promise<string> {
  const { stdout, stderr } = await lesson.run(line);
  return (stdout + stderr).trimEnd();
}
const services = (from: number, to: number) => say(`for i in $(seq ${from} ${to}); do kubectl create svc clusterip s$i --tcp=80; done`);
const ready = () => say('kubectl get servicecidr more -o jsonpath="{.status.conditions[?(@.type==\'Ready\')].reason}"');
const full =
  'error: failed to create ClusterIP service: Service "s15" is invalid: spec.clusterIPs: Invalid value: [""]: failed to allocate IP: range is full';

describe('ServiceCIDRs', () => {
  it('are used one after the other, until all are full', async () => {
    // Of sixteen addresses two are no host's, one is the API server's and one the name server's; of four, two are left.
    expect(await services(13, 14)).not.toContain('error');
    expect(await say('kubectl get svc -o jsonpath="{.items[*].spec.clusterIP}" | tr " " "\\n" | grep -c ^10.200.0')).toBe('2');
    expect(await services(15, 15)).toBe(full);
  });

  it('stay while a Service has an address of theirs alone, and give none any more', async () => {
    await services(13, 13);
    await say('kubectl delete servicecidr more --wait=false');
    await say('sleep 30');
    expect(await ready()).toBe('Terminating');
    expect(await services(15, 15)).toBe(full);
    await say("kubectl delete svc $(kubectl get svc -o wide | awk '$3 ~ /^10.200/ {print $1}')");
    await say('sleep 5');
    expect(await say('kubectl get servicecidr more')).toMatch(/NotFound/);
  });

  it('go ten seconds after they were deleted when no Service needs them, or another range has their addresses, too', async () => {
    await services(13, 13);
    await say(
      `printf 'apiVersion: networking.k8s.io/v1\\nkind: ServiceCIDR\\nmetadata: {name: wider}\\nspec: {cidrs: [10.200.0.0/29]}\\n' | kubectl create -f -`,
    );
    await say('kubectl delete servicecidr more --wait=false');
    await say('sleep 5');
    expect(await say('kubectl get servicecidr more -o name')).toBe('servicecidr.networking.k8s.io/more');
    await say('sleep 6');
    expect(await say('kubectl get servicecidr more -o name')).toMatch(/NotFound/);
    expect(await say('kubectl delete servicecidr wider --timeout=20s')).toMatch(/timed out waiting for the condition/);
  });

  it('are guarded, and ready, as soon as they are there', async () => {
    expect(await say('kubectl get servicecidr more -o jsonpath="{.metadata.finalizers[0]} {.status.conditions[0].message}"')).toBe(
      'networking.k8s.io/service-cidr-finalizer Kubernetes Service CIDR is ready',
    );
  });
});
