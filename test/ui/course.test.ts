import { describe, expect, it } from '@jest/globals';
import type { Station } from '#learn/course.ts';
import { courseFooter, courseView, type Leg, type Stop } from '#ui/course-view.ts';
import { width } from '#ui/text.ts';
import { themeOf } from '#ui/theme.ts';
import { expectScreen } from './golden.ts';

function stop(name: string, station: Station, known: number, due = 0, title = 'The node that cannot connect anybody'): Stop {
  return { name, title, difficulty: 'medium', station, questions: 6, known, due };
}

const legs: readonly Leg[] = [
  {
    title: 'CNI',
    about: [],
    stops: [stop('cni-config-gone', 'done', 6), stop('two-configurations', 'due', 4, 2), stop('plugins-elsewhere', 'begun', 3)],
  },
  {
    title: 'Ingress',
    about: [],
    stops: [
      stop('ingress-503-wrong-port', 'placed', 0),
      stop('ingress-rewrite-swallows-paths', 'next', 0),
      stop('ingress-exact-path', 'open', 0),
      stop('ingress-host-taken', 'locked', 0),
    ],
  },
  { title: 'Network policies', about: [], stops: [] },
  {
    title: 'A day in \u001b[31mport',
    about: [
      'DNS and Services of a shipping company, from easy to hard, with cranes, quays and a lighthouse.',
      'pack port, by A. Harbour, CC-BY-4.0',
    ],
    stops: [stop('port/quay', 'locked', 0, 0, 'Die Kräne \u202emit 北京 im Namen, und noch viel mehr Wörter, als hier hineinpassen')],
  },
];

describe.each([
  [40, 'plain', themeOf({ colors: 0, plain: true })],
  [80, 'signs', themeOf({ colors: 0, plain: false })],
  [80, 'colours', themeOf({ colors: 1, plain: false })],
  [200, 'signs', themeOf({ colors: 0, plain: false })],
] as const)('the course at %d columns, %s', (columns, looks, theme) => {
  it('is a screen', () => {
    const lines = [...courseView(legs, { columns, theme }), '', ...courseFooter(legs, { columns, theme })];
    expectScreen(`course-${columns}-${looks}`, lines);
    for (const line of lines) expect([line, columns < 80 || width(line) <= columns]).toEqual([line, true]);
  });
});

it.each<[string, readonly Leg[], string]>([
  ['what comes', [{ title: 'x', about: [], stops: [stop('a', 'next', 0)] }], 'cka-net quiz goes on with a.'],
  ['what was begun', [{ title: 'x', about: [], stops: [stop('a', 'begun', 1)] }], 'cka-net quiz goes on with a.'],
  ['one thing that is due', [{ title: 'x', about: [], stops: [stop('a', 'due', 1, 1)] }], 'cka-net quiz asks the question that is due.'],
  ['nothing', [{ title: 'x', about: [], stops: [stop('a', 'done', 6)] }], ''],
])('the end says %s', (_, course, want) =>
  expect(courseFooter(course, { columns: 80, theme: themeOf({ colors: 0, plain: true }) }).join(' ')).toBe(want),
);
