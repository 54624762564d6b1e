/** `kubectl explain` (staging:kubectl/pkg/cmd/explain/explain.go). */
import type { RestMapping } from '../discovery.ts';
import { parseApiVersion } from '../discovery.ts';
import { explanationOf, type OpenApiDocument } from '../explanation.ts';
import { bool, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { defineVerb } from '../verb.ts';
import { KubectlError } from '../errors.ts';

export const explain = defineVerb({
  name: 'explain',
  use: 'explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  short: 'Get documentation for a resource',
  examples: ['kubectl explain service.spec', 'kubectl explain networkpolicy.spec.ingress --recursive'],
  flags: {
    'api-version': string('The version to explain: group/version.'),
    output: string('Layout: plaintext or plaintext-openapiv2.', 'plaintext', { shorthand: 'o' }),
    recursive: bool('Print the names of all fields below, without descriptions.'),
  },
  run: (kubectl, { args, flags }) => {
    if (args.length === 0)
      throw new KubectlError(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    if (args.length > 1) throw new KubectlError('We accept only this format: explain RESOURCE');
    const { mapping, path } = typeAndPath(kubectl, args[0]!, flags['api-version']);
    // The old layout is made from the document that all groups share.
    if (flags.output === 'plaintext-openapiv2') kubectl.client.request('GET', '/openapi/v2');
    const { group, version } = mapping;
    const root = group === '' ? 'api' : `apis/${group}`;
    const document = kubectl.client.request('GET', `/openapi/v3/${root}/${version}`).body as OpenApiDocument;
    const { text, error } = explanationOf(document, mapping, path, { recursive: flags.recursive, withoutValues: !kubectl.atLeast(30) });
    kubectl.out(text);
    if (error !== undefined) throw new KubectlError(error);
  },
});

/** `services.spec.ports`: the longest beginning that names a type, and the path behind it. */
function typeAndPath(
  kubectl: Invocation,
  text: string,
  apiVersion: string,
): { readonly mapping: RestMapping; readonly path: readonly string[] } {
  const { mapper } = kubectl.client;
  const words = text.split('.').filter((word) => word !== '');
  const [type = '', ...path] = words;
  const mapping = mapper.forArgument(type);
  if (apiVersion === '') return { mapping, path };
  const { group, version } = parseApiVersion(apiVersion);
  const found = mapper.all.find((one) => one.resource === mapping.resource && one.group === group && one.version === version);
  if (found === undefined) throw new KubectlError(`couldn't find resource for "${group}/${version}, Resource=${mapping.resource}"`);
  return { mapping: found, path };
}
