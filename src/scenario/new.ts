/** New scenarios: of a fault on its ground, or of a cluster that was dumped. What is written passes its proof; the story is the author's. */
import { dump } from 'js-yaml';
import type { Condition } from '#learn/check.ts';
import { faults } from '#learn/faults/index.ts';
import type { Fault } from '#learn/faults/fault.ts';
import { grounds } from '#learn/faults/grounds.ts';
import { shellQuote } from '#learn/flow-schema.ts';
import { scenarioApiVersion } from './schema.ts';

const modeline = '# yaml-language-server: $schema=https://raw.githubusercontent.com/cka-net/cka-net/main/docs/scenario.schema.json\n';

/** What else could be wrong on the fault's ground, the likest first. */
export function likeFaults(fault: Fault): readonly Fault[] {
  const distance = (other: Fault) => (other.topic === fault.topic ? 0 : 100) + Math.abs(other.row - fault.row);
  return faults.filter((other) => other.ground === fault.ground && other.row !== fault.row).sort((a, b) => distance(a) - distance(b));
}

/** What a choice asks of the cluster to know whether the fault is there. */
export function firstSign(fault: Fault): Condition {
  return fault.shows({})[0]!;
}

/** The text of a scenario in which the fault is to be found, among `others` that are not there, and mended. */
export function scenarioOfFault(fault: Fault, name: string, others: readonly Fault[]): string {
  const ground = grounds[fault.ground];
  const choices = [fault, ...others].map((one) => ({ text: one.title, if: firstSign(one) }));
  const lesson = {
    questions: [
      others.length > 0 && {
        id: 'what',
        type: 'choice',
        prompt: 'What is wrong?',
        choices,
        hints: [`Begin with the symptom: ${fault.symptom}.`],
        explain: `${fault.title}. Seen first: ${fault.symptom}.`,
        docs: fault.docs,
      },
      {
        id: 'mend',
        type: 'fix',
        points: 3,
        prompt: 'Mend it.',
        checks: fault.mended({}) ?? fault.shows({}).map(gone),
        solution: `${fault.mendLines({})}\n`,
        wrong: ['kubectl get pods -A'],
        hints: ['What gives it away? Compare it with a healthy cluster.'],
        explain: `${fault.title}. This shows it:\n\n    ${fault.evidence({})}\n`,
        docs: fault.docs,
      },
    ].filter((question) => question !== false),
  };
  const head = {
    apiVersion: scenarioApiVersion,
    kind: 'Scenario',
    metadata: { name, title: fault.title, topic: fault.topic, difficulty: 'medium', tags: [fault.name] },
  };
  return `${modeline}${yaml(head)}spec:
  clock: 2026-11-23T10:00:00Z
  story: |
    Since this morning: ${fault.symptom}. (Tell here who noticed it, and what was changed the day before.)
${indented(ground.spec)}  break:
    - fault: ${fault.name}
${indented(yaml(lesson))}---
${ground.objects}`;
}

/** The text of a scenario of the objects of a dump: a first question, to be followed by better ones. */
export function scenarioOfDump(objects: string, name: string): string {
  const question = {
    id: 'nodes',
    type: 'input',
    prompt: 'How many nodes does the cluster have?',
    answer: { run: 'kubectl get nodes --no-headers | wc -l' },
    as: 'number',
    wrong: ['0'],
    hints: ['There is a command that lists them.'],
    explain: 'A node is a machine that has joined the cluster.',
    docs: 'https://kubernetes.io/docs/concepts/architecture/nodes/',
  };
  const head = {
    apiVersion: scenarioApiVersion,
    kind: 'Scenario',
    metadata: { name, title: name, topic: 'troubleshooting', difficulty: 'medium' },
  };
  return `${modeline}${yaml(head)}spec:
  story: |
    (Tell here what was noticed, and by whom.)
${indented(yaml({ questions: [question] }))}---
${objects.replace(/^---\s*\n/, '')}`;
}

/** What is so once the sign of a fault is gone. */
function gone(sign: Condition): Condition {
  if (sign.connect !== undefined) return { connect: { from: sign.connect.from, to: sign.connect.to } as NonNullable<Condition['connect']> };
  if (sign.resolve !== undefined)
    return { resolve: { from: sign.resolve.from, name: sign.resolve.name, type: sign.resolve.type } as NonNullable<Condition['resolve']> };
  if (sign.object !== undefined) {
    const { equals, contains, ...object } = sign.object;
    if (equals === undefined && contains === undefined) return { absent: { ref: object.ref, namespace: object.namespace } };
    const value = String(equals ?? contains);
    return { object: value === '' ? { ...object, matches: '.' } : { ...object, excludes: value } };
  }
  const { line, node, exitCode, stdout, stderr } = sign.run!;
  const at = node === undefined ? {} : { node };
  const expected = stdout ?? stderr;
  if (expected === undefined) return { run: { line: exitCode === 0 ? `! { ${line}; }` : line, ...at, exitCode: 0 } };
  const [flag, text, isAbsence] =
    expected.equals !== undefined
      ? ['-qxF', String(expected.equals), false]
      : expected.contains !== undefined
        ? ['-qF', expected.contains, false]
        : expected.matches !== undefined
          ? ['-qE', expected.matches, false]
          : ['-qF', expected.excludes ?? '', true];
  return { run: { line: `${isAbsence ? '' : '! '}{ ${line}; } 2>&1 | grep ${flag} -- ${shellQuote(text)}`, ...at, exitCode: 0 } };
}

function yaml(value: unknown): string {
  return dump(value, { lineWidth: 120 });
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
