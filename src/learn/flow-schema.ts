/** How scenarios write a flow, and an object of the API. */
import * as z from 'zod';
import { parseJsonPath } from '#kube/jsonpath.ts';
import { parseSource, parseTarget, sourceForms, targetForms } from './endpoint.ts';

export const FlowSource = z
  .string()
  .refine((text) => parseSource(text) !== undefined, { error: `must be ${sourceForms}` })
  .describe(`Where the packet starts: ${sourceForms}.`);

export const FlowTarget = z
  .string()
  .refine((text) => parseTarget(text) !== undefined, { error: ({ input }) => portProblem(String(input)) ?? `must be ${targetForms}` })
  .describe(`Where the packet goes: ${targetForms}. A host is a name, resolved as the source would, or an address.`);

export const flowFields = {
  from: FlowSource,
  to: FlowTarget,
  method: z
    .string()
    .regex(/^[A-Z]+$/, { error: 'must be an HTTP method in capitals, like GET' })
    .optional()
    .describe('HTTP method; GET when absent.'),
  headers: z.record(z.string(), z.string()).optional().describe('HTTP request headers.'),
  host: z.string().optional().describe("The Host header, when it is not the URL's."),
  connectTo: z.string().optional().describe("ADDRESS[:PORT] to connect to instead, like curl's --connect-to."),
};

export const Flow = z.strictObject(flowFields);
export type Flow = z.infer<typeof Flow>;

export const objectFields = {
  ref: z
    .string()
    .regex(/^[a-z][a-z0-9.-]*\/[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/, { error: 'must be KIND/NAME as kubectl takes it, like service/web' })
    .describe('The object, as kubectl takes it: KIND/NAME, like service/web.'),
  namespace: z.string().optional().describe('Its namespace; `default` when absent. Not used for kinds without one.'),
};

/** A JSONPath template, as `kubectl get -o jsonpath=` takes it. */
export const JsonPathText = z.string().refine((text) => jsonPathError(text) === undefined, {
  error: ({ input }) => `must be a JSONPath template, not ${JSON.stringify(input)}: ${jsonPathError(String(input)) ?? ''}`,
});

function jsonPathError(text: string): string | undefined {
  const parsed = parseJsonPath(text);
  if (!parsed.ok) return parsed.error;
  return text.includes('{') ? undefined : 'a path stands in braces, like {.spec.clusterIP}';
}

/** What is wrong with the port of a target that is otherwise one. */
function portProblem(text: string): string | undefined {
  const [, port] = /:(\d+)(?:\/.*)?$/.exec(text) ?? [];
  return port === undefined || parseTarget(text.replace(`:${port}`, ':80')) === undefined
    ? undefined
    : `must be a port from 1 to 65535 at its end, not ${port}`;
}

/** The arguments with which kubectl reads the object. */
export function kubectlGet(object: { readonly ref: string; readonly namespace?: string | undefined }, ...flags: readonly string[]): string {
  const namespace = object.namespace === undefined ? '' : ` -n ${object.namespace}`;
  return ['kubectl get ' + object.ref + namespace, ...flags].join(' ');
}

/** A word as a shell takes it literally. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
