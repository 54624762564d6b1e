/** What is wrong with a sound scenario, or could be better, seen without starting it. */
import type { Check } from '#learn/check.ts';
import { topicKeys } from '#learn/curriculum.ts';
import type { Question } from '#learn/question.ts';
import { wrongAnswers } from '#learn/questions/kind.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { gatewayKindNames } from './gateway-kinds.ts';
import { nearest } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import type { Scenario } from '../scenario.ts';
import type { Path } from '../source.ts';
import type { Finding } from './finding.ts';
import { crossReferences } from './cross-references.ts';
import { definitionsOf } from './definitions.ts';
import { each, rule, type Rule } from './rule.ts';
import { proseOf, withoutCode } from './prose.ts';

const kindNames = [...new Set([...builtInKinds.map((one) => one.kind), ...gatewayKindNames])];
/** Kinds whose names are several words in one: nobody writes those otherwise by intent. */
const compoundKinds = new Map(kindNames.filter((kind) => /[a-z][A-Z]/.test(kind)).map((kind) => [kind.toLowerCase(), kind]));
const widest = 80;

/** APIs that are gone, since which minor version, and where it is safe the version that takes the same fields. */
const obsolete: readonly {
  readonly api: string;
  readonly kinds?: readonly string[];
  readonly gone: number;
  readonly now: string;
  readonly same: boolean;
}[] = [
  { api: 'extensions/v1beta1', kinds: ['Ingress'], gone: 22, now: 'networking.k8s.io/v1', same: false },
  { api: 'extensions/v1beta1', kinds: ['NetworkPolicy'], gone: 16, now: 'networking.k8s.io/v1', same: true },
  { api: 'extensions/v1beta1', gone: 16, now: 'apps/v1', same: false },
  { api: 'apps/v1beta1', gone: 16, now: 'apps/v1', same: false },
  { api: 'apps/v1beta2', gone: 16, now: 'apps/v1', same: true },
  { api: 'networking.k8s.io/v1beta1', kinds: ['IngressClass'], gone: 22, now: 'networking.k8s.io/v1', same: true },
  { api: 'networking.k8s.io/v1beta1', kinds: ['Ingress'], gone: 22, now: 'networking.k8s.io/v1', same: false },
  { api: 'rbac.authorization.k8s.io/v1beta1', gone: 22, now: 'rbac.authorization.k8s.io/v1', same: true },
  { api: 'apiextensions.k8s.io/v1beta1', gone: 22, now: 'apiextensions.k8s.io/v1', same: false },
  { api: 'coordination.k8s.io/v1beta1', gone: 22, now: 'coordination.k8s.io/v1', same: true },
  { api: 'discovery.k8s.io/v1beta1', gone: 25, now: 'discovery.k8s.io/v1', same: false },
  { api: 'batch/v1beta1', gone: 25, now: 'batch/v1', same: true },
  { api: 'policy/v1beta1', gone: 25, now: 'policy/v1', same: true },
  { api: 'autoscaling/v2beta1', gone: 25, now: 'autoscaling/v2', same: false },
  { api: 'autoscaling/v2beta2', gone: 26, now: 'autoscaling/v2', same: true },
];

export const rules: readonly Rule[] = [
  rule('obsolete-api', 'error', 'no object of an API that the cluster does not serve any more', ({ objects, cluster }) => {
    const minor = Number(cluster.kubernetesVersion.split('.')[1]);
    return objects.flatMap(({ object, problem }) => {
      const found = obsolete.find(
        ({ api, kinds, gone }) => object.apiVersion === api && minor >= gone && (kinds === undefined || kinds.includes(object.kind)),
      );
      if (found === undefined) return [];
      const place = problem(
        ['apiVersion'],
        `${object.kind} of ${found.api} is gone since v1.${found.gone}`,
        `write ${found.now}${found.same ? '' : ', whose fields are called otherwise'}, or set spec.cluster.kubernetesVersion to an earlier one`,
      );
      return [found.same ? { ...place, fix: { from: found.api, to: found.now } } : place];
    });
  }),

  rule('unknown-kind', 'error', 'kinds spelt as Kubernetes spells them', (scenario) => {
    const defined = new Set(definitionsOf(scenario).map(({ kind }) => kind));
    return scenario.objects.flatMap(({ object, problem }) => {
      if (kindNames.includes(object.kind) || defined.has(object.kind)) return [];
      const meant = nearest(object.kind, kindNames);
      if (meant === undefined) return [];
      const place = problem(
        ['kind'],
        `there is no kind "${object.kind}"; did you mean ${meant}?`,
        'kinds are spelt with capitals, and in the singular',
      );
      return [{ ...place, fix: { from: object.kind, to: meant } }];
    });
  }),

  rule('kind-in-prose', 'warning', 'kinds spelt in texts as Kubernetes spells them', (scenario) =>
    proseOf(scenario).flatMap(({ text, path }) =>
      [...withoutCode(text).matchAll(/\b[A-Za-z]+\b/g)].flatMap(([word]) => {
        const plural = word.endsWith('s') && !compoundKinds.has(word.toLowerCase());
        const kind = compoundKinds.get((plural ? word.slice(0, -1) : word).toLowerCase());
        const right = kind === undefined ? word : plural ? pluralLike(word, kind) : kind;
        if (right === word) return [];
        return [
          {
            ...scenario.problem(path, `"${word}" is spelt ${right}`, 'people search for the word they have read', word),
            fix: { from: word, to: right },
          },
        ];
      }),
    ),
  ),

  rule('title', 'warning', 'a title, a topic, a difficulty and a story for every lesson', (scenario) => {
    if (scenario.questions.length === 0) return [];
    const missing = (field: string, has: boolean, path: Path) =>
      has ? [] : [scenario.problem(path, `the lesson has no ${field}`, `write ${path.join('.')}.${field}`)];
    return [
      ...missing('title', scenario.title !== scenario.name, ['metadata']),
      ...missing('topic', scenario.topic !== undefined, ['metadata']),
      ...missing('difficulty', scenario.difficulty !== undefined, ['metadata']),
      ...missing('story', scenario.story.trim() !== '', ['spec']),
    ];
  }),

  rule('topic-directory', 'warning', 'a lesson below the directory of its topic, in a file of its name', (scenario) => {
    const place = scenario.problem(['metadata', 'name'], '');
    const [file = '', directory = ''] = place.file.split('/').reverse();
    const base = file.replace(/\.ya?ml$/, '');
    const elsewhere = scenario.topic !== undefined && directory !== scenario.topic && (topicKeys as readonly string[]).includes(directory);
    return [
      ...(elsewhere
        ? [
            scenario.problem(
              ['metadata', 'topic'],
              `the topic is ${scenario.topic}, the directory ${directory}`,
              'move the file, or change the topic',
            ),
          ]
        : []),
      ...(/\.ya?ml$/.test(file) && base !== scenario.name
        ? [{ ...place, message: `the lesson is called ${scenario.name}, its file ${file}`, note: `call the file ${scenario.name}.yaml` }]
        : []),
    ];
  }),

  rule('explanation', 'warning', 'an explanation for every question', (scenario) =>
    each(scenario, (question, path) =>
      question.explain === undefined || question.explain.trim() === ''
        ? [
            scenario.problem(
              path,
              `the question ${question.id} has no explanation`,
              'say in `explain` what is to be understood, and what shows it',
            ),
          ]
        : [],
    ),
  ),

  rule('hints', 'warning', 'at least one hint for every question', (scenario) =>
    each(scenario, (question, path) =>
      question.hints.length === 0
        ? [scenario.problem(path, `the question ${question.id} has no hint`, 'say in `hints` where to look, then what to look for')]
        : twiceIn(scenario, question.hints, [...path, 'hints'], 'the hint'),
    ),
  ),

  rule('docs', 'warning', 'the page of the documentation for every question', (scenario) =>
    each(scenario, (question, path) =>
      question.docs === undefined
        ? [scenario.problem(path, `the question ${question.id} has no docs`, 'name the page of the official documentation')]
        : [],
    ),
  ),

  rule('wrong-answers', 'warning', 'wrong answers that people give, for every question', (scenario) =>
    each(scenario, (question, path) =>
      question.wrong.length === 0 && !['choice', 'multi', 'order', 'command'].includes(question.type)
        ? [
            scenario.problem(
              path,
              `the question ${question.id} lists no wrong answer`,
              'list in `wrong` what people answer who mistake something',
            ),
          ]
        : twiceIn(scenario, wrongAnswers(question.wrong), [...path, 'wrong'], 'the wrong answer'),
    ),
  ),

  rule('solution', 'warning', 'more than one way to mend it', (scenario) =>
    each(scenario, (question, path) =>
      (question.type === 'fix' || question.type === 'manifest') && question.alternatives.length === 0
        ? [
            scenario.problem(
              path,
              `the question ${question.id} knows one solution only`,
              'add `alternatives`: people mend things in many ways, and each must be right',
            ),
          ]
        : [],
    ),
  ),

  rule('hint-gives-answer', 'warning', 'hints that leave something to do', (scenario) =>
    each(scenario, (question, path) => {
      const lines = solutionLines(question);
      return question.hints.flatMap((hint, at) =>
        lines.some((line) => line.length > 8 && oneLine(hint).includes(line))
          ? [scenario.problem([...path, 'hints', at], 'the hint is the answer', 'say what to look for, not what to type')]
          : [],
      );
    }),
  ),

  rule('same-prompt', 'error', 'every question can be told from the others', (scenario) => {
    const first = new Map<string, Question>();
    return each(scenario, (question, path) => {
      const key = oneLine(question.prompt);
      const earlier = first.get(key);
      first.set(key, earlier ?? question);
      return earlier === undefined
        ? []
        : [
            scenario.problem(
              [...path, 'prompt'],
              `the question ${question.id} reads as ${earlier.id} does`,
              'ask for something else, or leave it out',
            ),
          ];
    });
  }),

  rule('duplicate-check', 'error', 'no check twice', (scenario) =>
    each(scenario, (question, path) => {
      const seen = new Map<string, number>();
      return checksOf(question).flatMap((check, at) => {
        const { title: _title, weight: _weight, ...what } = check;
        const key = JSON.stringify(what);
        const earlier = seen.get(key);
        if (earlier === undefined) seen.set(key, at);
        return earlier === undefined
          ? []
          : [
              scenario.problem(
                [...path, 'checks', at],
                `the check is there already, as number ${earlier + 1}`,
                'leave one of the two out; `weight` makes one count more',
              ),
            ];
      });
    }),
  ),

  rule('unstated-value', 'warning', 'no value graded that nobody states', (scenario) => {
    const world = JSON.stringify([scenario.objects.map(({ object }) => object), scenario.cluster, scenario.files]);
    return each(scenario, (question, path) => {
      const told = `${scenario.story}\n${question.prompt}`;
      const isTold = (value: string) => value === '' || told.includes(value) || world.includes(value);
      return checksOf(question).flatMap((check, at) => {
        const { object } = check;
        if (object === undefined) return [];
        const here = [...path, 'checks', at, 'object'];
        const name = object.ref.slice(object.ref.indexOf('/') + 1);
        const value = object.equals === undefined ? undefined : String(object.equals);
        return [
          ...(isTold(name) || isDefault(name)
            ? []
            : [scenario.problem([...here, 'ref'], `"${name}" is graded, and the prompt does not say it`, 'state the name in the prompt')]),
          ...(value === undefined || isTold(value) || isPlain(value)
            ? []
            : [
                scenario.problem(
                  [...here, 'equals'],
                  `"${value}" is graded, and the prompt does not say it`,
                  'state the value in the prompt, or check what it does',
                ),
              ]),
        ];
      });
    });
  }),

  rule('prompt-width', 'warning', `prompts whose lines fit into ${widest} columns`, (scenario) =>
    each(scenario, (question, path) => {
      const long = question.prompt.split('\n').find((line) => [...line].length > widest);
      if (long === undefined) return [];
      const place = scenario.problem(
        [...path, 'prompt'],
        `a line of the prompt is ${[...long].length} columns wide`,
        `fold it: \`prompt: |-\`, and lines of at most ${widest} columns`,
      );
      const fix = folded(place, question.prompt);
      return [fix === undefined ? place : { ...place, fix }];
    }),
  ),

  ...crossReferences,
];

/** Those of several texts that are among the earlier ones already. */
function twiceIn(scenario: Scenario, texts: readonly string[], path: Path, what: string): readonly Problem[] {
  return texts.flatMap((text, index) => {
    const earlier = texts.findIndex((other) => oneLine(other) === oneLine(text));
    return earlier < index
      ? [scenario.problem([...path, index], `${what} is there already, as number ${earlier + 1}`, 'leave one of the two out')]
      : [];
  });
}

function checksOf(question: Question): readonly Check[] {
  return 'checks' in question ? (question.checks ?? []) : [];
}

function solutionLines(question: Question): readonly string[] {
  if (question.type === 'fix' || question.type === 'manifest') return [oneLine(question.solution)];
  return question.type === 'command' ? [oneLine(question.answer.run)] : [];
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

/** What every kubeadm cluster has and need not be told. */
function isDefault(name: string): boolean {
  return /^(coredns|kube-dns|kube-proxy|kubernetes|kube-.*|node\d+|controlplane)$/.test(name);
}

/** Counts and yes or no follow from what is asked. */
function isPlain(value: string): boolean {
  return /^(\d{1,3}|true|false|True|False|Running|Ready|Bound|Available)$/.test(value);
}

function pluralLike(word: string, kind: string): string {
  return kind.endsWith('y') ? word : `${kind}s`;
}

/** A prompt of one line, folded; undefined where that would not be safe: it goes over several lines already. */
function folded({ at }: Problem, prompt: string): Finding['fix'] | undefined {
  const [, indent = '', dash = '', written] = /^(\s*)(- )?prompt: (.*)$/.exec(at?.text ?? '') ?? [];
  if (written === undefined || prompt.includes('\n') || (written !== prompt && written.slice(1, -1) !== prompt)) return undefined;
  const lines = [''];
  for (const word of prompt.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && [...line].length + 1 + [...word].length > widest) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  const margin = `${indent}${' '.repeat(dash.length)}  `;
  return { from: written, to: `|-\n${lines.map((line) => `${margin}${line}`).join('\n')}` };
}
