import { describe, expect, it } from '@jest/globals';
import { firstLine } from '#learn/observed.ts';
import { ask, grade, listedWrong, Question, questionKindNames, rightAnswers, solve } from '#learn/question.ts';
import { report, ToyCluster } from './toy-cluster.ts';

const walks = (facts: ReadonlyMap<string, string>, to: string) =>
  to.includes('db') && facts.get('policy') === 'deny'
    ? report('timeout')
    : facts.get('selector') === 'web'
      ? report('connected', {
          candidates: ['10.244.1.5:80', '10.244.2.5:80'],
          http: { status: 200, backend: 'shop/web:80', path: '/', location: null },
        })
      : report('refused', {
          hops: ['PREROUTING', 'KUBE-SERVICES', 'FORWARD'].map((at) => ({ node: 'node01', at, action: 'jump', because: `through ${at}` })),
        });

function toy(): ToyCluster {
  return new ToyCluster(
    {
      selector: 'wbe',
      ip: '10.96.12.7',
      pods: 'web-1\nweb-2',
      steps: 'Scheduled web-1\nPulled image\nCreated container\nStarted container',
      'kubectl describe svc': 'IP: 10.96.12.7\nType: ClusterIP',
    },
    ({ to }, facts) => walks(facts, to),
  );
}

const connects = { connect: { from: 'pod:shop/client', to: 'http://web/' } };
const dbConnects = { connect: { from: 'pod:shop/client', to: 'tcp://db:5432' } };
const selects = (value: string) => ({ run: { line: 'get selector', stdout: { equals: value } } });

const written = {
  choice: {
    type: 'choice',
    id: 'c',
    prompt: '?',
    choices: ['wbe', 'web', 'api'],
    answer: { run: 'get selector' },
    wrong: ['web', { answer: 'api', because: 'That is the API.' }],
  },
  multi: {
    type: 'multi',
    id: 'm',
    prompt: '?',
    choices: ['web-1', 'web-2', 'web-3', 'web-4'],
    answer: { run: 'get pods' },
    wrong: ['web-1', 'web-3', 'web-1;web-2;web-3'],
  },
  input: {
    type: 'input',
    id: 'i',
    prompt: '?',
    answer: { run: 'get ip' },
    wrong: ['10.96.12.8', { answer: '10.244.1.5', because: "That is a Pod's address." }],
  },
  command: { type: 'command', id: 'k', prompt: '?', answer: { run: 'get ip' }, wrong: ['get pods', 'echo 10.96.12.7', 'nonsense'] },
  order: {
    type: 'order',
    id: 'o',
    prompt: '?',
    answer: { run: 'get steps' },
    items: [
      { text: 'The image is there', match: 'Pulled' },
      { text: 'It has a node', match: 'Scheduled' },
      { text: 'It runs', match: 'Started' },
    ],
    wrong: ['It runs → It has a node → The image is there'],
  },
  predict: { type: 'predict', id: 'p', prompt: '?', from: 'pod:shop/client', to: 'http://web/', wrong: ['timeout', 'connected'] },
  manifest: {
    type: 'manifest',
    id: 'n',
    prompt: '?',
    checks: [connects, dbConnects],
    solution: 'selector: web',
    alternatives: ['policy: allow\nselector: web'],
    wrong: ['selector: api', 'nonsense', 'selector: web\npolicy: deny'],
  },
  fix: {
    type: 'fix',
    id: 'f',
    prompt: '?',
    checks: [connects, { ...selects('web'), weight: 3 }],
    solution: 'set selector web',
    alternatives: ['set x y\nset selector web'],
    wrong: ['set selector api', 'nonsense', ':'],
  },
} as const;

const questions = Object.values(written).map((one) => Question.parse(one));
const sitting = (cluster = toy(), seed = 's') => ({ cluster, seed });

describe.each(questions.map((question) => [question.type, question] as const))('a %s', (_, question) => {
  it('grades its own answers right', async () => {
    for (const answer of await rightAnswers(question, sitting())) {
      expect({ answer, ...(await grade(question, answer, sitting())) }).toMatchObject({ answer, correct: true, score: 1 });
    }
  });

  it('grades listed wrong answers wrong, and says why', async () => {
    expect(listedWrong(question).length).toBeGreaterThanOrEqual(1);
    for (const answer of listedWrong(question)) {
      const verdict = await grade(question, answer, sitting());
      expect({ answer, ...verdict }).toMatchObject({ answer, correct: false });
      expect(verdict.score).toBeLessThan(1);
      expect(verdict.because).not.toBe('');
      expect(verdict.expected).not.toBe('');
    }
  });

  it('grades the empty answer wrong, without a point', async () => {
    for (const answer of ['', '  \n']) expect(await grade(question, answer, sitting())).toMatchObject({ correct: false, score: 0 });
  });

  it('leaves the cluster as it was', async () => {
    const cluster = toy();
    const before = new Map(cluster.facts);
    await ask(question, sitting(cluster));
    for (const answer of [await solve(question, sitting(cluster)), 'nonsense', ...listedWrong(question)])
      await grade(question, answer, sitting(cluster));
    expect(cluster.facts).toEqual(before);
  });

  it('asks the same for the same seed, and has evidence', async () => {
    expect(await ask(question, sitting())).toEqual(await ask(question, sitting()));
    const verdict = await grade(question, await solve(question, sitting()), sitting());
    const proofs = [...verdict.evidence, ...verdict.findings.flatMap((one) => one.evidence ?? [])];
    expect(proofs.length).toBeGreaterThan(0);
  });
});

it('every kind is looked at here', () => expect(new Set(questions.map((one) => one.type))).toEqual(new Set(questionKindNames)));

describe('choice', () => {
  const question = Question.parse(written.choice);
  it('is answered by letter, number or text, in the order of the seed', async () => {
    for (const seed of ['1', '2', '3', '4']) {
      const { choices } = await ask(question, sitting(toy(), seed));
      expect([...choices].sort()).toEqual(['api', 'wbe', 'web']);
      const index = choices.indexOf('wbe');
      for (const answer of ['abc'[index]!, `${'ABC'[index]}.`, String(index + 1), ' WBE ']) {
        expect(await grade(question, answer, sitting(toy(), seed))).toMatchObject({ correct: true });
      }
    }
  });
  it('tells what the author says about a wrong choice', async () => {
    expect((await grade(question, 'api', sitting())).because).toBe('That is the API.');
    expect((await grade(question, 'z', sitting())).because).toMatch(/letter, a to c/);
  });
  it('may find its right choice by conditions', async () => {
    const conditional = Question.parse({
      type: 'choice',
      id: 'c',
      prompt: '?',
      choices: [
        { text: 'The selector is right', if: selects('web') },
        { text: 'The selector is misspelt', if: selects('wbe') },
      ],
    });
    expect(await solve(conditional, sitting())).toBe('The selector is misspelt');
    expect(await grade(conditional, 'The selector is right', sitting())).toMatchObject({
      correct: false,
      because: expect.stringMatching(/It prints `wbe`/),
    });
  });
  it('knows a choice by its text, with the backticks around it or without', async () => {
    const quoted = Question.parse({ ...written.choice, choices: ['`wbe`', '`web`'], wrong: ['`web`'] });
    for (const answer of ['`wbe`', 'wbe', await solve(quoted, sitting())])
      expect(await grade(quoted, answer, sitting())).toMatchObject({ correct: true });
    expect(await grade(quoted, 'web', sitting())).toMatchObject({ correct: false });
  });
  it.each([
    [{ ...written.choice, answer: undefined }, /computed, or `if`/],
    [{ ...written.choice, choices: ['a', { text: 'b', if: selects('x') }] }, /leave one of the two out/],
    [{ ...written.choice, answer: { run: 'x', trace: { from: 'external', to: 'http://x' } } }, /has run and trace: leave all but one out/],
    [{ ...written.choice, hints: ['a', 'b', 'c', 'd'] }, /hints/],
    [{ ...written.choice, id: 'A b' }, /lower-case/],
  ])('%#: what cannot be decided is refused', (spec, why) => {
    expect(Question.safeParse(spec).error?.message).toMatch(why);
  });
  it('is the fault of the scenario when no choice is right', async () => {
    await expect(grade(Question.parse({ ...written.choice, choices: ['a', 'b'] }), 'a', sitting())).rejects.toThrow(
      'none of the choices is wbe',
    );
  });
});

describe('multi', () => {
  const question = Question.parse(written.multi);
  it.each([
    ['web-1;web-2', 1, true],
    ['web-1', 0.5, false],
    ['web-1;web-3', 0, false],
    ['web-1;web-2;web-3', 0.5, false],
    ['web-1;web-2;web-3;web-4', 0, false],
    ['web-9', 0, false],
  ])('%s is worth %d', async (answer, score, correct) => {
    expect(await grade(question, answer, sitting())).toMatchObject({ score, correct });
  });
  it('is answered by letters, run together or apart', async () => {
    const { choices } = await ask(question, sitting());
    const letters = ['web-1', 'web-2'].map((text) => 'abcd'[choices.indexOf(text)]!);
    for (const answer of [letters.join(''), letters.join(' '), letters.join(', '), letters.reverse().join(' and ')]) {
      expect(await grade(question, answer, sitting())).toMatchObject({ correct: true });
    }
  });
});

describe('input', () => {
  const question = Question.parse(written.input);
  it('has a word for near misses, and for those the author knows', async () => {
    expect(await grade(question, '10.96.12.8', sitting())).toMatchObject({ score: 0, near: expect.stringMatching(/right network/) });
    expect((await grade(question, '10.244.1.5', sitting())).because).toBe("That is a Pod's address.");
  });
  it('accepts other values, and lists with partial credit', async () => {
    const both = Question.parse({ ...written.input, accept: [{ run: 'get selector' }] });
    expect(await grade(both, 'wbe', sitting())).toMatchObject({ correct: true });
    const list = Question.parse({ ...written.input, answer: { run: 'get pods' }, list: true });
    expect(await ask(list, sitting())).toMatchObject({ form: 'every name, separated by blanks' });
    expect(await grade(list, 'pod/web-2, web-1', sitting())).toMatchObject({ correct: true });
    expect(await grade(list, 'web-1', sitting())).toMatchObject({ correct: false, score: 0.5, because: '1 of 2 missing.' });
    expect(await grade(list, 'web-1 web-7', sitting())).toMatchObject({ score: 0, because: 'web-7 does not belong here.' });
  });
  it('is computed from the start when the learner has deleted what it is read from', async () => {
    const cluster = toy();
    cluster.facts.delete('ip');
    expect(await grade(question, '10.96.12.7', sitting(cluster))).toMatchObject({ correct: true });
    await expect(grade(Question.parse({ ...written.input, answer: { run: 'nonsense' } }), 'x', sitting())).rejects.toThrow(
      '`nonsense` exited 127: bash: nonsense',
    );
  });
  it('follows what the learner has changed', async () => {
    const cluster = toy();
    await cluster.run('set ip 10.96.99.9');
    expect(await grade(question, '10.96.99.9', sitting(cluster))).toMatchObject({ correct: true });
  });
});

describe('command', () => {
  const question = Question.parse(written.command);
  it.each([
    ['get ip', true, /shows/],
    ['kubectl describe svc', true, /shows/],
    ['echo 10.96.12.7', false, /stands in the line itself/],
    ['get selector', false, /does not show 10\.96\.12\.7/],
    ['nonsense', false, /exits 127: bash/],
  ])('%s', async (line, correct, because) => {
    expect(await grade(question, line, sitting())).toMatchObject({ correct, because: expect.stringMatching(because) });
  });
  it.each([
    ['get selector', true],
    ['get pods', false],
    ['echo wbe', false],
  ])('may have to show less than its answer prints: %s', async (line, correct) => {
    const showing = Question.parse({ ...written.command, answer: { run: 'kubectl describe svc' }, shows: { matches: 'wbe|ClusterIP' } });
    expect(await grade(showing, line, sitting())).toMatchObject({ correct });
  });
  it('is judged by what it achieves, where it is to achieve something', async () => {
    const achieving = Question.parse({ ...written.command, answer: { run: 'set selector web' }, checks: [selects('web'), dbConnects] });
    expect(await grade(achieving, 'set selector web', sitting())).toMatchObject({ correct: true });
    expect(await grade(achieving, 'set selector api', sitting())).toMatchObject({ correct: false, score: 0 });
  });
});

describe('order', () => {
  const question = Question.parse(written.order);
  it.each([
    ['It has a node → The image is there → It runs', 1, true],
    ['It has a node → It runs → The image is there', 0.5, false],
    ['It runs → The image is there → It has a node', 0, false],
    ['It has a node', 0, false],
  ])('%s is worth %d', async (answer, score, correct) => {
    expect(await grade(question, answer, sitting())).toMatchObject({ score, correct });
  });
  it('is never shown in the right order', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { choices } = await ask(question, sitting(toy(), String(seed)));
      expect(choices).not.toEqual(['It has a node', 'The image is there', 'It runs']);
    }
  });
  it('may take its items from a walk', async () => {
    const hops = Question.parse({
      type: 'order',
      id: 'o',
      prompt: '?',
      answer: { trace: { from: 'pod:shop/client', to: 'http://web/' }, show: 'hops' },
    });
    expect(await grade(hops, 'PREROUTING → KUBE-SERVICES → FORWARD', sitting())).toMatchObject({ correct: true });
  });
});

describe('predict', () => {
  it('understands the words people use', async () => {
    const question = Question.parse(written.predict);
    for (const answer of ['refused', 'b', 'Connection refused', 'RST'])
      expect(await grade(question, answer, sitting())).toMatchObject({ correct: true });
    expect(await grade(question, 'timeout', sitting())).toMatchObject({ because: 'refused: through FORWARD' });
  });
  it('takes any of several backends, and gives credit in parts', async () => {
    const cluster = toy();
    await cluster.run('set selector web');
    const question = Question.parse({ ...written.predict, ask: ['outcome', 'candidates', 'status'] });
    for (const backend of ['10.244.1.5:80', '10.244.2.5:80']) {
      expect(await grade(question, `connected, ${backend}, 200`, sitting(cluster))).toMatchObject({ correct: true });
    }
    expect(await grade(question, 'connected 10.244.1.5:80 404', sitting(cluster))).toMatchObject({ correct: false, score: 0.667 });
  });
  it('is the fault of the scenario when there is nothing to predict', async () => {
    await expect(grade(Question.parse({ ...written.predict, ask: ['status'] }), '200', sitting())).rejects.toThrow(
      '(refused) has no status',
    );
  });
});

describe('fix', () => {
  const question = Question.parse(written.fix);
  it('looks at what was done in the terminal', async () => {
    const cluster = toy();
    await cluster.run('set selector web');
    expect(await grade(question, '', sitting(cluster))).toMatchObject({ correct: true, score: 1 });
  });
  it('gives credit in parts, by weight', async () => {
    const parts = Question.parse({
      ...written.fix,
      checks: [
        { ...selects('api'), weight: 1 },
        { ...connects, weight: 3 },
      ],
    });
    expect(await grade(parts, 'set selector api', sitting())).toMatchObject({ correct: false, score: 0.25 });
    expect(await grade(parts, 'set selector web', sitting())).toMatchObject({ correct: false, score: 0.75 });
  });
  it('takes away for what was broken on the way', async () => {
    const guarded = Question.parse({
      ...written.fix,
      checks: [selects('web'), { run: { line: 'get ip', stdout: { equals: '10.96.12.7' } } }],
    });
    expect(await grade(guarded, '', sitting())).toMatchObject({ correct: false, score: 0 });
    expect(await grade(guarded, 'set selector web', sitting())).toMatchObject({ correct: true, score: 1 });
    expect(await grade(guarded, 'set selector web\nset ip none', sitting())).toMatchObject({
      correct: false,
      score: 0,
      because: expect.stringMatching(/worked before is broken now.*Seen: it prints `none`/),
    });
  });
});

describe('manifest', () => {
  it('says what the API server says', async () => {
    expect(await grade(Question.parse(written.manifest), 'nonsense', sitting())).toMatchObject({
      correct: false,
      because: 'The manifest is not accepted: error: error parsing STDIN: not YAML',
    });
  });
  it('tells why a listed one is not accepted, in the words of the scenario', async () => {
    const question = Question.parse({ ...written.manifest, wrong: [{ answer: 'nonsense', because: 'This is no YAML.' }] });
    expect(await grade(question, 'nonsense', sitting())).toMatchObject({ correct: false, because: 'This is no YAML.' });
  });
  it('does not take a warning for the reason', async () => {
    expect(firstLine({ stdout: '', stderr: 'Warning: odd\nError from server: denied\n', exitCode: 1 })).toBe('Error from server: denied');
    expect(firstLine({ stdout: '', stderr: 'Warning: odd\n', exitCode: 1 })).toBe('Warning: odd');
  });
  it('wants the allowed path open before the forbidden one closed', async () => {
    const policy = Question.parse({
      ...written.manifest,
      checks: [
        { connect: { ...dbConnects.connect, expect: { outcome: 'timeout' } } },
        { connect: { from: 'pod:shop/api', to: 'http://web/', expect: { outcome: 'refused' } } },
      ],
      solution: 'policy: deny',
    });
    expect(await grade(policy, 'policy: deny', sitting())).toMatchObject({ correct: true });
    expect(await grade(policy, 'policy: deny\nselector: web', sitting())).toMatchObject({ correct: false, score: 0 });
  });
});

it('a list of nothing cannot be asked for: an empty answer is never right', async () => {
  const question = Question.parse({ type: 'input', id: 'l', prompt: '?', as: 'ip', list: true, answer: { run: ':' } });
  await expect(grade(question, '', sitting())).rejects.toThrow('the list that is asked for is empty');
});
