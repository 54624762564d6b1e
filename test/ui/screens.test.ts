import { describe, expect, it } from '@jest/globals';
import { ask, grade, type Question } from '#learn/question.ts';
import { proveQuestion } from '#learn/proof.ts';
import { loadScenario } from '#scenario/load.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { clusterView, type Overview } from '#ui/cluster-view.ts';
import { gradeView, solutionView } from '#ui/grade-view.ts';
import { problemView } from '#ui/problem-view.ts';
import { proofView } from '#ui/proof-view.ts';
import { hintView, questionView, scoreView, storyView } from '#ui/quiz-view.ts';
import { table } from '#ui/table.ts';
import { textColumns, width } from '#ui/text.ts';
import { themeOf } from '#ui/theme.ts';
import { report, ToyCluster } from '../learn/toy-cluster.ts';
import { expectScreen } from './golden.ts';

const source = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: shop, title: The Service that answers nobody, topic: services, difficulty: easy}
spec:
  story: |
    The shop team renamed a Deployment **last night**. Since then the till says
    *connection refused*, and nobody has touched the Service \`web\`.

    - The Pods run, all of them, on both of the nodes that the cluster has for workloads.
    - Their logs are quiet.

    \`\`\`
    kubectl -n shop get pods -o wide
    \`\`\`
  questions:
    - id: ip
      type: input
      prompt: What is the ClusterIP of \`web\`?
      answer: {run: get ip}
      hints: ["\`kubectl get svc\` has a column for it."]
      explain: A ClusterIP is an address that no interface has. It lives in the rules that kube-proxy writes on every node.
      docs: https://kubernetes.io/docs/concepts/services-networking/service/
      points: 2
    - id: fate
      type: predict
      prompt: A Pod of namespace \`shop\` asks for \`http://web/\`. What becomes of its packet?
      from: pod:shop/client
      to: http://web/
    - id: true
      type: multi
      prompt: Which of these are true?
      choices:
        - {text: The selector of the Service is \`wbe\`, if: {run: {line: get selector, stdout: {equals: wbe}}}}
        - {text: "The Service has an address, and every node has the rules for it", if: {run: {line: get ip}}}
        - {text: The Pods do not listen, because: "They do: \`kubectl exec\` into one and ask it.", if: {run: {line: nonsense}}}
    - id: mend
      type: fix
      prompt: Make \`http://web\` answer again.
      checks:
        - connect: {from: "pod:shop/client", to: "http://web/"}
        - run: {line: get selector, stdout: {equals: web}}
        - {run: {line: get ip, stdout: {equals: 10.96.12.7}}, title: The Service keeps its address}
      solution: |
        kubectl -n shop patch svc web -p '{"spec":{"selector":{"app":"web"}}}'
      explain: Labels.
`.replace('id: true', 'id: truth');

const loaded = loadScenario([{ name: 'shop.yaml', text: source }]);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const scenario: Scenario = loaded.scenario;
const question = (id: string): Question => scenario.questions.find((one) => one.id === id)!;

const table40 = 'NAMESPACE     NAME       TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)                  AGE';
const cluster = new ToyCluster(
  {
    ip: '10.96.12.7',
    selector: 'wbe',
    'kubectl get svc -A': `${table40}\nshop          web        ClusterIP   10.96.12.7    <none>        80/TCP                   2d`,
  },
  (_, facts) =>
    facts.get('selector') === 'web'
      ? report('connected')
      : report('refused', {
          hops: [
            { node: 'node01', at: 'iptables nat/KUBE-SERVICES', action: 'no match', because: 'the chain has no rule for 10.96.12.7:80' },
            { node: 'node01', at: 'iptables filter/KUBE-SERVICES', action: 'REJECT', because: 'Service shop/web has no endpoints' },
          ],
        }),
);
const sitting = { cluster, seed: '0' };

const overview: Overview = {
  kubernetesVersion: 'v1.36.2',
  podCIDRs: ['10.244.0.0/16'],
  serviceCIDRs: ['10.96.0.0/12'],
  nodes: [
    { name: 'controlplane', roles: 'control-plane', status: 'Ready', address: '172.30.1.2', podCIDRs: ['10.244.0.0/24'] },
    { name: 'node01', roles: '<none>', status: 'NotReady', address: '172.30.2.2', podCIDRs: [] },
  ],
  pods: [
    { namespace: 'kube-system', name: 'kube-proxy-x7k2p', ready: '1/1', status: 'Running', ip: '172.30.1.2', node: 'controlplane' },
    {
      namespace: 'kube-system',
      name: 'coredns-7db6d8ff4d-4xk9z',
      ready: '0/1',
      status: 'CrashLoopBackOff',
      ip: '10.244.0.2',
      node: 'controlplane',
    },
    { namespace: 'shop', name: 'web-5d9c7b8f6d-abcde', ready: '0/1', status: 'Pending', ip: null, node: null },
  ],
  services: [
    { namespace: 'shop', name: 'web', type: 'NodePort', addresses: ['10.96.12.7'], ports: ['80:30080/TCP'], endpoints: [], notReady: [] },
    {
      namespace: 'shop',
      name: 'api',
      type: 'ClusterIP',
      addresses: ['10.96.12.8'],
      ports: ['80/TCP', '443/TCP'],
      endpoints: ['10.244.1.5:8080', '10.244.1.6:8080'],
      notReady: [],
    },
  ],
  dns: { domain: 'cluster.local', addresses: ['10.96.0.10'], servers: [] },
  ingresses: [
    { namespace: 'shop', name: 'front', class: 'nginx', addresses: [], rules: ['shop.example/ → web:80', 'shop.example/api → api:80'] },
  ],
  gateways: [],
  networkPolicies: [{ namespace: 'shop', name: 'deny', pods: 2, directions: ['Ingress', 'Egress'] }],
};

const marks = ['right', 'wrong', 'open', 'open'] as const;

describe.each([
  [40, 'plain', themeOf({ colors: 0, plain: true })],
  [40, 'signs', themeOf({ colors: 0, plain: false })],
  [80, 'signs', themeOf({ colors: 0, plain: false })],
  [80, 'colours', themeOf({ colors: 1, plain: false })],
  [200, 'signs', themeOf({ colors: 0, plain: false })],
] as const)('%d columns, %s', (window, looks, theme) => {
  const columns = textColumns(window);
  const screen = { columns, theme };
  const at = (name: string) => `${name}-${window}-${looks}`;

  it('a story and its questions', async () => {
    const lines = [...storyView(scenario, 4, screen)];
    for (const [index, one] of scenario.questions.entries()) {
      lines.push('', '', ...questionView(one, await ask(one, sitting), { ...screen, marks, index }));
    }
    lines.push('', '', ...hintView(question('ip'), 0, screen), '', ...hintView(question('ip'), 1, screen));
    expectScreen(at('questions'), lines);
    fits(lines);
  });

  it('verdicts', async () => {
    const lines: string[] = [];
    for (const [id, answer, hints] of [
      ['ip', '10.96.12.7', 1],
      ['ip', '10.96.12.8', 0],
      ['fate', 'timeout', 0],
      ['truth', 'The Pods do not listen', 0],
      ['mend', '', 0],
      ['mend', 'set selector web', 2],
      ['mend', 'set selector web\nset ip none', 0],
    ] as const) {
      const one = question(id);
      const verdict = await grade(one, answer, sitting);
      const { explain, docs, points } = one;
      lines.push(
        ...gradeView(
          {
            grade: verdict,
            points: verdict.score * points * (hints === 0 ? 1 : 0.9),
            of: points,
            hints,
            explain,
            docs,
            tells: id !== 'mend' || verdict.correct,
          },
          columns,
          theme,
        ),
        '',
        '',
      );
    }
    const missed = await grade(question('mend'), '', sitting);
    lines.push(...solutionView({ expected: missed.expected, explain: 'Labels.', docs: 'https://kubernetes.io/docs/' }, columns, theme));
    expectScreen(at('verdicts'), lines);
    fits(lines);
  });

  it('a score', () => {
    const results = scenario.questions.map((one, index) => ({
      title: one.prompt,
      points: [2, 0, 0.5, 0][index]!,
      of: one.points,
      mark: (['right', 'wrong', 'partly', 'skipped'] as const)[index]!,
    }));
    const lines = [...scoreView(results, '2 questions come back tomorrow.', screen)];
    expectScreen(at('score'), lines);
    fits(lines);
  });

  it('a cluster', () => {
    const lines = clusterView(overview, 'The Service that answers nobody', { columns: window, theme });
    expectScreen(at('cluster'), lines);
  });

  it('problems and proofs', async () => {
    const bad = loadScenario([
      {
        name: 'scenarios/shop.yaml',
        text: source
          .replace('topic: services', 'topic: service')
          .replace('type: multi', 'type: mutli')
          .replace('prompt: Make', 'promt: Make'),
      },
    ]);
    const claims = await proveQuestion(question('mend'), sitting);
    const lines = [
      ...problemView(bad.ok ? [] : bad.problems, window, theme),
      '',
      ...proofView('shop', [{ claim: 'it comes up', holds: true }, ...claims], true, screen),
    ];
    expectScreen(at('problems'), lines);
  });

  function fits(lines: readonly string[]): void {
    // Program text is not broken; everything else fits.
    for (const line of lines.filter((one) => !one.includes('kubectl'))) expect([line, width(line) <= window]).toEqual([line, true]);
  }
});

it('colour is all that colours change, but for backticks', () => {
  const bare = (lines: readonly string[]) => lines.map((line) => line.replace(/\u001b\[[0-9;]*m/g, ''));
  const view = (colors: 0 | 3) => storyView(scenario, 4, { columns: 80, theme: themeOf({ colors, plain: false }) });
  expect(bare(view(3))).toEqual(view(0).map((line) => line.replaceAll('`', '')));
  expect(view(3)).not.toEqual(view(0));
});

it('a table is clipped where it is widest, but for its first column', () => {
  const lines = table(
    ['NAME', 'TITLE', 'N'],
    [['a-very-long-name-indeed', 'x'.repeat(100), '1']],
    60,
    themeOf({ colors: 0, plain: false }),
  );
  expect(Math.max(...lines.map((line) => width(line)))).toBeLessThanOrEqual(60);
  expect(lines[1]).toMatch(/^a-very-long-name-indeed {2}x+… {2}1$/);
});
