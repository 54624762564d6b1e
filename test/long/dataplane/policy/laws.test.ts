/** What holds for all policies: the compiled engine says what the text says, rules add up, and order does not matter. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Namespace } from '#kube/kinds/namespace.ts';
import type { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { Ip } from '#net/ip.ts';
import type { PolicyObjects } from '#node/network-policy.ts';
import { PolicyEngine, type PolicyFlow } from '#dataplane/policy/engine.ts';
import { naivelyAllowed } from './naive.ts';
import { namespaceOf, podOf } from '../../../dataplane/policy/town.ts';

const values = ['a', 'b', 'c'];
const key = fc.constantFrom('app', 'tier', 'kubernetes.io/metadata.name');
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom(...values), { maxKeys: 2 });
const selector = fc.record(
  {
    matchLabels: fc.dictionary(key, fc.constantFrom(...values), { maxKeys: 2 }),
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values: fc.subarray(values, { minLength: 1 }) }),
        fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);
const block = fc.oneof(
  fc
    .constantFrom(
      '0.0.0.0/0',
      '10.1.0.0/16',
      '10.1.0.0/28',
      '10.1.0.4/30',
      '10.1.0.5/32',
      '203.0.113.0/24',
      '::/0',
      'fd00::/64',
      'fd00::4/126',
    )
    .map((cidr) => ({ cidr })),
  fc.record({ cidr: fc.constantFrom('0.0.0.0/0', '10.1.0.0/16'), except: fc.subarray(['10.1.0.0/29', '10.1.0.2/31', '10.1.0.9/32']) }),
  fc.record({ cidr: fc.constant('fd00::/16'), except: fc.subarray(['fd00::/125', 'fd00::9/128']) }),
);
const peer = fc.oneof(
  { weight: 4, arbitrary: fc.record({ podSelector: selector, namespaceSelector: selector }, { requiredKeys: [] }) },
  { weight: 2, arbitrary: block.map((ipBlock) => ({ ipBlock })) },
);
const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP');
const port = fc.oneof(
  fc.record({ protocol, port: fc.constantFrom(80, 81, 443, 'web', 'dns', 'nobody') }, { requiredKeys: [] }),
  fc.record({ protocol, port: fc.constantFrom(79, 80), endPort: fc.constantFrom(80, 90, 443) }),
);
const rule = fc.record({ ports: fc.array(port, { maxLength: 2 }), peers: fc.array(peer, { maxLength: 2 }) }, { requiredKeys: [] });
const policy = fc.record({
  namespace: fc.constantFrom(...values),
  podSelector: fc.oneof(fc.constant({}), selector),
  ingress: fc.option(fc.array(rule, { maxLength: 2 }), { nil: undefined }),
  egress: fc.option(fc.array(rule, { maxLength: 2 }), { nil: undefined }),
  policyTypes: fc.constantFrom(undefined, undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']),
});

type Plan = typeof policy extends fc.Arbitrary<infer T> ? T : never;
type RulePlan = NonNullable<Plan['ingress']>[number];

const withPeers = (rules: readonly RulePlan[] | undefined, word: 'from' | 'to') =>
  rules?.map(({ ports, peers }) => ({ ...(ports !== undefined && { ports }), ...(peers !== undefined && { [word]: peers }) }));

function policyOf({ namespace, podSelector, ingress, egress, policyTypes }: Plan, index: number): NetworkPolicy {
  return {
    metadata: { namespace, name: `policy-${index}` },
    spec: {
      podSelector,
      ...(ingress !== undefined && { ingress: withPeers(ingress, 'from') }),
      ...(egress !== undefined && { egress: withPeers(egress, 'to') }),
      ...(policyTypes !== undefined && { policyTypes }),
    },
  } as unknown as NetworkPolicy;
}

const podNumbers = [1, 2, 3, 4, 5, 6, 7];
const pods: fc.Arbitrary<readonly Pod[]> = fc
  .tuple(...podNumbers.map(() => fc.tuple(fc.constantFrom(...values), labels, fc.nat(19))))
  .map((plans) =>
    plans.map(([namespace, own, kind], i) =>
      podOf(`${namespace}/pod-${i}`, {
        labels: own,
        ips: [`10.1.0.${podNumbers[i]!}`, `fd00::${podNumbers[i]!}`],
        ports: [[], ['web 80/TCP'], ['web 81/TCP', 'dns 53/UDP'], ['web 80/UDP', 'dns 80/TCP']][kind % 4]!,
        hostNetwork: kind === 18,
        phase: kind === 19 ? 'Succeeded' : 'Running',
      }),
    ),
  );
const namespaces: fc.Arbitrary<readonly Namespace[]> = fc
  .tuple(...values.map(() => labels))
  .map((all) => all.map((own, i) => namespaceOf(values[i]!, own)));
const world: fc.Arbitrary<PolicyObjects> = fc.record({
  pods,
  namespaces,
  policies: fc.array(policy, { minLength: 1, maxLength: 8 }).map((plans) => plans.map(policyOf)),
});

/** Many flows of a seed: between pods, the outside and the machines, in both families. */
function* flowsOf(seed: number, count: number): Generator<PolicyFlow> {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const pick = <T>(list: readonly T[]) => list[below(list.length)]!;
  for (let i = 0; i < count; i++) {
    const v6 = below(4) === 0;
    const address = () =>
      (v6 ? (below(5) === 0 ? '2001:db8::7' : `fd00::${1 + below(9)}`) : below(5) === 0 ? '203.0.113.7' : `10.1.0.${1 + below(9)}`) as Ip;
    const of = pick(['TCP', 'TCP', 'TCP', 'UDP', 'SCTP', 'ICMP']);
    yield { protocol: of, srcIp: address(), dstIp: address(), dstPort: of === 'ICMP' ? 0 : pick([53, 79, 80, 81, 85, 443, 8080]) };
  }
}

const [runs, flowsEach] = [200, 510];
const holds = (property: Parameters<typeof fc.assert>[0], numRuns = runs) => fc.assert(property, { numRuns, seed: 7 });

describe('policies', () => {
  it(`are understood as their text says, in ${runs * flowsEach} random cases`, () => {
    let [asked, denied] = [0, 0];
    holds(
      fc.property(world, fc.nat(), (objects, seed) => {
        const engine = new PolicyEngine(objects);
        for (const flow of flowsOf(seed, flowsEach)) {
          const { allowed } = engine.connection(flow);
          if (allowed !== naivelyAllowed(objects, flow)) throw new Error(`the engine says ${allowed}: ${JSON.stringify(flow)}`);
          asked++;
          if (!allowed) denied++;
        }
      }),
    );
    expect(asked).toBeGreaterThanOrEqual(100_000);
    // Neither all open nor all closed, or the comparison would say little.
    expect(denied / asked).toBeGreaterThan(0.15);
    expect(denied / asked).toBeLessThan(0.85);
  });

  it('close nothing by one more rule', () => {
    holds(
      fc.property(world, fc.nat(), fc.nat(), rule, fc.boolean(), (objects, seed, which, added, ingress) => {
        if (objects.policies.length === 0) return;
        const at = which % objects.policies.length;
        const grown = objects.policies.map((one, i) => (i === at ? withRule(one, added, ingress) : one));
        const [before, after] = [new PolicyEngine(objects), new PolicyEngine({ ...objects, policies: grown })];
        for (const flow of flowsOf(seed, 40))
          if (before.connection(flow).allowed && !after.connection(flow).allowed) throw new Error(`closed: ${JSON.stringify(flow)}`);
      }),
      80,
    );
  });

  it('allow together what any of them allows, of those that isolate', () => {
    holds(
      fc.property(world, fc.nat(), (objects, seed) => {
        const together = new PolicyEngine(objects);
        const alone = objects.policies.map((one) => new PolicyEngine({ ...objects, policies: [one] }));
        for (const flow of flowsOf(seed, 40)) {
          for (const direction of ['ingress', 'egress'] as const) {
            const opinions = alone
              .map((engine) => engine.verdict(direction, flow))
              .filter((one) => !one.allowed || one.because !== 'not-isolated');
            const any = opinions.length === 0 || opinions.some((one) => one.allowed);
            if (together.verdict(direction, flow).allowed !== any) throw new Error(`${direction} alone ${any}: ${JSON.stringify(flow)}`);
          }
        }
      }),
      80,
    );
  });

  it('say the same in every order, the reason too', () => {
    holds(
      fc.property(world, fc.nat(), (objects, seed) => {
        const [there, back] = [new PolicyEngine(objects), new PolicyEngine({ ...objects, policies: [...objects.policies].reverse() })];
        for (const flow of flowsOf(seed, 40)) {
          const [one, other] = [JSON.stringify(there.connection(flow)), JSON.stringify(back.connection(flow))];
          if (one !== other) throw new Error(`${one} in one order, ${other} in the other`);
        }
      }),
      80,
    );
  });

  it('name a rule that allows by itself, and all policies that isolate', () => {
    holds(
      fc.property(world, fc.nat(), (objects, seed) => {
        const engine = new PolicyEngine(objects);
        for (const flow of flowsOf(seed, 40)) {
          const verdict = engine.verdict('ingress', flow);
          if (!verdict.allowed || verdict.because !== 'rule') continue;
          const { policy: named, rule: place } = verdict;
          const of = objects.policies.find(({ metadata }) => metadata.namespace === named.namespace && metadata.name === named.name)!;
          const only = { ...of, spec: { ...of.spec, ingress: [of.spec.ingress![place]!] } };
          expect(new PolicyEngine({ ...objects, policies: [only] }).verdict('ingress', flow).allowed).toBe(true);
          const isolating = objects.policies.filter((one) => {
            const alone = new PolicyEngine({ ...objects, policies: [one] }).verdict('ingress', flow);
            return !alone.allowed || alone.because === 'rule';
          });
          expect(verdict.isolatedBy.map(({ name }) => name)).toEqual(isolating.map(({ metadata }) => metadata.name));
        }
      }),
      60,
    );
  });
});

/** A policy with one more rule, in a direction that it names already: naming one would isolate. */
function withRule(of: NetworkPolicy, { ports, peers }: RulePlan, ingress: boolean): NetworkPolicy {
  const added = { ...(ports !== undefined && { ports }), ...(peers !== undefined && { [ingress ? 'from' : 'to']: peers }) };
  const policyTypes = of.spec.policyTypes ?? ['Ingress', ...((of.spec.egress ?? []).length > 0 ? ['Egress'] : [])];
  const direction = ingress ? 'ingress' : 'egress';
  return { ...of, spec: { ...of.spec, policyTypes, [direction]: [...(of.spec[direction] ?? []), added] } } as NetworkPolicy;
}
