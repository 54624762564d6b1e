import { describe, expect, it } from '@jest/globals';
import { loadScenario } from '#scenario/load.ts';
import { problemExcerpt, problemPlace } from '#scenario/problem.ts';

const service = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{port: 80}]}
`;

/** A lesson with these lines in its spec. */
function lesson(spec: string, metadata = 'name: selector'): string {
  return `apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {${metadata}}\nspec:\n${spec.replace(/^/gm, '  ')}\n`;
}

/** What is said about a file, as `place message (note)`, a line each. */
function problems(...texts: string[]): string {
  const files = texts.map((text, index) => ({ name: texts.length === 1 ? 's.yaml' : `${index + 1}.yaml`, text }));
  const loaded = loadScenario(files);
  if (loaded.ok) return 'sound';
  return loaded.problems.map((one) => `${problemPlace(one)} ${one.message}${one.note === undefined ? '' : ` (${one.note})`}`).join('\n');
}

function loaded(...texts: string[]) {
  const result = loadScenario(texts.map((text, index) => ({ name: `dir/${index}-File.yaml`, text })));
  if (!result.ok) throw new Error(result.problems.map((one) => one.message).join('\n'));
  return result.scenario;
}

describe('a stream without a Scenario', () => {
  it('is a cluster with defaults', () => {
    const scenario = loaded(service);
    expect(scenario).toMatchObject({
      name: '0-file',
      questions: [],
      cluster: {
        kubernetesVersion: 'v1.36.2',
        networking: { podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/12', dnsDomain: 'cluster.local' },
        cni: 'flannel',
        kubeProxy: { mode: 'iptables' },
      },
    });
    expect(scenario.cluster.nodes.map((node) => node.name)).toEqual(['controlplane', 'node01', 'node02']);
    expect(scenario.objects.map(({ object }) => object.metadata.name)).toEqual(['web']);
    expect(scenario.objects[0]!.problem(['spec', 'ports', 0, 'port'], 'x')).toMatchObject({
      file: 'dir/0-File.yaml',
      at: { line: 4, column: 23 },
    });
  });

  it('may be a dump, whose Node objects are the nodes', () => {
    const scenario = loaded(
      `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata: {name: a}\n- ${service.trim().replaceAll('\n', '\n  ')}\n`,
    );
    expect(scenario.cluster.nodes).toEqual([]);
    expect(scenario.objects.map(({ object }) => `${object.kind} ${object.metadata.name}`)).toEqual(['Node a', 'Service web']);
    expect(scenario.objects[1]!.problem(['metadata', 'name'], 'x').at).toMatchObject({ line: 9 });
  });

  it('may hold typed lists', () => {
    expect(loaded('apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}]').objects[0]!.object).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
    });
  });

  it('may be JSON', () =>
    expect(loaded(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } })).objects).toHaveLength(1));
});

describe('a lesson', () => {
  it('may stand anywhere in the stream, and in any file', () => {
    const scenario = loaded(service, `---\n# a comment\n---\n${lesson('story: Hello')}`);
    expect(scenario).toMatchObject({ name: 'selector', title: 'selector', story: 'Hello' });
    expect(scenario.objects).toHaveLength(1);
  });

  it('reads YAML as kubectl does', () => {
    const scenario = loaded(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nx: {yes: on, octal: 010, at: 2026-11-23T10:00:00Z, base: &b {c: 1}, merged: {<<: *b, d: 2}}\n',
    );
    expect(scenario.objects[0]!.object).toMatchObject({ x: { true: true, octal: 8, at: '2026-11-23T10:00:00Z', merged: { c: 1, d: 2 } } });
  });

  it('keeps windows line ends and a byte order mark out of the way', () => {
    expect(loaded(`\uFEFF${service.replaceAll('\n', '\r\n')}`).objects).toHaveLength(1);
    expect(problems(`\uFEFF${lesson('sory: x').replaceAll('\n', '\r\n')}`)).toMatch(
      /^s\.yaml:5:3 unknown field "sory"; did you mean story\?/,
    );
  });
});

const input = (rest = '') => `{id: a, type: input, prompt: x, answer: {run: x}${rest}}`;

// prettier-ignore
const bad: [what: string, text: string, want: string][] = [
  ['an unknown field', lesson('storry: x'), 's.yaml:5:3 unknown field "storry"; did you mean story?'],
  ['an unknown field like no other', lesson('zzz: x'), 's.yaml:5:3 unknown field "zzz" (known here: clock, story, cluster, files, break, questions, vary)'],
  ['an unknown field, deep', lesson('cluster: {networking: {podSubnets: 10.0.0.0/8}}'), 's.yaml:5:26 unknown field "podSubnets"; did you mean podSubnet?'],
  ['an unknown field of a question', lesson(`questions:\n- ${input(', hint: [x]')}`), 's.yaml:6:55 unknown field "hint"; did you mean hints?'],
  ['a missing name', 'apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {}\n', "s.yaml:3:11 metadata needs a field \"name\" (The scenario's name: the file's name without .yaml.)"],
  ['no metadata', 'apiVersion: cka-net/v1\nkind: Scenario\n', 's.yaml:1:1 the document needs a field "metadata" (What it is called and where it belongs.)'],
  ['another version', 'apiVersion: cka-net/v2\nkind: Scenario\nmetadata: {name: x}\n', 's.yaml:1:13 apiVersion must be cka-net/v1, not "cka-net/v2"; did you mean cka-net/v1?'],
  ['an empty value', lesson('story:'), 's.yaml:5:3 spec.story must be a text, not empty (What the learner is told first; Markdown.)'],
  ['a number for a text', lesson('break: 5'), 's.yaml:5:10 spec.break must be a text or a list, not 5 (put it in quotes: YAML reads it as a number or as true or false)'],
  ['a text for a list', lesson('questions: x'), 's.yaml:5:14 spec.questions must be a list, not the text "x" (a list is written [x])'],
  ['a number for a title', lesson('story: x', 'name: a, title: 5'), 's.yaml:3:28 metadata.title must be a text, not 5 (put it in quotes: YAML reads it as a number or as true or false)'],
  ['a fault there is not', lesson('break: [{fault: service-selectr}]'), 's.yaml:5:19 spec.break[0].fault must be a fault of the catalogue, not "service-selectr"; did you mean service-selector?'],
  ['a parameter that a fault has not', lesson('break: [{fault: kubelet-stopped, with: {nod: node01}}]'), 's.yaml:5:48 the fault kubelet-stopped has no parameter "nod"; did you mean node? (it has node)'],
  ['a fault on a node there is not', lesson('break: [{fault: kubelet-stopped, with: {node: node1}}]'), 's.yaml:5:49 no node is called "node1"; did you mean node01? (the nodes are controlplane, node01, node02)'],
  ['a step that is neither', lesson('break: [{run: x}]'), 's.yaml:5:12 unknown field "run" (known here: fault, with; or a text alone, without a field)'],
  ['an unknown topic', lesson('story: x', 'name: a, topic: service'), 's.yaml:3:28 metadata.topic must be one of pod-networking, cni, ipam, services, kube-proxy, dns, ingress, gateway-api, network-policy, node-networking, troubleshooting, not "service"; did you mean services?'],
  ['an unknown question type', lesson('questions:\n- {id: a, type: inptu, prompt: x}'), 's.yaml:6:19 spec.questions[0].type must be one of choice, multi, input, command, order, predict, manifest, fix, not "inptu"; did you mean input?'],
  ['no question type', lesson('questions:\n- {id: a, prompt: x}'), 's.yaml:6:5 spec.questions[0] needs a field "type" (one of choice, multi, input, command, order, predict, manifest, fix)'],
  ['a typed answer', lesson('questions:\n- {id: a, type: input, prompt: x, answer: 10.0.0.1}'), 's.yaml:6:45 spec.questions[0].answer must be a mapping, not the text "10.0.0.1" (The value, computed: {run: LINE}, {object: {ref, jsonpath}} or {trace: {from, to}}.)'],
  ['an answer that computes nothing', lesson('questions:\n- {id: a, type: input, prompt: x, answer: {}}'), 's.yaml:6:45 spec.questions[0].answer must have one of run, trace, object and range: an answer is computed, never typed'],
  ['a question without prompt', lesson('questions:\n- {id: a, type: input, prompt: "", answer: {run: x}}'), 's.yaml:6:34 spec.questions[0].prompt must not be empty'],
  ['a misspelt check', lesson('questions:\n- {id: a, type: fix, prompt: x, solution: x, checks: [{conect: {}}]}'), 's.yaml:6:58 unknown field "conect"; did you mean connect?'],
  ['a fix without checks', lesson('questions:\n- {id: a, type: fix, prompt: x, solution: x, checks: []}'), 's.yaml:6:56 spec.questions[0].checks must not be empty'],
  ['a check of a wrong end', lesson('questions:\n- {id: a, type: fix, prompt: x, solution: x, checks: [{connect: {from: "pod:x", to: "http://x"}}]}'), 's.yaml:6:74 spec.questions[0].checks[0].connect.from must be pod:NS/NAME, node:NAME, ip:ADDRESS or external, not "pod:x"'],
  ['a duplicate id', lesson(`questions:\n- ${input()}\n- ${input()}`), 's.yaml:7:10 two questions are called "a" (the first is in line 6; progress is kept by id)'],
  ['a duplicate id of unsound questions', lesson('questions:\n- {id: a}\n- {id: a}'), 's.yaml:6:5 spec.questions[0] needs a field "type" (one of choice, multi, input, command, order, predict, manifest, fix)\ns.yaml:7:5 spec.questions[1] needs a field "type" (one of choice, multi, input, command, order, predict, manifest, fix)\ns.yaml:7:10 two questions are called "a" (the first is in line 6; progress is kept by id)'],
  ['a file on a node that does not exist', lesson('files: [{node: node1, path: /x, content: x}]'), 's.yaml:5:18 no node is called "node1"; did you mean node01? (the nodes are controlplane, node01, node02)'],
  ['a break on a node that does not exist', lesson('break: |\n  kubectl get pods\n  ssh node03 rm /x && ssh node01 true'), 's.yaml:7:5 no node is called "node03"; did you mean node01? (the nodes are controlplane, node01, node02)'],
  ['a check on a node that does not exist', lesson('questions:\n- id: a\n  type: fix\n  prompt: x\n  solution: x\n  checks:\n  - file: {node: worker, path: /x}\n  - connect: {from: "node:node02", to: "node:node04:80"}'), 's.yaml:11:20 no node is called "worker" (the nodes are controlplane, node01, node02)\ns.yaml:12:42 no node is called "node04"; did you mean node01? (the nodes are controlplane, node01, node02)'],
  ['an answer on a node that does not exist', lesson('questions: [{id: a, type: input, prompt: x, answer: {run: x, node: other}}]'), 's.yaml:5:70 no node is called "other" (the nodes are controlplane, node01, node02)'],
  ['two nodes of one name', lesson('cluster:\n  nodes:\n  - {name: a, roles: [control-plane]}\n  - {name: a}'), 's.yaml:8:14 two nodes are called "a" (the first is in line 7)'],
  ['two nodes of one address', lesson('cluster:\n  nodes:\n  - {name: a, roles: [control-plane], addresses: [10.0.0.1]}\n  - {name: b, addresses: [10.0.0.1]}'), "s.yaml:8:29 10.0.0.1 is another node's address already (the first is in line 7)"],
  ['no control plane', lesson('cluster: {nodes: [{name: a}]}'), 's.yaml:5:20 no node has the role control-plane (write `roles: [control-plane]` at one of them)'],
  ['a pod range of the wrong family', lesson('cluster: {nodes: [{name: a, roles: [control-plane], podCIDRs: ["fd00::/64"]}]}'), 's.yaml:5:66 fd00::/64 is of a family that podSubnet does not have (give podSubnet a range of each family, with a comma between them, or leave this one out)'],
  ['a version there is not', lesson('cluster: {kubernetesVersion: "1.36"}'), 's.yaml:5:32 spec.cluster.kubernetesVersion must be a version from v1.20.0 to v1.36.x, like v1.36.2, not "1.36"'],
  ['a range that is none', lesson('cluster: {networking: {serviceSubnet: 10.96.0.0/33}}'), 's.yaml:5:41 spec.cluster.networking.serviceSubnet must be a CIDR, or an IPv4 and an IPv6 one with a comma between them, not "10.96.0.0/33"'],
  ['ports upside down', lesson('cluster: {serviceNodePortRange: 32767-30000}'), 's.yaml:5:35 spec.cluster.serviceNodePortRange must be two ports with a dash between them, like 30000-32767, not "32767-30000"'],
  ['a clock that is none', lesson('clock: yesterday'), 's.yaml:5:10 spec.clock must be a time like 2026-11-23T10:00:00Z, not "yesterday"'],
  ['docs that are no address', lesson(`questions:\n- ${input(', docs: kubernetes.io')}`), 's.yaml:6:61 spec.questions[0].docs must be an https:// address, not "kubernetes.io"'],
  ['a choice of neither form', lesson('questions: [{id: a, type: choice, prompt: x, answer: {run: x}, choices: [x, [y]]}]'), 's.yaml:5:79 spec.questions[0].choices[1] must be a text or a mapping, not a list (a text with ": " or braces in it needs quotes, or `1: |` before it)'],
  ['a choice with an unknown field', lesson('questions: [{id: a, type: choice, prompt: x, answer: {run: x}, choices: [x, {text: b, iff: c}]}]'), 's.yaml:5:89 unknown field "iff"; did you mean if?'],
  ['a second lesson', `${lesson('story: x')}---\n${lesson('story: y')}`, 's.yaml:8:1 a second Scenario (the first is in s.yaml, line 2; a stream describes one lesson)'],
  ['the same object twice', `${service}---\n${service}`, 's.yaml:8:18 Service shop/web is there twice (the first is in s.yaml, line 3)'],
  ['no object', 'just a text', 's.yaml:1:1 neither a Scenario nor a Kubernetes object: it is the text "just a text" (a document is a Kubernetes object (apiVersion, kind, metadata) or a Scenario, which `cka-net new` begins)'],
  ['an object without kind', 'foo: bar', 's.yaml:1:1 the object has no kind (a document is a Kubernetes object (apiVersion, kind, metadata) or a Scenario, which `cka-net new` begins)'],
  ['an object without apiVersion', 'kind: Pod', 's.yaml:1:1 the Pod has no apiVersion (write apiVersion: v1)'],
  ['an object without metadata', 'kind: Pod\napiVersion: v1', 's.yaml:1:1 the Pod has no metadata (write metadata.name)'],
  ['an object without name', 'kind: Pod\napiVersion: v1\nmetadata: {namespace: x}', 's.yaml:3:11 the Pod has no name (write metadata.name)'],
  ['an object whose name is a number', 'kind: Pod\napiVersion: v1\nmetadata: {name: 5}', 's.yaml:3:18 the Pod has no name (a name is a text: put it in quotes)'],
  ['invalid YAML', 'a: [1\nb: 2', 's.yaml:1:4 this [ is never closed (] is missing before line 2)'],
  ['tabs', 'a:\n\tb: 1', 's.yaml:2:1 a tab in the indentation (YAML is indented by blanks, not by tabs)'],
  ['a colon in a text', 'a: b: c', 's.yaml:1:5 a second ": " in one line (a text with ": " in it needs quotes)'],
  ['a key twice', 'a: 1\na: 2', 's.yaml:2:1 the key a is there twice in one mapping (keep one of the two)'],
  ['an alias to nothing', 'a: *x', 's.yaml:1:5 there is no anchor called x before this (a text that begins with * needs quotes)'],
  ['an alias inside of itself', 'a: &x [*x]', 's.yaml:1:9 the alias *x stands inside of what it stands for (write out what is meant)'],
];

describe('what is wrong is told with its place', () => {
  it.each(bad)('%s', (_, text, want) => expect(problems(text)).toBe(want));

  it('an alias bomb', () => {
    const lines = [
      'a0: &a0 [x,x,x,x,x,x,x,x,x,x]',
      ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(',')}]`),
    ];
    expect(problems(lines.join('\n'))).toBe('s.yaml:6:9 aliases blow this up to more than 200000 values (write out what is needed)');
  });

  it('a document that is too deep', () => expect(problems(`${'['.repeat(5000)}`)).toMatch(/^s\.yaml:1:\d+ nested more than 100 deep/));

  it('everything at once, in the order of files and lines', () => {
    expect(
      problems(
        `kind: Pod\n---\n${lesson('sotry: x\nfiles: [{node: nod01, path: x, content: z}]\nbreak: ssh nod02 x')}`,
        `a: [1\n---\nfoo: bar\n---\n${service}`,
      ),
    ).toBe(
      [
        '1.yaml:1:1 the Pod has no apiVersion (write apiVersion: v1)',
        '1.yaml:7:3 unknown field "sotry"; did you mean story?',
        '1.yaml:8:31 spec.files[0].path must be an absolute path, not "x"',
        '1.yaml:9:10 no node is called "nod02"; did you mean node02? (the nodes are controlplane, node01, node02)',
        '2.yaml:1:4 this [ is never closed (] is missing)',
        '2.yaml:3:1 the object has no kind (a document is a Kubernetes object (apiVersion, kind, metadata) or a Scenario, which `cka-net new` begins)',
      ].join('\n'),
    );
  });

  it('with the line and a caret', () => {
    const result = loadScenario([{ name: 's.yaml', text: lesson('sotry: x') }]);
    expect(result.ok ? [] : problemExcerpt(result.problems[0]!)).toEqual(['  sotry: x', '  ^']);
    const long = loadScenario([{ name: 's.yaml', text: lesson(`cluster: {missingImages: [${'"abc", '.repeat(60)}5]}`) }]);
    const [line, caret] = result.ok || long.ok ? [] : problemExcerpt(long.problems[0]!, 80);
    expect(line!.length).toBeLessThanOrEqual(80);
    expect(line![caret!.indexOf('^')]).toBe('5');
  });
});
