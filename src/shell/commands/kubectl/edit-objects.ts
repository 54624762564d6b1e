/** The loop of `kubectl edit`: editor, check, patch, and again with the reasons when it was refused (kubectl: pkg/cmd/util/editor/editoptions.go). */
import { hexOf } from '#kube/chance.ts';
import { isEqual } from '#kube/equal.ts';
import { marshal, quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { allInfos, visit, type Info } from './builder.ts';
import { newBody, pathOf } from './client.ts';
import { groupResource } from './discovery.ts';
import { fieldValidationOf, writeQuery } from './dry-run.ts';
import { ApiError, ExitError, isNotFound, KubectlError } from './errors.ts';
import type { Invocation } from './invocation.ts';
import { lastApplied, lastAppliedText, withLastApplied } from './last-applied.ts';
import { documents, flattened } from './manifests.ts';
import { printerFor, withoutManagedFields, type PrintFlags } from './printers/printer.ts';
import { jsonTwoWayPatch, schemaOfMapping, strategicTwoWayPatch } from './three-way-merge.ts';
import { readJson } from './read-json.ts';

export interface EditRequest {
  readonly args: readonly string[];
  /** The objects themselves, what was applied to make them, or manifests of objects to come. */
  readonly what: 'object' | 'last-applied' | 'new';
  readonly flags: PrintFlags & {
    readonly filename: readonly string[];
    readonly kustomize: string;
    readonly recursive: boolean;
    readonly 'field-manager': string;
    readonly validate: string;
    readonly 'save-config': boolean;
    readonly subresource: string;
    readonly 'output-patch': boolean;
    readonly 'windows-line-endings': boolean;
  };
}

interface Reason {
  readonly head: string;
  readonly causes: readonly string[];
}

const explanation = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

function headerOf(reasons: readonly Reason[]): string {
  const commented = (text: string) => text.replaceAll('\n', '\n# ');
  const blocks = reasons.map(
    ({ head, causes }) =>
      `# ${commented(head)}${causes.length > 0 ? ':' : ''}\n${causes.map((cause) => `# * ${commented(cause)}\n`).join('')}#\n`,
  );
  return explanation + blocks.join('');
}

function stripComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .trim();
}

export async function editObjects(kubectl: Invocation, request: EditRequest): Promise<void> {
  const { args, flags, what } = request;
  const json = flags.output.toLowerCase() === 'json';
  if (!['', 'json', 'yaml'].includes(flags.output.toLowerCase()))
    throw new KubectlError(
      `unable to match a printer suitable for the output format ${quote(flags.output)}, allowed formats are: json,yaml`,
    );
  const infos = allInfos(
    visit(kubectl, {
      args,
      filenames: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      latest: what !== 'new',
      allowEmptySelector: true,
      subresource: flags.subresource,
    }),
  );
  if (infos.length === 0) throw new KubectlError('edit cancelled, no objects found');
  const shown = infos.map((info) => (what === 'last-applied' ? appliedOf(info) : withoutManagedFields(info.object!)));
  const [only, second] = shown;
  const whole = second === undefined ? only! : ({ apiVersion: 'v1', items: shown, kind: 'List', metadata: {} } as unknown as KubeObject);
  const original = json ? `${marshal(whole, { indent: '    ' })}\n` : yamlText(whole);

  let reasons: readonly Reason[] = [];
  let edited: string | undefined;
  for (let round = 0; ; round++) {
    const before = edited;
    const file = `/tmp/kubectl-edit-${parseInt(hexOf(`${kubectl.here.lab.snapshot.cluster.seed}/edit/${kubectl.now}/${round}`, 8), 16)}.${json ? 'json' : 'yaml'}`;
    edited = await launchEditor(kubectl, headerOf(reasons) + (before === undefined ? original : `${stripComments(before)}\n`), file);
    if (before !== undefined && stripComments(before) === stripComments(edited))
      throw preserved(kubectl, file, edited, 'Edit cancelled, no valid changes were saved.');
    const parsed = [...documents(stripComments(edited), file, { validate: true })];
    const problem = parsed.find((one) => one instanceof Error);
    if (problem !== undefined || parsed.length === 0) {
      const [first] = infos as readonly [Info, ...Info[]];
      const text = problem?.message ?? 'EOF';
      reasons = [
        {
          head: `${groupResource(first.mapping)} ${quote(first.name)} was not valid`,
          causes: [`<nil>: Invalid value: "The edited file failed validation": ${text}`],
        },
      ];
      kubectl.err(`error: ${groupResource(first.mapping)} ${quote(first.name)} is invalid\n`);
      continue;
    }
    if (stripComments(original) === stripComments(edited)) {
      kubectl.err('Edit cancelled, no changes made.\n');
      return;
    }
    const objects = parsed.flatMap((one) =>
      one instanceof Error ? [] : flattened(one).map(({ value }) => value as unknown as KubeObject),
    );
    // A kind that nobody serves is left out, and the rest has to have changed.
    if (objects.some(({ apiVersion, kind }) => kubectl.client.mapper.forKind(apiVersion, kind) === undefined)) {
      reasons = [];
      continue;
    }
    if (what === 'new') {
      for (const object of objects) createEdited(kubectl, request, object);
      return;
    }
    const outcome = applyEdits(kubectl, request, infos, shown, objects, (message) => preserved(kubectl, file, edited!, message));
    if (outcome.retryable) {
      kubectl.io.files.write(file, edited);
      kubectl.err(`You can run \`kubectl replace -f ${file}\` to try this update again.\n`);
      throw new ExitError(1);
    }
    if (outcome.notFound) {
      kubectl.io.files.write(file, edited);
      kubectl.err(`The edits you made on deleted resources have been saved to ${quote(file)}\n`);
      throw new ExitError(1);
    }
    if (outcome.reasons.length === 0) return;
    reasons = outcome.reasons;
  }
}

function createEdited(kubectl: Invocation, { flags }: EditRequest, object: KubeObject): void {
  const { name: namespace } = kubectl.namespace;
  const mapping = kubectl.client.mapper.forKind(object.apiVersion, object.kind);
  if (mapping === undefined) throw new KubectlError(`no matches for kind ${quote(object.kind)} in version ${quote(object.apiVersion)}`);
  const { body } = kubectl.client.request('POST', pathOf(mapping, object.metadata.namespace ?? namespace), {
    query: writeQuery('none', flags['field-manager'], fieldValidationOf(flags)),
    body: newBody(flags['save-config'] ? withLastApplied(object) : object),
  });
  printerFor({ flags, io: kubectl.io, operation: 'created' }).print(body as KubeObject, (text) => kubectl.out(text));
}

function appliedOf(info: Info): KubeObject {
  const configuration = info.object!.metadata.annotations?.[lastApplied];
  if (configuration === undefined) throw new KubectlError(`no last-applied-configuration annotation found on resource: ${info.name}`);
  return readJson(configuration) as KubeObject;
}

function preserved(kubectl: Invocation, file: string, text: string, message: string): Error {
  kubectl.io.files.write(file, text);
  kubectl.err(`A copy of your changes has been stored to ${quote(file)}\n`);
  return new KubectlError(message);
}

const onScreen = ['vi', 'vim', 'nvim', 'nano', 'emacs', 'ed', 'pico', 'editor'];

/** What the editor saved. A program that `$KUBE_EDITOR` or `$EDITOR` names is run on a file; for what needs a screen the learner's own editor stands in. */
async function launchEditor(kubectl: Invocation, text: string, file: string): Promise<string> {
  const { io } = kubectl;
  const editor = io.env.get('KUBE_EDITOR') || io.env.get('EDITOR') || 'vi';
  const [program = ''] = editor.split(' ');
  if (onScreen.includes(program.slice(program.lastIndexOf('/') + 1))) {
    if (io.edit === undefined) throw new KubectlError(`unable to launch the editor ${quote(editor)}`);
    return io.edit(text, file);
  }
  const shelled = editor.includes(' ') && /["'\\]/.test(editor);
  if (!shelled && !program.includes('/') && !io.has(program)) throw new KubectlError(`unable to launch the editor ${quote(editor)}`);
  io.files.write(file, text);
  const { exitCode, stdout, stderr } = await io.shell(`${editor} ${file}`);
  kubectl.out(stdout);
  if (exitCode !== 0) {
    io.files.write(file, undefined);
    if (exitCode !== 127) kubectl.err(stderr);
    throw new KubectlError(`there was a problem with the editor ${quote(editor)}`);
  }
  const saved = io.files.read(file) ?? '';
  io.files.write(file, undefined);
  return saved;
}

interface Outcome {
  readonly reasons: readonly Reason[];
  readonly retryable: boolean;
  readonly notFound: boolean;
}

function applyEdits(
  kubectl: Invocation,
  { flags, what }: EditRequest,
  infos: readonly Info[],
  shown: readonly KubeObject[],
  objects: readonly KubeObject[],
  refuse: (message: string) => Error,
): Outcome {
  const reasons: Reason[] = [];
  let [retryable, notFound] = [false, false];
  const printer = (operation: string) => printerFor({ flags: { ...flags, output: '', template: '' }, io: kubectl.io, operation });
  for (const object of objects) {
    const at = infos.findIndex((info, i) => matches(what === 'object' ? info.object! : shown[i]!, object));
    const info = infos[at];
    if (info === undefined) throw refuse(`no original object found for ${marshal(object)}`);
    const before = shown[at]! as unknown as Record<string, unknown>;
    const after = object as unknown as Record<string, unknown>;
    if (isEqual(before, after)) {
      printer('skipped').print(object, (text) => kubectl.out(text));
      continue;
    }
    if (['apiVersion', 'kind'].some((key) => before[key] !== after[key]) || shown[at]!.metadata.name !== object.metadata.name) {
      throw refuse('At least one of apiVersion, kind and name was changed');
    }
    const schema = schemaOfMapping(info.mapping);
    const saved = flags['save-config']
      ? {
          ...after,
          metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [lastApplied]: lastAppliedText(object) } },
        }
      : after;
    const patch =
      what === 'last-applied'
        ? { metadata: { annotations: { [lastApplied]: lastAppliedText(object) } } }
        : schema === undefined
          ? jsonTwoWayPatch(before, saved)
          : strategicTwoWayPatch(before, saved, schema);
    if (flags['output-patch']) kubectl.out(`Patch: ${marshal(patch)}\n`);
    try {
      const { body } = kubectl.client.request('PATCH', pathOf(info.mapping, info.namespace, info.name, flags.subresource), {
        query: writeQuery('none', flags['field-manager'], fieldValidationOf(flags)),
        headers: {
          'Content-Type':
            schema === undefined || what === 'last-applied' ? 'application/merge-patch+json' : 'application/strategic-merge-patch+json',
        },
        body: JSON.stringify(patch),
      });
      printer('edited').print(body as KubeObject, (text) => kubectl.out(text));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const name = `${groupResource(info.mapping)} ${quote(info.name)}`;
      if (error.status.reason === 'Invalid') {
        const causes = (error.status.details?.causes ?? []).map(({ field = '', message }) => `${field}: ${message}`);
        reasons.push({ head: `${name} was not valid`, causes });
        kubectl.err(`error: ${name} is invalid\n`);
      } else if (isNotFound(error)) {
        notFound = true;
        kubectl.err(`error: ${name} could not be found on the server\n`);
      } else {
        retryable = true;
        kubectl.err(`error: ${name} could not be patched: ${error.message}\n`);
      }
    }
  }
  return { reasons, retryable, notFound };
}

/** Edited objects are found again by their UID, which nobody changes; manifests by their name. */
function matches(original: KubeObject, edited: KubeObject): boolean {
  const uid = original.metadata.uid;
  if (uid !== undefined && edited.metadata?.uid !== undefined) return edited.metadata.uid === uid;
  return (
    edited.kind === original.kind &&
    edited.metadata?.name === original.metadata.name &&
    edited.metadata.namespace === original.metadata.namespace
  );
}
