/** What a text should be: the `equals`, `contains`, `matches` of checks. */
import * as z from 'zod';

const pattern = z.string().refine((text) => patternError(text) === undefined, {
  error: ({ input }) => `must be a regular expression, not ${JSON.stringify(input)}: ${patternError(String(input)) ?? ''}`,
});

export const expectationFields = {
  equals: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe('The text is exactly this; white space at its ends does not count.'),
  contains: z.string().optional().describe('The text contains this.'),
  excludes: z.string().optional().describe('The text does not contain this.'),
  matches: pattern.optional().describe('The text matches this regular expression.'),
};

export const Expectation = z.strictObject(expectationFields);

export interface Expectation {
  readonly equals?: string | number | boolean | undefined;
  readonly contains?: string | undefined;
  readonly excludes?: string | undefined;
  readonly matches?: string | undefined;
}

/** Reports whether anything at all is expected. */
export function expectsSomething(expectation: Expectation): boolean {
  return wishes(expectation).length > 0;
}

/** Reports whether the text is all that is expected of it. */
export function satisfies(text: string, expectation: Expectation): boolean {
  return wishes(expectation).every((wish) => wish.holds(text));
}

/** `is "web"`, `contains "x" and does not contain "y"`. */
export function expectationText(expectation: Expectation): string {
  return wishes(expectation)
    .map((wish) => wish.words)
    .join(' and ');
}

/** `prints \`web\``, `prints something that contains \`x\``. */
export function printsText(expectation: Expectation): string {
  const { equals, ...rest } = expectation;
  const exactly = equals === undefined ? [] : [`prints ${quote(String(equals)).replace('empty', 'nothing')}`];
  return [...exactly, ...(expectsSomething(rest) ? [`prints something that ${expectationText(rest)}`] : [])].join(' and ');
}

/** The words whose lines prove (or disprove) the point. */
export function expectationWords(expectation: Expectation): readonly string[] {
  return [expectation.equals, expectation.contains, expectation.excludes].flatMap((word) => (word === undefined ? [] : [String(word)]));
}

function wishes({
  equals,
  contains,
  excludes,
  matches,
}: Expectation): readonly { readonly words: string; readonly holds: (text: string) => boolean }[] {
  return [
    ...(equals === undefined
      ? []
      : [{ words: `is ${quote(String(equals))}`, holds: (text: string) => text.trim() === String(equals).trim() }]),
    ...(contains === undefined ? [] : [{ words: `contains ${quote(contains)}`, holds: (text: string) => text.includes(contains) }]),
    ...(excludes === undefined
      ? []
      : [{ words: `does not contain ${quote(excludes)}`, holds: (text: string) => !text.includes(excludes) }]),
    ...(matches === undefined ? [] : [{ words: `matches /${matches}/`, holds: (text: string) => new RegExp(matches, 'm').test(text) }]),
  ];
}

function quote(text: string): string {
  return text === '' ? 'empty' : `\`${text}\``;
}

/** What is wrong with a regular expression, in the engine's own words; undefined when nothing is. */
function patternError(text: string): string | undefined {
  try {
    new RegExp(text, 'm');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*\/m?: /s, '') : String(error);
  }
}
