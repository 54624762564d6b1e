/** `kubectl apply view-last-applied|set-last-applied|edit-last-applied` (staging:kubectl/pkg/cmd/apply). */
import { marshal, quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { allInfos, forEach, visit, type Info } from '../builder.ts';
import { pathOf } from '../client.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, validateFlag, writeQuery } from '../dry-run.ts';
import { editObjects } from '../edit-objects.ts';
import { ExitError, KubectlError } from '../errors.ts';
import { fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, string } from '../flags.ts';
import { lastApplied } from '../last-applied.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { withSource } from '../source-error.ts';
import { defineVerb } from '../verb.ts';
import { readJson } from '../read-json.ts';

export const viewLastApplied = defineVerb({
  name: 'view-last-applied',
  use: 'view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  short: 'View the latest last-applied-configuration annotations of a resource/object',
  flags: {
    ...fileFlags,
    ...selectorFlag,
    all: bool('Of all objects of the type.'),
    output: string('Output format: yaml or json.', 'yaml', { shorthand: 'o' }),
  },
  run: (kubectl, { args, flags }) => {
    if (!['yaml', 'json', ''].includes(flags.output)) {
      throw kubectl.usageError(`Unexpected -o output mode: ${flags.output}, the flag 'output' must be one of yaml|json`);
    }
    const infos = visit(kubectl, {
      args,
      filenames: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      labelSelector: flags.selector,
      all: flags.all,
      latest: true,
    });
    const found = allInfos(infos).map((info) => {
      const configuration = info.object!.metadata.annotations?.[lastApplied];
      if (configuration === undefined) {
        // There is no error to add the file's name to: for an object by its name nothing is said at all.
        if (info.source === '') throw new ExitError(0);
        const verb = `no last-applied-configuration annotation found on resource: ${info.name}\n`;
        throw new KubectlError(`error when ${verb} ${quote(info.source)}: <nil>`);
      }
      return readJson(configuration) as KubeObject;
    });
    for (const one of found) kubectl.out(flags.output === 'json' ? `${marshal(one, { indent: '  ' })}\n` : yamlText(one));
  },
});

export const setLastApplied = defineVerb({
  name: 'set-last-applied',
  use: 'set-last-applied -f FILENAME',
  short: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
  flags: {
    ...printFlags,
    ...dryRunFlag,
    'create-annotation': bool('Make the annotation where there is none.'),
    filename: fileFlags.filename,
  },
  run: (kubectl, { flags }) => {
    const dryRun = dryRunOf(kubectl, flags);
    const printer = printerFor({ flags, io: kubectl.io, operation: operation('configured', dryRun) });
    const outdated: { readonly info: Info; readonly text: string; readonly live: KubeObject }[] = [];
    const current: Info[] = [];
    forEach(visit(kubectl, { filenames: flags.filename }), (info) => {
      const text = configurationOf(info.object!);
      const live = withSource('retrieving current configuration of', info.source, () =>
        kubectl.client.get(info.mapping, info.namespace, info.name),
      );
      if (live.metadata.annotations?.[lastApplied] === undefined && !flags['create-annotation']) {
        throw new KubectlError(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        );
      }
      if (live.metadata.annotations?.[lastApplied] === text) current.push(info);
      else outdated.push({ info, text, live });
    });
    for (const { name } of current) kubectl.out(`set-last-applied ${name}: no changes required.\n`);
    for (const { info, text, live } of outdated) {
      const patch = { metadata: { annotations: { [lastApplied]: text } } };
      const result =
        dryRun === 'client'
          ? live
          : (kubectl.client.request('PATCH', pathOf(info.mapping, info.namespace, info.name), {
              query: writeQuery(dryRun, ''),
              headers: { 'Content-Type': 'application/merge-patch+json' },
              body: JSON.stringify(patch),
            }).body as KubeObject);
      printer.print(result, (one) => kubectl.out(one));
    }
  },
});

/** What the file says: unlike what apply keeps, without an empty map of annotations. */
function configurationOf(object: KubeObject): string {
  const { annotations = {}, ...metadata } = object.metadata;
  const { [lastApplied]: _, ...others } = annotations;
  const kept = Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others };
  return `${marshal({ ...object, metadata: kept })}\n`;
}

export const editLastApplied = defineVerb({
  name: 'edit-last-applied',
  use: 'edit-last-applied (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit latest last-applied-configuration annotations of a resource/object',
  flags: {
    ...printFlags,
    ...fieldManagerFlag('kubectl-client-side-apply'),
    ...fileFlags,
    ...validateFlag,
    'windows-line-endings': bool('Edit with the line endings of Windows.'),
  },
  run: (kubectl, { args, flags }) =>
    editObjects(kubectl, { args, flags: { ...flags, 'save-config': false, subresource: '', 'output-patch': false }, what: 'last-applied' }),
});
