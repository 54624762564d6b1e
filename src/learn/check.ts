/** A check as a scenario writes it, and what it finds. */
import * as z from 'zod';
import { checkKinds } from './checks/index.ts';
import type { CheckKind, NodeMention, Outcome } from './checks/kind.ts';
import type { LiveCluster } from './live-cluster.ts';

/** A kind whose spec has been matched to it by its key. */
type Kind = Omit<CheckKind<never>, 'schema'>;
const kinds: readonly Kind[] = Object.values(checkKinds);
const names = kinds.map((one) => one.kind);

export const checkShape = {
  connect: checkKinds.connect.schema.optional(),
  object: checkKinds.object.schema.optional(),
  absent: checkKinds.absent.schema.optional(),
  resolve: checkKinds.resolve.schema.optional(),
  run: checkKinds.run.schema.optional(),
  file: checkKinds.file.schema.optional(),
} satisfies { [K in keyof typeof checkKinds]: z.ZodType };

function kindsIn(check: object): readonly string[] {
  return names.filter((name) => name in check && check[name as keyof typeof check] !== undefined);
}

function exactlyOneKind(check: object): boolean {
  return kindsIn(check).length === 1;
}

/** What is wrong with a check that has none of the kinds, or several. */
function notOneKind(check: object): string {
  const found = kindsIn(check);
  return found.length === 0 ? `must have one of ${names.join(', ')}` : `has ${found.join(' and ')}: write a check for each`;
}

/** A check without weight: the condition of a choice. */
export const Condition = z
  .strictObject(checkShape)
  .refine(exactlyOneKind, { error: ({ input }) => notOneKind(input as object) })
  .meta({ id: 'Condition', description: 'Something that the engine finds true or false; exactly one kind.' });
export type Condition = z.infer<typeof Condition>;

export const Check = z
  .strictObject({
    ...checkShape,
    weight: z.number().positive().default(1).describe("The check's share of the points, in relation to the others."),
    title: z.string().min(1).optional().describe('What the check wants, in words for the learner; made from the check when absent.'),
  })
  .refine(exactlyOneKind, { error: ({ input }) => notOneKind(input as object) })
  .meta({ id: 'Check', description: 'One thing that must be so; exactly one kind.' });
export type Check = z.infer<typeof Check>;

function kindOf(check: Condition): { readonly kind: Kind; readonly spec: never } {
  const kind = kinds.find((one) => check[one.kind as keyof Condition] !== undefined)!;
  return { kind, spec: check[kind.kind as keyof Condition] as never };
}

/** What the check wants, as a sentence without its full stop. */
export function describeCheck(check: Condition & { readonly title?: string | undefined }): string {
  const { kind, spec } = kindOf(check);
  return check.title ?? kind.describe(spec);
}

/** Reports whether the check shows that something works (and not that something is prevented). */
export function isPositive(check: Condition): boolean {
  const { kind, spec } = kindOf(check);
  return kind.positive(spec);
}

/** Looks, without changing anything. */
export async function evaluate(check: Condition, cluster: LiveCluster): Promise<Outcome> {
  const { kind, spec } = kindOf(check);
  return await kind.check(spec, cluster);
}

/** The nodes that the check names, with the place of each in it. */
export function nodesOfCheck(check: Condition): readonly NodeMention[] {
  const { kind, spec } = kindOf(check);
  return kind.nodes(spec).map(({ path, node }) => ({ path: [kind.kind, ...path], node }));
}
