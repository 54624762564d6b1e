import { describe, expect, it } from '@jest/globals';
import { Cluster } from '#kube/cluster.ts';
import { Service } from '#kube/kinds/service.ts';
import { NodePorts } from '#control/allocators/nodeport.ts';

function allocator({ dryRun = false, first = 30000, last = 32767 } = {}): NodePorts {
  const draft = new Cluster('seed').edit();
  draft.keep(Service, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30080 }], healthCheckNodePort: 31999 },
    status: { loadBalancer: {} },
  });
  return new NodePorts(draft, { first, last }, dryRun);
}

const outside = 'provided port is not in the valid range. The range of valid ports is 30000-32767';
const taken = 'provided port is already allocated';

describe('a node port by name', () => {
  it.each([
    [29999, outside],
    [30000, 'ok'],
    [30080, taken],
    [31999, taken], // a health check node port is one of them
    [32767, 'ok'],
    [32768, outside],
  ])('%d: %s', (port, answer) => {
    const result = allocator().take(port);
    expect(result.ok ? 'ok' : result.error).toBe(answer);
  });

  it('is not looked up in the range in a dry run', () => expect(allocator({ dryRun: true }).take(80).ok).toBe(true));
});

describe('any node port', () => {
  it('comes from above the band for those who choose', () => {
    const ports = allocator();
    const chosen = Array.from({ length: 2681 }, (_, i) => ports.takeAny(`s${i}`)).map((one) => (one.ok ? one.value : 0));
    expect(Math.min(...chosen)).toBe(30086);
    expect(new Set(chosen).size).toBe(chosen.length);
  });

  it('is drawn anew when somebody asks again', () => {
    const [first, second] = [allocator(), allocator()].map((ports) => ports.takeAny('s'));
    expect(first).toEqual(second);
    const ports = allocator();
    const [one, next] = [ports.takeAny('s'), ports.takeAny('s')].map((answer) => (answer.ok ? answer.value : 0));
    expect(next).not.toBe(one! + 1);
  });

  it('is the last resort of a full range', () => {
    const ports = allocator({ first: 30000, last: 30001 });
    expect([ports.takeAny('a').ok, ports.takeAny('b').ok, ports.takeAny('c')]).toEqual([true, true, { ok: false, error: 'range is full' }]);
  });

  it('is made up in a dry run', () => {
    const ports = allocator({ dryRun: true });
    expect([ports.takeAny('a'), ports.takeAny('b')].map((one) => one.ok && one.value)).toEqual([32769, 32770]);
  });
});
