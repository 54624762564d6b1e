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

/** `_name` says that a name is not used on purpose. The type checker says the same of TypeScript (noUnusedLocals, noUnusedParameters). */
const unused = { argsIgnorePattern: '^_', varsIgnorePattern: '^_' };

export default {
  plugins: ['typescript', 'oxc'],
  categories: { correctness: 'error' },
  ignorePatterns: ['dist/', '.unit/', 'coverage/'],
  options: { reportUnusedDisableDirectives: 'error' },
  rules: {
    'no-control-regex': 'off',
    'no-unused-vars': ['error', unused],
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'no-array-constructor': 'error',
    'no-unused-expressions': 'error',
    'no-useless-constructor': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'prefer-rest-params': 'error',
    'prefer-spread': 'error',
    'typescript/ban-ts-comment': ['error', { minimumDescriptionLength: 10 }],
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    'typescript/no-duplicate-enum-values': 'error',
    'typescript/no-dynamic-delete': 'error',
    'typescript/no-empty-object-type': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-extra-non-null-assertion': 'error',
    'typescript/no-extraneous-class': 'error',
    'typescript/no-invalid-void-type': 'error',
    'typescript/no-misused-new': 'error',
    'typescript/no-namespace': 'error',
    'typescript/no-non-null-asserted-nullish-coalescing': 'error',
    'typescript/no-non-null-asserted-optional-chain': 'error',
    'typescript/no-require-imports': 'error',
    'typescript/no-this-alias': 'error',
    'typescript/no-unnecessary-type-constraint': 'error',
    'typescript/no-unsafe-declaration-merging': 'error',
    'typescript/no-unsafe-function-type': 'error',
    'typescript/no-wrapper-object-types': 'error',
    'typescript/prefer-as-const': 'error',
    'typescript/prefer-literal-enum-member': 'error',
    'typescript/prefer-namespace-keyword': 'error',
    'typescript/triple-slash-reference': 'error',
    'typescript/unified-signatures': 'error',
  },
  overrides: [{ files: ['**/*.ts'], rules: { 'no-unused-vars': 'off' } }, ...roomRules],
};
