/** How scenarios write a flow, and an object of the API. */
import * as z from 'zod';
import { parseSource, parseTarget, sourceForms, targetForms } from './endpoint.ts';

export const FlowSource = z
  .string()
  .refine((text) => parseSource(text) !== undefined, { error: `must be ${sourceForms}` })
  .describe(`Where the packet starts: ${sourceForms}.`);

export const FlowTarget = z
  .string()
  .refine((text) => parseTarget(text) !== undefined, { error: `must be ${targetForms}` })
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

/** The arguments with which kubectl reads the object. */
export function kubectlGet(object: { readonly ref: string; readonly namespace?: string | undefined }, ...flags: readonly string[]): string {
  const namespace = object.namespace === undefined ? '' : ` -n ${object.namespace}`;
  return ['kubectl get ' + object.ref + namespace, ...flags].join(' ');
}

/** A word as a shell takes it literally. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
