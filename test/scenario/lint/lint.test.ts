import { describe, expect, it } from '@jest/globals';
import { fixed } from '#scenario/lint/fix.ts';
import { inPlaceOrder, lintSources } from '#scenario/lint/lint.ts';
import { rules } from '#scenario/lint/rules.ts';
import { sarifLog } from '#scenario/lint/sarif.ts';

/** A lesson in which everything is as it should be. */
const good = `apiVersion: cka-net/v1
kind: Scenario
metadata:
  name: shop
  title: The shop
  topic: services
  difficulty: easy
spec:
  story: The shop is closed.
  questions:
    - id: address
      type: input
      prompt: What is the ClusterIP of the Service?
      answer:
        object: {ref: service/web, namespace: shop, jsonpath: "{.spec.clusterIP}"}
      wrong: [10.0.0.1]
      hints: [A column of a table.]
      explain: It is a virtual address.
      docs: https://kubernetes.io/docs/concepts/services-networking/service/
    - id: mend
      type: fix
      prompt: Open the shop.
      checks:
        - object: {ref: service/web, namespace: shop, jsonpath: "{.spec.type}", equals: NodePort}
      solution: kubectl -n shop patch svc web -p '{"spec":{"type":"NodePort"}}'
      alternatives: [kubectl -n shop edit svc web]
      wrong: [kubectl -n shop delete svc web]
      hints: [The type of the Service.]
      explain: A NodePort Service is reached from outside.
      docs: https://kubernetes.io/docs/concepts/services-networking/service/
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {wanted: NodePort}}
spec: {ports: [{port: 80}]}
`;

/** What is found after one thing is changed, a line each: `LINE:COLUMN rule message`. */
function findings(from: string, to: string): string[] {
  expect(good).toContain(from);
  const files = [{ name: 'shop.yaml', text: good.replace(from, () => to) }];
  return inPlaceOrder(lintSources(files).findings, files).map(({ at, rule, message }) => `${at!.line}:${at!.column} ${rule}: ${message}`);
}

it('has nothing to say of a lesson in which everything is as it should be', () => expect(findings('kind', 'kind')).toEqual([]));

// prettier-ignore
const rows: [rule: string, from: string, to: string, want: string[]][] = [
  ['format', 'story:', 'stroy:', ['9:3 format: unknown field "stroy"; did you mean story?']],
  ['obsolete-api', 'apiVersion: v1\nkind: Service', 'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget', ['34:13 obsolete-api: PodDisruptionBudget of policy/v1beta1 is gone since v1.25']],
  ['obsolete-api', 'apiVersion: v1\nkind: Service', 'apiVersion: extensions/v1beta1\nkind: Ingress', ['34:13 obsolete-api: Ingress of extensions/v1beta1 is gone since v1.22']],
  ['unknown-kind', 'kind: Service\n', 'kind: service\n', ['35:7 unknown-kind: there is no kind "service"; did you mean Service?']],
  ['unknown-kind', 'kind: Service\n', 'kind: Servcie\n', ['35:7 unknown-kind: there is no kind "Servcie"; did you mean Service?']],
  ['kind-in-prose', 'Open the shop.', 'Open the shop with a networkpolicy.', ['23:34 kind-in-prose: "networkpolicy" is spelt NetworkPolicy']],
  ['kind-in-prose', 'Open the shop.', 'Look at its endpointslices.', ['23:27 kind-in-prose: "endpointslices" is spelt EndpointSlices']],
  ['kind-in-prose', 'Open the shop.', 'Use `kubectl get networkpolicy`.', []],
  ['title', '  title: The shop\n', '', ['4:3 title: the lesson has no title']],
  ['title', '  story: The shop is closed.\n', '', ['9:3 title: the lesson has no story']],
  ['title', '  difficulty: easy\n', '', ['4:3 title: the lesson has no difficulty']],
  ['topic-directory', 'name: shop\n', 'name: market\n', ['4:9 topic-directory: the lesson is called market, its file shop.yaml']],
  ['explanation', '      explain: It is a virtual address.\n', '', ['11:7 explanation: the question address has no explanation']],
  ['hints', '      hints: [A column of a table.]\n', '', ['11:7 hints: the question address has no hint']],
  ['docs', '      docs: https://kubernetes.io/docs/concepts/services-networking/service/\n', '', ['11:7 docs: the question address has no docs']],
  ['wrong-answers', '      wrong: [10.0.0.1]\n', '', ['11:7 wrong-answers: the question address lists no wrong answer']],
  ['solution', '      alternatives: [kubectl -n shop edit svc web]\n', '', ['20:7 solution: the question mend knows one solution only']],
  ['hint-gives-answer', 'hints: [The type of the Service.]', `hints: ['kubectl -n shop patch svc web -p ''{"spec":{"type":"NodePort"}}''']`, ['29:15 hint-gives-answer: the hint is the answer']],
  ['same-prompt', 'prompt: Open the shop.', 'prompt: What is the ClusterIP of the  Service?', ['22:15 same-prompt: the question mend reads as address does']],
  ['duplicate-check', 'equals: NodePort}\n', 'equals: NodePort}\n        - title: again\n          object: {ref: service/web, namespace: shop, jsonpath: "{.spec.type}", equals: NodePort}\n', ['25:11 duplicate-check: the check is there already, as number 1']],
  ['unstated-value', 'equals: NodePort}', 'equals: LoadBalancer}', ['24:79 unstated-value: "LoadBalancer" is graded, and the prompt does not say it']],
  ['unstated-value', 'ref: service/web, namespace: shop, jsonpath: "{.spec.type}"', 'ref: service/till, namespace: shop, jsonpath: "{.spec.type}"', ['24:25 unstated-value: "till" is graded, and the prompt does not say it']],
  ['prompt-width', 'Open the shop.', `Open ${'the shop, '.repeat(9)}all of it.`, ['22:15 prompt-width: a line of the prompt is 105 columns wide']],
  ['hints', '[A column of a table.]', '[A column of a table., A column  of a table.]', ['17:38 hints: the hint is there already, as number 1']],
  ['wrong-answers', 'wrong: [10.0.0.1]', 'wrong: [10.0.0.1, web, 10.0.0.1]', ['16:31 wrong-answers: the wrong answer is there already, as number 1']],
  ['unknown-resource', 'ref: service/web, namespace: shop, jsonpath: "{.spec.clusterIP}"', 'ref: sevice/web, namespace: shop, jsonpath: "{.spec.clusterIP}"', ['15:23 unknown-resource: the API has no resource type "sevice"; did you mean service?']],
  ['unknown-namespace', 'ref: service/web, namespace: shop, jsonpath: "{.spec.clusterIP}"', 'ref: service/web, namespace: shpo, jsonpath: "{.spec.clusterIP}"', ['15:47 unknown-namespace: no namespace is called "shpo"; did you mean shop?']],
  ['unknown-object', 'object: {ref: service/web, namespace: shop, jsonpath: "{.spec.clusterIP}"}', 'trace: {from: external, to: "svc:shop/wbe:80"}', ['15:35 unknown-object: no Service of shop is called "wbe"; did you mean web?']],
  ['wrong-choice', 'type: input', 'type: choice\n      choices: [10.96.0.7, 10.0.0.2]', ['17:15 wrong-choice: "10.0.0.1" is none of the choices; did you mean 10.0.0.2?']],
  ['ranges', '  story: The shop is closed.', '  story: The shop is closed.\n  cluster: {networking: {podSubnet: 10.96.0.0/16}}', ['10:37 ranges: the ranges of pods and of Services overlap: 10.96.0.0/16 and 10.96.0.0/12']],
  ['ranges', '  story: The shop is closed.', '  story: The shop is closed.\n  cluster: {nodes: [{name: a, roles: [control-plane], addresses: [10.244.1.2], podCIDRs: [10.99.0.0/24]}]}', ['10:70 ranges: 10.244.1.2 lies in 10.244.0.0/16, which is for pods', '10:91 ranges: 10.99.0.0/24 is outside of podSubnet, 10.244.0.0/16']],
  ['white-space', 'title: The shop\n', 'title: The shop \n', ['5:18 white-space: blanks at the end of the line']],
];

describe('what is found', () => {
  it.each(rows)('%s: %j → %j', (name, from, to, want) => {
    const found = findings(from, to);
    if (want.length > 0) expect(found.some((line) => line.includes(` ${name}: `))).toBe(true);
    expect(found.map((line) => line.replace(/^\d+:\d+ /, ''))).toEqual(want.map((line) => line.replace(/^\d+:\d+ /, '')));
    for (const line of found) expect(line).toMatch(/^\d+:\d+ /);
  });

  it('every rule', () => {
    const tried = new Set(rows.map(([name]) => name));
    expect(rules.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });
});

describe('remedies', () => {
  // prettier-ignore
  const remedies: [what: string, text: string][] = [
    ['kinds, blanks, a long prompt, an API', good.replace('kind: Service\n', 'kind: service\n').replace('The shop\n', 'The shop  \n').replace('Open the shop.', `Open ${'the shop, '.repeat(9)}all of it.`)],
    ['Windows line ends', good.replaceAll('\n', '\r\n')],
    ['no line end at the end', good.trimEnd()],
    ['an API that is gone', good.replace('apiVersion: v1\nkind: Service', 'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget')],
  ];
  it.each(remedies)('%s: nothing that can be mended is left, and what is meant stays', (_, text) => {
    const file = { name: 'shop.yaml', text };
    const before = lintSources([file]).findings;
    expect(before.some((one) => one.fix !== undefined)).toBe(true);
    const after = { ...file, text: fixed(file, before) };
    const again = lintSources([after]);
    expect(again.findings.filter((one) => one.fix !== undefined)).toEqual([]);
    expect(fixed(after, again.findings)).toBe(after.text);
    const prompts = (linted: typeof again) => linted.scenario?.questions.map(({ prompt }) => prompt.replace(/\s+/g, ' '));
    expect(prompts(again)).toEqual(prompts(lintSources([file])));
  });
});

it('writes SARIF', () => {
  const { findings: found } = lintSources([{ name: 'dir/a file.yaml', text: good.replace('story:', 'stroy:') }]);
  expect(sarifLog(found, '1.2.3')).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'cka-net', version: '1.2.3' } },
        results: [
          {
            ruleId: 'format',
            level: 'error',
            message: { text: 'unknown field "stroy"; did you mean story?' },
            locations: [{ physicalLocation: { artifactLocation: { uri: 'dir/a%20file.yaml' }, region: { startLine: 9, startColumn: 3 } } }],
          },
        ],
      },
    ],
  });
});
