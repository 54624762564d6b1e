import { describe, expect, it } from '@jest/globals';
import { loadScenario } from '#scenario/load.ts';
import { problemPlace } from '#scenario/problem.ts';

/** A lesson that varies so, with these lines in its spec, and objects. */
function source(vary: string, spec = '', objects = ''): string {
  return `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: web, title: The shop that is shut, topic: services, tags: [shop]}
spec:
  vary: ${vary}
${spec.replace(/^(?=.)/gm, '  ')}
${objects === '' ? '' : `---\n${objects}`}`;
}

function load(text: string, seed = '0') {
  const loaded = loadScenario([{ name: 's.yaml', text }], seed);
  if (!loaded.ok) throw new Error(loaded.problems.map((one) => `${problemPlace(one)} ${one.message}`).join('\n'));
  return loaded.scenario;
}

/** The story, after the seed has chosen. */
function told(vary: string, story: string, seed: string): string {
  return load(source(vary, `story: ${JSON.stringify(story)}`), seed).story;
}

// prettier-ignore
const words: [what: string, vary: string, story: string, seedOne: string][] = [
  ['a name, wherever it is a whole one', '[[web, page]]', '`web`, web.shop, svc/web, --from=web: "web"', '`page`, page.shop, svc/page, --from=page: "page"'],
  ['no part of a longer name', '[[web, page]]', 'web web-1 my-web webs web_x _web cobweb', 'page web-1 my-web webs web_x _web cobweb'],
  ['no capitals, unless they are listed', '[[[web, Web], [page, Page]]]', 'Web, web, WEB', 'Page, page, WEB'],
  ['a beginning of names, by its dash', '[[[web, web-], [page, page-]]]', 'web web-1 web-7b-', 'page page-1 page-7b-'],
  ['an address', '[[10.0.0.1, 10.9.9.9]]', '10.0.0.1:80, 10.0.0.11, 110.0.0.1, 1.10.0.0.1, ip:10.0.0.1.', '10.9.9.9:80, 10.0.0.11, 110.0.0.1, 1.10.0.0.1, ip:10.9.9.9.'],
  ['the beginning of addresses', '[[10.0.1, 10.0.9]]', '10.0.1.0/24 10.0.1.7 10.0.11.7 9.10.0.1', '10.0.9.0/24 10.0.9.7 10.0.11.7 9.10.0.1'],
  ['a range, and the addresses in it', '[[[10.0.1.0/24, 10.0.1], [10.0.2.0/25, 10.0.2]]]', '10.0.1.0/24 10.0.1.9', '10.0.2.0/25 10.0.2.9'],
  ['an IPv6 address', '[["fd00::1", "fd00::2"]]', 'fd00::1, ip:fd00::1, 2001:fd00::1, fd00::11', 'fd00::2, ip:fd00::2, 2001:fd00::1, fd00::11'],
  ['a number', '[[80, 81]]', 'port 80, :80, 8080, 10.0.80.1, 80/TCP', 'port 81, :81, 8080, 10.0.80.1, 81/TCP'],
  ['words that change places', '[{swap: [node01, node02]}]', 'node01 waits for node02', 'node02 waits for node01'],
  ['of which one is there', '[{swap: [node01, node02]}]', 'node01', 'node02'],
  ['three of them', '[{swap: [a, b, c]}]', 'a b c', 'b c a'],
  ['groups that change places', '[{swap: [[node01, 172.30.2.2], [node02, 172.30.3.2]]}]', 'node01 (172.30.2.2)', 'node02 (172.30.3.2)'],
  ['the longer word first', '[[web, page], [web.shop, page.market]]', 'web web.shop', 'page page.market'],
];
it.each(words)('%s', (_, vary, story, seedOne) => {
  expect(told(vary, story, '0')).toBe(story);
  expect(told(vary, story, '1')).toBe(seedOne);
});

it('replaces what is read and played, and nothing that progress or the format hangs on', () => {
  const text = source(
    '[[shop, market], [input, output], [8080, 9090], [Pod, Tod], [nginx, front]]',
    `story: The Pod of shop
break: kubectl -n shop run nginx --image nginx --port 8080
files: [{path: /etc/shop, content: "shop\\ninput"}]
questions:
- {id: shop, type: input, prompt: In shop?, answer: {run: kubectl -n shop get svc}, as: text, docs: https://kubernetes.io/shop, wrong: [shop]}`,
    `apiVersion: v1
kind: Pod
metadata: {name: nginx, namespace: shop, labels: {shop: nginx}}
spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 8080}]}]}`,
  );
  const { name, title, tags, story, break: lines, files, questions, objects, seed } = load(text, '1');
  expect({ name, title, tags, seed }).toEqual({ name: 'web', title: 'The market that is shut', tags: ['shop'], seed: '1' });
  expect([story, lines, files]).toEqual([
    'The Tod of market',
    'kubectl -n market run front --image front --port 9090',
    [{ path: '/etc/market', content: 'market\noutput' }],
  ]);
  expect(questions[0]).toMatchObject({
    id: 'shop',
    type: 'input',
    prompt: 'In market?',
    answer: { run: 'kubectl -n market get svc' },
    docs: 'https://kubernetes.io/shop',
    wrong: ['market'],
  });
  expect(objects[0]!.object).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'front', namespace: 'market', labels: { market: 'front' } },
    spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 9090 }] }] },
  });
});

describe('a seed', () => {
  const text = source('[[a, b, c], {swap: [v, w]}, [1, 2, 3, 4]]', 'story: a v w 1');
  const of = (seed: string) => load(text, seed).story;
  it('gives the same again', () => expect(of('some words')).toBe(of('some words')));
  it('other than 0 changes something', () => {
    for (let seed = 1; seed < 60; seed++) expect(of(String(seed))).not.toBe('a v w 1');
  });
  it('reaches everything that can be', () => {
    const seen = new Set(Array.from({ length: 400 }, (_, seed) => of(String(seed))));
    expect(seen.size).toBe(3 * 2 * 4);
  });
  it('can be changed later', () => {
    const varied = load(text, '7').varied('1');
    expect(varied.ok && varied.scenario.story).toBe('b w v 2');
    expect(varied.ok && Object.fromEntries(varied.scenario.replacements)).toEqual({ a: 'b', v: 'w', w: 'v', 1: '2' });
  });
});

// prettier-ignore
const mistakes: [what: string, vary: string, story: string, problem: string][] = [
  ['a word that is not there', '[[shoop, market]]', 'the shop', 's.yaml:5:11 "shoop" does not occur in the scenario; did you mean shop? (the first word is what the file says, and a whole one: web is in web.shop, not in web-1)'],
  ['a word that only is a part', '[[till, desk]]', 'till-1', 's.yaml:5:11 "till" does not occur in the scenario (the first word is what the file says, and a whole one: web is in web.shop, not in web-1)'],
  ['a replacement that is there already', '[[node, market]]', 'a node\non the market', 's.yaml:5:17 "market" is in the scenario already (s.yaml, line 8) (take a word that is not; words that are all there change places: {swap: [a, b]})'],
  ['words of which none is there', '[{swap: [node01, node02]}]', 'no node', 's.yaml:5:17 none of these words occurs in the scenario (words that change places are whole ones, as the file says them)'],
  ['one word', '[[node]]', 'node', 's.yaml:5:10 spec.vary[0] must have at least 2 entries'],
  ['a word in two lists', '[[node, a], [node, b]]', 'node', 's.yaml:5:22 "node" is listed twice (it is in line 5 already)'],
  ['a word twice in one', '[[node, a, a]]', 'node', 's.yaml:5:20 "a" is listed twice (it is in line 5 already)'],
  ['a name that is none', '[[node, Market_1]]', 'node', 's.yaml:5:17 "Market_1" cannot stand for "node": it is not a name (lower-case letters, digits and dashes, as a Kubernetes name)'],
  ['an address that is none', '[[10.0.0.1, 10.0.0.256]]', '10.0.0.1', 's.yaml:5:21 "10.0.0.256" cannot stand for "10.0.0.1": it is not an IPv4 address (write an IPv4 address)'],
  ['another family', '[[10.0.0.1, "fd00::1"]]', '10.0.0.1', 's.yaml:5:21 "fd00::1" cannot stand for "10.0.0.1": it is not an IPv4 address (write an IPv4 address)'],
  ['an address for a range', '[[10.0.0.0/8, 11.0.0.1]]', '10.0.0.0/8', 's.yaml:5:23 "11.0.0.1" cannot stand for "10.0.0.0/8": it is not an IPv4 range (write an IPv4 range)'],
  ['another part of an address', '[[10.0.1, "10.1"]]', '10.0.1.1', 's.yaml:5:19 "10.1" cannot stand for "10.0.1": it is not 3 numbers of an address (write 3 numbers of an address)'],
  ['a name for a port', '[[80, http]]', '80', 's.yaml:5:15 "http" cannot stand for "80": it is not a number (write a number)'],
  ['groups of unequal size', '[[[node, Node], [market]]]', 'node Node', 's.yaml:5:25 this stands for 2 words, and is one word (words that go together: [node, Node])'],
  ['words with a blank', '[[node, "a b"]]', 'node', 's.yaml:5:17 spec.vary[0][1] must be one word of at most 63 characters, without blanks, not "a b"'],
  ['no list', 'node', 'node', 's.yaml:5:9 spec.vary must be a list, not the text "node" (a list is written [node])'],
  ['lists left out', '[node, market]', 'node', 's.yaml:5:10 spec.vary[0] must be a list or a mapping, not the text "node" (a list is written [node])\ns.yaml:5:16 spec.vary[1] must be a list or a mapping, not the text "market" (a list is written [market])'],
  ['another way to vary', '[{swop: [a, b]}]', 'a b', 's.yaml:5:11 unknown field "swop"; did you mean swap?'],
];
it.each(mistakes)('%s is told', (_, vary, story, want) => {
  const text = source(vary, `story: |\n  ${story.replaceAll('\n', '\n  ')}`);
  for (const seed of ['0', '1', '2']) {
    const loaded = loadScenario([{ name: 's.yaml', text }], seed);
    const said = loaded.ok
      ? []
      : loaded.problems.map((one) => `${problemPlace(one)} ${one.message}${one.note === undefined ? '' : ` (${one.note})`}`);
    expect(said.join('\n')).toBe(want);
  }
});

it('a place is told as the file has it, whatever the seed', () => {
  const text = source('[[web, page]]', 'story: web', 'apiVersion: v1\nkind: Service\nmetadata: {name: web}');
  expect(load(text, '1').objects[0]!.problem(['metadata', 'name'], 'x').at).toMatchObject({ line: 10, column: 18 });
});
