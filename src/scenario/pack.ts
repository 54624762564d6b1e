/** A pack: a directory of scenarios with an index, which says what it is called, whose it is, under which licence, and in which order it is learnt. */
import * as z from 'zod';
import { problemsOf } from './issue.ts';
import { sortedProblems, type Problem } from './problem.ts';
import { parseSource, problemAt, type Path, type SourceDocument, type SourceFile } from './source.ts';

/** The names that an index may have. */
export const indexNames = ['index.yaml', 'index.yml'] as const;
export const mostPackScenarios = 500;

/** Text that is shown in one line. */
const line = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, { error: 'must be one line without control characters' });

export const PackDocument = z
  .strictObject({
    apiVersion: z.literal('cka-net/v1').describe('The version of this format.'),
    kind: z.literal('Pack').describe('Tells an index from a lesson.'),
    metadata: z
      .strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: 'must be lower-case letters, digits and dashes' })
          .describe("The pack's name; its scenarios are called NAME/SCENARIO."),
        title: line.describe('A title for people.'),
        description: line.optional().describe('What is learnt, in a line.'),
        author: line.optional().describe('Who wrote it.'),
        homepage: z
          .string()
          .max(200)
          .regex(/^https:\/\/[!-~]+$/, { error: 'must be an https:// address' })
          .optional()
          .describe('Where it comes from, an https address.'),
        licence: z
          .string()
          .max(100)
          .refine(isSpdx, {
            error: ({ input }) => `must be an SPDX expression like CC-BY-4.0 or MIT OR Apache-2.0, not "${String(input)}"`,
          })
          .describe('Its licence, as an SPDX expression.'),
      })
      .describe('What it is called and whose it is.'),
    spec: z
      .strictObject({
        scenarios: z
          .array(
            z
              .string()
              .max(200)
              .regex(/^[\w.-]+(\/[\w.-]+)*$/, { error: 'must be a path in the pack: letters, digits, dots, dashes and slashes' })
              .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), {
                error: 'must be a path in the pack, without . and ..',
              })
              .refine((path) => /\.ya?ml$/.test(path), { error: 'must be a .yaml or .yml file' }),
          )
          .min(1)
          .max(mostPackScenarios)
          .describe('The files of its scenarios, in the order in which they are learnt.'),
      })
      .describe('What is in it.'),
  })
  .describe('The index of a pack of scenarios: index.yaml in its directory.');
export type PackDocument = z.infer<typeof PackDocument>;

export interface PackIndex {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly author?: string;
  readonly homepage?: string;
  readonly licence: string;
  readonly scenarios: readonly PackEntry[];
  /** A problem at an entry of the list. */
  problem(entry: number, message: string, note?: string): Problem;
}

export interface PackEntry {
  /** Without the pack's: the file's name without `.yaml`. */
  readonly name: string;
  /** Relative to the pack's directory, with slashes. */
  readonly file: string;
}

export type LoadedPack = { readonly ok: true; readonly index: PackIndex } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads an index; undefined when the file is none, but a scenario or objects that happen to have its name. */
export function loadPack(file: SourceFile): LoadedPack | undefined {
  const { documents, problems } = parseSource(file);
  const [document, ...others] = documents;
  if (!documents.some(isPack)) return problems.length > 0 && /^kind: *["']?Pack\b/m.test(file.text) ? { ok: false, problems } : undefined;
  const found = [...problems];
  if (others.length > 0)
    found.push(problemAt(file, others[0]!.valueAt([]), 'an index is one document', 'scenarios and objects go into files of their own'));
  const pack = document !== undefined && isPack(document) ? document : documents.find(isPack)!;
  const result = PackDocument.safeParse(pack.value);
  if (!result.success) found.push(...problemsOf(result.error, PackDocument, pack));
  if (!result.success || found.length > 0) return { ok: false, problems: sortedProblems(found, [file.name]) };
  const { metadata, spec } = result.data;
  const scenarios = spec.scenarios.map((path) => ({ file: path, name: path.replace(/^.*\//, '').replace(/\.ya?ml$/, '') }));
  const problem = (entry: number, message: string, note?: string) => problemAt(file, pack.valueAt(entryPath(entry)), message, note);
  const repeated = scenarios.flatMap(({ name }, index) => {
    const first = scenarios.findIndex((one) => one.name === name);
    return first === index ? [] : [problem(index, `two scenarios are called "${name}"`, `the first is ${scenarios[first]!.file}`)];
  });
  if (repeated.length > 0) return { ok: false, problems: repeated };
  const { description, author, homepage, ...rest } = metadata;
  return {
    ok: true,
    index: {
      ...rest,
      ...(description !== undefined && { description }),
      ...(author !== undefined && { author }),
      ...(homepage !== undefined && { homepage }),
      scenarios,
      problem,
    },
  };
}

function entryPath(entry: number): Path {
  return ['spec', 'scenarios', entry];
}

/** Whether a document is, or should be, the index of a pack. */
export function isPack({ value }: SourceDocument): boolean {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('apiVersion' in value)) return false;
  return value.kind === 'Pack' && String(value.apiVersion).startsWith('cka-net/');
}

/** Licence identifiers joined by AND, OR and WITH, in parentheses or not (SPDX 2.3, annex D). */
function isSpdx(text: string): boolean {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const expression = (): boolean => {
    do {
      if (tokens[at] === '(') {
        at++;
        if (!expression() || tokens[at++] !== ')') return false;
      } else if (!isIdentifier(tokens[at++])) return false;
      if (tokens[at] === 'WITH') {
        at++;
        if (!isIdentifier(tokens[at++])) return false;
      }
    } while ((tokens[at] === 'AND' || tokens[at] === 'OR') && ++at > 0);
    return true;
  };
  return expression() && at === tokens.length;
}

function isIdentifier(token: string | undefined): boolean {
  return token !== undefined && /^[A-Za-z0-9][A-Za-z0-9.-]*\+?$/.test(token) && !['AND', 'OR', 'WITH'].includes(token);
}
