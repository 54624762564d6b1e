import js from 'typescript-eslint';
import * as parser from './eslint-parser.js';
import { rooms } from './rooms.js';

const roomNames = Object.keys(rooms);
const packages = [...new Set(Object.values(rooms).flatMap((room) => room.packages))];

const clockAndChance = [
  { object: 'Date', property: 'now', message: 'The engine takes the time as an argument.' },
  { object: 'Math', property: 'random', message: 'The engine takes its randomness from the seed (kube/chance.ts).' },
];

/** One configuration block per room: what `rooms.js` does not list is refused. */
const roomRules = roomNames.map((name) => {
  const room = rooms[name];
  const strangers = roomNames.filter((other) => other !== name && !room.rooms.includes(other));
  const patterns = [
    ...(strangers.length > 0
      ? [
          {
            regex: `^#(${strangers.join('|')})/`,
            message: `src/${name} may import only: ${room.rooms.join(', ') || 'nothing'} (rooms.js).`,
          },
        ]
      : []),
    { regex: '^\\.\\./.*/(' + roomNames.join('|') + ')/', message: 'Cross rooms by #room/…, so that the crossing shows.' },
    ...packages
      .filter((one) => !room.packages.includes(one))
      .map((one) => ({ regex: `^${one.replaceAll('.', '\\.')}(/|$)`, message: `src/${name} does not use ${one} (rooms.js).` })),
    ...(room.machine ? [] : [{ regex: '^node:', message: `src/${name} is pure: only cli touches the machine.` }]),
  ];
  return {
    files: [`src/${name}/**/*.ts`],
    rules: {
      'no-restricted-imports': ['error', { patterns }],
      ...(room.machine
        ? {}
        : {
            'no-restricted-properties': ['error', ...clockAndChance],
            'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'fetch'],
          }),
    },
  };
});

export default js.config(
  { ignores: ['dist/', '.unit/', 'node_modules/', 'coverage/'] },
  ...js.configs.strict,
  { files: ['bin/cka-net'] },
  { languageOptions: { parser } },
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  // The type checker says the same of what it checks (noUnusedLocals, noUnusedParameters).
  { files: ['**/*.ts'], rules: { '@typescript-eslint/no-unused-vars': 'off' } },
  ...roomRules,
);
