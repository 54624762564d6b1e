/** `kubectl patch` (staging:kubectl/pkg/cmd/patch/patch.go). */
import { applyJsonPatch, type Operation } from '#apiserver/patch/json-patch.ts';
import { applyMergePatch } from '#apiserver/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '#apiserver/patch/strategic-merge-patch.ts';
import { isEqual } from '#kube/equal.ts';
import { quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseYaml } from '#kube/yaml.ts';
import { normalize } from '#node/files.ts';
import { forEach, visit, type Info } from '../builder.ts';
import { pathOf } from '../client.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, writeQuery } from '../dry-run.ts';
import { ApiError, KubectlError } from '../errors.ts';
import { fileFlags } from '../file-flags.ts';
import { bool, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { schemaOfMapping } from '../three-way-merge.ts';
import { checkSubresource, subresourceFlag } from '../subresource.ts';
import { defineVerb } from '../verb.ts';
import { readJson } from '../read-json.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

export const patch = defineVerb({
  name: 'patch',
  use: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  short: 'Update fields of a resource',
  examples: [
    `kubectl patch svc web -p '{"spec":{"type":"NodePort"}}'`,
    `kubectl patch svc web --type=json -p '[{"op":"remove","path":"/spec/selector/app"}]'`,
  ],
  flags: {
    ...printFlags,
    ...dryRunFlag,
    ...fieldManagerFlag('kubectl-patch'),
    ...fileFlags,
    local: bool('Ask no server: patch what the file says.'),
    patch: string('The patch, as JSON or YAML.', '', { shorthand: 'p' }),
    'patch-file': string('A file with the patch.'),
    ...subresourceFlag('The subresource to patch.'),
    type: string('The kind of patch: json, merge or strategic.', 'strategic'),
  },
  run: (kubectl, { args, flags, changed }) => {
    const dryRun = dryRunOf(kubectl, flags);
    if (flags.patch !== '' && flags['patch-file'] !== '') throw new KubectlError('cannot specify --patch and --patch-file together');
    if (!changed('patch') && flags['patch-file'] === '')
      throw new KubectlError('must specify --patch or --patch-file containing the contents of the patch');
    if (flags.patch === '' && flags['patch-file'] === '')
      throw new KubectlError('must specify --patch or --patch-file containing the contents of the patch');
    checkSubresource(kubectl, flags.subresource);
    if (flags.local && args.length !== 0) throw new KubectlError('cannot specify --local and server resources');
    if (flags.local && dryRun === 'server')
      throw new KubectlError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
    const type = flags.type.toLowerCase();
    const mediaType = mediaTypes[type];
    if (mediaType === undefined) throw new KubectlError(`--type must be one of [json merge strategic], not ${quote(flags.type)}`);
    const text = flags['patch-file'] === '' ? flags.patch : fileText(kubectl, flags['patch-file']);
    const body = bodyOf(text);

    const infos = visit(kubectl, {
      args,
      filenames: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      local: flags.local,
      subresource: flags.subresource,
    });
    const count = forEach(infos, (info) => {
      const before = info.object!;
      const after =
        flags.local || dryRun === 'client'
          ? patched(info, type, body)
          : send(kubectl, info, mediaType, body, flags.subresource, writeQuery(dryRun, flags['field-manager']));
      const word = isEqual(before, after) ? 'patched (no change)' : 'patched';
      printerFor({ flags, io: kubectl.io, operation: operation(word, dryRun) }).print(after, (one) => kubectl.out(one));
    });
    if (count === 0) throw new KubectlError('no objects passed to patch');
  },
});

/** What looks like JSON is sent as it is, mistakes and all; other texts are read as YAML (yaml.ToJSON). */
function bodyOf(text: string): string {
  if (text.trimStart().startsWith('{')) return text;
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new KubectlError(`unable to parse ${quote(text)}: ${parsed.error}`);
  return JSON.stringify(parsed.value);
}

function fileText(kubectl: Invocation, file: string): string {
  const text = kubectl.io.files.read(normalize(file, kubectl.io.cwd));
  if (text === undefined) throw new KubectlError(`unable to read patch file: open ${file}: no such file or directory`);
  return text;
}

function send(
  kubectl: Invocation,
  info: Info,
  mediaType: string,
  body: string,
  subresource: string,
  query: Readonly<Record<string, string>>,
): KubeObject {
  const path = pathOf(info.mapping, info.namespace, info.name, subresource);
  try {
    return kubectl.client.request('PATCH', path, { query, headers: { 'Content-Type': mediaType }, body }).body as KubeObject;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status.reason !== 'UnsupportedMediaType') throw error;
    const { group, version, kind } = info.mapping;
    throw new KubectlError(`${mediaType} is not supported by ${group}/${version}, Kind=${kind}: ${error.message}`);
  }
}

/** The patch applied here, without a server. */
function patched({ mapping, object }: Info, type: string, body: string): KubeObject {
  const value = readJson(body);
  if (type === 'merge') return applyMergePatch(object, value) as KubeObject;
  if (type === 'json') {
    if (!Array.isArray(value)) throw new KubectlError('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
    const result = applyJsonPatch(object, value as readonly Operation[]);
    if (!result.ok) throw new KubectlError(result.error);
    return result.value as KubeObject;
  }
  const schema = schemaOfMapping(mapping);
  if (schema === undefined)
    throw new KubectlError(
      `strategic merge patch is not supported for ${mapping.group}/${mapping.version}, Kind=${mapping.kind} locally, try --type merge`,
    );
  const result = applyStrategicMergePatch(object as never, value as never, schema);
  if (!result.ok) throw new KubectlError(result.error.message);
  return result.value as unknown as KubeObject;
}
