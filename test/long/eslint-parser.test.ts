import { describe, expect, it } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { parser as reference } from 'typescript-eslint';
import config from '../../eslint.config.js';
import { parseForESLint } from '../../eslint-parser.js';

/** For each rule that is on, a source that breaks it. */
const faulty: Readonly<Record<string, string>> = {
  'no-var': 'export function f() {\n  var a = 1;\n  return a;\n}\n',
  'prefer-const': 'let a = 1;\nlet b;\nb = 2;\nexport { a, b };\n',
  'prefer-rest-params': 'export function f() {\n  return arguments;\n}\n',
  'prefer-spread': 'export const f = (g: () => void, some: []) => g.apply(undefined, some);\n',
  eqeqeq: 'export const f = (a: unknown) => a == 1 || a != null;\n',
  'no-restricted-imports':
    "import { readFileSync } from 'node:fs';\nimport { Pod } from '#kube/kinds/pod.ts';\nexport { readFileSync, Pod };\n",
  'no-restricted-properties': 'export const f = () => [Date.now(), Math.random(), Date.parse("2020")];\n',
  'no-restricted-globals': 'export const f = (fetch: () => void) => [process.env, fetch()];\nsetTimeout(f);\n',
  '@typescript-eslint/ban-ts-comment': '// @ts-ignore\nexport const a = 1;\n/* @ts-expect-error: no */\nexport const b = 2;\n',
  '@typescript-eslint/consistent-type-imports':
    "import { a, B } from './a.js';\nimport C from './c.js';\nexport const b: B = a;\nexport type D = C | import('./d.js').D;\n",
  '@typescript-eslint/no-array-constructor': 'export const a = new Array(1, 2);\nexport const b = Array<string>(3);\n',
  '@typescript-eslint/no-duplicate-enum-values': "export enum A {\n  B = 'x',\n  C = 'x',\n}\n",
  '@typescript-eslint/no-dynamic-delete': 'export const f = (a: Record<string, 1>, b: string) => {\n  delete a[b];\n};\n',
  '@typescript-eslint/no-empty-object-type': 'export type A = {};\nexport interface B {}\n',
  '@typescript-eslint/no-explicit-any': 'export const f = (a: any, ...b: any[]): any => [a, b];\n',
  '@typescript-eslint/no-extra-non-null-assertion': 'export const f = (a?: { b: 1 }) => a!!.b + a!?.b;\n',
  '@typescript-eslint/no-extraneous-class': 'export class A {\n  static b = 1;\n}\nexport class C {}\n',
  '@typescript-eslint/no-invalid-void-type': 'export type A = void | string;\nexport const f = (a: void) => a;\n',
  '@typescript-eslint/no-misused-new':
    'export interface A {\n  new (): A;\n  constructor(): void;\n}\nexport declare class B {\n  new(): B;\n}\n',
  '@typescript-eslint/no-namespace': 'export namespace A {\n  export const b = 1;\n}\ndeclare global {}\n',
  '@typescript-eslint/no-non-null-asserted-nullish-coalescing': 'export const f = (a: { b?: 1 }) => a.b! ?? 2;\n',
  '@typescript-eslint/no-non-null-asserted-optional-chain': 'export const f = (a?: { b?: () => 1 }) => [a?.b!, (a?.b)!(), a?.b!()];\n',
  '@typescript-eslint/no-require-imports': "import a = require('a');\nexport const b = [a, require('b')];\n",
  '@typescript-eslint/no-this-alias': 'export class A {\n  b() {\n    const self = this;\n    return self;\n  }\n}\n',
  '@typescript-eslint/no-unnecessary-type-constraint':
    'export const f = <T extends unknown>(a: T) => a;\nexport interface A<T extends any> {\n  a: T;\n}\n',
  '@typescript-eslint/no-unsafe-declaration-merging': 'export interface A {\n  b: 1;\n}\nexport class A {\n  c = 1;\n}\n',
  '@typescript-eslint/no-unsafe-function-type': 'export const f = (a: Function) => a;\nexport interface A extends Function {\n  b: 1;\n}\n',
  '@typescript-eslint/no-unused-expressions':
    'export const f = (a: number, b: () => void) => {\n  a + 1;\n  a && b();\n  a as 1;\n  (b);\n};\n',
  '@typescript-eslint/no-unused-vars':
    "import a, { b as c } from 'a';\nimport * as d from 'd';\nexport const f = ({ e, ...g }, [h]) => g;\nlet i = 0;\ni = c;\n",
  '@typescript-eslint/no-useless-constructor':
    'export class A {\n  constructor() {}\n}\nexport class B extends A {\n  constructor(...a: []) {\n    super(...a);\n  }\n}\n',
  '@typescript-eslint/no-wrapper-object-types': 'export const f = (a: String, b: Array<Object>): Number => a.length + b.length;\n',
  '@typescript-eslint/prefer-as-const': "export const a = 'b' as 'b';\nexport const c: 'd' = 'd';\nexport const e = <'f'>'f';\n",
  '@typescript-eslint/prefer-literal-enum-member': 'const a = 1;\nexport enum B {\n  C = a,\n  D = `${a}`,\n}\n',
  '@typescript-eslint/prefer-namespace-keyword': 'module A {\n  export const b = 1;\n}\nexport default A;\n',
  '@typescript-eslint/triple-slash-reference': "/// <reference path='./a.d.ts' />\n/// <reference types='b' />\nimport 'b';\n",
  '@typescript-eslint/unified-signatures':
    'export function f(a: string): void;\nexport function f(a: number): void;\nexport function f(a: unknown) {\n  return a;\n}\n',
};

/** Where what is wrong is found: rules of rooms in a room, and unused names where the type checker does not look. */
const pathOf = (rule: string): string => (rule === '@typescript-eslint/no-unused-vars' ? 'faulty.js' : 'src/net/faulty.ts');

const root = fileURLToPath(new URL('../..', import.meta.url));
const linter = new Linter({ configType: 'flat', cwd: root });
const options = {
  lib: [],
  jsDocParsingMode: 'none',
  preserveNodeMaps: false,
  suppressDeprecatedPropertyWarnings: true,
  allowInvalidAST: true,
};
const withReference = [...config, { languageOptions: { parser: reference, parserOptions: options } }] as Linter.Config[];
const withOurs = config as Linter.Config[];

describe('the rules', () => {
  it('that are on are those of the table', async () => {
    const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig: withOurs });
    const configs = await Promise.all(['src/net/ip.ts', 'src/cli/main.ts', 'build.js'].map((path) => eslint.calculateConfigForFile(path)));
    const on = configs.flatMap(({ rules }) => Object.keys(rules).filter((rule) => rules[rule][0] !== 0));
    expect(Object.keys(faulty).sort()).toEqual([...new Set(on)].sort());
  });

  it.each(Object.entries(faulty))('%s says the same with either parser', (rule, text) => {
    const ours = linter.verify(text, withOurs, pathOf(rule));
    expect(ours.map(({ ruleId }) => ruleId)).toContain(rule);
    expect(ours).toEqual(linter.verify(text, withReference, pathOf(rule)));
  });
});

describe('a source that cannot be read', () => {
  it.each(['const a = ;', 'export const b = `${`', 'if (a) {\n', 'class A {\n  b(: string) {}\n}\n', "'a\n'"])(
    '%j is an error with its line',
    (text) => {
      const [ours] = linter.verify(text, withOurs, 'src/net/faulty.ts');
      const [other] = linter.verify(text, withReference, 'src/net/faulty.ts');
      expect(ours).toMatchObject({ fatal: true, severity: 2, line: expect.any(Number) });
      expect(other).toMatchObject({ fatal: true });
    },
  );
});

const sources = [
  ...['build.js', 'eslint-parser.js', 'bin/cka-net'],
  ...['src/kube', 'src/net', 'src/learn'].flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(directory, path)),
  ),
];

describe('the tree, the tokens, the comments and the scopes', () => {
  it.each([
    ...Object.entries(faulty).map(([rule, text]) => ({ of: rule, text })),
    {
      of: 'lines that end in many ways',
      text: 'const a = 1;\r\nconst b = 2;\rconst c = `\u2028é${a}🙂`;\u2029// ü\n/* b\r\n */ export { a, b, c };',
    },
    { of: 'nothing', text: '' },
    { of: 'a comment', text: '// only\n' },
  ])('of $of are the same', ({ text }) => {
    expect(read(parseForESLint, text)).toEqual(read(referenceParse, text));
  });

  it('of our own sources are the same', () => {
    const differ = sources.filter((path) => {
      const text = readFileSync(join(root, path), 'utf8').replace(/^#!/, '//');
      return !isDeepStrictEqual(read(parseForESLint, text), read(referenceParse, text));
    });
    expect(sources.length).toBeGreaterThan(100);
    expect(differ).toEqual([]);
  });
});

type Parse = (text: string, options: { sourceType: string }) => { ast: object; scopeManager: unknown };

const referenceParse: Parse = (text, given) => (reference.parseForESLint as Parse)(text, { ...options, ...given });

/** What a parser makes of a source, without what the two write in different ways and no rule tells apart. */
function read(parse: Parse, text: string): object {
  const { ast, scopeManager } = parse(text, { sourceType: 'module' });
  const { scopes } = scopeManager as { scopes: readonly Scope[] };
  return { ast: plain(ast), scopes: scopes.map(outline) };
}

/** What only one of the parsers writes, and says nothing new. */
const ofOne = new Set(['Program.hashbang', 'TSEnumMember.computed', 'RegularExpression.regex']);

/** A tree without absent values (null for one, undefined for the other); a reserved word that names a property is a word for both. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  if (Array.isArray(value)) return value.map(plain);
  const entries = Object.entries(value).filter(([key, one]) => !isLeftOut(value, key, one));
  return Object.fromEntries(entries.map(([key, one]) => [key, isWord(key, one) ? 'word' : plain(one)]));
}

const isLeftOut = (owner: object, key: string, value: unknown): boolean =>
  value == null ||
  key === 'parent' ||
  ((key === 'start' || key === 'end') && typeof value === 'number') ||
  ofOne.has(`${typeOf(owner)}.${key}`);
const typeOf = (owner: object): unknown => ('type' in owner ? owner.type : undefined);
const isWord = (key: string, value: unknown): boolean =>
  key === 'type' && ['Keyword', 'Identifier', 'Boolean', 'Null'].includes(String(value));

interface Scope {
  readonly type: string;
  readonly variables: readonly {
    readonly name: string;
    readonly defs: readonly { readonly type: string }[];
    readonly references: readonly unknown[];
  }[];
  readonly references: readonly {
    readonly identifier: { readonly name: string; readonly range: readonly number[] };
    readonly resolved: { readonly name: string } | null;
    isWrite(): boolean;
  }[];
}

const outline = ({ type, variables, references }: Scope): object => ({
  type,
  variables: variables.map(({ name, defs, references: uses }) => ({ name, defs: defs.map((one) => one.type), uses: uses.length })),
  references: references.map((one) => ({ at: one.identifier.range, of: one.resolved?.name, writes: one.isWrite() })),
});
